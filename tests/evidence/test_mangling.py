"""Mangled names are read as far as lengths and names go, and no further."""

import pytest

from threatflux_training.evidence.mangling import Mangled, decode, true_exports


def cpp(*parts: str, **more: object) -> Mangled:
    """A C++ name without anything special."""
    plain = Mangled("cpp", parts, "", standard=False, template=False, no_parameters=False)
    return plain._replace(**more)  # type: ignore[arg-type]  # a test names the fields


@pytest.mark.parametrize(
    ("symbol", "read"),
    [
        ("_ZN6CircleD0Ev", cpp("Circle", special="deleting", no_parameters=True)),
        ("_ZN6CircleD2Ev", cpp("Circle", special="destructor", no_parameters=True)),
        ("_ZNK6Circle4areaEv", cpp("Circle", "area", no_parameters=True)),
        ("_ZNSt13runtime_errorC1EPKc@GLIBCXX_3.4.21", cpp("runtime_error", special="constructor", standard=True)),
        ("_ZNSt6vectorISt10unique_ptrI5ShapeEED2Ev", cpp("vector", standard=True, template=True)),
        ("_Z5twiceii", cpp("twice")),
        ("_ZTV6Circle", cpp("Circle", special="vtable")),
        (
            "_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE",
            Mangled(
                "rust", ("core", "fmt", "Write", "write_fmt"), "", standard=False, template=False, no_parameters=False
            ),
        ),  # fmt: skip
    ],
)
def test_names_are_read(symbol: str, read: Mangled) -> None:
    assert decode(symbol) == read


@pytest.mark.parametrize("symbol", ["main", "_start", "_ZdlPvm", "_Znwm", "_Z99short", "_ZN", "_Z", ""])
def test_what_is_not_understood_is_left_alone(symbol: str) -> None:
    assert decode(symbol) is None


def test_imports_are_no_exports() -> None:
    assert true_exports(["sqrt", "mx_norm", "free"], ["sqrt@GLIBC_2.2.5", "sqrt", "free"]) == [1]
