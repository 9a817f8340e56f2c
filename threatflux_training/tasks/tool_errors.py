"""The scanner's tool called on a path: once it gives a report, once an error, and what to do then."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, say
from threatflux_training.evidence.view import View
from threatflux_training.hashing import choose, pick
from threatflux_training.tasks import metadata
from threatflux_training.tasks.model import Draft, Offer, Request
from threatflux_training.text import escape

FAMILY = "tool"
_DIRECTORY = 0.25
"""Share of the errors that come from the path of a folder."""


def offers(view: View, partner: View | None) -> list[Offer]:
    """A pair: the right path, and a path that the tool cannot analyze."""
    file = view.file
    able = file.metadata is not None and file.origin("metadata").dialect in ("analysis", "cache")
    if not able or not file.path.startswith("/") or "`" in file.path or escape(file.path) != file.path:
        return []
    return [
        Offer(
            task="tool.path", build=lambda r: _pair(view, r), importance=4, weight=1.2, variants=3, pair=True, tool=True
        )
    ]


def _pair(view: View, request: Request) -> tuple[Draft, Draft] | None:
    found = metadata.offers(view, None)[0].build(request)
    if not isinstance(found, Draft):
        return None
    place = view.file.path.rpartition("/")[0]
    folder = place and pick(f"{request.key}/kind", 100) < 100 * _DIRECTORY
    return found, _refused(view, place) if folder else _missing(view, request)


def misspelled(path: str, key: str) -> str:
    """The path with a slip in its last part, as people make them."""
    place, _, name = path.rpartition("/")
    at = 1 + pick(f"{key}/at", max(1, len(name) - 1))
    slips = [
        name[:at] + name[at - 1] + name[at:],
        name[: at - 1] + name[at : at + 1] + name[at - 1] + name[at + 1 :],
        name + choose(f"{key}/end", (".bak", ".old", ".1", "2", "-new")),
    ]
    made = choose(f"{key}/slip", [one for one in slips if one != name])
    return f"{place}/{made}"


def _slots(given: str) -> dict[str, value.Text]:
    place, _, name = given.rpartition("/")
    return {
        "path": value.in_code_asked(given), "name": value.in_code_asked(name), "place": value.in_code_asked(place or "/"),
    }  # fmt: skip


def _missing(view: View, request: Request) -> Draft:
    given = misspelled(view.file.path, request.key)
    if given in view.file.paths:
        given += ".old"
    slots = _slots(given)
    content: list[Content] = [
        say("answer", "tool.missing", "decision", **slots),
        say("meaning", "tool.missing.meaning", "limit plain", **slots),
        say("next", "tool.missing.next", "next verify path", **slots),
        say("limit", "tool.missing.machine", "limit method", **slots),
    ]
    return Draft(
        slots=slots, shows=(), content=tuple(content), negative="tool_error",
        error=f"Error: File does not exist: {given}",
    )  # fmt: skip


def _refused(view: View, given: str) -> Draft:
    slots = _slots(given)
    content: list[Content] = [
        say("answer", "tool.folder", "decision", **slots),
        say("meaning", "tool.folder.meaning", "limit plain method", **slots),
        say("next", "tool.folder.next", "next path", **slots),
    ]
    return Draft(
        slots=slots, shows=(), content=tuple(content), negative="tool_error",
        error="Error: Is a directory (os error 21)",
    )  # fmt: skip
