"""What one report gives, without Beam."""

from collections.abc import Sequence

from pipeline.locations import fetched
from threatflux_training.generate import expand_file
from threatflux_training.records import Example
from threatflux_training.reports.file import ScannedFile
from threatflux_training.reports.load import load_files
from threatflux_training.reports.report import FEATURES
from threatflux_training.settings import TextSettings


def preview(reports: Sequence[str], *, number: int, explain: bool) -> int:
    """Print the first examples of each file; 1 if nothing could be read."""
    with fetched(reports) as local:
        files, rejected = load_files(local)
    for one in rejected:
        print(f"rejected: {one.source} document {one.position}: {one.reason}: {one.detail}")
    for place, file in enumerate(files):
        expansion = expand_file(file, TextSettings(), companion(files, place))
        print(f"{file.path}: {len(expansion.examples)} examples")
        if explain:
            _explain(file, dict(expansion.dropped))
        for example in expansion.examples[:number]:
            _show(example, explain)
    return 0 if files else 1


def companion(files: Sequence[ScannedFile], number: int) -> ScannedFile | None:
    """The file to compare with: the next of the same kind, else the next; none for a single file."""
    others = [*files[number + 1 :], *files[:number]]
    return next((one for one in others if one.kind == files[number].kind), others[0] if others else None)


def _explain(file: ScannedFile, dropped: dict[str, int]) -> None:
    print("features: " + ", ".join(f"{feature} {file.state(feature)}" for feature in FEATURES))
    print("drafts dropped: " + (", ".join(f"{reason} {count}" for reason, count in dropped.items()) or "none"))


def _show(example: Example, explain: bool) -> None:
    metadata = example.metadata
    print(f"\n=== {metadata.task}, {metadata.expertise}, {metadata.style}, {metadata.tokens} tokens")
    for message in example.messages:
        print(f"--- {message.role}\n{message.content}")
    if explain:
        print(f"--- evidence\n{metadata.evidence}")
