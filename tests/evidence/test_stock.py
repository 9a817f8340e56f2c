"""Texts that programs of many projects have alike: one for each way to be one, and some that are none."""

import pytest

from threatflux_training.evidence.string_kinds import is_option, is_stock

STOCK = """Try --HELP first|see --version|Write Error|memory exhausted|Out of memory|for more details|For more information see
The licence applies|License GPLv3+|NO WARRANTY|Copyright 2024|https://www.gnu.org/|This is free software|may redistribute it
GNU coreutils online help|the home page|General help using GNU software|full documentation at|available locally via: info
Email bug reports to|Report any translation bugs|report bugs to|GNU coreutils 9.1|standard input is closed|basic_string::append
vector::reserve|_M_construct null|__cxa_finalize|Written by A. Author|a multi-call binary|test invocation|sha2 utilities
A NULL argv[0] was passed|bugs to <%s>|A, B, and others.|report bugs"""


@pytest.mark.parametrize("text", STOCK.replace("\n", "|").split("|"))
def test_what_many_programs_say_is_stock(text: str) -> None:
    assert is_stock(text)


@pytest.mark.parametrize(
    "text", ["", "Show or change the I/O-scheduling class", "fork a multi process", "for more", "bugs"]
)
def test_what_one_program_says_is_not(text: str) -> None:
    assert not is_stock(text)


@pytest.mark.parametrize(
    "text", ["-A", "-q, --quiet   say nothing", "--nofollow     do not follow", "-std=c99", "-name PATTERN"]
)
def test_lines_of_a_help_text_are_options(text: str) -> None:
    assert is_option(text)


@pytest.mark.parametrize("text", ["-ttD", "-AWA", "-m, then -n was given", "---"])
def test_code_and_messages_are_none(text: str) -> None:
    assert not is_option(text)
