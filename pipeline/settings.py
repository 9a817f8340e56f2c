"""Checked, frozen settings of a run; every problem is reported at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.bars import Bars, parse_bars
from pipeline.beam_options import problems as beam_problems
from pipeline.locations import STAGING, storage_for
from pipeline.option_table import OPTIONS
from threatflux_training.dataset.storage import Unreachable, read
from threatflux_training.errors import SettingsError
from threatflux_training.quality.decontaminate import benchmark
from threatflux_training.settings import Benchmark, TextSettings

MIN_TOKENS = 256
MIN_MEMORY = 512 << 20
_FORMATS = {"jsonl": ("gzip", "zstd", "none"), "tfrecord": ("gzip", "none"), "avro": ("gzip", "zstd", "none")}

Problem = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything a run needs. `max_rejected` is a share below 1, or a count; `memory_limit` in bytes, 0 for automatic.

    `beam` holds Beam's own options as arguments, `--flink_master=host:8081` and the like.
    """

    input: tuple[str, ...]
    output: str
    name: str
    existing: str
    max_rejected: float
    text: TextSettings
    splits: tuple[tuple[str, float], ...]
    output_format: str
    compression: str
    num_shards: int
    runner: str
    workers: int
    memory_limit: int
    resume: str
    progress: str
    quality: str
    bars: Bars
    staging: str
    options: tuple[tuple[str, Any], ...]
    beam: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """The dataset's folder."""
        return f"{self.output.rstrip('/')}/{self.name}"


def settings_from(values: Mapping[str, Any]) -> Settings:
    """Settings from option values (missing ones take their defaults); `beam` holds arguments that are Beam's.

    Raises SettingsError with every problem: option, value, remedy.
    """
    given = {option.name: values.get(option.name, option.default) for option in OPTIONS}
    beam = tuple(values.get("beam", ()))
    problems: list[Problem] = list(beam_problems(beam))
    for option in OPTIONS:
        value = given[option.name]
        if value is None or (value == [] and option.default != []):
            problems.append((option.name, "", f"is needed: {option.help}"))
        elif option.choices and value not in option.choices:
            problems.append((option.name, str(value), f"choose one of {', '.join(option.choices)}"))
    splits = _splits(str(given["splits"]), problems)
    negatives = _negatives(str(given["negative_ratio"]), problems)
    max_rejected = _limit(str(given["max_rejected"]), problems)
    memory_limit = _size(str(given["memory_limit"]), problems)
    bars = _bars(str(given["bars"]), problems)
    _check_numbers(given, problems)
    benchmarks = _benchmarks(given["decontaminate"], beam, problems)
    if not 0 <= given["min_quality"] <= 1:
        problems.append(("min_quality", str(given["min_quality"]), "use a number from 0 to 1"))
    if not problems and given["compression"] not in _FORMATS[given["output_format"]]:
        able = ", ".join(_FORMATS[given["output_format"]])
        problems.append(("compression", given["compression"], f"{given['output_format']} takes {able}"))
    if given["name"] is not None and not _is_plain(given["name"]):
        problems.append(("name", given["name"], "use a plain name, without slashes and not starting with a dot"))
    if given["output"] is not None and not given["output"].strip():
        problems.append(("output", given["output"], "name a folder"))
    if problems:
        raise SettingsError(problems)
    text = TextSettings(
        examples_per_file=given["examples_per_file"], max_tokens=given["max_tokens"], token_margin=given["token_margin"],
        max_answer_tokens=given["max_answer_tokens"], chunking=given["chunking"] == "on", encoding=given["tokenizer"],
        negative_ratio=negatives, recall=given["recall"], secrets=given["secrets"], min_quality=given["min_quality"], decontaminate=benchmarks,
    )  # fmt: skip
    folder = f"{given['output'].rstrip('/')}/{given['name']}"
    return Settings(
        input=tuple(given["input"]), output=given["output"], name=given["name"], existing=given["existing"],
        max_rejected=max_rejected, text=text, splits=splits, output_format=given["output_format"],
        compression=given["compression"], num_shards=given["num_shards"], runner=given["runner"],
        workers=given["direct_num_workers"], memory_limit=memory_limit, resume=given["resume"],
        progress=given["progress"], quality=given["quality"], bars=bars, staging=given["staging"] or f"{folder}/{STAGING}",
        options=tuple((name, value) for name, value in given.items() if name not in _PLACES),
        beam=beam,
    )  # fmt: skip


