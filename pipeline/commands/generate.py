"""The main job: reports in, dataset out, a summary at the end, an exit status."""

import contextlib
import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pipeline.bars import missed, unknown
from pipeline.beam_options import view
from pipeline.disk import shortage
from pipeline.locations import storage_for, unusable
from pipeline.lock import Lock, Locked
from pipeline.past import Past, load_past, past, save_past
from pipeline.progress import display
from pipeline.runners.dataflow import SUBMITTED
from pipeline.runners.start import run
from pipeline.settings import Settings
from pipeline.summary import summary
from threatflux_training.dataset.listing import list_sources
from threatflux_training.dataset.records import Source
from threatflux_training.dataset.storage import Storage, is_remote, join, read

Show = Callable[[str], None]


def generate(settings: Settings, show: Show | None = None) -> int:
    """Run the job: 0 complete, 1 failed, 2 wrong usage, 3 too many rejected, 4 bars missed, 130 interrupted."""
    say = show or _printer(settings.progress)
    places = [*settings.input, settings.output, settings.staging]
    storage = storage_for(places, settings.beam)
    for problem in (wrong := unusable(places)):
        say(problem)
    if wrong:
        return 2
    settings = _with_earlier_input(settings, storage)
    sources = list_sources(settings.input, storage, (settings.folder, settings.staging)).sources
    if not sources:
        say(
            f"no reports found in {', '.join(settings.input)}: name a folder, a glob or files (.json .jsonl .yaml, .gz .zst)"
        )
        return 1
    known, mine = load_past(storage, settings.staging), past(settings, sources)
    complete = storage.exists(join(settings.folder, "COMPLETED"))
    if complete and settings.existing != "replace" and known == mine:
        say(f"{settings.folder} is complete and made from the same input and options: nothing to do")
        return _judged(settings, storage, say)
    if complete and settings.existing == "error":
        say(
            f"{settings.folder} exists, from other input or options: choose another --name, or --existing=extend|replace"
        )
        return 2
    if settings.runner == "DataflowRunner" and view(settings.beam)["dry_run"]:
        return _run(settings, sources, storage, say)
    unfinished = known is not None and not complete
    if settings.resume == "require" and not unfinished:
        say(f"{settings.folder} holds no unfinished run that --resume=require could continue")
        return 2
    if known is None:
        short, surely = shortage(sources, settings)
        if short:
            say(short)
        if surely:
            return 1
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(Lock(storage, settings.staging))
        except Locked as error:
            say(f"{settings.folder}: {error}")
            return 1
        _prepare(settings, storage, known if unfinished else None, mine, say)
        return _run(settings, sources, storage, say)


def _printer(progress: str) -> Show:
    """Where lines for people go: with --progress=json standard output belongs to the machine."""
    if progress == "json":
        return lambda text: print(text, file=sys.stderr, flush=True)
    return lambda text: print(text, flush=True)


def _with_earlier_input(settings: Settings, storage: Storage) -> Settings:
    """To extend a dataset means: what it was made from, and the new input."""
    known = load_past(storage, settings.staging) if settings.existing == "extend" else None
    if known is None:
        return settings
    return replace(settings, input=tuple(dict.fromkeys([*known.input, *past(settings, ()).input])))


def _prepare(settings: Settings, storage: Storage, known: Past | None, mine: Past, show: Show) -> None:
    """Take back what must not be mixed; say what will be gone on with."""
    if settings.resume == "never" or (settings.existing == "replace" and known is None):
        for part in ("segments", "index", "spool"):
            if settings.resume == "never":
                storage.remove_folder(join(settings.staging, part))
    if settings.existing == "replace" and known is None:
        storage.remove(join(settings.folder, "groups.bin"))
    if known is not None and settings.resume != "never":
        show("going on with the unfinished run of this dataset")
        if known.fingerprint != mine.fingerprint:
            show("options or library have changed since: examples whose text depends on them are made anew")
    _stage_benchmarks(settings)
    storage.remove(join(settings.folder, "COMPLETED"))
    save_past(storage, settings.staging, mine)


def _stage_benchmarks(settings: Settings) -> None:
    """Benchmark files for workers that do not see them."""
    paths = [one.path for one in settings.text.decontaminate]
    if paths and (settings.runner != "DirectRunner" or any(map(is_remote, paths))):
        from transforms.benchmarks import stage_benchmarks

        stage_benchmarks(settings.text, storage_for([*paths, settings.staging], settings.beam), settings.staging)


def _run(settings: Settings, sources: Sequence[Source], storage: Storage, show: Show) -> int:
    size = sum(one.size for one in sources)
    show(f"{len(sources):,} files, {size / 1e6:,.1f} MB of input")
    started = time.monotonic()
    shown = display(settings.progress, show)
    try:
        status = run(settings, size, show, shown)
    finally:
        shown.close()
    if status == SUBMITTED:
        show(
            "nobody waits for it here; the same command, given when it has ended, judges the dataset or goes on with it"
        )
        return 0
    if status:
        if status == 130:
            show("interrupted; the same command goes on with what is staged")
        return 130 if status == 130 else 1
    facts, numbers = _json(storage, settings, "manifest.json"), _json(storage, settings, "stats.json")
    for part in ("spool", "plan"):
        storage.remove_folder(join(settings.staging, part))
    if settings.progress == "json":
        print(json.dumps({"event": "done", "manifest": facts, "folder": settings.folder}), flush=True)
    for line in summary(facts, numbers, time.monotonic() - started):
        show(line)
    show(f"dataset: {settings.folder}")
    return _judged(settings, storage, show)


def _judged(settings: Settings, storage: Storage, show: Show) -> int:
    """The exit status of a complete dataset; says what was too much of rejections and which bars are missed."""
    status = exit_status(_json(storage, settings, "manifest.json"), settings.max_rejected)
    if status == 3:
        show(f"exit status 3: more was rejected than --max_rejected allows ({settings.folder}/rejected/rejected.jsonl)")
    if status == 1:
        show(f"exit status 1: nothing that was read gave an example ({settings.folder}/rejected/rejected.jsonl)")
    if status == 1 or settings.quality == "off":
        return status
    quality = _json(storage, settings, "stats.json")["quality"]
    for name in unknown(quality, settings.bars):
        show(f"--bars {name}: no measure with a bar has that name (docs/quality.md)")
    lines = missed(quality, settings.bars)
    for line in lines:
        show(f"quality: {line}")
    return 4 if lines and settings.quality == "fail" and not status else status


def _json(storage: Storage, settings: Settings, name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(read(storage, join(settings.folder, name)))
    return found


def exit_status(facts: Mapping[str, Any], max_rejected: float) -> int:
    """1 if nothing was usable, 3 if more was rejected than allowed, else 0."""
    counts = facts["counts"]
    if not counts["examples"]:
        return 1
    allowed = max_rejected if max_rejected >= 1 else max_rejected * counts["documents"]
    return 3 if counts["rejected"] > allowed else 0
