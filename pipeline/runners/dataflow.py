"""The job on Dataflow: checked, submitted, and watched until it ends or left to itself."""

import logging
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from typing import Any

from pipeline.beam_options import view
from pipeline.counts import Counts, by_stage, most
from pipeline.failures import last_cause
from pipeline.locations import storage_for
from pipeline.pace import Pace
from pipeline.progress import Display, read_counts, state_of
from pipeline.settings import Settings
from pipeline.targets import job_name
from threatflux_training.dataset.storage import is_remote
from threatflux_training.errors import SettingsError

SUBMITTED = -1
"""In place of an exit status: the job runs without this program."""
_LOOK = 15.0
"""Seconds between two looks at the counts of a job."""
_MACHINES = 10
"""Machines for which work is dealt out where no option says how many there may be."""
_SHIPPED = ("sdk_container_image", "setup_file", "extra_packages")
_FOLDER = re.compile(r"gs://[a-z0-9][a-z0-9._-]{1,220}[a-z0-9](/|$)")
_DONE = ("DONE", "UPDATED")
Problem = tuple[str, str, str]
Show = Callable[[str], None]


def run_dataflow(settings: Settings, input_bytes: int, show: Show, display: Display) -> int:
    """Submit the job; its exit status when it has ended, 130 when interrupted, SUBMITTED where nobody is to wait.

    Raises SettingsError for what can be known to fail beforehand.
    """
    from pipeline.dataflow_graph import prepared

    options = view(settings.beam)
    if problems := problems_of(settings, options):
        raise SettingsError(problems)
    name = options["job_name"] or job_name(settings)
    arguments = [*settings.beam] if options["job_name"] else [*settings.beam, f"--job_name={name}"]
    started = time.monotonic()
    result = prepared(settings, arguments, lanes(settings, options)).run()
    if options["dry_run"] or options["template_location"]:
        show(
            f"{name}: the graph is whole; {'nothing was asked of the service' if options['dry_run'] else 'Dataflow starts it'}"
        )
        return SUBMITTED
    show(f"the job's page: {page(options, result.job_id())}")
    if options["no_wait_until_finish"]:
        return SUBMITTED
    return watch(settings, result, input_bytes, show, display, started)


def problems_of(settings: Settings, options: Mapping[str, Any]) -> list[Problem]:
    """Why Dataflow could not run the job, as far as it can be known here."""
    found: list[Problem] = []
    if not _installed():
        found.append(("runner", "DataflowRunner", 'pip install "threatflux-training-pipeline[gcp]"'))
    for name, remedy in (
        ("project", "name the project that pays"),
        ("region", "such as europe-west1, where the bucket is"),
    ):
        if not options[name]:
            found.append((name, "", remedy))
    for name in ("temp_location", "staging_location"):
        value = options[name] or ""
        if (name == "temp_location" or value) and not _FOLDER.match(value):
            found.append((name, value, "name a folder in a bucket, gs://…, for Dataflow's own files"))
    places = [("input", one) for one in settings.input] + [("output", settings.output), ("staging", settings.staging)]
    found += [
        (name, place, "workers cannot see this folder: use a bucket, gs://…")
        for name, place in places
        if not is_remote(place)
    ]
    return found + _unshipped(options)


def _unshipped(options: Mapping[str, Any]) -> list[Problem]:
    """Whether the program gets to the workers."""
    if not any(options[name] for name in _SHIPPED):
        remedy = (
            "the workers would not have this program: give the image of templates/dataflow, or --setup_file=./setup.py"
        )
        return [("sdk_container_image", "", remedy)]
    files = [("setup_file", options["setup_file"])] + [
        ("extra_package", one) for one in options["extra_packages"] or ()
    ]
    return [
        (name, path, "no such file")
        for name, path in files
        if path and not is_remote(path) and not os.path.isfile(path)
    ]


def _installed() -> bool:
    try:
        return find_spec("google.cloud.dataflow") is not None
    except ModuleNotFoundError:
        return False


def lanes(settings: Settings, options: Mapping[str, Any]) -> int:
    """For how many worker processes the work is dealt out: as asked for, else every core of every machine there may be."""
    if settings.workers:
        return settings.workers
    cores = re.search(r"-(\d+)$", str(options["machine_type"] or ""))
    return (options["max_num_workers"] or options["num_workers"] or _MACHINES) * (int(cores[1]) if cores else 1)


def page(options: Mapping[str, Any], job: str) -> str:
    """The address under which a person sees the job."""
    return f"https://console.cloud.google.com/dataflow/jobs/{options['region']}/{job}?project={options['project']}"


def watch(settings: Settings, result: Any, input_bytes: int, show: Show, display: Display, started: float) -> int:
    """Wait for the end of a job; its exit status. Ctrl-C cancels it, on a terminal after asking."""
    storage, looked = storage_for([settings.staging], settings.beam), 0.0
    done: Counts = {}
    totals: Counts = {}
    failures: list[BaseException] = []
    pace = Pace()

    def wait() -> None:
        try:
            result.wait_until_finish()
        except Exception as error:  # noqa: BLE001  # whatever ends the wait is judged, and told, by who waits for this thread
            failures.append(error)

    logging.getLogger("apache_beam.runners.dataflow").setLevel(logging.ERROR)
    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()
    try:
        while waiting.is_alive():
            waiting.join(1.0)
            if time.monotonic() - looked >= _LOOK:
                told, planned = read_counts(storage, settings.staging)
                counted, counted_totals = counts(result)
                done, totals = most(most(done, told), counted), most(most(totals, planned), counted_totals)
                looked = time.monotonic()
                display.update(state_of(done, totals, started, input_bytes, pace, workers=0, memory=0, memory_limit=0))
    except KeyboardInterrupt:
        return _interrupted(result, show, display)
    if failures or result.state not in _DONE:
        show(f"the run failed: {last_cause(str(failures[0]) if failures else f'the job is {result.state}')}")
        return 1
    return 0


def counts(result: Any) -> tuple[Counts, Counts]:
    """What is done and what there is to do, by the job's own metrics."""
    found = result.metrics().query()["counters"]
    return by_stage(
        (one.key.metric.namespace, one.key.metric.name, max(one.committed or 0, one.attempted or 0)) for one in found
    )


def _interrupted(result: Any, show: Show, display: Display) -> int:
    display.close()
    wanted = True
    if sys.stdin.isatty():
        try:
            wanted = input("Cancel the job on Dataflow? [Y/n] ").strip().lower() not in ("n", "no")
        except (KeyboardInterrupt, EOFError):
            wanted = True
    if not wanted:
        show("the job goes on without this program")
        return 130
    result.cancel()
    show("the job is cancelled; the same command goes on with what is staged")
    return 130