def values(settings: Settings, memory_limit: int) -> dict[str, Any]:
    """The settings as option values, for a child process; with that limit of memory, in bytes."""
    return {
        **dict(settings.options), "input": list(settings.input), "output": settings.output, "staging": settings.staging,
        "existing": settings.existing, "runner": settings.runner, "memory_limit": str(memory_limit), "beam": list(settings.beam),
    }  # fmt: skip


_PLACES = (
    "input", "output", "staging", "existing", "direct_num_workers", "runner", "memory_limit", "resume", "progress", "quality",
    "bars",
)  # fmt: skip
"""Options that say where and how, not what: they are not in the manifest, so that it is the same on every machine."""


def _is_plain(name: str) -> bool:
    """Whether a name can be that of a folder, everywhere and in every shell."""
    return bool(name.strip()) and name.isprintable() and "/" not in name and not name.startswith(".")


def _check_numbers(given: Mapping[str, Any], problems: list[Problem]) -> None:
    least = {
        "examples_per_file": 1,
        "max_tokens": MIN_TOKENS,
        "max_answer_tokens": 0,
        "token_margin": 0,
        "num_shards": 0,
    }
    for name, low in {**least, "direct_num_workers": 0}.items():
        if given[name] < low:
            problems.append((name, str(given[name]), f"use {low} or more"))
    if given["max_tokens"] - given["token_margin"] < MIN_TOKENS <= given["max_tokens"]:
        problems.append(("token_margin", str(given["token_margin"]), f"leave {MIN_TOKENS} tokens below max_tokens"))


def _splits(text: str, problems: list[Problem]) -> tuple[tuple[str, float], ...]:
    found: list[tuple[str, float]] = []
    for entry in text.split(","):
        name, _, share = entry.strip().partition("=")
        try:
            found.append((name, float(share)))
        except ValueError:
            problems.append(("splits", text, "write name=share, name=share, as in train=0.9,test=0.1"))
            return ()
    names = [name for name, _ in found]
    if (
        any(not 0 < part < float("inf") for _, part in found)
        or len(set(names)) < len(names)
        or not all(n.isidentifier() for n in names)
    ):
        problems.append(("splits", text, "give each split a plain name once and a share above 0"))
    return tuple(found)


def _negatives(text: str, problems: list[Problem]) -> float:
    try:
        ratio = 0.0 if text == "off" else float(text)
    except ValueError:
        ratio = -1.0
    if not 0 <= ratio <= 0.5:
        problems.append(("negative_ratio", text, "use a number from 0 to 0.5, or off"))
    return ratio


def _benchmarks(paths: Sequence[str], beam: Sequence[str], problems: list[Problem]) -> tuple[Benchmark, ...]:
    found: list[Benchmark] = []
    for path in paths:
        try:
            found.append(benchmark(path, read(storage_for([path], beam), path)))
        except OSError as error:
            problems.append(("decontaminate", path, f"name a file that can be read: {error.strerror}"))
        except Unreachable as error:
            problems.append(("decontaminate", path, f"name a file that can be read: {error}"))
    return tuple(found)


def _limit(text: str, problems: list[Problem]) -> float:
    try:
        limit = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        limit = -1.0
    if not 0 <= limit < float("inf") or (text.endswith("%") and limit > 1):
        problems.append(("max_rejected", text, "use a share such as 10% or a count such as 25"))
    return float("inf") if text.endswith("%") and limit == 1 else limit


def _size(text: str, problems: list[Problem]) -> int:
    units = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
    number, factor = (text[:-1], units[text[-1].upper()]) if text[-1:].upper() in units else (text, 1)
    try:
        size = int(float(number) * factor)
    except (ValueError, OverflowError):
        size = -1
    if size < 0 or 0 < size < MIN_MEMORY:
        problems.append(("memory_limit", text, "use a size of 512M or more such as 2G, or 0"))
    return size


def _bars(text: str, problems: list[Problem]) -> Bars:
    try:
        return parse_bars(text)
    except ValueError as error:
        problems.append(("bars", str(error), "write name=limit, name=limit, as in duplicates.masked=0.05"))
        return ()
