"""Which split a group belongs to."""

from collections.abc import Sequence

from threatflux_training.hashing import share


def split_of(group: str, shares: Sequence[tuple[str, float]]) -> str:
    """The split of a group, by its hash; shares are relative to their sum."""
    place = share(f"{group}/split") * sum(part for _, part in shares)
    for name, part in shares:
        place -= part
        if place < 0:
            return name
    return shares[-1][0]
