"""What imports allow and what a library is for, concluded from names that show it."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.reports.samples import FEATURES, METADATA
from threatflux_training.catalogue.load import load_catalogue
from threatflux_training.compose.content import Say
from threatflux_training.compose.document import flatten
from threatflux_training.evidence.api_families import families
from threatflux_training.evidence.blocks import BLOCKS
from threatflux_training.evidence.name_purpose import is_commonplace, purpose_of
from threatflux_training.evidence.view import View
from threatflux_training.reports.load import load_files
from threatflux_training.tasks import imports
from threatflux_training.tasks.model import Draft, Request
from threatflux_training.tokens import Counter

REQUEST = Request(persona=load_catalogue().personas[0], length="medium", room=3_000, variant=0, key="k")
USUAL = ("malloc", "free", "fopen", "fclose", "strlen", "memcpy", "printf", "exit", "time")


def _told(folder: Path, task: str, names: Sequence[str] = USUAL, libraries: Sequence[str] = ()) -> dict[str, Say]:
    binary = FEATURES["binary_info"] | {"format": "ELF", "imports": list(libraries)}
    symbols = {"imports": [{"name": one} for one in names]}
    report = {"file_path": "/opt/a", **dict.fromkeys(FEATURES), "binary_info": binary, "symbols": symbols}
    (folder / "r.json").write_text(
        json.dumps(report | {"metadata": METADATA | {"file_path": "/opt/a", "file_name": "a"}})
    )
    view = View(load_files([str(folder)])[0][0], Counter("o200k_base"), BLOCKS)
    draft = next(one for one in imports.offers(view, None) if one.task == task).build(REQUEST)
    assert isinstance(draft, Draft)
    return {one.phrase: one for one in flatten(draft.content) if isinstance(one, Say)}


@pytest.mark.parametrize(
    ("names", "libraries", "there"),
    [
        ((), ("libc.so.6",), True),
        ((), ("libcurl.so.4", "libc.so.6"), False),
        (("SSL_connect", "SSL_new"), ("libc.so.6",), False),
        (("connect",), ("libc.so.6",), False),
    ],
)
def test_what_a_network_library_can_do_is_no_absence(
    tmp_path: Path, names: tuple[str, ...], libraries: tuple[str, ...], there: bool
) -> None:
    assert ("imports.shows.offline" in _told(tmp_path, "imports.purpose", (*USUAL, *names), libraries)) is there


@pytest.mark.parametrize(
    ("names", "listed"),
    [
        (("posix_spawnp",), "`posix_spawnp`"),
        (("fork", "execve"), "`fork` and `execve`"),
        (("fork", "waitpid"), None),
    ],
)
def test_what_starts_other_programs_is_told(tmp_path: Path, names: tuple[str, ...], listed: str | None) -> None:
    told = _told(tmp_path, "imports.purpose", (*USUAL, *names)).get("imports.shows.spawn")
    assert (getattr(told.slots["list"], "text", "") if told else None) == listed


@pytest.mark.parametrize(
    ("library", "phrase"),
    [
        ("libcap.so.2", "libcap"),
        ("libcap-ng.so.0", "libcap-ng"),
        ("libcapstone.so.4", None),
        ("libssl.so.3", "libssl"),
        ("libssl3.so", None),
        ("libcrypto++.so.8", None),
    ],
)
def test_a_library_is_told_by_its_whole_name(tmp_path: Path, library: str, phrase: str | None) -> None:
    told = _told(tmp_path, "imports.libraries", libraries=[library])
    found = [one.removeprefix("imports.library.") for one in told if one.startswith("imports.library.")]
    assert found == ([phrase] if phrase else [])


def test_what_a_program_calls_itself_is_no_check_by_the_compiler() -> None:
    names = ("__stack_chk_fail", "__open_2", "__openat_2", "explicit_bzero", "__explicit_bzero_chk", "getrandom")
    assert [purpose_of(one) for one in names] == ["hardening", "hardening", "hardening", "memory", "memory", "random"]


def test_the_bookkeeping_of_streams_is_no_access_to_files() -> None:
    names = ("__fpending", "fileno", "ferror_unlocked", "uname", "gethostname", "semget", "globfree", "fread")
    assert [purpose_of(one) for one in names] == [*["streams"] * 3, "system", "system", "ipc", "folders", "files"]
    assert [one for one in names if is_commonplace(one)] == ["__fpending", "fileno", "ferror_unlocked"]


def test_functions_are_told_by_their_library() -> None:
    labels = (
        "context_str",
        "fsetfilecon",
        "getexeccon",
        "setfscreatecon_raw",
        "security_compute_member",
        "selabel_open",
    )
    names = [
        *labels,
        "string_to_security_class",
        "getseuserbyname",
        "mnt_new_table",
        "acl_get_fd",
        "security_init",
        "context_new",
        "get_default_gateway",
    ]
    assert {family.library: len(found) for family, found in families(names)} == {
        "libselinux": 8, "libmount": 1, "libacl": 1,
    }  # fmt: skip
    assert not any(map(purpose_of, names))


def test_a_list_by_purpose_that_was_cut_says_so(tmp_path: Path) -> None:
    few, more = ("fopen", "rename", "setlocale"), ("unlink", "chmod", "stat", "lstat", "utime", "link")
    assert {"imports.purpose.files", "imports.purpose.locale"} <= _told(tmp_path, "imports.purpose", few).keys()
    told = _told(tmp_path, "imports.purpose", (*few, *more)).keys()
    assert {"imports.purpose.some", "imports.purpose.locale"} <= told
    assert "imports.purpose.files" not in told


@pytest.mark.parametrize(
    ("names", "first"), [(("__fpending", "setlocale"), None), (("fileno", "setlocale", "rename"), "`rename`")]
)
def test_only_calls_that_tell_something_are_worth_following(
    tmp_path: Path, names: tuple[str, ...], first: str | None
) -> None:
    told = _told(tmp_path, "imports.purpose", ("malloc", "strlen", *names)).get("imports.next")
    assert (getattr(told.slots["first"], "text", "") if told else None) == first


@pytest.mark.parametrize(
    ("name", "purpose"),
    [
        ("optind", "variables"),
        ("stderr", "variables"),
        ("__progname", "variables"),
        ("getopt_long", "options"),
        ("__errno_location", "errors"),
    ],
)
def test_variables_are_no_functions(name: str, purpose: str) -> None:
    assert purpose_of(name) == purpose
