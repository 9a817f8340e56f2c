"""The child process that submits the graph to Flink or Prism and waits: settings as JSON on standard input.

What the submitter has to know goes to it as lines of JSON, into the file named by the first argument.
"""

import contextlib
import json
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions
from apache_beam.portability.api import beam_job_api_pb2
from apache_beam.runners.portability.flink_runner import FlinkRunner
from apache_beam.runners.portability.portable_runner import PortableMetrics
from apache_beam.runners.portability.prism_runner import PrismRunner

from pipeline.counts import by_stage
from pipeline.flink import Flink, FlinkError
from pipeline.graph import build
from pipeline.job import facts
from pipeline.settings import Settings, settings_from
from pipeline.supervisor import die_with_parent

RUNNERS = {"FlinkRunner": FlinkRunner, "PrismRunner": PrismRunner}
_POLL = 1.0

Tell = Callable[..., None]


def submit(settings: Settings, workers: int, extra: list[str]) -> Any:
    """Build the graph and hand it to the runner; the running job."""
    options = PipelineOptions([*settings.beam, *extra])
    pipeline = beam.Pipeline(runner=RUNNERS[settings.runner](), options=options)
    build(pipeline, settings, workers, facts(settings, workers))
    return pipeline.run()


def counters(result: Any) -> list[tuple[str, str, int]]:
    """Stage, name and value of every counter of the job so far, from whatever step."""
    request = beam_job_api_pb2.GetJobMetricsRequest(job_id=result._job_id)
    found = PortableMetrics(result._job_service.GetJobMetrics(request)).query()["counters"]
    return [
        (one.key.metric.namespace, one.key.metric.name, max(one.committed or 0, one.attempted or 0)) for one in found
    ]


def watch(result: Any, tell: Tell, over: threading.Event) -> None:
    """Tell the counts again and again until the job is over."""
    while not over.wait(_POLL):
        done, totals = by_stage(counters(result))
        if done or totals:
            tell(event="counts", done=done, totals=totals)


def main() -> int:
    """Read the settings, submit, wait; 0 where the job is done."""
    values = json.load(sys.stdin)

    def leave() -> None:
        with contextlib.suppress(FlinkError):
            cluster = Flink(values["cluster"])
            for job in cluster.running(values["job_name"]):
                cluster.cancel(job.id)

    watched = leave if values["cluster"] else None
    threading.Thread(target=die_with_parent, args=(watched,), daemon=True).start()

    def tell(**event: Any) -> None:
        with open(sys.argv[2], "a") as out:
            out.write(json.dumps(event) + "\n")

    result = submit(settings_from(values), int(sys.argv[1]), values["extra"])
    tell(event="submitted", time=time.time())
    over = threading.Event()
    watcher = threading.Thread(target=watch, args=(result, tell, over), daemon=True)
    watcher.start()
    try:
        state = result.wait_until_finish()
    except RuntimeError as error:
        tell(event="failed", cause=str(error))
        return 1
    finally:
        over.set()
    return 0 if state == "DONE" else 1


if __name__ == "__main__":
    sys.exit(main())
