"""Lines for headers of executables, symbols, and for which features a report holds."""

from threatflux_training.evidence.identity_lines import fields
from threatflux_training.evidence.view import Renderer
from threatflux_training.reports.file import ScannedFile
from threatflux_training.reports.report import SCANNED
from threatflux_training.text import line


def binary_info(file: ScannedFile) -> list[str]:
    """What the headers say."""
    names = ("format", "architecture", "compiler", "linker", "entry_point", "is_stripped", "has_debug_info")
    return fields(file.binary_info, *names)


def sections(file: ScannedFile) -> list[str]:
    """Section headers; line i is element i."""
    found = file.binary_info.sections if file.binary_info else []
    return [
        f"  {index}: {line(one.name)}  size {one.size}  virtual_address {one.virtual_address}  "
        f"characteristics {line(one.characteristics)}"
        for index, one in enumerate(found)
    ]


def section_names(file: ScannedFile) -> list[str]:
    """All section names on one line, in the order of the table."""
    found = [line(one.name) for one in (file.binary_info.sections if file.binary_info else []) if one.name]
    return [f"  {', '.join(found)}"] if found else []


def libraries(file: ScannedFile) -> list[str]:
    """binary_info.imports: needed libraries (ELF) or imported names (PE)."""
    return [f"  {line(name)}" for name in (file.binary_info.imports if file.binary_info else [])]


def exports(file: ScannedFile) -> list[str]:
    """binary_info.exports."""
    return [f"  {line(name)}" for name in (file.binary_info.exports if file.binary_info else [])]


def imported(file: ScannedFile) -> list[str]:
    """symbols.imports, with the library where it is known."""
    found = file.symbols.imports if file.symbols else []
    return [f"  {line(one.name)}" + (f"  from {line(one.library)}" if one.library else "") for one in found]


def exported(file: ScannedFile) -> list[str]:
    """symbols.exports; line i is element i."""
    found = file.symbols.exports if file.symbols else []
    return [f"  {one.address:#x}  {line(one.name)}" for one in found]


def functions(file: ScannedFile) -> list[str]:
    """symbols.functions; line i is element i."""
    found = file.symbols.functions if file.symbols else []
    return [f"  {one.address:#x}  {line(one.name)}  size {one.size}" for one in found]


def symbol_count(file: ScannedFile) -> list[str]:
    """symbols.symbol_count."""
    counts = file.symbols.symbol_count if file.symbols else {}
    return [f"  {line(name)}: {count}" for name, count in counts.items()]


def features(file: ScannedFile) -> list[str]:
    """Which features the report holds; line 0 lists them, each further one is a feature that is null, or not in its form."""
    held = [feature for feature in SCANNED if file.state(feature) in ("present", "empty")]
    missing = [feature for feature in SCANNED if feature not in held]
    broken = {feature for report in file.reports for feature in report.parts}
    stands = [f"  {feature}: {'unreadable' if feature in broken else 'null'}" for feature in missing]
    return [f"  held: {', '.join(held)}", *stands]


BLOCKS: dict[str, Renderer] = {
    "binary_info": binary_info,
    "binary_info.sections": sections,
    "binary_info.sections.names": section_names,
    "binary_info.imports": libraries,
    "binary_info.exports": exports,
    "symbols.imports": imported,
    "symbols.exports": exported,
    "symbols.functions": functions,
    "symbols.symbol_count": symbol_count,
    "features": features,
}
