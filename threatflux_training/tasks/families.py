"""All families of tasks, in one explicit tuple."""

from threatflux_training.tasks import entropy, hashes, hexdump, strings
from threatflux_training.tasks.model import Family

FAMILIES: tuple[Family, ...] = (hashes, strings, hexdump, entropy)
