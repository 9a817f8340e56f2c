"""The documentation: what it shows is made today, what it names exists, what it tells to type works."""

import contextlib
import io
import os
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from pipeline.cli import job, main
from pipeline.option_table import OPTIONS
from tests.conftest import ROOT, SAMPLES
from tests.documents import BLOCKS, GALLERY, README, block, gallery_text

ANEW = "write it anew with: python -m tests.documents"
PAGES = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md")))
WRITTEN = [page for page in PAGES if page != GALLERY]
"""Pages that people write."""
COMMANDS = ("generate", "preview", "view", "check", "gallery", "export", "clean")
FEW = ("printf.json", "deploy.sh.json.gz", "logd.json.gz")
"""Sample reports on which the README's commands are tried."""
_FENCES = re.compile(r"^(`{3,})(\w*)\n(.*?)^\1$", re.DOTALL | re.MULTILINE)


def fenced(page: Path, language: str) -> Iterator[str]:
    """Blocks of a language."""
    for found in _FENCES.finditer(page.read_text()):
        if found[2] == language:
            yield found[3]


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return _FENCES.sub("", page.read_text())


def commands(page: Path) -> Iterator[list[str]]:
    """The words of each command in bash blocks, without comments."""
    for text in fenced(page, "bash"):
        for line in text.replace("\\\n", " ").splitlines():
            if words := shlex.split(line, comments=True):
                yield words


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_of_the_readme_are_what_is_made_today(name: str) -> None:
    assert block(README.read_text(), name) == BLOCKS[name](), ANEW


def test_the_gallery_is_what_is_made_today() -> None:
    assert GALLERY.read_text() == gallery_text(), ANEW
    assert len(GALLERY.read_bytes()) < 60_000


def run(words: list[str]) -> int:
    """The exit status of a command, run in this process."""
    if words[:3] == ["python", "-m", "pipeline"]:
        return job(words[3:])
    assert words[0] == "threatflux-train"
    return main(words[1:])


def test_commands_of_the_readme_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    samples = tmp_path / "examples" / "reports"
    samples.mkdir(parents=True)
    for name in FEW:
        shutil.copy(SAMPLES / name, samples)
    monkeypatch.chdir(tmp_path)
    tried = 0
    for words in commands(README):
        if words[0].startswith("./"):
            assert os.access(ROOT / words[0], os.X_OK), words
            continue
        assert run(words) == 0, (words, capsys.readouterr())
        tried += 1
    assert tried >= 5
    for text in fenced(README, "python"):
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            exec(compile(text, "README.md", "exec"), {})
        assert re.fullmatch(r"\d+ [0-9a-f]{64}\n", said.getvalue())


def spellings(capsys: pytest.CaptureFixture[str]) -> set[str]:
    """Every option of every command, as its help spells it."""
    for arguments in (["--help"], *([command, "--help"] for command in COMMANDS)):
        with pytest.raises(SystemExit):
            main(arguments)
    with pytest.raises(SystemExit):
        job(["--help"])
    return set(re.findall(r"--[a-z][a-z_-]*", capsys.readouterr().out))


def test_options_that_are_named_exist(capsys: pytest.CaptureFixture[str]) -> None:
    beams = {f"--{name}" for name in PipelineOptions([]).get_all_options()}
    known = spellings(capsys) | beams
    assert {f"--{option.name}" for option in OPTIONS} <= known
    for page in WRITTEN:
        text = prose(page) + "\n".join(" ".join(words) for words in commands(page) if "pipeline" in " ".join(words))
        assert set(re.findall(r"(?<![\w-])--[a-z][a-z_-]*[a-z]", text)) <= known, page.name


def test_commands_that_are_named_exist() -> None:
    for page in WRITTEN:
        for name in re.findall(r"threatflux-train ([a-z]+)", page.read_text()):
            assert name in COMMANDS, (page.name, name)


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as a Git server makes them."""
    titles = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)", prose(page)):
        if target.startswith(("https://", "http://")):
            continue
        path, _, anchor = target.partition("#")
        led = (page.parent / path).resolve() if path else page
        assert led.exists(), target
        assert not anchor or anchor in anchors(led), target


@pytest.mark.parametrize("page", [ROOT / "ARCHITECTURE.md", ROOT / "CONTRIBUTING.md"], ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Path) -> None:
    named = re.findall(r"`([\w./-]+\.(?:py|toml|md|sh)|[\w/]+/)`", page.read_text())
    assert named
    for name in named:
        places = ("", "threatflux_training", "threatflux_training/catalogue/data")
        assert any((ROOT / place / name).exists() for place in places), name


def test_every_dependency_has_its_reason() -> None:
    needed = re.findall(r'^ {8}"([A-Za-z0-9.-]+?)(?:[>=<].*)?",', (ROOT / "setup.py").read_text(), re.MULTILINE)
    table = (ROOT / "ARCHITECTURE.md").read_text().partition("| dependency |")[2]
    assert len(needed) > 10
    for name in needed:
        assert re.search(rf"^\|.*\b{re.escape(name)}\b.*\|.+\|$", table, re.MULTILINE), name


def test_what_lies_in_a_dataset_is_described(dataset: Path) -> None:
    described = next(text for text in fenced(README, "text") if text.startswith("OUT/NAME/"))
    names = {path.name for path in dataset.iterdir()}
    assert {"manifest.json", "COMPLETED"} <= names
    for name in names:
        assert re.search(rf"^  {re.escape(name)}/? ", described, re.MULTILINE), name


def test_the_changelog_has_a_place_for_what_is_new() -> None:
    text = (ROOT / "CHANGELOG.md").read_text()
    section = re.search(r"^## .*unreleased.*\n\n(- .+\n)+", text, re.MULTILINE | re.IGNORECASE)
    assert section and re.match(r"# Changelog\n\n## ", text)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_name_no_place_of_one_machine(page: Path) -> None:
    text = page.read_text()
    assert not re.search(r"(?<![\w/])/(?:work|tmp/wt|root)/", text)
    assert not re.search(r"\b(?:pypi|npmjs|crates|github)\.(?:org|com|io)\b", prose(page)) or page == GALLERY
