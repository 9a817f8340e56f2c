"""Files on any file system that Beam knows: local paths directly, URLs (gs://, s3://, hdfs://) through Beam."""

import contextlib
import errno
import glob
import io
import os
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, BinaryIO, cast

from apache_beam.io.filesystem import BeamIOError, CompressionTypes, FileMetadata
from apache_beam.io.filesystems import FileSystems
from apache_beam.options.pipeline_options import PipelineOptions

from threatflux_training.dataset.storage import RUN_FOLDER, Found, LocalStorage, Storage, Unreachable, is_remote
from transforms.clients import client_options, opened, share_clients

_GONE, _FORBIDDEN = (404,), (401, 403)
"""Answers of a server that no repetition changes."""


def local_folder(staging: str) -> str:
    """Where the processes of one machine meet: staging if it is local, else what the submitter named, else "" (none)."""
    return os.environ.get(RUN_FOLDER, "") if is_remote(staging) else staging


def scratch(staging: str) -> str | None:
    """The folder for files without a name that one worker needs for a while: staging if this machine has it, else the
    system's (None).
    """
    folder = local_folder(staging)
    return folder if folder and os.path.isdir(folder) else None


def use_options(arguments: Sequence[str]) -> None:
    """Beam's options for the file systems of this process, where nobody has given any yet."""
    if client_options() is None:
        FileSystems.set_options(PipelineOptions(list(arguments)))


class RemoteStorage:
    """Objects behind a URL; they are written whole and cannot grow.

    What Beam and the clients below it raise comes out as OSError (gone, forbidden) or Unreachable (all else).
    """

    def __init__(self) -> None:
        use_options(())
        share_clients()

    def appends(self, path: str) -> bool:
        """Never."""
        return False

    def find(self, pattern: str) -> list[Found]:
        """Objects that match, or the object of that very name."""
        return _sorted(_match(glob.escape(pattern)) or _match(pattern))

    def walk(self, folder: str) -> list[Found]:
        """All objects below."""
        return _sorted(_match(_below(folder)))

    def is_folder(self, path: str) -> bool:
        """Whether there is no object of that name but there are some below it."""
        return not self.exists(path) and bool(_match(_below(path), limit=1))

    def open(self, path: str, expected: int = 0) -> BinaryIO:
        """Open for reading, as it is stored."""
        with _told(path):
            return cast(BinaryIO, _Reader(path, opened(path, expected)))

    def create(self, path: str) -> BinaryIO:
        """Open for writing; the object appears when it is closed."""
        return cast(BinaryIO, _Writer(path))

    def append(self, path: str, data: bytes) -> int:
        """Refused: write a further object instead."""
        raise OSError(errno.EOPNOTSUPP, "an object cannot grow", path)

    def rename(self, old: str, new: str) -> None:
        """Copy and delete, as object stores do it, over an older object; on HDFS the older one goes first."""
        if FileSystems.get_scheme(new) not in ("gs", "s3"):
            self.remove(new)
        with _told(new):
            FileSystems.rename([old], [new])

    def remove(self, path: str) -> None:
        """Remove, if it exists."""
        if self.exists(path):
            with _told(path):
                # Only Google's file system takes what it is to delete as a pattern.
                FileSystems.delete([glob.escape(path) if FileSystems.get_scheme(path) == "gs" else path])

    def remove_folder(self, folder: str) -> None:
        """Remove everything below, many objects with a request."""
        with _told(folder):
            FileSystems.delete([f"{folder.rstrip('/')}/"])

    def exists(self, path: str) -> bool:
        """Whether an object of that name exists."""
        with _told(path):
            return bool(FileSystems.exists(path))


class _Reader(io.RawIOBase):
    """What is open for reading, with its errors translated."""

    def __init__(self, path: str, file: BinaryIO) -> None:
        self._path, self._file = path, file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        with _told(self._path):
            return self._file.read() if size < 0 else self._file.read(size)

    def readinto(self, buffer: Any) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        with _told(self._path):
            self._file.seek(offset, whence)
            return self._file.tell()

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


