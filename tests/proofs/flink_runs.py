"""The same job on a Flink cluster of this machine: `python -m tests.proofs.flink_runs REPORTS [--cases ...]`.

Gets Flink and the job server with Maven (templates/flink/get.sh), starts a job manager and two task managers, and runs the
job there and on this machine. Digest and the bytes of all shards must be those of a run with one local worker. Cases:

  direct2 local prism p1 p2 p4   undisturbed runs (prism needs --prism, the path of its program)
  worker tm jm                   SIGKILL of an SDK worker, a task manager, the job manager, in the middle of the expansion
  cancel                         Ctrl-C: status 130, no job left; this machine then goes on with what is staged
  orphan                         SIGKILL of the submitter: the job is cancelled all the same
  error                          a stage that fails on one report: status 1 in 30 s, with the cause and the report
  bytes                          what leaves all tasks, by Flink's own metrics: at most 600 B a document and 64 B an example
  slots                          more slots than there are: status 2 at once, with both numbers
"""

import argparse
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
TEMPLATES = ROOT / "templates" / "flink"
CASES = (
    "direct2",
    "local",
    "prism",
    "p1",
    "p2",
    "p4",
    "worker",
    "tm",
    "jm",
    "cancel",
    "orphan",
    "error",
    "bytes",
    "slots",
)
DEFAULT = tuple(case for case in CASES if case != "prism")
_LONG = 420.0
"""Seconds after which a run counts as hung."""
_ERROR_SECONDS = 30.0
_DOCUMENT_BYTES, _EXAMPLE_BYTES = 600, 64
_FAULT = """# Makes the expansion of one report fail, as a fault of the program would.
import time
import threatflux_training.generate as generate
whole = generate.expand_file

def failing(file, *others):
    if file.key == {key!r}:
        with open({mark!r}, "a") as out:
            out.write(f"{{time.time()}}\\n")
        raise ZeroDivisionError("planted fault")
    return whole(file, *others)

generate.expand_file = failing
"""


