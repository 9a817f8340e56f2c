"""The flex template up to the service: `python -m tests.proofs.dataflow_launch`, in an environment with the extra gcp.

The files that the Dockerfile copies are laid out as in the image, and the program is installed from them alone. Then, as a
user without rights, in an empty directory, without a home:

- the program makes a dataset, which shows that what is installed is whole;
- the launcher's entry builds the graph for reports in a bucket (gcp-storage-emulator) and asks nothing (`--dry_run`);
- it writes the job for the service, as it does on Dataflow (`--template_location`);
- it submits the job to a server that answers as the service does, and prints the job's page;
- without the image and without a package to ship it is refused.
"""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import sysconfig
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

from tests.proofs.bucket_runs import BUCKET, Google, hold

ROOT = Path(__file__).parent.parent.parent
DOCKERFILE = ROOT / "templates" / "dataflow" / "Dockerfile"
NOBODY = 65534
IMAGE = "europe-west1-docker.pkg.dev/p/r/threatflux-training:1"


def lay_out(target: Path) -> None:
    """What the Dockerfile copies from the repository, under its WORKDIR."""
    folder = target
    for line in DOCKERFILE.read_text().splitlines():
        words = line.split()
        if words[:1] == ["WORKDIR"]:
            folder = target / words[1].lstrip("/")
            folder.mkdir(parents=True)
        if words[:1] == ["COPY"] and not words[1].startswith("--"):
            *sources, place = words[1:]
            for source in (ROOT / one for one in sources):
                final = folder / source.name if place == "./" else folder / place
                if source.is_dir():
                    shutil.copytree(source, final, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    shutil.copy(source, final)


def install(target: Path) -> Path:
    """The program from these files, without what it needs, which the environment has."""
    site = target / "site"
    how = ["--quiet", "--disable-pip-version-check", "--no-deps", "--no-build-isolation", "--no-index"]
    line = [sys.executable, "-m", "pip", "install", *how, "--target", str(site), "."]
    subprocess.run(line, cwd=target / "template", check=True)
    shutil.rmtree(target / "template" / "build", ignore_errors=True)
    return site


def interpreter(target: Path) -> dict[str, str]:
    """What runs this program for any user: environment variables, and the interpreter under PYTHON.

    A copy is made where only the owner of this one reaches it.
    """
    home = Path(sys.base_prefix)
    if not all(one.stat().st_mode & stat.S_IXOTH for one in (home, *home.parents)):
        unneeded = shutil.ignore_patterns(
            "test", "tests", "__pycache__", "site-packages", "*.a", "idlelib", "share", "include"
        )
        home = Path(shutil.copytree(home, target / "python", ignore=unneeded, symlinks=True))
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    return {
        "PYTHON": str(home / "bin" / version),
        "PYTHONHOME": str(home),
        "LD_LIBRARY_PATH": str(home / "lib"),
        "PYTHONPATH": sysconfig.get_path("purelib"),
    }


def open_to_all(folder: Path) -> None:
    for path in [folder, *(one for one in folder.rglob("*") if not one.is_symlink())]:
        path.chmod(path.stat().st_mode | stat.S_IROTH | stat.S_IRGRP | (stat.S_IXOTH if path.is_dir() else 0))


class Service(BaseHTTPRequestHandler):
    """Takes a job as the service does."""

    jobs: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        job = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.jobs.append({"path": self.path, **job})
        data = json.dumps({"id": "2026-job", "name": job.get("name"), "currentState": "JOB_STATE_PENDING"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


class Launcher:
    """Runs programs as the container would."""

    def __init__(self, folder: Path, site: Path, environment: dict[str, str]) -> None:
        self._folder, python = folder, interpreter(folder)
        self._python = python.pop("PYTHON")
        paths = os.pathsep.join([str(site), python["PYTHONPATH"]])
        self._environment = {**environment, **python, "PYTHONPATH": paths}

    def run(self, *words: str, image: str = IMAGE) -> tuple[int, str]:
        with tempfile.TemporaryDirectory(dir=self._folder) as empty:
            os.chmod(empty, 0o777)
            variables = {
                "PATH": os.environ["PATH"],
                "HOME": "/nonexistent",
                "SDK_CONTAINER_IMAGE": image,
                **self._environment,
            }
            who = {"user": NOBODY, "group": NOBODY, "extra_groups": ()} if os.getuid() == 0 else {}
            done = subprocess.run(
                [self._python, *words], cwd=empty, env=variables, capture_output=True, text=True, timeout=150, **who,
            )  # type: ignore[call-overload]  # fmt: skip
        return done.returncode, done.stdout + done.stderr


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lay_out(folder)
        site = install(folder)
        store = Google()
        for path in sorted((ROOT / "examples" / "reports").glob("*.json")):
            store.put(f"in/{path.name}", path.read_bytes())
        server = ThreadingHTTPServer(("127.0.0.1", 0), Service)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        launcher = Launcher(folder, site, store.environment(store.address, folder))
        open_to_all(folder)
        try:
            prove(launcher, store, folder, f"http://localhost:{server.server_address[1]}")
        finally:
            server.shutdown()
            store.close()


def prove(launcher: Launcher, store: Google, folder: Path, service: str) -> None:
    """All of it. Raises Failed."""
    out = folder / "out"
    out.mkdir(mode=0o777)
    out.chmod(0o777)
    shutil.copytree(ROOT / "examples" / "reports", folder / "reports")
    open_to_all(folder / "reports")
    local = ["--input", str(folder / "reports"), "--output", str(out), "--name", "d", "--examples_per_file", "4"]
    status, said = launcher.run("-m", "pipeline", *local, "--direct_num_workers", "1")
    hold(status == 0 and (out / "d" / "COMPLETED").exists(), f"the installed program: status {status}: {said}")
    entry = str(folder / "template" / "launch.py")
    places = ["--project=some-project", "--region=europe-west1", f"--temp_location=gs://{BUCKET}/tmp", "--no_auth"]
    job = [f"--input=gs://{BUCKET}/in", f"--output=gs://{BUCKET}/out", "--name=d", *places]
    status, said = launcher.run(entry, *job, "--dry_run=True")
    hold(status == 0 and "the graph is whole" in said, f"dry run: status {status}: {said}")
    print("dry run: graph whole, as a user without rights in an empty directory", flush=True)
    status, said = launcher.run(entry, *job, f"--template_location=gs://{BUCKET}/t/job_object")
    hold(status == 0 and "Dataflow starts it" in said, f"for the service: status {status}: {said}")
    written = json.loads(store.get("t/job_object"))
    hold(IMAGE in json.dumps(written), "the job that is written does not name the image")
    print(f"job for the service: {len(json.dumps(written)):,} bytes, image named", flush=True)
    status, said = launcher.run(entry, *job, f"--dataflow_endpoint={service}")
    hold(status == 0 and "https://console.cloud.google.com/dataflow/jobs/europe-west1/2026-job?project=some-project" in said,
         f"submitted: status {status}: {said}")  # fmt: skip
    (made,) = Service.jobs
    hold(bool(re.fullmatch(r"threatflux-d-[0-9a-f]{8}", made["name"])), f"the job's name is {made['name']}")
    print(f"submitted to {made['path'].partition('?')[0]} as {made['name']}; page printed, not waited for", flush=True)
    status, said = launcher.run(entry, *job, "--dry_run=True", image="")
    hold(status == 2 and "the workers would not have this program" in said, f"nothing shipped: status {status}: {said}")
    print("without its program: refused with status 2")


if __name__ == "__main__":
    main()
