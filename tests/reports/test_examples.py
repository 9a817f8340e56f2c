"""The shipped reports: every one is read, and together they show every feature and every dialect."""

from pathlib import Path

from threatflux_training.reports.document import Document, Ignored
from threatflux_training.reports.index import index_source
from threatflux_training.reports.load import load_files
from threatflux_training.reports.report import FEATURES

FOLDER = Path(__file__).parents[2] / "examples" / "reports"


def test_every_report_is_read() -> None:
    files, rejected = load_files([str(FOLDER)])
    assert rejected == []
    assert {feature for file in files for feature in FEATURES if file.state(feature) == "present"} == set(FEATURES)
    assert {dialect for file in files for dialect in file.dialects} == {
        "analysis",
        "cache",
        "cli",
        "java",
        "llm",
        "npm",
        "python",
    }
    assert [file.malformed for file in files if file.malformed] == []


def test_what_the_index_says_holds() -> None:
    for path in sorted(FOLDER.rglob("*")):
        if path.is_file():
            entries = list(index_source(str(path)))
            assert entries and all(isinstance(entry, Document | Ignored) for entry in entries)
