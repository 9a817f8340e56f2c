"""What can be known of a Prism or Flink run before it is submitted: the cluster, its slots, whether the code gets there."""

import json
import os
import re
import socket
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from pipeline.flink import Flink, FlinkError, Overview
from pipeline.settings import Settings
from threatflux_training.dataset.storage import is_remote
from threatflux_training.errors import SettingsError
from threatflux_training.hashing import sha256_hex

EMBEDDED = ("[local]", "[auto]")
"""Values of --flink_master for a Flink inside the job server."""
KEPT_MILLIS = 20_000
"""How long a worker may wait for the next stage of its job, where the cluster can keep one (templates/flink/README.md)."""
_ANSWER = {"PROCESS": 120.0, "EXTERNAL": 120.0, "LOOPBACK": 120.0}
_ANSWER_IMAGE = 900.0
_CONNECT_SECONDS = 3.0
_SHIPPED = ("setup_file", "extra_packages", "sdk_container_image", "environment_config", "environment_options")
"""Options that bring the program into a container; any of them will do."""


class Target(NamedTuple):
    """Where a job goes. `extra` are further options for Beam; `answer` is how many seconds its workers may need to come
    up; `cluster` is None where the runner lives and dies with the submitter."""

    cluster: Flink | None
    name: str
    workers: int
    extra: tuple[str, ...]
    answer: float
    said: tuple[str, ...]


def target_of(settings: Settings, options: Mapping[str, Any]) -> Target:
    """The target of these settings and of Beam's options. Raises SettingsError for what cannot work."""
    name = options["job_name"] or job_name(settings)
    master = str(options["flink_master"]).strip()
    cluster = None if settings.runner == "PrismRunner" or master in EMBEDDED else Flink(master)
    environment = str(options["environment_type"] or ("DOCKER" if cluster else "LOOPBACK")).upper()
    problems = _unshipped(environment, options, cluster)
    if problems:
        raise SettingsError(problems)
    answer = _ANSWER.get(environment, _ANSWER_IMAGE)
    extra = [] if options["job_name"] else [f"--job_name={name}"]
    asked = options["parallelism"]
    if settings.runner == "PrismRunner":
        workers, said = 1, f"PrismRunner with one worker ({environment})"
    elif cluster is None:
        workers = asked if asked > 0 else 1
        said = f"FlinkRunner inside this machine's job server, parallelism {workers} ({environment})"
        extra += ["--flink_master=[local]", f"--parallelism={workers}"]
    else:
        seen = _overview(cluster, master)
        workers = slots(seen, asked, cluster)
        extra += [f"--parallelism={workers}", *_version(seen, options)]
        # Beam's list of the submitter's packages would be a file to share with every machine, and for nothing.
        extra.append("--experiments=disable_logging_submission_environment")
        if not any(one.startswith("--sdk_worker_parallelism") for one in settings.beam):
            extra.append(f"--sdk_worker_parallelism={-(-workers // max(1, seen.task_managers))}")
        if not int(options["environment_cache_millis"]):
            extra.append(f"--environment_cache_millis={KEPT_MILLIS}")
        said = (
            f"FlinkRunner on {cluster.url}: Flink {seen.version}, {seen.task_managers} task manager(s), {seen.free} of"
            f" {seen.slots} slots free; parallelism {workers} ({environment})"
        )
    if settings.runner == "FlinkRunner" and options.get("number_of_execution_retries") is None:
        extra.append("--number_of_execution_retries=0")
    return Target(cluster, name, workers, tuple(extra), answer, (said, *_local_paths(settings, cluster)))


def job_name(settings: Settings) -> str:
    """The same for every run of a dataset, so that one finds what another left."""
    plain = re.sub(r"[^a-z0-9]+", "-", settings.name.lower()).strip("-")
    folder = settings.folder if is_remote(settings.folder) else os.path.abspath(settings.folder)
    return f"threatflux-{plain[:40] or 'job'}-{sha256_hex(folder.encode('utf-8', 'surrogatepass'))[:8]}"