class _Writer:
    """An upload that begins with the first byte, so that one that is given up before leaves nothing."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: BinaryIO | None = None

    def _opened(self) -> BinaryIO:
        if self._file is None:
            folder = self._path.rpartition("/")[0]
            if FileSystems.get_scheme(self._path) == "hdfs" and not FileSystems.exists(folder):
                FileSystems.mkdirs(folder)
            made = FileSystems.create(self._path, compression_type=CompressionTypes.UNCOMPRESSED)
            self._file = cast(BinaryIO, made)
        return self._file

    def write(self, data: bytes) -> int:
        with _told(self._path):
            return self._opened().write(data)

    def flush(self) -> None:
        """An object is seen when it is whole."""

    def close(self) -> None:
        if self._file is None and FileSystems.get_scheme(self._path) == "s3":
            raise OSError(errno.EINVAL, "Beam cannot write an empty object to S3", self._path)
        with _told(self._path):
            self._opened().close()

    def __enter__(self) -> "_Writer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        elif self._file is not None:
            with contextlib.suppress(OSError, Unreachable):
                self.close()


@contextlib.contextmanager
def _told(path: str) -> Iterator[None]:
    """Errors of Beam and of the clients below it as OSError or Unreachable. Nothing of ours runs inside."""
    try:
        yield
    except Exception as error:
        raise _translated(path, error) from error


def _translated(path: str, error: Exception) -> Exception:
    cause: object = error
    while isinstance(cause, BeamIOError) and cause.exception_details:
        cause = next(iter(cause.exception_details.values()))
    code = cause if isinstance(cause, int) else getattr(cause, "code", None)
    if code in _GONE or isinstance(cause, FileNotFoundError):
        return FileNotFoundError(errno.ENOENT, "no such object", path)
    if code in _FORBIDDEN or isinstance(cause, PermissionError):
        return PermissionError(errno.EACCES, f"the credentials in use do not allow it: {cause}", path)
    return Unreachable(f"{path}: {type(cause).__name__}: {cause}")


def _below(folder: str) -> str:
    return f"{glob.escape(folder.rstrip('/'))}/**"


def _match(pattern: str, limit: int | None = None) -> list[FileMetadata]:
    with _told(pattern):
        return list(FileSystems.match([pattern], [limit])[0].metadata_list)


def _sorted(found: list[FileMetadata]) -> list[Found]:
    return sorted(Found(one.path, one.size_in_bytes, str(one.last_updated_in_seconds or "")) for one in found)


class AnyStorage:
    """Each path where it belongs."""

    def __init__(self) -> None:
        self._local, self._remote = LocalStorage(), RemoteStorage()

    def _at(self, path: str) -> Storage:
        return self._remote if is_remote(path) else self._local

    def appends(self, path: str) -> bool:
        """As the file system of the path."""
        return self._at(path).appends(path)

    def find(self, pattern: str) -> list[Found]:
        """As the file system of the pattern."""
        return self._at(pattern).find(pattern)

    def walk(self, folder: str) -> list[Found]:
        """As the file system of the folder."""
        return self._at(folder).walk(folder)

    def is_folder(self, path: str) -> bool:
        """As the file system of the path."""
        return self._at(path).is_folder(path)

    def open(self, path: str, expected: int = 0) -> BinaryIO:
        """As the file system of the path."""
        return self._at(path).open(path, expected)

    def create(self, path: str) -> BinaryIO:
        """As the file system of the path."""
        return self._at(path).create(path)

    def append(self, path: str, data: bytes) -> int:
        """As the file system of the path."""
        return self._at(path).append(path, data)

    def rename(self, old: str, new: str) -> None:
        """Both names are of one file system."""
        self._at(new).rename(old, new)

    def remove(self, path: str) -> None:
        """As the file system of the path."""
        self._at(path).remove(path)

    def remove_folder(self, folder: str) -> None:
        """As the file system of the folder."""
        self._at(folder).remove_folder(folder)

    def exists(self, path: str) -> bool:
        """As the file system of the path."""
        return self._at(path).exists(path)