class Proof:
    """The cluster, the reports, what every run must give."""

    def __init__(self, arguments: argparse.Namespace, out: Path) -> None:
        self.given, self.out = arguments, out
        self.master = f"127.0.0.1:{arguments.port}"
        self.expected: dict[str, str] = {}
        self.failed: list[str] = []

    def cluster(self, *action: str) -> None:
        """cluster.py with this port."""
        flags = ["--port", str(self.given.port), "--folder", str(self.given.folder)]
        subprocess.run([sys.executable, str(TEMPLATES / "cluster.py"), *action, *flags], check=True)

    def ask(self, path: str) -> Any:
        """The cluster's REST API."""
        with urllib.request.urlopen(f"http://{self.master}{path}", timeout=10) as answer:
            return json.load(answer)

    def start(self, name: str, *options: str, flink: int = 0, paths: tuple[str, ...] = ()) -> subprocess.Popen[str]:
        """The job, on this machine or with that parallelism on the cluster, whose workers have further import paths."""
        command = [sys.executable, "-m", "pipeline", "--input", *self.given.reports, "--output", str(self.out), "--name", name,
                   "--progress", "none", *options]  # fmt: skip
        if flink:
            variables = {"WORKER_PYTHON": sys.executable, "PYTHONPATH": os.pathsep.join([*paths, str(ROOT)])}
            config = json.dumps({"command": str(TEMPLATES / "worker.sh"), "env": variables})
            command += [*self.jar(), f"--flink_master={self.master}", f"--parallelism={flink}",
                        "--environment_type=PROCESS", f"--environment_config={config}"]  # fmt: skip
        log = (self.out / f"{name}.log").open("a")
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, text=True)

    def jar(self) -> list[str]:
        """Options of the Flink runner, whatever the cluster."""
        jar = self.given.folder / "job-server.jar"
        return ["--runner=FlinkRunner", "--flink_version=1.19", f"--flink_job_server_jar={jar}"]

    def said(self, name: str) -> str:
        """What a run told."""
        return (self.out / f"{name}.log").read_text()

    def made(self, name: str) -> dict[str, str]:
        """The digest and the sha256 of every shard."""
        facts = json.loads((self.out / name / "manifest.json").read_text())
        return {"digest": facts["digest"], **{shard["path"]: shard["sha256"] for shard in facts["shards"]}}

    def active(self) -> list[str]:
        """States of the cluster's jobs that are not over."""
        jobs = self.ask("/jobs/overview")["jobs"]
        return [job["state"] for job in jobs if job["state"] not in ("FINISHED", "FAILED", "CANCELED")]

    def same(self, name: str, process: subprocess.Popen[str]) -> str:
        """Wait; what is wrong with the dataset."""
        status = ended(process)
        if status not in (0, 3):
            return f"status {status}: {self.said(name)[-600:]}"
        return "" if self.made(name) == self.expected else f"other bytes: {self.made(name)['digest']}"

    def expanding(self, name: str, files: int, process: subprocess.Popen[str]) -> int:
        """Wait until a worker has expanded so many files; its process id."""
        until = time.monotonic() + _LONG
        while time.monotonic() < until and process.poll() is None:
            for path in (self.out / name / ".staging" / "progress").glob("expand-*.json"):
                with contextlib.suppress(OSError, ValueError):
                    counts = json.loads(path.read_text())
                    if counts.get("files", 0) >= files and _runs(counts["pid"]):
                        return int(counts["pid"])
            time.sleep(0.1)
        raise SystemExit(f"{name}: no worker expanded {files} files; {self.said(name)[-600:]}")

    def run(self, case: str) -> None:
        """One case, told in one line."""
        started = time.monotonic()
        wrong = getattr(self, f"_{case}", lambda: self._plain(case))()
        seconds = time.monotonic() - started
        print(f"{case}: {'FAILED: ' + wrong if wrong else 'passed'} ({seconds:.0f} s)", flush=True)
        if wrong:
            self.failed.append(case)

    def _plain(self, case: str) -> str:
        return self.same(case, self.start(case, flink=int(case[1:])))

    def _direct2(self) -> str:
        return self.same("direct2", self.start("direct2", "--direct_num_workers=2"))

    def _local(self) -> str:
        return self.same("local", self.start("local", *self.jar(), "--flink_master=[local]"))

    def _prism(self) -> str:
        where = f"--prism_location={self.given.prism}"
        return self.same("prism", self.start("prism", "--runner=PrismRunner", where))

    def _worker(self) -> str:
        return self._killed("worker", lambda pid: os.kill(pid, signal.SIGKILL))

    def _tm(self) -> str:
        def kill(_: int) -> None:
            self.cluster("kill-tm", "1")
            self.cluster("start-tm", "1")

        return self._killed("tm", kill)

    def _jm(self) -> str:
        def kill(_: int) -> None:
            self.cluster("kill-jm")
            self.cluster("start-jm")

        return self._killed("jm", kill)

    def _killed(self, name: str, kill: Callable[[int], None]) -> str:
        process = self.start(name, flink=2)
        kill(self.expanding(name, 3, process))
        wrong = self.same(name, process)
        return wrong or ("" if "submitted again" in self.said(name) else "nothing was lost: the kill came too late")

    def _cancel(self) -> str:
        process = self.start("cancel", flink=2)
        self.expanding("cancel", 3, process)
        process.send_signal(signal.SIGINT)
        status = ended(process)
        if status != 130 or self.active():
            return f"status {status}, jobs {self.active()}: {self.said('cancel')[-600:]}"
        wrong = self.same("cancel", self.start("cancel", "--direct_num_workers=1"))
        staged = sum(counts.get("kept", 0) for counts in self._progress("cancel"))
        return wrong or ("" if staged else "nothing of what was staged on the cluster was taken")

    def _progress(self, name: str) -> list[dict[str, Any]]:
        return [
            json.loads(path.read_text()) for path in (self.out / name / ".staging" / "progress").glob("expand-*.json")
        ]

    def _orphan(self) -> str:
        process = self.start("orphan", flink=2)
        self.expanding("orphan", 1, process)
        process.kill()
        process.wait()
        until = time.monotonic() + 30
        while self.active() and time.monotonic() < until:
            time.sleep(0.5)
        return f"jobs {self.active()} are left" if self.active() else ""

    def _error(self) -> str:
        (source, key), mark = self._victim(), self.out / "fault"
        (self.out / "faults").mkdir()
        (self.out / "faults" / "sitecustomize.py").write_text(_FAULT.format(key=key, mark=str(mark)))
        process = self.start("error", flink=2, paths=(str(self.out / "faults"),))
        status, now = ended(process), time.time()
        if not mark.exists():
            return f"status {status}, but the planted fault was never reached: {self.said('error')[-600:]}"
        after, text = now - float(mark.read_text().split()[0]), self.said("error")
        told = "planted fault" in text and source in text and "Traceback" not in text
        if status != 1 or not told or after > _ERROR_SECONDS or self.active():
            return f"status {status}, {after:.0f} s after the fault, jobs {self.active()}: {text[-800:]}"
        return ""

    def _victim(self) -> tuple[str, str]:
        """A report that is expanded, and the key of its file: the only one about that content."""
        found: dict[str, list[str]] = {}
        for path in sorted(path for one in self.given.reports for path in Path(one).rglob("*.json")):
            with contextlib.suppress(ValueError, TypeError, KeyError):
                found.setdefault(json.loads(path.read_text())["hashes"]["sha256"], []).append(str(path))
        for key, paths in found.items():
            if len(paths) == 1:
                return paths[0], key
        raise SystemExit("no report names the sha256 of its file")

    def _bytes(self) -> str:
        wrong = self.same("bytes", self.start("bytes", flink=2))
        if wrong:
            return wrong
        job = max(self.ask("/jobs/overview")["jobs"], key=lambda one: int(one["start-time"]))["jid"]
        vertices = self.ask(f"/jobs/{job}")["vertices"]
        written = {one["name"]: one["metrics"]["write-bytes"] for one in vertices}
        counts = json.loads((self.out / "bytes" / "manifest.json").read_text())["counts"]
        allowed = _DOCUMENT_BYTES * counts["documents"] + _EXAMPLE_BYTES * counts["examples"]
        total = sum(one["metrics"]["write-bytes"] for one in vertices)
        print(f"  {total:,} B written by all tasks for {counts['documents']:,} documents and {counts['examples']:,} examples; "
              f"bar {allowed:,}")  # fmt: skip
        for name, size in sorted(written.items(), key=lambda one: -one[1])[:5]:
            print(f"  {size:,} B: {name[:110]}")
        return "" if total <= allowed else "more bytes than allowed"

    def _slots(self) -> str:
        status = ended(self.start("slots", flink=64))
        text = self.said("slots")
        return "" if status == 2 and "64" in text and "of 4 slots" in text else f"status {status}: {text}"


