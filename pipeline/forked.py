"""Local workers that are forked from a server with everything loaded (`pipeline/preload.py`).

Beam's own multi-processing starts an interpreter for each worker, which takes seconds and some 200 MB that no two share.
The environment below stands in its place; everything else is FnApiRunner's.
"""

import multiprocessing
import os
from collections.abc import Mapping
from typing import Any

from apache_beam.runners.portability.fn_api_runner import worker_handlers
from apache_beam.transforms.environments import Environment, python_sdk_capabilities
from google.protobuf import json_format, text_format

URN = "threatflux:env:forked:v1"
"""Names the environment in the graph."""


def work(variables: Mapping[str, str]) -> None:
    """A worker, from its start to the end of the job; `variables` are those that Beam gives to its workers."""
    from apache_beam.runners.worker import sdk_worker_main

    os.environ.update(variables)
    sdk_worker_main.main([])


@Environment.register_urn(URN, None)
class ForkedEnvironment(Environment):
    """Says that workers are forked."""

    def to_runner_api_parameter(self, context: Any) -> tuple[str, None]:
        """No more than the name."""
        return URN, None

    @staticmethod
    def from_runner_api_parameter(
        payload: None, capabilities: Any, artifacts: Any, resource_hints: Any, context: Any
    ) -> "ForkedEnvironment":
        """The environment of a graph."""
        return ForkedEnvironment(capabilities=capabilities, artifacts=artifacts, resource_hints=resource_hints)

    @classmethod
    def default(cls) -> "ForkedEnvironment":
        """The environment as this Beam can do it."""
        return cls(capabilities=python_sdk_capabilities())


@worker_handlers.WorkerHandler.register_environment(URN, None)
class ForkedWorkerHandler(worker_handlers.GrpcWorkerHandler):
    """One forked worker: started when the first stage needs it, waited for at the end."""

    def __init__(self, payload: None, state: Any, provision_info: Any, grpc_server: Any) -> None:
        super().__init__(state, provision_info, grpc_server)
        options = json_format.MessageToJson(provision_info.provision_info.pipeline_options)
        self._variables = {
            "WORKER_ID": self.worker_id,
            "PIPELINE_OPTIONS": options,
            "CONTROL_API_SERVICE_DESCRIPTOR": text_format.MessageToString(self.control_api_service_descriptor()),
            "LOGGING_API_SERVICE_DESCRIPTOR": text_format.MessageToString(self.logging_api_service_descriptor()),
        }

    def start_worker(self) -> None:
        """Fork it."""
        context = multiprocessing.get_context("forkserver")
        self._process = context.Process(target=work, args=(self._variables,), name=f"worker {self.worker_id}")
        self._process.start()

    def stop_worker(self) -> None:
        """Wait for its end, which the end of its channel brings."""
        self._process.join()
