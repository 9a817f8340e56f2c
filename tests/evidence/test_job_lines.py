"""The line in which a program says what it does, told from messages, options and the words of its project."""

import pytest

from threatflux_training.evidence.job_lines import Job, job, options, project, synopsis

SWITCH = [
    "Usage:", "Options:", "display version", "not enough arguments", " %s [options] <newrootdir> <init> <args to init>",
    "Switch to another filesystem as the root of the mount tree.", "Try '%s --help' for more information.",
]  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "name", "expected"),
    [
        (SWITCH, "switch_root", Job("whole", (5,))),
        (
            ["Usage: %s [OPTION]...", "Print machine architecture.", "sha2 utilities", "cannot get system name",
             "Print certain system information.  With no OPTION, same as -s.", "  -a, --all                print all information"],
            "uname", Job("whole", (4,)),
        ),
        (["Usage: prtstat [options] PID ...", "Print information about a process", "    -r,--raw       Raw display"], "prtstat", Job("begun", (1,))),
        (["bzip2, a block-sorting file compressor.  Version %s."], "bzcat", Job("named", (0,))),
        (
            ["Usage: apt-config [options] command", "apt-config is an interface to the configuration settings used by",
             "all APT tools, mainly intended for debugging and shell scripting."],
            "apt-config", Job("two", (1, 2)),
        ),
        (["--version", "Print Version of Program", "Print <count> number of intervals"], "lnstat", None),
        (["Usage: %s FILE", "Read error on standard input.", "Open file failed."], "x", None),
        (["Write access was refused.", "Set by the administrator."], "x", None),
    ],
)  # fmt: skip
def test_the_sentence_of_a_help_text_is_found(texts: list[str], name: str, expected: Job | None) -> None:
    assert job(texts, name) == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (SWITCH, 4),
        (["bad usage", "Usage: %s [options]", "Usage: rtacct [ -h?vVzrnasd:t: ] [ ListOfRealms ]"], 2),
        ([" %s ---> is open!", " %s arguments may be followed by the suffixes for"], -1),
        (["usage: %s user password"], 0),
        ([" %1$s [-qd] /path/to/directory", " %1$s -x /dev/device"], 0),
    ],
)
def test_a_line_of_usage_names_arguments(texts: list[str], expected: int) -> None:
    assert synopsis(texts) == expected


def test_options_that_every_program_has_say_nothing() -> None:
    texts = [
        "  -h, --help      display this help",
        "  -b, --before DAYS       print only lastlog records older than DAYS",
    ]
    assert options(texts) == [1]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["util-linux 2.38.1", "https://example.org/x"], ("package", "util-linux 2.38.1")),
        (["https://gnu.org/licenses/gpl.html", "/usr/lib/debug/.dwz/x86_64-linux-gnu/psmisc.debug"],
         ("debug", "psmisc")),
        (["# https://wiki.xiph.org/MIME_Types", "Copyright 2005 The Developers - http://poppler.freedesktop.org"],
         ("page", "http://poppler.freedesktop.org")),
        (["http://203.0.113.7:8443/api", "https://gnu.org/licenses/gpl.html"], None),
    ],
)  # fmt: skip
def test_a_project_is_named_by_more_than_a_license(texts: list[str], expected: tuple[str, str] | None) -> None:
    found = project(texts, "/usr/lib/x86_64-linux-gnu/tool")
    assert (found and (found.kind, found.piece)) == expected
