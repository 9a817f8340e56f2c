"""What two files are compared by: their printable strings and imported names."""

from threatflux_training.reports.file import ScannedFile


def shingles(file: ScannedFile) -> set[str]:
    """The distinct ASCII strings and imports of a file; those of the compact object where it has nothing else."""
    found: set[str] = set()
    if file.strings is not None:
        found.update(file.strings.ascii)
    if file.binary_info is not None:
        found.update(file.binary_info.imports)
    if file.symbols is not None:
        found.update(entry.name for entry in file.symbols.imports)
    if not found and file.llm is not None:
        found.update(file.llm.key_strings)
    return found
