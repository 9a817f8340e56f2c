"""What the documentation shows of the library's work, made by it: `python -m tests.documents` writes it anew.

README.md holds marked blocks, `<!-- NAME -->` to `<!-- /NAME -->`, one for each function of BLOCKS; docs/gallery.md is made
as a whole. `test_documents.py` fails where a file holds something else than what is made today.
"""

import json
import re
from collections.abc import Callable, Iterator
from functools import cache

import msgspec

from pipeline.cli import TITLES
from pipeline.commands.gallery import choose, document, examples, facts, order, quoted
from pipeline.option_table import OPTIONS, Option
from tests.conftest import ROOT, SAMPLES
from threatflux_training.records import Example

README = ROOT / "README.md"
GALLERY = ROOT / "docs" / "gallery.md"
REPORT = "deploy.sh.json.gz"
_STYLES = ("dialogue", "grounded")
"""Where the README's example comes from: a chat on strings of 400 to 900 tokens, a dialogue if there is one."""


def example_block() -> str:
    """A whole row: chat, metadata, evidence."""
    example = _example()
    example.metadata.group = example.metadata.source_sha256  # alone, a file leads its own group
    metadata = {name: value for name, value in msgspec.to_builtins(example.metadata).items() if name != "evidence"}
    lines = [f"A whole row of a dataset, made from `examples/reports/{REPORT}`: {facts(example)}."]
    for message in example.messages:
        lines += ["", *quoted(message)]
    lines += ["", "Its metadata:", "", "```json", *_wrapped(metadata), "```", ""]
    lines += ["Its evidence: each value of the answer, and how it is recomputed from the report.", ""]
    lines += ["| value | op | path | inputs |", "|---|---|---|---|", *_traces(example)]
    return "\n".join(lines)


def _example() -> Example:
    answered = [one for one in examples([str(SAMPLES / REPORT)]) if one.metadata.answerable]
    made = [one for one in answered if 400 <= one.metadata.tokens <= 900]
    for style in _STYLES:
        fitting = [one for one in made if one.metadata.style == style and one.metadata.task.startswith("strings.")]
        if fitting:
            return min(fitting, key=order)
    return min(answered, key=order)


def _wrapped(metadata: dict[str, object]) -> Iterator[str]:
    """A flat object as JSON, several keys a line."""
    line = "{"
    for name, value in metadata.items():
        entry = f'"{name}": {json.dumps(value)}'
        if len(line) + len(entry) > 118:
            yield line.rstrip()
            line = " "
        line += f"{entry}, "
    yield line.removesuffix(", ") + "}"


def _traces(example: Example) -> Iterator[str]:
    for trace in json.loads(example.metadata.evidence):
        inputs = json.dumps(trace["inputs"]) if trace["inputs"] else ""
        cells = [f"`{trace['value']}`", trace["op"], _code(trace["path"]), _code(inputs)]
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


def options_block() -> str:
    """The table of options, by group."""
    lines = ["| option | default | meaning |", "|---|---|---|"]
    for group, title in TITLES.items():
        lines.append(f"| **{title}** | | |")
        lines += [_option(one) for one in OPTIONS if one.group == group]
    return "\n".join(lines)


def _option(option: Option) -> str:
    default = "" if option.default in (None, "", []) else f"`{option.default}`"
    choices = ", ".join(f"`{one}`" for one in option.choices)
    text = option.help.replace("%%", "%").replace("|", "\\|")
    return f"| `--{option.name}` | {default} | {text}{f' ({choices})' if choices else ''} |"


BLOCKS: dict[str, Callable[[], str]] = {"example": example_block, "options": options_block}


def block(text: str, name: str) -> str:
    """What a marked block holds."""
    found = re.search(rf"<!-- {name} -->\n\n(.*?)\n\n<!-- /{name} -->", text, re.DOTALL)
    if found is None:
        raise LookupError(f"README.md has no block {name}")
    return found[1]


@cache
def sample_examples() -> tuple[Example, ...]:
    """What the gallery chooses from."""
    return tuple(examples([str(SAMPLES)]))


def gallery_text() -> str:
    """The gallery of the sample reports."""
    return document(choose(sample_examples()))


def main() -> None:
    """Write all of it."""
    text = README.read_text()
    for name, made in BLOCKS.items():
        text = text.replace(block(text, name), made())
    README.write_text(text)
    GALLERY.write_text(gallery_text())


if __name__ == "__main__":
    main()