def slots(seen: Overview, asked: int, cluster: Flink) -> int:
    """The parallelism: as asked for, else all slots that are free. Raises SettingsError where there are too few."""
    if seen.free >= max(1, asked):
        return asked if asked > 0 else seen.free
    held = f"{seen.free} of {seen.slots} slots are free and {cluster.busy()} job(s) run on {cluster.url}"
    if seen.slots >= max(1, asked):
        raise SettingsError([("parallelism", str(max(1, asked)), f"{held}: wait, cancel one, or ask for fewer")])
    raise SettingsError([("parallelism", str(max(1, asked)), f"{held}: add task managers, or ask for fewer")])


def _overview(cluster: Flink, master: str) -> Overview:
    try:
        return cluster.overview()
    except FlinkError as error:
        remedy = f"no Flink answers there ({error}): start it, or give the address of its web interface"
        raise SettingsError([("flink_master", master, remedy)]) from error


def _version(seen: Overview, options: Mapping[str, Any]) -> list[str]:
    """The version to get a job server for; one that was given must be the cluster's."""
    version = ".".join(seen.version.split(".")[:2])
    given = options["flink_version"]
    if options["flink_job_server_jar"] or given == version:
        return [f"--flink_version={version}"] if given != version and _is_published(version) else []
    if not _is_published(version):
        remedy = f"the cluster runs {seen.version}, for which Beam has no job server: give --flink_job_server_jar"
        raise SettingsError([("flink_version", given, remedy)])
    return [f"--flink_version={version}"]


def _is_published(version: str) -> bool:
    from apache_beam.options.pipeline_options import FlinkRunnerOptions

    return version in FlinkRunnerOptions.PUBLISHED_FLINK_VERSIONS


def is_near(cluster: Flink | None) -> bool:
    """Whether its processes run on this machine, as far as the address tells."""
    return cluster is None or urlsplit(cluster.url).hostname in ("localhost", "127.0.0.1", "::1")


def _unshipped(environment: str, options: Mapping[str, Any], cluster: Flink | None) -> list[tuple[str, str, str]]:
    """Why workers of this kind could not run the program, as far as it can be known here."""
    config, near = str(options["environment_config"] or ""), is_near(cluster)
    if environment == "LOOPBACK" and not near:
        remedy = "task managers of another machine cannot reach this process: use EXTERNAL, PROCESS or DOCKER"
        return [("environment_type", environment, remedy)]
    if environment == "DOCKER" and not any(options.get(name) for name in _SHIPPED):
        remedy = (
            "the workers' containers would not have this program: give --environment_config=IMAGE (templates/flink says"
            " how to build it), or --setup_file=./setup.py"
        )
        return [("environment_type", environment, remedy)]
    packages = [name for name in ("setup_file", "extra_packages", "requirements_file") if options.get(name)]
    if packages and not near and not options["artifacts_dir"]:
        remedy = f"--{packages[0]} travels through a folder that all machines see: name one (s3://… or a shared disk)"
        return [("artifacts_dir", "", remedy)]
    if environment == "EXTERNAL" and not (config or options["environment_options"]):
        return [("environment_config", "", "name the worker pool of a task manager, as in localhost:50000")]
    if environment == "EXTERNAL" and near and config and not _listens(config):
        return [
            ("environment_config", config, "no worker pool answers there: start one, see templates/flink/README.md")
        ]
    if environment == "PROCESS":
        return _command(config, options, near)
    return []


def _listens(address: str) -> bool:
    """Whether something takes connections at host:port; anything that is not of that form is left to Beam."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        return True
    try:
        socket.create_connection((host, int(port)), _CONNECT_SECONDS).close()
    except OSError:
        return False
    return True


def _command(config: str, options: Mapping[str, Any], near: bool) -> list[tuple[str, str, str]]:
    """What is wrong with the command that starts a worker."""
    form = 'write {"command": "/path/of/worker.sh"} (templates/flink/README.md)'
    if not config:
        return [] if options["environment_options"] else [("environment_config", "", form)]
    try:
        command = json.loads(config)["command"]
    except (ValueError, KeyError, TypeError):
        return [("environment_config", config, form)]
    if near and not os.access(command, os.X_OK):
        return [("environment_config", config, f"{command} is no program that can be run")]
    return []


def _local_paths(settings: Settings, cluster: Flink | None) -> list[str]:
    """What to keep in mind where files are not behind URLs."""
    paths = [one for one in (*settings.input, settings.output, settings.staging) if not is_remote(one)]
    if is_near(cluster) or not paths:
        return []
    return [f"every task manager must see these folders under the same names: {', '.join(paths)}"]