def _runs(pid: int) -> bool:
    with contextlib.suppress(OSError):
        os.kill(pid, 0)
        return True
    return False


def ended(process: subprocess.Popen[str]) -> int:
    """The exit status of a run."""
    try:
        return process.wait(_LONG)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        return -1


def arguments() -> argparse.Namespace:
    """What was asked for."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reports", nargs="+")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=DEFAULT)
    parser.add_argument(
        "--folder", type=Path, default=cache / "threatflux-flink", help="where Flink and the job server are, or go"
    )
    parser.add_argument("--port", type=int, default=18081)
    parser.add_argument("--prism", default="", help="the program prism")
    parser.add_argument("--keep", action="store_true", help="leave the datasets where they are made, and say where")
    return parser.parse_args()


def main() -> int:
    """Run the cases; 0 if all passed."""
    given = arguments()
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # who starts this in the background ignores it, runs included
    for tool in ("java", "mvn"):
        if not shutil.which(tool):
            print(f"skipped: {tool} is missing, without which there is no Flink (Java 11 or 17 and Maven)")
            return 0
    given.reports = [os.path.abspath(one) for one in given.reports]
    begun = time.monotonic()
    subprocess.run([str(TEMPLATES / "get.sh"), str(given.folder)], check=True, stdout=subprocess.DEVNULL)
    print(f"Flink and job server are there ({time.monotonic() - begun:.0f} s)", flush=True)
    out = Path(tempfile.mkdtemp(prefix="flink-runs-"))
    proof = Proof(given, out)
    try:
        status = ended(proof.start("direct1", "--direct_num_workers=1"))
        if status not in (0, 3):
            raise SystemExit(f"the run on this machine ended with status {status}: {proof.said('direct1')[-600:]}")
        proof.expected = proof.made("direct1")
        print(f"direct1: digest {proof.expected['digest']}, {len(proof.expected) - 1} shards", flush=True)
        proof.cluster("start", "--task-managers", "2", "--slots", "2")
        for case in given.cases:
            proof.run(case)
    finally:
        proof.cluster("stop")
        if given.keep:
            print(out)
        else:
            shutil.rmtree(out, ignore_errors=True)
    print(
        f"{len(given.cases) - len(proof.failed)} passed, {len(proof.failed)} failed, {time.monotonic() - begun:.0f} s"
    )
    return bool(proof.failed)


if __name__ == "__main__":
    sys.exit(main())
