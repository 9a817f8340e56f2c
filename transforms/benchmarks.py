"""Benchmark files on the machines of workers: where they were named, or else from staging."""

import tempfile
from functools import cache
from pathlib import Path

import msgspec

from threatflux_training.dataset.storage import Storage, copy, join, read
from threatflux_training.quality.decontaminate import benchmark
from threatflux_training.settings import Benchmark, TextSettings


def staged_place(staging: str, one: Benchmark) -> str:
    """Where the content of a benchmark lies for workers that cannot see the file itself."""
    return join(staging, "benchmarks", one.sha256)


def stage_benchmarks(settings: TextSettings, storage: Storage, staging: str) -> None:
    """Copy what is not in staging yet. `storage` knows the benchmarks' paths and staging."""
    for one in settings.decontaminate:
        if not storage.exists(place := staged_place(staging, one)):
            copy(storage, one.path, place)


def with_benchmarks(settings: TextSettings, storage: Storage, staging: str) -> TextSettings:
    """The settings with paths that can be read here."""
    near = tuple(
        one if _is_here(one) else Benchmark(_local(read(storage, staged_place(staging, one))), one.sha256)
        for one in settings.decontaminate
    )
    return msgspec.structs.replace(settings, decontaminate=near)


def _is_here(one: Benchmark) -> bool:
    try:
        return benchmark(one.path, Path(one.path).read_bytes()) == one
    except OSError:
        return False


@cache
def _local(data: bytes) -> str:
    """A temporary file with that content, one for each worker."""
    with tempfile.NamedTemporaryFile(prefix="threatflux-", delete=False) as file:
        file.write(data)
    return file.name
