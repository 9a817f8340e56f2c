"""Files of the submitter: local paths without Beam, so that a small run starts quickly; URLs through Beam."""

from collections.abc import Iterable

from threatflux_training.dataset.storage import LocalStorage, Storage


def is_remote(path: str) -> bool:
    """Whether a path is the URL of a file system."""
    return "://" in path


def storage_for(paths: Iterable[str]) -> Storage:
    """What reads and writes these paths."""
    if not any(map(is_remote, paths)):
        return LocalStorage()
    from transforms.storage import AnyStorage

    return AnyStorage()
