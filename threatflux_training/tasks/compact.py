"""Files known only from the compact object: what it identifies, and that it is a selection."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, say
from threatflux_training.evidence.view import View
from threatflux_training.tasks.model import Draft, Offer, Request, Show

FAMILY = "compact"


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks where a compact object is there with hash and size."""
    found = view.file.llm
    if found is None or not found.md5 or found.file_size is None:
        return []
    made = [Offer(task="compact.what", build=lambda r: _what(view, r), importance=3, variants=3)]
    if found.key_strings:
        variants = max(1, len(found.key_strings) // 6)
        made.append(Offer(task="compact.strings", build=lambda r: _strings(view, r), importance=4, variants=variants))
    return made


def _identity(view: View) -> dict[str, value.Text]:
    found = view.file.llm
    size = found.file_size if found and found.file_size is not None else 0
    return {
        "md5": value.code(found.md5 if found else "", view.at("llm", ".md5")),
        "size": value.grouped(size, view.at("llm", ".file_size"), "byte|bytes"),
    }


def _what(view: View, request: Request) -> Draft:
    found = view.file.llm
    slots = _identity(view)
    content: list[Content] = [say("answer", "compact.what", "identity hash size", **slots)]
    if found is not None and found.entropy is not None:
        entropy = value.fixed(found.entropy, view.at("llm", ".entropy"), 3, "bits per byte")
        content.append(say("detail", "compact.entropy", "entropy storage data", entropy=entropy))
    content.append(say("verify", "compact.verify", "verify provenance", **slots))
    content.append(say("limit", "knowledge.compact_limits", "limit method"))
    return Draft(slots={}, shows=(Show("compact"),), content=tuple(content), context=("key_strings", "compact_imports"))


def _strings(view: View, request: Request) -> Draft:
    entries = view.file.llm.key_strings if view.file.llm else []
    start = (6 * request.variant) % max(1, len(entries) - 5)
    chosen = [n for n in range(start, min(start + 6, len(entries))) if len(entries[n]) <= 120][:4]
    texts = [value.code(entries[n], view.at("llm", f".key_strings[{n}]")) for n in chosen]
    content: list[Content] = [
        say("answer", "compact.strings", "strings", list=value.join(texts)),
        say("limit", "knowledge.compact_limits", "limit method"),
        say("verify", "compact.verify", "verify provenance", **_identity(view)),
    ]
    stop = view.lines("key_strings").fits(start, request.room)
    shows = (Show("compact"), Show("key_strings", start, max(stop, chosen[-1] + 1 if chosen else start + 1)))
    return Draft(slots={}, shows=shows, content=tuple(content), context=("compact_imports",))
