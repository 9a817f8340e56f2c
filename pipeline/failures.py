"""What ended a job: the last cause in few words, and whether the same job may well succeed when it is started again."""

import re

_ERROR = re.compile(r"^([A-Za-z_][\w.]*(?:Error|Exception|Interrupt|Exit|Failure)\b.*)$", re.MULTILINE)
"""The last line of a Python traceback."""
_STEP = re.compile(r" \[while running '([^']*)'\]")
_TRACE = "Traceback (most recent call last)"
_LOST = (
    "CANCELLED: client cancelled", "CANCELLED: call already", "UNAVAILABLE", "is no longer reachable",
    "Heartbeat of TaskManager", "disconnected", "Connection unexpectedly closed", "Connection refused", "Connection reset",
    "Lost connection", "Could not find Flink job", "JobManager", "NoResourceAvailable", "Process died with exit code",
    "Channel closed prematurely", "Broken pipe", "SlotPoolService", "TaskExecutor", "was released", "TaskManager",
    "PartitionNotFound", "RemoteTransportException", "LocalTransportException",
)  # fmt: skip
"""Words of Flink, gRPC and Beam for a machine, a process or a connection that is gone."""
_MISSING = re.compile(r"ModuleNotFoundError: No module named '(pipeline|transforms|threatflux_training|msgspec|\w+)")
_SHOWN = 600
_UNREACHABLE = "Unreachable: "
"""How the program's own traceback names a store that did not answer after all retries."""


def may_pass(cause: str) -> bool:
    """Whether something outside the program ended the job: an error that its own code raised would come back."""
    if _TRACE in cause:
        return _UNREACHABLE in cause
    return any(mark in cause for mark in _LOST)


def last_cause(text: str) -> str:
    """What a person should read of a failure: the last exception of a Python traceback with its stage, else the end of it."""
    plain = text.strip()
    if missing := _MISSING.search(plain):
        return (
            f"the workers do not have this program (no module {missing[1]}): ship it with --setup_file or"
            " --extra_package, or use a container or a Python environment in which it is installed"
        )
    found = _ERROR.findall(plain) if _TRACE in plain else []
    if found:
        step = _STEP.search(found[-1])
        where = f" (in {step[1].partition('-ptransform')[0]})" if step else ""
        return _cut(_STEP.sub("", found[-1])) + where
    return _cut(plain.splitlines()[-1] if plain else "no cause was told")


def traceback_in(log: str) -> str:
    """The last traceback of a log, "" where there is none."""
    place = log.rfind(_TRACE)
    return log[place:] if place >= 0 else ""


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} …"
