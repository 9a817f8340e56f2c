"""What well-known files are for, by name and place."""

import re

import msgspec
import pytest

from threatflux_training.catalogue import load
from threatflux_training.evidence.known_files import known_file, tables

VALUE = re.compile(r"[0-9`\"/_]|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b|\.$|\w\.\w")


@pytest.mark.parametrize(
    ("path", "begin"),
    [
        ("/bin/mv", "moves"),
        ("/usr/bin/python3.11", "runs programs"),
        ("/usr/bin/gcc-12", "compiles"),
        ("/usr/lib/x86_64-linux-gnu/libssl.so.3", "is the part of OpenSSL"),
        ("/lib/x86_64-linux-gnu/libm-2.31.so", "holds mathematical"),
        ("/lib64/ld-linux-x86-64.so.2", "is the loader"),
        ("/usr/lib/x86_64-linux-gnu/libpcre2-8.so.0.11.2", "searches"),
        ("/lib/x86_64-linux-gnu/security/pam_unix.so", "checks passwords"),
        ("/usr/lib/systemd/systemd", "is the first process"),
    ],
)
def test_a_file_is_known_where_it_is_installed(path: str, begin: str) -> None:
    found = known_file(path)
    assert found is not None
    assert found.does.startswith(begin)


@pytest.mark.parametrize(
    "path",
    ["/home/a/mv", "/tmp/mv", "/opt/odd/mv", "/usr/local/bin/mv", "/usr/share/doc/mv", "/usr/lib/python3/test", "/usr/bin/sub/mv", "/usr/bin/mv2",
     "/usr/lib/debug/mv", "/lib/x86_64-linux-gnu/libssl.so.3/x"],
)  # fmt: skip
def test_elsewhere_a_name_tells_nothing(path: str) -> None:
    assert known_file(path) is None


def test_clauses_go_on_after_a_name_and_hold_no_values() -> None:
    files = (load.DATA / "knowledge").glob("terms*.toml")
    terms = [term for file in files for term in msgspec.toml.decode(file.read_bytes())["terms"]]
    names = re.compile("|".join(map(re.escape, sorted(terms, key=len, reverse=True))))
    assert len(tables()["programs"]) > 250
    for table in tables().values():
        for name, does in table.items():
            assert re.match(r"[a-z]+s,? ", does), (name, does)
            assert not VALUE.search(names.sub("", does)), (name, does)
