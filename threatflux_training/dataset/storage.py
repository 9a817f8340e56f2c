"""Where files are read from and written to: a small protocol, and its local form."""

import contextlib
import glob
import os
import shutil
import uuid
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")

RUN_FOLDER = "THREATFLUX_RUN_FOLDER"
"""The environment variable in which a submitter names a local folder to the workers that it starts on its machine."""


class Unreachable(Exception):
    """A file system did not answer as it should, after all retries: work that needs it fails, and is done again later.

    What is gone or forbidden for good is an OSError instead. The argument says what, where and why.
    """


def is_remote(path: str) -> bool:
    """Whether a path is the URL of a file system."""
    return "://" in path


class Found(NamedTuple):
    """A file: its path, its size in bytes, and what changes with its content (a time; "" where nothing is known)."""

    path: str
    size: int
    version: str = ""


class Storage(Protocol):
    """Paths are what the user writes: local ones, or URLs of a file system that the implementation knows.

    `appends`: whether a file can grow and be read while it grows (object stores cannot). All methods raise OSError, and
    Unreachable where trying again later may help.
    """

    def appends(self, path: str) -> bool:
        """Whether `append` works there."""

    def find(self, pattern: str) -> list[Found]:
        """Files that match a glob, or the file of that very name; sorted by path."""

    def walk(self, folder: str) -> list[Found]:
        """All files below a folder; empty where it does not exist; sorted by path."""

    def is_folder(self, path: str) -> bool:
        """Whether files stand below that path."""

    def open(self, path: str, expected: int = 0) -> BinaryIO:
        """Open for reading, raw bytes, seekable; `expected` bytes will be read from one place (0: all, or unknown)."""

    def create(self, path: str) -> BinaryIO:
        """Open for writing from the start; folders are made."""

    def append(self, path: str, data: bytes) -> int:
        """Add to the end of a file that only this process writes; the offset where the data begins."""

    def rename(self, old: str, new: str) -> None:
        """Give a file its final name, over an older file of that name."""

    def remove(self, path: str) -> None:
        """Remove a file, if it exists."""

    def remove_folder(self, folder: str) -> None:
        """Remove a folder with everything below it, if it exists."""

    def exists(self, path: str) -> bool:
        """Whether a file of that name exists."""


class LocalStorage:
    """Files of this machine."""

    def appends(self, path: str) -> bool:
        """Always."""
        return True

    def find(self, pattern: str) -> list[Found]:
        """Files that match; a file whose very name is the pattern wins over the glob."""
        paths = [pattern] if os.path.lexists(pattern) else glob.glob(pattern, recursive=True)
        return [_found(path) for path in sorted(paths) if os.path.isfile(path)]

    def walk(self, folder: str) -> list[Found]:
        """All files below, hidden ones included; links are followed to files, not to folders."""
        paths = [os.path.join(where, name) for where, _, names in os.walk(folder) for name in names]
        return [_found(path) for path in sorted(paths) if os.path.isfile(path)]

    def is_folder(self, path: str) -> bool:
        """Whether it is a folder."""
        return os.path.isdir(path)

    def open(self, path: str, expected: int = 0) -> BinaryIO:
        """Open for reading."""
        return open(path, "rb")

    def create(self, path: str) -> BinaryIO:
        """Open for writing."""
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        return open(path, "wb")

    def append(self, path: str, data: bytes) -> int:
        """Add to the end."""
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "ab") as file:
            offset = file.tell()
            file.write(data)
        return offset

    def rename(self, old: str, new: str) -> None:
        """Replace."""
        os.makedirs(os.path.dirname(new) or ".", exist_ok=True)
        os.replace(old, new)

    def remove(self, path: str) -> None:
        """Remove."""
        Path(path).unlink(missing_ok=True)

    def remove_folder(self, folder: str) -> None:
        """Remove it all."""
        if os.path.isdir(folder):
            shutil.rmtree(folder)

    def exists(self, path: str) -> bool:
        """Whether it is a file."""
        return os.path.isfile(path)


def _found(path: str) -> Found:
    facts = os.stat(path)
    return Found(path, facts.st_size, str(facts.st_mtime_ns))


def join(folder: str, *names: str) -> str:
    """A path below a folder, local or URL."""
    return "/".join([folder.rstrip("/") or "/", *names]) if folder else "/".join(names)


def read(storage: Storage, path: str, offset: int = 0, length: int = -1) -> bytes:
    """Bytes of a file, by default all."""
    with storage.open(path, max(0, length)) as file:
        if offset:
            file.seek(offset)
        return file.read(length)


def ahead(read: Callable[[T], R], items: Iterable[T], at_once: int = 1) -> Iterator[R]:
    """What is read for each item, in order, so many at a time: each request to a bucket waits for the answer."""
    if at_once < 2:
        yield from map(read, items)
        return
    with ThreadPoolExecutor(at_once) as threads:
        waiting: deque[Future[R]] = deque()
        for item in items:
            waiting.append(threads.submit(read, item))
            if len(waiting) > at_once:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def reads(path: str) -> int:
    """How many reads there make sense at a time."""
    return 16 if is_remote(path) else 1


PART = ".part"
"""How the names of unfinished files end."""


@contextlib.contextmanager
def whole(storage: Storage, path: str) -> Iterator[BinaryIO]:
    """A file to write, which is seen complete or not at all; two that write the same name do not meet."""
    part = f"{path}.{uuid.uuid4().hex[:12]}{PART}"
    try:
        with storage.create(part) as out:
            yield out
        storage.rename(part, path)
    except BaseException:  # whatever ends the writing, Ctrl-C too, leaves nothing behind and goes on its way
        with contextlib.suppress(OSError, Unreachable):
            storage.remove(part)
        raise


def write(storage: Storage, path: str, data: bytes) -> None:
    """Write a whole file; it is seen complete or not at all."""
    with whole(storage, path) as out:
        out.write(data)


def copy(storage: Storage, source: str, target: str) -> None:
    """Copy a file; the copy is seen complete or not at all."""
    with storage.open(source) as file, whole(storage, target) as out:
        shutil.copyfileobj(file, out, 1 << 20)


def remove_parts(storage: Storage, folder: str) -> None:
    """Remove what killed runs left unfinished in a folder itself; where files appear only when complete there is nothing."""
    if storage.appends(folder):
        for found in storage.find(join(glob.escape(folder), f"*{PART}")):
            storage.remove(found.path)
