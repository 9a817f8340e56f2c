"""Beam's own options: what a runner or a file system takes is passed on as it was given."""

import contextlib
import difflib
import logging
from collections.abc import Iterator, Sequence

from pipeline.option_table import OPTIONS

Problem = tuple[str, str, str]


def _takes(argument: str) -> bool:
    """Whether what follows may be its value."""
    return argument.startswith("--") and "=" not in argument


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without what Beam's modules have to say when they are loaded."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)


def problems(arguments: Sequence[str]) -> list[Problem]:
    """What Beam doesn't know of these arguments, each as option, value and remedy.

    Loads Beam only where there are arguments to look at.
    """
    if not arguments:
        return []
    with _quiet():
        from apache_beam.options.pipeline_options import PipelineOptions

    known = set(PipelineOptions([]).get_all_options())
    ours = {option.name for option in OPTIONS}
    found: list[Problem] = []
    before = ("", *arguments)
    stray = [one for last, one in zip(before, arguments, strict=False) if not one.startswith("-") and not _takes(last)]
    found += [(one, "", "is no option, and no option before it takes it") for one in stray]
    given = PipelineOptions(list(arguments)).get_all_options(drop_default=True, retain_unknown_options=True)
    for name, value in given.items():
        if name not in known:
            near = difflib.get_close_matches(name, sorted(ours | known), n=1)
            hint = f"; is --{near[0]} meant?" if near else ""
            found.append(
                (name, "" if value is True else str(value), f"neither this program nor Beam has that option{hint}")
            )
    return found
