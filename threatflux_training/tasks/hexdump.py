"""Hex dumps: headers decoded field by field, bytes at an offset, text among bytes."""

from threatflux_training.evidence.headers import format_of
from threatflux_training.evidence.view import View
from threatflux_training.tasks import hex_bytes, hex_elf, hex_formats, hex_report
from threatflux_training.tasks.hex_values import Bytes
from threatflux_training.tasks.model import Offer

FAMILY = "hex"


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks on the dumped bytes of a file."""
    if view.file.hex_dump is None or not view.file.hex_dump.data:
        return []
    dumped = Bytes(view)
    made = hex_bytes.offers(dumped)
    if dumped.dump.offset == 0:
        made += hex_formats.offers(dumped)
        if format_of(dumped.dump) == "elf":
            made += hex_elf.offers(dumped)
            made += hex_report.offers(dumped, made)
    return made
