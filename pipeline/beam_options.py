"""Beam's own options: what a runner or a file system takes is passed on as it was given."""

import contextlib
import difflib
import logging
from collections.abc import Iterator, Sequence
from typing import Any

from pipeline.option_table import OPTIONS

Problem = tuple[str, str, str]


JOB_SERVER = frozenset((
    "disable_metrics", "environment_expiration_millis", "execution_mode_for_batch", "execution_retry_delay", "faster_copy",
    "flink_conf_dir", "grouping_table_max_size_mb", "load_balance_bundles", "max_bundle_size", "max_bundle_time_mills",
    "max_cache_memory_usage_mb", "number_of_execution_retries", "object_reuse", "operator_chaining",
    "re_iterable_group_by_key_result", "retain_docker_containers", "semi_persist_dir", "use_data_stream_for_batch",
))  # fmt: skip
"""Options that only the Java part of the Flink runner knows, as its job server lists them."""


def view(arguments: Sequence[str]) -> dict[str, Any]:
    """Every option of Beam with its value; those of the job server that were given stand beside them."""
    with _quiet():
        from apache_beam.options.pipeline_options import PipelineOptions

        found: dict[str, Any] = PipelineOptions(list(arguments)).get_all_options(retain_unknown_options=True)
        return found


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
    known = set(view(()))
    ours = {option.name for option in OPTIONS}
    found: list[Problem] = []
    before = ("", *arguments)
    stray = [one for last, one in zip(before, arguments, strict=False) if not one.startswith("-") and not _takes(last)]
    found += [(one, "", "is no option, and no option before it takes it") for one in stray]
    for name, value in view(arguments).items():
        if name not in known and name not in JOB_SERVER:
            near = difflib.get_close_matches(name, sorted(ours | known), n=1)
            hint = f"; is --{near[0]} meant?" if near else ""
            found.append(
                (name, "" if value is True else str(value), f"neither this program nor Beam has that option{hint}")
            )
    return found
