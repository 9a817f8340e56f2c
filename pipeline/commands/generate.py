"""The main job: reports in, dataset out, a summary at the end, an exit status."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.runners import run_local
from pipeline.settings import Settings
from threatflux_training.dataset.listing import list_sources
from threatflux_training.dataset.storage import LocalStorage


def generate(settings: Settings) -> int:
    """Run the job: 0 complete, 1 failed or nothing usable, 3 too many rejected, 130 interrupted."""
    folder = Path(settings.folder)
    if (folder / "COMPLETED").is_file() and settings.existing == "error":
        print(f"{folder} exists: choose another --name, or --existing=extend or --existing=replace")
        return 2
    if not list_sources(settings.input, LocalStorage(), (settings.folder,)).sources:
        print(
            f"no reports found in {', '.join(settings.input)}: name a folder, a glob or files (.json .jsonl .yaml, .gz .zst)"
        )
        return 1
    if settings.existing == "replace":
        (folder / "groups.bin").unlink(missing_ok=True)
    started = time.monotonic()
    status = run_local(settings, print)
    if status:
        return 130 if status == 130 else 1
    facts = json.loads((folder / "manifest.json").read_text())
    for line in summary(facts, json.loads((folder / "stats.json").read_text()), time.monotonic() - started):
        print(line)
    print(f"dataset: {folder}")
    return exit_status(facts, settings.max_rejected)


def exit_status(facts: Mapping[str, Any], max_rejected: float) -> int:
    """1 if nothing was usable, 3 if more was rejected than allowed, else 0."""
    counts = facts["counts"]
    if not counts["examples"]:
        return 1
    allowed = max_rejected if max_rejected >= 1 else max_rejected * counts["documents"]
    return 3 if counts["rejected"] > allowed else 0


def summary(facts: Mapping[str, Any], numbers: Mapping[str, Any], seconds: float) -> list[str]:
    """What was read and made, in a few lines."""
    counts = facts["counts"]
    lines = [
        f"documents: {counts['documents']:,} = {counts['used']:,} used + {counts['merged']:,} merged"
        f" + {counts['rejected']:,} rejected; {counts['ignored']:,} ignored"
    ]
    if numbers["rejected"]:
        lines.append("rejected: " + ", ".join(f"{reason} {count}" for reason, count in numbers["rejected"].items()))
    lines.append(f"examples: {counts['examples']:,} with {counts['tokens']:,} tokens in {seconds:.1f} s")
    for what in ("style", "answerable"):
        values = numbers["examples"].get(what, {})
        lines.append(f"  by {what}: " + ", ".join(f"{name} {count:,}" for name, count in values.items()))
    lines.append("  by split: " + ", ".join(f"{name} {part['examples']:,}" for name, part in facts["splits"].items()))
    return lines
