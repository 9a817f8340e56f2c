"""A file system of objects for tests, `box://name`: whole objects in a local folder, no folders, nothing grows."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, ClassVar
from urllib.parse import quote, unquote

from apache_beam.io.filesystem import BeamIOError, FileMetadata, FileSystem


class BoxFileSystem(FileSystem):
    """Registered by being imported, as Beam does it. `root` is set by the test."""

    root: ClassVar[Path]

    @classmethod
    def scheme(cls) -> str:
        return "box"

    def join(self, basepath: str, *paths: str) -> str:
        return "/".join([basepath.rstrip("/"), *paths])

    def split(self, path: str) -> tuple[str, str]:
        head, _, tail = path.rpartition("/")
        return head, tail

    def mkdirs(self, path: str) -> None:
        raise BeamIOError("there are no folders")

    def has_dirs(self) -> bool:
        return False

    def _list(self, dir_or_prefix: str) -> Iterator[FileMetadata]:
        for path in sorted(self.root.iterdir()):
            name = unquote(path.name)
            if name.startswith(dir_or_prefix):
                yield FileMetadata(name, path.stat().st_size, path.stat().st_mtime)

    def _place(self, path: str) -> Path:
        return self.root / quote(path, safe="")

    def create(self, path: str, mime_type: str = "", compression_type: str = "") -> Any:
        return _Object(self._place(path))

    def open(self, path: str, mime_type: str = "", compression_type: str = "") -> BinaryIO:
        try:
            return self._place(path).open("rb")
        except FileNotFoundError as error:
            raise BeamIOError("Open operation failed", {path: error}) from error

    def copy(self, source_file_names: list[str], destination_file_names: list[str]) -> None:
        for source, target in zip(source_file_names, destination_file_names, strict=True):
            self._place(target).write_bytes(self._place(source).read_bytes())

    def rename(self, source_file_names: list[str], destination_file_names: list[str]) -> None:
        self.copy(source_file_names, destination_file_names)
        self.delete(source_file_names)

    def exists(self, path: str) -> bool:
        return self._place(path).exists()

    def size(self, path: str) -> int:
        return self._place(path).stat().st_size

    def last_updated(self, path: str) -> float:
        return self._place(path).stat().st_mtime

    def checksum(self, path: str) -> str:
        return str(self.size(path))

    def metadata(self, path: str) -> FileMetadata:
        return FileMetadata(path, self.size(path), self.last_updated(path))

    def delete(self, paths: list[str]) -> None:
        for path in paths:
            if path.endswith("/"):
                self.delete([one.path for one in self._list(path)])
            else:
                self._place(path).unlink()


class _Object:
    """Seen when it is closed, as in an object store."""

    def __init__(self, place: Path) -> None:
        self._place, self._file = place, place.with_name(place.name + "~").open("wb")

    def write(self, data: bytes) -> int:
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        if not self._file.closed:
            self._file.close()
            os.replace(self._file.name, self._place)

    def __enter__(self) -> "_Object":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
