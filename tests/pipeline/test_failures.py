"""What a person reads of a failure, and which failures are worth another try."""

import pytest

from pipeline.failures import last_cause, may_pass, traceback_in

PYTHON = """java.util.concurrent.ExecutionException: java.lang.RuntimeException: Error received from SDK harness
for instruction 4: Traceback (most recent call last):
  File "transforms/blame.py", line 20, in blaming
    yield
ZeroDivisionError: division by zero

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "transforms/expand.py", line 70, in process
    raise StageError(said)
transforms.blame.StageError: ZeroDivisionError: division by zero; while expanding /in/a.json [while running 'ExpandReports/ExpandFiles-ptransform-24']

	at org.apache.beam.runners.fnexecution.control.FnApiControlClient$ResponseStreamObserver.onNext(FnApiControlClient.java:180)
"""


def test_the_last_exception_is_told_with_its_stage_and_report() -> None:
    assert last_cause(PYTHON) == (
        "transforms.blame.StageError: ZeroDivisionError: division by zero; while expanding /in/a.json"
        " (in ExpandReports/ExpandFiles)"
    )
    assert not may_pass(PYTHON)


@pytest.mark.parametrize(
    "cause",
    [
        "Pipeline x failed in state FAILED: io.grpc.StatusRuntimeException: CANCELLED: client cancelled",
        "org.apache.flink.runtime.jobmaster.JobMasterException: TaskManager with id tm1 is no longer reachable.",
        "JobManager: the job manager was started again and does not know the job",
    ],
)
def test_what_was_lost_may_be_tried_again(cause: str) -> None:
    assert may_pass(cause)
    assert last_cause(cause) == cause


def test_a_lack_of_memory_of_the_cluster_comes_back() -> None:
    assert not may_pass(
        "java.io.IOException: Insufficient number of network buffers: required 512, but only 494 available."
    )


def test_a_program_that_was_not_shipped_is_told_as_that() -> None:
    found = last_cause("Traceback (most recent call last):\nModuleNotFoundError: No module named 'transforms'")
    assert found.startswith("the workers do not have this program (no module transforms): ship it with --setup_file")


def test_the_last_traceback_of_a_log() -> None:
    log = "a\nTraceback (most recent call last):\nValueError: 1\nb\nTraceback (most recent call last):\nKeyError: 2\n"
    assert last_cause(traceback_in(log)) == "KeyError: 2"
    assert traceback_in("nothing") == ""


def test_a_store_that_did_not_answer_may_answer_later() -> None:
    text = "Traceback (most recent call last):\n  x\ntransforms.blame.StageError: Unreachable: gs://b/x: 503; while expanding gs://b/x"
    assert may_pass(text)
    assert not may_pass(text.replace("Unreachable", "ValueError"))
