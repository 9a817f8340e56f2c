"""What is known of a file beside the value asked for."""

from pathlib import Path

import msgspec
import pytest

from tests.conftest import rows
from threatflux_training.catalogue.load import template
from threatflux_training.compose.realise import fill
from threatflux_training.compose.value import Text, code, join
from threatflux_training.reports.model import FileMetadata
from threatflux_training.reports.package_model import Vulnerability
from threatflux_training.tasks.about import place_of, time_order
from threatflux_training.tasks.packages_needs import _exposed, _strictness
from threatflux_training.tasks.packages_signs import _apart


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/usr/bin/env", "program"),
        ("/usr/sbin/rmt-tar", "admin"),
        ("/lib/x86_64-linux-gnu/security/pam_warn.so", "pam"),
        ("/lib/x86_64-linux-gnu/libc.so.6", "library"),
        ("/usr/lib/aarch64-linux-gnu/libc.so.6", "library"),
        ("/lib64/ld-linux-x86-64.so.2", "library"),
        ("/usr/lib/openssh/ssh-keysign", "helper"),
        ("/lib/systemd/systemd", "helper"),
        ("/usr/lib/python3/dist-packages/apt/cache.py", "helper"),
        ("/usr/lib/x86_64-linux-gnu/gconv/UTF-16.so", "helper"),
        ("/usr/libexec/helper", "helper"),
        ("/usr/share/doc/git/README", "document"),
        ("/usr/local/bin/agent", "local"),
        ("/home/user/usr/bin/env", "home"),
        ("relative/bin/x", ""),
    ],
)
def test_places(path: str, place: str) -> None:
    assert place_of(path) == place


@pytest.mark.parametrize(
    ("created", "modified", "order"),
    [
        ("2026-11-23T07:08:22.83Z", "2025-08-10T15:54:02Z", "copied"),
        ("2026-11-23T07:08:22.83Z", "2026-11-23T07:08:22Z", "same"),
        ("2026-11-23T07:08:22Z", "2026-11-24T07:08:22Z", "changed"),
        (None, "2026-11-24T07:08:22Z", ""),
    ],
)
def test_order_of_times(created: str | None, modified: str, order: str) -> None:
    assert time_order(FileMetadata(created=created, modified=modified)) == order


def test_a_range_below_the_fix_is_exposed() -> None:
    known = Vulnerability(cve_id="CVE-2020-14343", fixed_in="5.4", affected_versions=["< 5.4"])
    assert _exposed("<5.1", known)
    assert _exposed("<5.4", known)
    assert _exposed("==5.3.1", known)
    assert not _exposed("<=5.4", known)
    assert not _exposed("<6", known)
    assert not _exposed(">=5.1", known)
    assert not _exposed("<5.1", msgspec.structs.replace(known, affected_versions=[">= 5.2, < 5.4"]))


def test_names_a_letter_apart() -> None:
    assert _apart("requestss", "requests") == 1
    assert _apart("request", "requests") == 1
    assert _apart("reqeusts", "requests") == 2


def test_strictness_of_ranges() -> None:
    kinds = [_strictness(spec) for spec in ("==2.5.0", "2.5.0", "<5.1", "^9.4.0", "~=2.1", ">=1", "*", "")]
    assert kinds == ["pinned", "pinned", "below", "compatible", "compatible", "least", "open", "open"]
    several = (
        "1.x",
        "1 - 2",
        "1 || 2",
        "==1.*",
        ">=1,<2",
        "<1 || >3",
        "latest",
        "!=2",
        "workspace:*",
        "git+ssh://host/a",
    )
    assert not [spec for spec in several if _strictness(spec)]


def test_a_phrase_agrees_with_its_list() -> None:
    phrase = template("{list} [is|are] there")
    one = code("a", "analysis:$.strings[0]")
    assert fill(phrase, {"list": one}, single=True).text == "`a` is there"
    assert fill(phrase, {"list": join([one, code("b", "analysis:$.strings[1]")])}).text == "`a` and `b` are there"
    assert fill(phrase, {"list": Text("[x|y]", one.sources)}, single=True).text == "[x|y] is there"


def test_no_answer_repeats_a_credential(dataset: Path) -> None:
    for row in rows(dataset):
        for message in row["messages"]:
            if message["role"] == "assistant":
                assert "wJalrXUtnFEMI" not in message["content"], row["metadata"]["task"]
