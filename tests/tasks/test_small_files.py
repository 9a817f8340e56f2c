"""Files of a few bytes: what a figure on them is worth."""

import json
from pathlib import Path

from tests.reports.samples import FEATURES, METADATA
from threatflux_training.generate import expand_file
from threatflux_training.reports.load import load_files
from threatflux_training.settings import TextSettings


def test_the_entropy_of_a_few_bytes_is_no_ground_for_long_lines(tmp_path: Path) -> None:
    data = METADATA | {"mime_type": "application/octet-stream", "is_executable": False}
    absent = dict.fromkeys(FEATURES)
    report = {"file_path": METADATA["file_path"], **absent, "metadata": data, "entropy": FEATURES["entropy"]}
    (tmp_path / "r.json").write_text(json.dumps(report))
    files, _ = load_files([str(tmp_path)])
    made = [one for file in files for one in expand_file(file, TextSettings()).examples]
    about = [one for one in made if one.metadata.task.startswith("entropy.") and one.metadata.answerable]
    assert about
    for one in about:
        assert one.metadata.task.partition(".")[2] in ("overall", "packed", "encrypted", "report")
        answers = " ".join(said.content for said in one.messages if said.role == "assistant")
        assert "26 bytes" in answers
        assert "long lines" not in answers
        assert "payload" not in answers
