"""A Flink cluster on this machine, for trials and tests: a job manager and some task managers, each a plain process.

    cluster.py start [--task-managers 2] [--slots 2] [--port 8081] [--folder FOLDER]
    cluster.py stop                          and: start-jm, start-tm N, kill-jm, kill-tm N (SIGKILL), status

FOLDER (default ~/.cache/threatflux-flink) holds the jars, as get.sh puts them there, and below run-PORT the processes'
ids, logs and temporary files.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

CONF = Path(__file__).resolve().parent / "conf"
START_SECONDS = 60.0
STOP_SECONDS = 10.0
_OPENED = (
    "java.lang", "java.lang.reflect", "java.util", "java.util.concurrent", "java.util.concurrent.atomic", "java.net",
    "java.io", "java.nio", "java.text", "java.time", "sun.nio.ch", "sun.net.util",
)  # fmt: skip
"""Packages of the JDK that Flink reaches into."""
_MASTER = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
_WORKER = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
_MASTER_MEMORY = ("-Xms448m", "-Xmx448m", "-XX:MaxMetaspaceSize=256m")
_WORKER_MEMORY = ("-Xms512m", "-Xmx512m", "-XX:MaxDirectMemorySize=704m", "-XX:MaxMetaspaceSize=256m")
"""As conf/config.yaml says."""


class Cluster:
    """The processes of one port."""

    def __init__(self, folder: Path, port: int, slots: int) -> None:
        self.port, self.slots = port, slots
        self.jars, self.run = folder / "lib", folder / f"run-{port}"

    def start_master(self) -> None:
        """Start the job manager."""
        self._launch("jm", _MASTER_MEMORY, _MASTER, "--host", "127.0.0.1", web__upload__dir=str(self.run / "upload"))

    def start_worker(self, number: int) -> None:
        """Start a task manager; it looks for the job manager by itself."""
        name = f"tm{number}-{os.getpid()}-{time.monotonic_ns()}"
        self._launch(
            f"tm{number}", _WORKER_MEMORY, _WORKER, taskmanager__resource_id=name,
            taskmanager__numberOfTaskSlots=str(self.slots),
        )  # fmt: skip

    def _launch(self, name: str, memory: tuple[str, ...], entry: str, *arguments: str, **settings: str) -> None:
        temporary = self.run / "tmp" / name
        temporary.mkdir(parents=True, exist_ok=True)
        dynamic = {
            "io.tmp.dirs": str(temporary), "process.working-dir": str(temporary / "work"), "rest.port": str(self.port),
            "rest.bind-port": str(self.port), "jobmanager.rpc.port": str(self.port + 1),
            **{key.replace("__", ".").replace("_", "-"): value for key, value in settings.items()},
        }  # fmt: skip
        opened = [flag for one in _OPENED for flag in (f"--add-opens=java.base/{one}=ALL-UNNAMED", f"--add-exports=java.base/{one}=ALL-UNNAMED")]  # fmt: skip
        command = [
            "java", *memory, *opened, f"-Dlog4j.configurationFile={CONF / 'log4j.properties'}", "-cp",
            f"{self.jars}/*:{self.jars.parent / 'job-server.jar'}", entry, "--configDir", str(CONF), *arguments,
            *(part for key, value in dynamic.items() for part in ("-D", f"{key}={value}")),
        ]  # fmt: skip
        with (self.run / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        (self.run / f"{name}.pid").write_text(str(process.pid))

    def end(self, name: str, sign: int) -> None:
        """Send a process a signal; with SIGTERM, wait for its end and then insist."""
        place = self.run / f"{name}.pid"
        if not place.exists():
            return
        pid = int(place.read_text())
        place.unlink()
        if not _alive(pid):
            return
        os.kill(pid, sign)
        until = time.monotonic() + STOP_SECONDS
        while _alive(pid):
            if time.monotonic() > until:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.1)

    def names(self) -> list[str]:
        """The processes that were started, task managers first."""
        return sorted((path.stem for path in self.run.glob("*.pid")), reverse=True)

    def overview(self) -> dict[str, int]:
        """What the job manager knows of its cluster; empty while it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/overview", timeout=2) as answer:
                found: dict[str, int] = json.load(answer)
                return found
        except OSError:
            return {}

    def wait(self, workers: int) -> bool:
        """Wait until so many task managers have come."""
        until = time.monotonic() + START_SECONDS
        while self.overview().get("taskmanagers", 0) < workers:
            if time.monotonic() > until:
                return False
            time.sleep(0.25)
        return True


def _alive(pid: int) -> bool:
    """Whether a process runs; a dead one that nobody waited for does not."""
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def arguments() -> argparse.Namespace:
    """What was asked for."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    actions = ("start", "stop", "status", "start-jm", "kill-jm", "start-tm", "kill-tm")
    parser.add_argument("action", choices=actions)
    parser.add_argument("number", nargs="?", type=int, default=1, help="which task manager")
    parser.add_argument("--task-managers", type=int, default=2)
    parser.add_argument("--slots", type=int, default=2, help="slots of a task manager")
    parser.add_argument("--port", type=int, default=8081, help="of the web interface; the next one is used too")
    parser.add_argument("--folder", type=Path, default=cache / "threatflux-flink")
    return parser.parse_args()


def main() -> int:
    """Do it."""
    given = arguments()
    cluster = Cluster(given.folder.resolve(), given.port, given.slots)
    if not cluster.jars.is_dir():
        print(f"no jars in {cluster.jars}: run get.sh {given.folder} first", file=sys.stderr)
        return 69
    if given.action == "start":
        if cluster.overview():
            print(
                f"port {given.port} is taken by a cluster that runs: stop it, or choose another --port", file=sys.stderr
            )
            return 1
        shutil.rmtree(cluster.run, ignore_errors=True)
        cluster.start_master()
        for number in range(1, given.task_managers + 1):
            cluster.start_worker(number)
        if not cluster.wait(given.task_managers):
            print(f"the cluster did not come up in {START_SECONDS:.0f} s; logs in {cluster.run}", file=sys.stderr)
            return 1
        print(f"http://127.0.0.1:{given.port}: {given.task_managers} task managers with {given.slots} slots each")
    elif given.action == "stop":
        for name in cluster.names():
            cluster.end(name, signal.SIGTERM)
    elif given.action == "status":
        print(json.dumps(cluster.overview()))
    elif given.action == "start-jm":
        cluster.start_master()
    elif given.action == "start-tm":
        cluster.start_worker(given.number)
    else:
        cluster.end("jm" if given.action == "kill-jm" else f"tm{given.number}", signal.SIGKILL)
    return 0


if __name__ == "__main__":
    sys.exit(main())
