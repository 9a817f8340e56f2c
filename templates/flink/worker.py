"""One Beam SDK worker, started by a task manager or by Prism (--environment_type=PROCESS), without a container.

Asks the runner for the pipeline's options, then becomes Beam's own worker. Packages are not installed here: they must be
importable (README.md, "Shipping the code").
"""

import argparse
import os
import sys

import grpc
from apache_beam.portability.api import beam_provision_api_pb2 as provision
from apache_beam.portability.api import beam_provision_api_pb2_grpc as provision_service
from apache_beam.portability.api import endpoints_pb2
from google.protobuf import json_format, text_format

START_SECONDS = 60.0
"""How long the runner may take to answer."""


def arguments() -> argparse.Namespace:
    """What a runner passes."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("id", "logging_endpoint", "artifact_endpoint", "provision_endpoint", "control_endpoint"):
        parser.add_argument(f"--{name}", default="")
    given, _ = parser.parse_known_args()
    given.id = given.id.strip("'")  # Prism quotes it
    return given


def environment(given: argparse.Namespace) -> dict[str, str]:
    """The variables that Beam's worker reads."""
    with grpc.insecure_channel(given.provision_endpoint) as channel:
        stub = provision_service.ProvisionServiceStub(channel)
        request = provision.GetProvisionInfoRequest()
        info = stub.GetProvisionInfo(
            request, metadata=[("worker_id", given.id)], timeout=START_SECONDS, wait_for_ready=True
        ).info
    found = {
        "WORKER_ID": given.id,
        "PIPELINE_OPTIONS": json_format.MessageToJson(info.pipeline_options),
        "LOGGING_API_SERVICE_DESCRIPTOR": descriptor(given.logging_endpoint or info.logging_endpoint.url),
        "CONTROL_API_SERVICE_DESCRIPTOR": descriptor(given.control_endpoint or info.control_endpoint.url),
    }
    if info.runner_capabilities:
        found["RUNNER_CAPABILITIES"] = " ".join(info.runner_capabilities)
    return found


def descriptor(url: str) -> str:
    """An endpoint in the form that the worker expects."""
    return text_format.MessageToString(endpoints_pb2.ApiServiceDescriptor(url=url))


def main() -> None:
    """Become the worker."""
    variables = {**os.environ, **environment(arguments())}
    os.execve(sys.executable, [sys.executable, "-m", "apache_beam.runners.worker.sdk_worker_main"], variables)


if __name__ == "__main__":
    main()
