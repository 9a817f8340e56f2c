"""The child process that runs the graph: settings as JSON on standard input, workers as the argument."""

import json
import sys
from importlib import metadata

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.runners.portability.fn_api_runner import FnApiRunner

from pipeline.graph import build
from pipeline.settings import Settings, settings_from
from threatflux_training.dataset.plan import library_hash
from threatflux_training.hashing import sha256_hex

PACKAGES = ("apache-beam", "msgspec", "tiktoken", "zstandard")


def run(settings: Settings, workers: int) -> None:
    """Build and run the graph on this machine."""
    mode = "multi_processing" if workers > 1 else "in_memory"
    options = PipelineOptions(["--direct_num_workers", str(workers), "--direct_running_mode", mode])
    with beam.Pipeline(runner=FnApiRunner(), options=options) as pipeline:
        build(pipeline, settings, workers, facts(settings, workers))


def facts(settings: Settings, workers: int) -> dict[str, object]:
    """What the manifest says of the run."""
    options = dict(settings.options)
    shaping = json.dumps(options, sort_keys=True).encode()
    return {
        "name": settings.name,
        "options": options,
        "versions": {name: metadata.version(name) for name in PACKAGES},
        "runner": {"name": settings.runner, "workers": workers},
        "fingerprint": sha256_hex(library_hash().encode(), shaping),
    }


def main() -> None:
    """Read the settings and run."""
    values = json.load(sys.stdin)
    run(settings_from(values), int(sys.argv[1]))


if __name__ == "__main__":
    main()
