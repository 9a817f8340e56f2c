"""Runs the graph in the child process: settings as JSON on standard input, workers as the argument."""

import json
import sys
import threading
from importlib import metadata
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability.api import beam_provision_api_pb2
from apache_beam.runners.job.utils import dict_to_struct
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.runners.portability.fn_api_runner.fn_runner import ExtendedProvisionInfo

from pipeline.fork_server import can_fork, start_server
from pipeline.forked import ForkedEnvironment
from pipeline.graph import build
from pipeline.past import fingerprint
from pipeline.settings import Settings, settings_from
from pipeline.supervisor import die_with_parent

PACKAGES = ("apache-beam", "msgspec", "tiktoken", "zstandard")


def run(settings: Settings, workers: int) -> None:
    """Build and run the graph on this machine."""
    forks = workers > 1 and can_fork()
    if forks:
        start_server()
    mode = "multi_processing" if workers > 1 and not forks else "in_memory"
    options = PipelineOptions([*settings.beam, "--direct_num_workers", str(workers), "--direct_running_mode", mode])
    runner = FnApiRunner(ForkedEnvironment.default() if forks else None, provision_info=_provision(options))
    with beam.Pipeline(runner=runner, options=options) as pipeline:
        build(pipeline, settings, workers, facts(settings, workers))


def _provision(options: PipelineOptions) -> ExtendedProvisionInfo:
    """Hands the options to the workers, whose file systems need them; by itself the runner keeps them."""
    given = options.get_all_options(drop_default=True)
    texts = {name: value if isinstance(value, bool | list) else str(value) for name, value in given.items()}
    info = beam_provision_api_pb2.ProvisionInfo(
        retrieval_token="unused-retrieval-token", pipeline_options=dict_to_struct(texts)
    )
    return ExtendedProvisionInfo(info)


def facts(settings: Settings, workers: int) -> dict[str, Any]:
    """What the manifest says of the run."""
    return {
        "name": settings.name,
        "options": dict(settings.options),
        "versions": {name: metadata.version(name) for name in PACKAGES},
        "runner": {"name": settings.runner, "workers": workers},
        "fingerprint": fingerprint(settings),
    }


def main() -> None:
    """Read the settings and run."""
    threading.Thread(target=die_with_parent, daemon=True).start()
    values = json.load(sys.stdin)
    run(settings_from(values), int(sys.argv[1]))
