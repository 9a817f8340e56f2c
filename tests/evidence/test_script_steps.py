"""Steps of scripts: what a line does by itself, and which lines are no code."""

import pytest

from threatflux_training.evidence.script_steps import language, steps

SHELL, PERL, PYTHON = "#!/bin/sh", "#!/usr/bin/perl -w", "#!/usr/bin/env python3"


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (SHELL, "sh"),
        ("#!/bin/bash -e", "sh"),
        (PERL, "perl"),
        (PYTHON, "python"),
        ("#!/usr/bin/awk -f", ""),
        ("#!", ""),
    ],
)
def test_the_language_is_that_of_the_interpreter(first: str, expected: str) -> None:
    assert language(first) == expected


@pytest.mark.parametrize(
    ("first", "line", "act", "pieces"),
    [
        (SHELL, "ADDED=0", "set", ("ADDED", "0")),
        (SHELL, 'MASTER="$2"', "argument", ("MASTER", "$2")),
        (SHELL, 'home="$(mktemp -d)"', "capture", ("home", "mktemp -d")),
        (SHELL, 'if [ ! -f "$MASTER" ]; then', "test", ('"$MASTER"',)),
        (SHELL, "for key in $keys; do", "each", ("key", "$keys")),
        (SHELL, 'rm -rf "$home"', "delete", ('"$home"',)),
        (SHELL, 'exec "$gs" -q "$@"', "hand", ('"$gs"',)),
        (SHELL, "exit 28", "end", ("28",)),
        (SHELL, "set -eu", "stop", ("-eu",)),
        (PERL, "use Debconf::Db;", "load", ("Debconf::Db",)),
        (PERL, "my $code=127;", "set", ("$code", "127")),
        (PERL, "my $file = $_[0];", "argument", ("$file", "$_[0]")),
        (PERL, '"db=s" => \\$db,', "option", ("db",)),
        (PERL, "sub usage {", "function", ("usage",)),
        (PYTHON, "import base64, os", "load", ("base64", "os")),
        (PYTHON, 'parser.add_argument("-d", "--debug", action="store_true",', "option", ("--debug",)),
        (PYTHON, "    for name in names:", "each", ("name", "names")),
    ],
)
def test_a_line_is_read(first: str, line: str, act: str, pieces: tuple[str, ...]) -> None:
    (step,) = steps([first, line], set())
    assert (step.line, step.act, step.pieces) == (1, act, pieces)
    assert all(piece in line for piece in pieces)


@pytest.mark.parametrize(
    ("first", "line"),
    [
        (SHELL, "arg2=-\\'$(LC_ALL=C expr x |"),
        (SHELL, "LC_ALL=C sort"),
        (PERL, "$new = 1 if $new eq '';"),
        (PYTHON, '                    help=_("Print debug"))'),
        (PYTHON, 'ESC = "'),
        ("#!/usr/bin/awk -f", "x = 1"),
    ],
)
def test_a_line_that_is_no_whole_statement_has_no_step(first: str, line: str) -> None:
    assert steps([first, line], set()) == []


def test_texts_over_several_lines_and_remarks_are_passed_over() -> None:
    lines = [SHELL, "cat <<USAGE", "exit 1", "USAGE", 'usage="Usage: x', "rm -f file", 'bugs"', "# exit 2", "exit 3"]
    assert [(one.line, one.act) for one in steps(lines, {7})] == [(8, "end")]


def test_nothing_after_the_end_of_a_perl_script_is_code() -> None:
    assert [one.act for one in steps([PERL, "exit 0;", "__END__", "exit 1;"], set())] == ["end", "documents"]
