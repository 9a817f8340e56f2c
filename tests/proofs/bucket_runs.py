"""The whole job in buckets: `python -m tests.proofs.bucket_runs REPORTS [--store s3 --store gs] [--listed 10000]`.

Each kind of store is a real server on this machine, moto (or that of `--s3_server`) for S3 and gcp-storage-emulator for Google's, behind a proxy that
answers every 29th request with status 503. Input, output and staging lie in one bucket. Shown, with the clients of the
stores and none of the program's own code:

- the digest and the bytes of all shards are those of a run on local files;
- a second run at the same time is refused;
- a run whose processes are all killed goes on with what is staged, and gives the same;
- whenever an object stands under the name of a shard it holds what it holds in the end;
- `check`, `view` and `clean` read and clean there;
- a listing of many objects finds them all.
"""

import argparse
import contextlib
import hashlib
import http.client
import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import psutil

BUCKET = "proof"
_EVERY = 29
"""Of so many requests one is answered with 503."""
_LONG = 150.0
"""Seconds after which a run counts as hung."""


class Store(Protocol):
    """A server and its own client."""

    scheme: str
    address: str

    def environment(self, address: str, folder: Path) -> dict[str, str]:
        """What the program has to know to use the server at an address."""
        ...

    def put(self, name: str, data: bytes) -> None:
        """Store an object."""
        ...

    def get(self, name: str) -> bytes:
        """An object; KeyError where there is none."""
        ...

    def names(self, prefix: str) -> list[str]:
        """The names of all objects that begin so."""
        ...

    def fill(self, prefix: str, count: int) -> None:
        """So many small objects."""
        ...

    def close(self) -> None:
        """Stop the server."""
        ...


