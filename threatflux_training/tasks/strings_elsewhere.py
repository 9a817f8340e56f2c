"""Where else in the report a string's text stands: imports, needed libraries, sections; and how often it repeats."""

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, say
from threatflux_training.evidence.string_kinds import kind_of
from threatflux_training.tasks.listing import Listing
from threatflux_training.tasks.model import Show

Found = tuple[list[Content], tuple[Show, ...]]
NOTHING: Found = ([], ())
_AROUND = 3


def elsewhere(listing: Listing, index: int) -> Found:
    """What other features say about the text of an entry."""
    text = listing.texts[index].strip()
    for look in (_imported, _needed, _section, _dynamic):
        found = look(listing, text)
        if found[0]:
            return found
    return NOTHING


def repeated(listing: Listing, index: int, shown: range) -> list[Content]:
    """That an entry stands a second time among those shown."""
    text = listing.texts[index]
    if any(listing.texts[i] == text for i in shown if i != index):
        other = next(i for i in shown if i != index and listing.texts[i] == text)
        slots = {"text": listing.quoted(index), "place": listing.place(other)}
        return [say("detail", "strings.elsewhere.again", "strings structure", **slots)]
    return []


def _lines(listing: Listing, block: str, number: int) -> Show:
    total = len(listing.view.lines(block))
    return Show(block, max(0, number - _AROUND), min(total, number + _AROUND + 1))


def _imported(listing: Listing, text: str) -> Found:
    symbols = listing.view.file.symbols
    for number, one in enumerate(symbols.imports if symbols else ()):
        if one.name == text:
            slots = {
                "text": value.code(text, listing.view.at("symbols", f".imports[{number}].name")),
                "name": listing.view.name,
            }
            said = say("meaning", "strings.elsewhere.imported", "imports code decision", **slots)
            return [said], (_lines(listing, "symbols.imports", number),)
    return NOTHING


def _needed(listing: Listing, text: str) -> Found:
    binary = listing.view.file.binary_info
    if binary is None or binary.format != "ELF" or text not in binary.imports or ".so" not in text:
        return NOTHING
    number = binary.imports.index(text)
    slots = {"text": value.code(text, listing.view.at("binary_info", f".imports[{number}]")), "name": listing.view.name}
    said = say("meaning", "strings.elsewhere.needed", "package container imports decision", **slots)
    return [said], (_lines(listing, "binary_info.imports", number),)


def _section(listing: Listing, text: str) -> Found:
    binary = listing.view.file.binary_info
    for number, one in enumerate(binary.sections if binary else ()):
        if one.name == text and text and one.size:
            at = listing.view.at("binary_info", f".sections[{number}]")
            slots = {
                "text": value.code(text, f"{at}.name"), "name": listing.view.name,
                "size": value.grouped(one.size, f"{at}.size", "byte|bytes"),
            }  # fmt: skip
            phrase = "strings.elsewhere.section"
            if one.virtual_address:
                slots["address"] = value.hexadecimal(one.virtual_address, f"{at}.virtual_address")
                phrase = "strings.elsewhere.section.loaded"
            return [say("meaning", phrase, "structure size address", **slots)], (
                _lines(listing, "binary_info.sections", number),
            )
    return NOTHING


def _dynamic(listing: Listing, text: str) -> Found:
    """Names that the headers list as dynamic functions, imported ones included."""
    binary = listing.view.file.binary_info
    if binary is None or binary.format != "ELF" or kind_of(text) != "symbol" or text not in binary.exports:
        return NOTHING
    number = binary.exports.index(text)
    slots = {"text": value.code(text, listing.view.at("binary_info", f".exports[{number}]")), "name": listing.view.name}
    said = say("meaning", "strings.elsewhere.dynamic", "imports code", **slots)
    return [said], (_lines(listing, "binary_info.exports", number),)
