"""Files on any file system that Beam knows: local paths directly, URLs (gs://, s3://, hdfs://) through Beam."""

from typing import BinaryIO, cast

from apache_beam.io.filesystem import BeamIOError, CompressionTypes, FileMetadata
from apache_beam.io.filesystems import FileSystems

from threatflux_training.dataset.storage import Found, LocalStorage, Storage


def is_remote(path: str) -> bool:
    """Whether a path is the URL of a file system."""
    return "://" in path


class RemoteStorage:
    """Objects behind a URL; they are written whole and cannot grow. What Beam raises comes out as OSError."""

    def appends(self, path: str) -> bool:
        """Never."""
        return False

    def find(self, pattern: str) -> list[Found]:
        """Objects that match."""
        return _sorted(_match(pattern))

    def walk(self, folder: str) -> list[Found]:
        """All objects below."""
        return _sorted(_match(f"{folder.rstrip('/')}/**"))

    def is_folder(self, path: str) -> bool:
        """Whether there is no object of that name but there are some below it."""
        plain = not any(mark in path for mark in "*?[")
        return plain and not self.exists(path) and bool(_match(f"{path.rstrip('/')}/**"))

    def open(self, path: str) -> BinaryIO:
        """Open for reading, as it is stored."""
        try:
            return cast(BinaryIO, FileSystems.open(path, compression_type=CompressionTypes.UNCOMPRESSED))
        except BeamIOError as error:
            raise OSError(str(error)) from error

    def create(self, path: str) -> BinaryIO:
        """Open for writing; the object appears when it is closed."""
        folder = path.rpartition("/")[0]
        try:
            if FileSystems.get_scheme(path) == "hdfs" and not FileSystems.exists(folder):
                FileSystems.mkdirs(folder)
            return cast(BinaryIO, FileSystems.create(path, compression_type=CompressionTypes.UNCOMPRESSED))
        except BeamIOError as error:
            raise OSError(str(error)) from error

    def append(self, path: str, data: bytes) -> int:
        """Refused: write a further object instead."""
        raise OSError(f"{path} cannot grow")

    def rename(self, old: str, new: str) -> None:
        """Copy and delete, as object stores do it; an older object of the new name goes first."""
        self.remove(new)
        try:
            FileSystems.rename([old], [new])
        except BeamIOError as error:
            raise OSError(str(error)) from error

    def remove(self, path: str) -> None:
        """Remove, if it exists."""
        if self.exists(path):
            try:
                FileSystems.delete([path])
            except BeamIOError as error:
                raise OSError(str(error)) from error

    def exists(self, path: str) -> bool:
        """Whether an object of that name exists."""
        return bool(FileSystems.exists(path))


def _match(pattern: str) -> list[FileMetadata]:
    try:
        return list(FileSystems.match([pattern])[0].metadata_list)
    except BeamIOError as error:
        raise OSError(str(error)) from error


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

    def open(self, path: str) -> BinaryIO:
        """As the file system of the path."""
        return self._at(path).open(path)

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

    def exists(self, path: str) -> bool:
        """As the file system of the path."""
        return self._at(path).exists(path)
