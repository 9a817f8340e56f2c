"""The Python entry: the same job in the words of people who know the old library."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.commands.generate import generate
from pipeline.locations import storage_for
from pipeline.option_table import OPTIONS
from pipeline.settings import settings_from
from threatflux_training.dataset.storage import join, read
from threatflux_training.errors import SettingsError

_NAMES = {"num_processes": "direct_num_workers"}
_SWITCHES = {"enable_chunking": "chunking", "enable_negative_examples": "negative_ratio", "compression": "compression"}
"""Options that the old library knew as yes or no."""
_OFF = {"chunking": "off", "negative_ratio": "off", "compression": "none"}


class GenerationFailed(RuntimeError):
    """The run did not end with a complete dataset; the argument is its exit status (README, Options)."""


class TrainingGenerator:
    """Makes a dataset: `TrainingGenerator("reports", "out", "name").configure(examples_per_file=25).generate()`.

    `configure` takes every option of the job by name, and of the old library `num_processes`, `enable_chunking`,
    `enable_negative_examples` and `compression` as yes or no. Beam's own options go with `beam`, as arguments:
    `configure(runner="FlinkRunner", beam=["--flink_master=host:8081"])`.
    """

    def __init__(self, input: str | Path | Sequence[str | Path], output: str | Path, name: str) -> None:
        inputs = [input] if isinstance(input, str | Path) else list(input)
        self._values: dict[str, Any] = {
            "input": [str(one) for one in inputs], "output": str(output), "name": name, "progress": "none",
        }  # fmt: skip

    def configure(self, **options: Any) -> "TrainingGenerator":
        """Set options; unknown names and wrong values raise SettingsError, all of them at once."""
        known = {"beam", *(option.name for option in OPTIONS)}
        unknown: list[tuple[str, str, str]] = []
        for given, value in options.items():
            name = _NAMES.get(given, _SWITCHES.get(given, given))
            if name not in known:
                unknown.append((given, str(value), f"no such option; there are {', '.join(sorted(known))}"))
            elif given in _SWITCHES and isinstance(value, bool):
                self._switch(name, value)
            else:
                self._values[name] = value
        if unknown:
            raise SettingsError(unknown)
        settings_from(self._values)
        return self

    def _switch(self, name: str, on: bool) -> None:
        if on:
            self._values.pop(name, None)
        else:
            self._values[name] = _OFF[name]

    def generate(self) -> dict[str, Any]:
        """Make the dataset; what its manifest says. Raises GenerationFailed, with all that was said on the way."""
        settings = settings_from(self._values)
        said: list[str] = []
        status = generate(settings, said.append)
        if status not in (0, 3):
            raise GenerationFailed(status, "\n".join(said))
        facts: dict[str, Any] = json.loads(read(storage_for([settings.folder]), join(settings.folder, "manifest.json")))
        return facts
