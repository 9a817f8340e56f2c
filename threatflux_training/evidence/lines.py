"""The report as lines that a prompt can show: one line per fact or element, each counted in tokens once.

Every line starts with two spaces (so that counts add up exactly), is neutralised and capped. Where a block stands for
a list of the report, line i is element i of that list. Long blocks are made and counted only as far as they are looked
at: a prompt shows a small part of a big listing.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import overload

from threatflux_training.tokens import Counter

_AHEAD = 64
"""Lines that are counted at once beyond what was asked for."""
_APART = 1024
"""A range of fewer lines that lies beyond all counted ones is counted by itself."""


class Rendered(Sequence[str]):
    """Lines that are made when they are asked for, each once."""

    def __init__(self, count: int, render: Callable[[int], str]) -> None:
        self._count, self._render = count, render
        self._made: dict[int, str] = {}

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> list[str]: ...

    def __getitem__(self, index: int | slice) -> str | list[str]:
        if isinstance(index, slice):
            made = self._made
            numbers = range(*index.indices(self._count))
            return [made[number] if number in made else self[number] for number in numbers]
        if not 0 <= index < self._count:
            raise IndexError(index)
        line = self._made.get(index)
        if line is None:
            line = self._made[index] = self._render(index)
        return line


class Lines:
    """A block of evidence: a name, its lines, and prefix sums of their tokens."""

    def __init__(self, name: str, lines: Sequence[str], counter: Counter) -> None:
        self.name = name
        self.lines = lines
        self._counter = counter
        self._sums = [0]

    def __len__(self) -> int:
        return len(self.lines)

    def _count_to(self, stop: int) -> None:
        known = len(self._sums) - 1
        if stop > known:
            total = self._sums[-1]
            for amount in self._counter.lines(self.lines[known : min(stop + _AHEAD, len(self.lines))]):
                total += amount
                self._sums.append(total)

    def tokens(self, start: int = 0, stop: int | None = None) -> int:
        """Tokens of a range of lines."""
        end = len(self.lines) if stop is None else min(stop, len(self.lines))
        if start >= len(self._sums) and end - start < _APART:
            return sum(self._counter.lines(self.lines[start:end]))
        self._count_to(end)
        return self._sums[end] - self._sums[start]

    def tokens_of(self, numbers: Iterable[int]) -> int:
        """Tokens of some lines."""
        return sum(self._counter.lines(map(self.lines.__getitem__, numbers)))

    def within(self, room: int) -> bool:
        """Whether all lines together need at most `room` tokens."""
        while self._sums[-1] <= room:
            if len(self._sums) > len(self.lines):
                return True
            self._count_to(len(self._sums))
        return False

    def ranges(self, room: int, most: int) -> list[tuple[int, int]]:
        """The ranges into which the block divides when each may need `room` tokens; at most `most` of them."""
        found: list[tuple[int, int]] = []
        start, end = 0, len(self.lines)
        while start < end and len(found) < most:
            goal = self._sums[start] + max(0, room)
            while self._sums[-1] <= goal and len(self._sums) <= end:
                self._count_to(len(self._sums))
            stop = max(start + 1, bisect_right(self._sums, goal, start) - 1)
            self._count_to(stop)
            found.append((start, stop))
            start = stop
        return found

    def fits(self, start: int, room: int) -> int:
        """The end of the longest range from `start` that needs at most `room` tokens; at least one line."""
        self._count_to(start)
        goal = self._sums[start] + max(0, room)
        while self._sums[-1] <= goal and len(self._sums) <= len(self.lines):
            self._count_to(len(self._sums))
        end = bisect_right(self._sums, goal) - 1
        return max(min(start + 1, len(self.lines)), min(end, len(self.lines)))
