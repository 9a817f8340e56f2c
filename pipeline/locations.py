"""Files of the submitter: local paths without Beam, so that a small run starts quickly; URLs through Beam."""

import contextlib
import errno
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from threatflux_training.dataset.storage import LocalStorage, Storage, Unreachable, is_remote

STAGING = ".staging"
"""The folder inside a dataset's own that holds intermediate results, unless an option names another place."""


def storage_for(paths: Iterable[str], beam: Sequence[str] = ()) -> Storage:
    """What reads and writes these paths. `beam` holds Beam's own options, some of which file systems need."""
    if not any(map(is_remote, paths)):
        return LocalStorage()
    from transforms.storage import AnyStorage

    use_beam(beam)
    return AnyStorage()


def use_beam(arguments: Sequence[str]) -> None:
    """Beam's own options for the file systems of this process; those that came first hold."""
    from transforms.storage import use_options

    use_options(arguments)


def unusable(paths: Iterable[str]) -> list[str]:
    """What is wrong with the buckets and servers that the URLs among some paths name, with the remedy."""
    if not (urls := [path for path in paths if is_remote(path)]):
        return []
    from transforms.reach import problems

    storage_for(urls)
    return problems(urls)


def run_folder(staging: str) -> Path:
    """A local folder for the log and the progress of a run: staging where it is local, else a new one for temporary files."""
    if is_remote(staging):
        return Path(tempfile.mkdtemp(prefix="threatflux-"))
    folder = Path(staging)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def fetched(paths: Sequence[str]) -> Iterator[list[str]]:
    """The paths, each URL replaced by a local copy of what it names, which is removed in the end.

    Raises OSError and Unreachable; FileNotFoundError where there is nothing of that name.
    """
    if wrong := unusable(paths):
        raise Unreachable("; ".join(wrong))
    with tempfile.TemporaryDirectory(prefix="threatflux-") as folder:
        yield [
            _fetch(path, Path(folder, str(number))) if is_remote(path) else path for number, path in enumerate(paths)
        ]


def _fetch(path: str, target: Path) -> str:
    """Files below the URL keep their places below the target."""
    storage = storage_for([path])
    root = path.rstrip("/")
    found = storage.walk(root) if storage.is_folder(root) else storage.find(path)
    if not found:
        raise FileNotFoundError(errno.ENOENT, "nothing of that name", path)
    for one in found:
        inner = one.path.removeprefix(root).lstrip("/") or one.path.rpartition("/")[2]
        place = target / (inner if one.path.startswith(root) else one.path.partition("://")[2])
        if STAGING not in place.parts:
            place.parent.mkdir(parents=True, exist_ok=True)
            with storage.open(one.path) as file, place.open("wb") as out:
                shutil.copyfileobj(file, out, 1 << 20)
    single = len(found) == 1 and found[0].path == path
    return str(target / path.rpartition("/")[2] if single else target)