class S3:
    """moto in this process, or the server at a given address."""

    scheme = "s3"

    def __init__(self, address: str = "") -> None:
        import boto3

        os.environ |= {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_DEFAULT_REGION": "us-east-1"}
        self._server: Any = None
        self.address = address or self._started()

        self._client = boto3.client("s3", endpoint_url=self.address)
        self._client.create_bucket(Bucket=BUCKET)

    def _started(self) -> str:
        from moto.server import ThreadedMotoServer

        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        host, port = self._server.get_host_and_port()
        return f"http://{host}:{port}"

    def environment(self, address: str, folder: Path) -> dict[str, str]:
        return {"AWS_ENDPOINT_URL": address}

    def put(self, name: str, data: bytes) -> None:
        self._client.put_object(Bucket=BUCKET, Key=name, Body=data)

    def get(self, name: str) -> bytes:
        try:
            data: bytes = self._client.get_object(Bucket=BUCKET, Key=name)["Body"].read()
        except self._client.exceptions.NoSuchKey as error:
            raise KeyError(name) from error
        return data

    def names(self, prefix: str) -> list[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
        return [one["Key"] for page in pages for one in page.get("Contents", [])]

    def fill(self, prefix: str, count: int) -> None:
        names = (f"{prefix}{number:06d}.json" for number in range(count))
        if self._server:
            from moto.backends import get_backend

            backend: Any = get_backend("s3")["123456789012"]["aws"]
            for name in names:
                backend.put_object(BUCKET, name, b"{}")
            return
        with ThreadPoolExecutor(8) as threads:
            for _ in threads.map(lambda name: self.put(name, b"{}"), names):
                pass

    def close(self) -> None:
        if self._server:
            self._server.stop()


class Google:
    """gcp-storage-emulator in a process of its own."""

    scheme = "gs"

    def __init__(self) -> None:
        port = free_port()
        line = ["start", "--host=127.0.0.1", f"--port={port}", "--in-memory", f"--default-bucket={BUCKET}"]
        self._server = subprocess.Popen(
            [sys.executable, "-m", "gcp_storage_emulator", *line],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.address = f"http://127.0.0.1:{port}"
        until = time.monotonic() + 30
        while not _listens(port):
            hold(self._server.poll() is None and time.monotonic() < until, "gcp-storage-emulator does not start")
            time.sleep(0.1)

    def environment(self, address: str, folder: Path) -> dict[str, str]:
        credentials = folder / "credentials.json"
        secret = {"client_id": "x", "client_secret": "x", "refresh_token": "x", "token": "x"}
        facts = {"type": "authorized_user", "expiry": "2099-01-01T00:00:00Z", **secret}
        credentials.write_text(json.dumps(facts))
        return {
            "STORAGE_EMULATOR_HOST": address,
            "GOOGLE_CLOUD_PROJECT": "proof",
            "GOOGLE_APPLICATION_CREDENTIALS": str(credentials),
        }

    def _client(self) -> Any:
        from google.auth.credentials import AnonymousCredentials
        from google.cloud import storage

        options = {"api_endpoint": self.address}
        return storage.Client(project="proof", credentials=AnonymousCredentials(), client_options=options).bucket(
            BUCKET
        )

    def put(self, name: str, data: bytes) -> None:
        self._client().blob(name).upload_from_string(data)

    def get(self, name: str) -> bytes:
        from google.cloud.exceptions import NotFound

        try:
            data: bytes = self._client().blob(name).download_as_bytes(raw_download=True)
        except NotFound as error:
            raise KeyError(name) from error
        return data

    def names(self, prefix: str) -> list[str]:
        return [one.name for one in self._client().list_blobs(prefix=prefix)]

    def fill(self, prefix: str, count: int) -> None:
        for number in range(count):
            self.put(f"{prefix}{number:06d}.json", b"{}")

    def close(self) -> None:
        self._server.kill()
        self._server.wait()


STORES: dict[str, Callable[[], Store]] = {"s3": S3, "gs": Google}


class Flaky(BaseHTTPRequestHandler):
    """Hands requests on to `server.upstream`, some not."""

    protocol_version = "HTTP/1.1"
    count = 0
    failed = 0
    server: Any

    def _pass(self) -> None:
        body = self._body()
        type(self).count += 1
        if self.count % _EVERY == 0:
            type(self).failed += 1
            self._answer(503, [("Content-Type", "text/plain")], b"busy")
            return
        upstream = http.client.HTTPConnection(self.server.upstream, timeout=60)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOPS}
        upstream.request(self.command, self.path, body, headers | {"Content-Length": str(len(body))})
        answer = upstream.getresponse()
        data = answer.read()
        self._answer(answer.status, answer.getheaders(), data)
        upstream.close()

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = do_PATCH = _pass

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, status: int, headers: list[tuple[str, str]], data: bytes) -> None:
        self.send_response_only(status)
        kept = [pair for pair in headers if pair[0].lower() not in _HOPS]
        length = next((value for name, value in headers if name.lower() == "content-length"), str(len(data)))
        for name, value in [*kept, ("Content-Length", length if self.command == "HEAD" else str(len(data)))]:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


_HOPS = ("connection", "content-length", "transfer-encoding", "keep-alive")


@contextlib.contextmanager
def flaky(upstream: str) -> Iterator[str]:
    """The address of a proxy in front of a server."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Flaky)
    server.upstream = urlsplit(upstream).netloc  # type: ignore[attr-defined]
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # of processes that are killed
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


class Watch:
    """Looks again and again at the objects under the names of shards; what each held."""

    def __init__(self, store: Store, prefix: str) -> None:
        self._store, self._prefix = store, prefix
        self.seen: dict[str, set[str]] = {}
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        while not self._end.wait(0.25):
            for name in self._store.names(f"{self._prefix}/data/"):
                if ".part" not in name:
                    with contextlib.suppress(KeyError):
                        self.seen.setdefault(name, set()).add(hashlib.sha256(self._store.get(name)).hexdigest())

    def end(self) -> dict[str, set[str]]:
        """What was seen."""
        self._end.set()
        self._thread.join()
        return self.seen


class Failed(Exception):
    """What was to be shown does not hold."""


def hold(true: bool, what: str) -> None:
    if not true:
        raise Failed(what)


def command(reports: str, output: str, *more: str) -> list[str]:
    return [
        sys.executable, "-m", "pipeline", "--input", reports, "--output", output, "--name", "d", "--direct_num_workers",
        "2", "--examples_per_file", "8", *more,
    ]  # fmt: skip


def run(line: list[str], environment: dict[str, str]) -> tuple[int, str]:
    done = subprocess.run(line, env={**os.environ, **environment}, capture_output=True, text=True, timeout=_LONG)
    return done.returncode, done.stdout + done.stderr


def train(*words: str) -> list[str]:
    return [sys.executable, "-c", "from pipeline.cli import main; raise SystemExit(main())", *words]


def manifest(data: bytes) -> tuple[str, dict[str, str]]:
    facts = json.loads(data)
    return facts["digest"], {one["path"]: one["sha256"] for one in facts["shards"]}


def killed(line: list[str], environment: dict[str, str], ready: Callable[[], bool]) -> None:
    """Start a run and kill all its processes when something is ready."""
    with subprocess.Popen(line, env={**os.environ, **environment}, stdout=subprocess.DEVNULL) as process:
        until = time.monotonic() + _LONG
        while not ready():
            hold(process.poll() is None and time.monotonic() < until, "a run ended before it could be killed")
            time.sleep(0.05)
        for one in [*psutil.Process(process.pid).children(recursive=True), psutil.Process(process.pid)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                os.kill(one.pid, signal.SIGKILL)


def prove(store: Store, reports: Path, expected: tuple[str, dict[str, str]], listed: int, folder: Path) -> None:
    """All that is to be shown of a store. Raises Failed."""
    scheme = store.scheme
    for path in sorted(one for one in reports.rglob("*") if one.is_file()):
        store.put(f"in/{path.relative_to(reports)}", path.read_bytes())
    root = f"{scheme}://{BUCKET}"
    with flaky(store.address) as address:
        environment = store.environment(address, folder)
        watch = Watch(store, "out/d")
        line = command(f"{root}/in", f"{root}/out")
        killed(line, environment, lambda: len(store.names("out/d/.staging/segments/")) > 2)
        hold("out/d/COMPLETED" not in store.names("out/d/COMPLETED"), "a killed run is complete")
        # The lock of the killed run is of this machine and of a process that is gone: nobody waits for it.
        start, second = (
            time.monotonic(),
            subprocess.Popen(
                line, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            ),
        )
        while not store.names("out/d/.staging/.lock") or _holder(store) != second.pid:
            hold(second.poll() is None, f"the second run ended with status {second.returncode}")
            time.sleep(0.05)
        status, said = run(line, environment)
        hold(status == 1 and "is writing this dataset" in said, f"a run beside another one: status {status}: {said}")
        out, _ = second.communicate(timeout=_LONG)
        hold(second.returncode == 0 and "going on with the unfinished run" in out, f"status {second.returncode}: {out}")
        seconds = time.monotonic() - start
        seen = watch.end()
        found = manifest(store.get("out/d/manifest.json"))
        hold(found == expected, f"another dataset: {found[0]} for {expected[0]}")
        for path, digest in found[1].items():
            hold(seen.get(f"out/d/{path}") == {digest}, f"{path} held {seen.get(f'out/d/{path}')}, in the end {digest}")
        hold(not [name for name in store.names("out/d/") if name.endswith(".part")], "unfinished objects are left")
        status, said = run(line, environment)
        hold(status == 0 and "nothing to do" in said, f"the same again: status {status}: {said}")
        status, said = run(train("check", f"{root}/out/d", "--reports", f"{root}/in"), environment)
        hold(status == 0 and " 0 faults" in said, f"check: status {status}: {said}")
        status, said = run(train("view", f"{root}/out/d", "-n", "1"), environment)
        hold(status == 0, f"view: status {status}: {said}")
        status, said = run(train("clean", f"{root}/out/d"), environment)
        hold(status == 0 and not store.names("out/d/.staging/"), f"clean: status {status}: {said}")
        print(
            f"{scheme}: digest {found[0][:16]}, {seconds:.0f} s after a kill, {Flaky.failed} of {Flaky.count} requests failed",
            flush=True,
        )
    listing(store, listed, environment | store.environment(store.address, folder))


def _holder(store: Store) -> int:
    with contextlib.suppress(KeyError, ValueError):
        return int(json.loads(store.get("out/d/.staging/.lock"))["pid"])
    return 0


_LIST = """
import resource, sys, time
from threatflux_training.dataset.listing import list_sources
from transforms.storage import AnyStorage
storage = AnyStorage()
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
found = list_sources([sys.argv[1]], storage)
taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(len(found.sources), "objects:", f"{time.monotonic() - start:.1f} s, {taken / 1024:.0f} MB more memory")
"""


def listing(store: Store, count: int, environment: dict[str, str]) -> None:
    """List many objects as the job does."""
    if not count:
        return
    store.fill("many/", count)
    status, said = run([sys.executable, "-c", _LIST, f"{store.scheme}://{BUCKET}/many"], environment)
    found = re.search(r"^(\d+) objects: (.*)$", said, re.MULTILINE)
    hold(status == 0 and found is not None and found[1] == str(count), f"listing: status {status}: {said}")
    print(f"{store.scheme}: listed {count:,} objects: {found and found[2]}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("reports", type=Path)
    parser.add_argument("--store", action="append", choices=sorted(STORES), help="default: all")
    parser.add_argument("--s3_server", default="", metavar="URL", help="an S3-compatible server in place of moto")
    parser.add_argument("--listed", type=int, default=10_000, help="objects to list in S3; 0: none")
    parser.add_argument(
        "--listed_gs", type=int, default=2_000, help="the same for Google's, whose emulator fills slowly"
    )
    arguments = parser.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        status, said = run(command(str(arguments.reports), str(folder)), {})
        hold(status == 0, f"the local run: status {status}: {said}")
        expected = manifest((folder / "d" / "manifest.json").read_bytes())
        for kind in arguments.store or sorted(STORES):
            Flaky.count = Flaky.failed = 0
            listed = arguments.listed if kind == "s3" else arguments.listed_gs
            store = S3(arguments.s3_server) if kind == "s3" else STORES[kind]()
            try:
                prove(store, arguments.reports, expected, listed, folder)
            finally:
                store.close()


if __name__ == "__main__":
    main()
