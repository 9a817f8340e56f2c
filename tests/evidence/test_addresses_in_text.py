"""What counts as a mail address in a text."""

import pytest

from threatflux_training.evidence.string_kinds import MAIL


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Report bugs to bug-gzip@gnu.org.", "bug-gzip@gnu.org"),
        ("MACs hmac-sha1,umac-64@openssh.com", None),
        ("chacha20-poly1305@openssh.com", None),
        ("write to dev@openssh.community", "dev@openssh.community"),
    ],
)
def test_names_of_ssh_algorithms_are_no_mail_addresses(text: str, found: str | None) -> None:
    match = MAIL.search(text)
    assert (match.group() if match else None) == found
