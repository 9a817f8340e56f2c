"""What is installed: built as workers build it, from a copy of the source tree, without a network."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGES = ("pipeline", "transforms", "threatflux_training")
NOT_SOURCE = shutil.ignore_patterns(
    ".*", "build", "dist", "out", "*.egg-info", "__pycache__", "shared", "node_modules"
)  # fmt: skip
CAN_BUILD_WHEELS = (
    tuple(map(int, metadata.version("setuptools").split(".")[:2])) >= (70, 1)
    or importlib.util.find_spec("wheel") is not None
)


def build(folder: Path, hook: str) -> Path:
    """What a hook of the build backend makes of the source tree in a folder."""
    code = f"from setuptools import build_meta; build_meta.{hook}('dist')"
    environment = dict(os.environ)
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (made,) = (folder / "dist").iterdir()
    return made


def sources() -> set[str]:
    """Modules and data files of the packages, as they lie in the repository."""
    return {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution."""
    tree = tmp_path_factory.mktemp("source") / "tree"
    shutil.copytree(ROOT, tree, ignore=NOT_SOURCE)
    return build(tree, "build_sdist")


@pytest.fixture(scope="module")
def unpacked(sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution, unpacked."""
    folder = tmp_path_factory.mktemp("unpacked")
    with tarfile.open(sdist) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # Python 3.11.3 and older have none
        archive.extractall(folder)
    (tree,) = folder.iterdir()
    return tree


def test_the_sdist_holds_every_module_and_data_file(unpacked: Path) -> None:
    found = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    assert sources() <= found
    assert {"setup.py", "pyproject.toml", "README.md", "LICENSE"} <= found
    assert not [path for path in found if path.startswith(("tests", "benchmarks"))]


def test_what_the_sdist_builds_is_whole(unpacked: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "setup.py",
        "-q",
        "build",
        "--build-base",
        str(tmp_path),
        "--build-lib",
        str(tmp_path / "lib"),
    ]
    done = subprocess.run(command, cwd=unpacked, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    built = tmp_path / "lib"
    assert {str(path.relative_to(built)) for path in built.rglob("*") if path.is_file()} == sources()


@pytest.mark.skipif(not CAN_BUILD_WHEELS, reason="needs setuptools 70.1 or later, or wheel")
def test_the_wheel_holds_the_packages_and_nothing_else(unpacked: Path) -> None:
    shutil.rmtree(unpacked / "dist", ignore_errors=True)
    wheel = build(unpacked, "build_wheel")
    names = zipfile.ZipFile(wheel).namelist()
    assert {name for name in names if ".dist-info/" not in name} == sources()
    entries = next(name for name in names if name.endswith("entry_points.txt"))
    assert "threatflux-train = pipeline.cli:main" in zipfile.ZipFile(wheel).read(entries).decode()


def test_the_version_stands_in_one_place(sdist: Path) -> None:
    (version,) = re.findall(r'version="([^"]+)"', (ROOT / "setup.py").read_text())
    assert version in sdist.name
    assert re.search(rf"^## {re.escape(version)}\b", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    for path in (ROOT / "pyproject.toml", *(ROOT / package / "__init__.py" for package in PACKAGES)):
        assert version not in path.read_text()
