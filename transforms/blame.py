"""Which report a failure of our own is about: on a cluster nothing else of it reaches the person who waits."""

import contextlib
from collections.abc import Iterator

from threatflux_training.errors import ReportError


class StageError(RuntimeError):
    """A stage failed on something that it should have been able to handle; the argument says what and on which report."""


@contextlib.contextmanager
def blaming(doing: str, source: str) -> Iterator[None]:
    """Say in every failure but a ReportError what was being done to which source."""
    try:
        yield
    except ReportError:
        raise
    except Exception as error:
        said = " ".join(f"{type(error).__name__}: {error}".split())
        raise StageError(f"{said}; while {doing} {source}") from error
