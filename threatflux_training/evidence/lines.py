"""The report as lines that a prompt can show: one line per fact or element, each counted in tokens once.

Every line starts with two spaces (so that counts add up exactly), is neutralised and capped. Where a block stands for
a list of the report, line i is element i of that list.
"""

from bisect import bisect_right
from itertools import accumulate

from threatflux_training.tokens import Counter


class Lines:
    """A block of evidence: a name, its lines, and prefix sums of their tokens."""

    def __init__(self, name: str, lines: list[str], counter: Counter) -> None:
        self.name = name
        self.lines = lines
        self._sums = [0, *accumulate(counter.lines(lines))]

    def __len__(self) -> int:
        return len(self.lines)

    def tokens(self, start: int = 0, stop: int | None = None) -> int:
        """Tokens of a range of lines."""
        return self._sums[len(self.lines) if stop is None else stop] - self._sums[start]

    def fits(self, start: int, room: int) -> int:
        """The end of the longest range from `start` that needs at most `room` tokens; at least one line."""
        end = bisect_right(self._sums, self._sums[start] + max(0, room)) - 1
        return max(min(start + 1, len(self.lines)), min(end, len(self.lines)))
