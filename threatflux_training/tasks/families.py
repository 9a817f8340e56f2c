"""All families of tasks, in one explicit tuple."""

from threatflux_training.tasks import compact, entropy, hashes, hexdump, packages, strings
from threatflux_training.tasks.model import Family

FAMILIES: tuple[Family, ...] = (hashes, packages, compact, strings, hexdump, entropy)
