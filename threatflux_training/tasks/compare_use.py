"""Whether one of two files uses the other: a program and a library that it needs, a program and a module of PAM."""

from collections.abc import Iterator

from threatflux_training.compose import value
from threatflux_training.compose.content import Role, Say, say
from threatflux_training.compose.value import Text
from threatflux_training.tasks.compare_pair import Fact, Pair, Side, kept
from threatflux_training.tasks.model import Show

_PAM = "libpam.so"
_MODULES = "/security/pam_"
"""What the paths of PAM's modules have in common."""


@kept
def use(pair: Pair, role: Role = "answer") -> Fact | None:
    """How the one is used by the other; None where neither is."""
    for user, used in ((pair.a, pair.b), (pair.b, pair.a)):
        for index, library in _needed(user):
            name = used.view.file.path.rpartition("/")[2]
            form = "named" if name == library else "needs" if name.startswith(f"{library}.") else ""
            if not form and library.startswith(_PAM) and _MODULES in used.view.file.path and not _is_module(user):
                form = "pam"
            if form:
                return Fact(_said(form, user, used, value.code(library, _place(user, index)), role), _shows(pair))
    return None


def _needed(side: Side) -> Iterator[tuple[int, str]]:
    binary = side.view.file.binary_info
    return enumerate(binary.imports if binary is not None and binary.format == "ELF" else ())


def _is_module(side: Side) -> bool:
    return _MODULES in side.view.file.path


def _place(side: Side, index: int) -> str:
    return side.at("binary_info", f".imports[{index}]")


def _said(form: str, user: Side, used: Side, needed: Text, role: Role) -> tuple[Say, ...]:
    slots = {"user": user.label, "used": used.label, "needed": needed}
    tags = "comparison decision package imports permission plain"
    check = say("verify", f"compare.use.{form}.verify", "verify next", **slots)
    return (say(role, f"compare.use.{form}", tags, **slots), check)


def _shows(pair: Pair) -> tuple[Show, ...]:
    return pair.shows("metadata", "binary_info.imports")
