"""The command line in the two forms people know: the Beam job, and `threatflux-train` with its commands."""

import argparse
import io
import sys
from collections.abc import Sequence
from typing import Any

from pipeline.beam_options import problems
from pipeline.locations import use_beam
from pipeline.option_table import OPTIONS, Option
from pipeline.settings import Settings, settings_from
from threatflux_training.dataset.storage import Unreachable
from threatflux_training.errors import SettingsError

TITLES = {
    "data": "what is read and written",
    "examples": "what the examples are like",
    "layout": "how the dataset lies",
    "running": "how it runs",
}
"""Groups of options, and what the help calls them."""
_NAMES = {"output": "output-dir", "direct_num_workers": "parallel"}
"""Options that have another name in the words of the old tool."""

_JOB_EXAMPLES = """examples:
  python -m pipeline --input reports --output out --name files
  python -m pipeline --input 'scans/*.json.gz' more.jsonl --output out --name files --existing extend
  python -m pipeline --input reports --output out --name short --max_tokens 2048 --examples_per_file 10
  python -m pipeline --input reports --output out --name tf --output_format tfrecord --num_shards 8
  python -m pipeline --input s3://b/reports --output s3://b/out --name big --runner FlinkRunner --flink_master host:8081

Tokens are those of the whole chat rendered as ChatML in the encoding of --tokenizer. Sizes are bytes; K, M and G are
1024-fold. Exit status: 0 complete, 1 failed or nothing usable, 2 wrong usage, 3 more rejected than --max_rejected, 4
a bar missed with --quality fail, 130 interrupted (the same command goes on)."""
_TRAIN_EXAMPLES = """examples:
  threatflux-train generate --name files --input reports --output-dir out
  threatflux-train generate --name files --input reports --output-dir out --parallel 4 --max-tokens 8192
  threatflux-train preview reports/printf.json --explain
  threatflux-train view out/files --task strings --persona beginner -n 3
  threatflux-train check out/files --reports reports
  threatflux-train gallery --output gallery.md reports
  threatflux-train export out/files --output hosted
  threatflux-train clean out/files"""
_FILTERS = {"task": "task", "persona": "persona", "style": "style", "file": "scanned path", "text": "chat"}
"""Filters of `view`, and what each looks at."""


def _add(parser: argparse.ArgumentParser, dashes: bool) -> None:
    groups = {name: parser.add_argument_group(title) for name, title in TITLES.items()}
    for option in OPTIONS:
        if not (dashes and option.name == "direct_num_workers"):
            groups[option.group].add_argument(_spelled(option.name, dashes), dest=option.name, **_arguments(option))
    if dashes:
        running = groups["running"].add_mutually_exclusive_group()
        running.add_argument("--parallel", dest="direct_num_workers", type=int, nargs="?", const=0, default=0,
                             metavar="P", help="worker processes; without a number, or 0: as many as suit")  # fmt: skip
        running.add_argument(
            "--no-parallel", dest="direct_num_workers", action="store_const", const=1, help="one worker"
        )


def _spelled(name: str, dashes: bool) -> str:
    """An option of ours in the words of the command line; one of Beam's as it is, what is no option too."""
    if name not in {option.name for option in OPTIONS}:
        return f"--{name}" if name.isidentifier() else name
    return f"--{_NAMES.get(name, name).replace('_', '-')}" if dashes else f"--{name}"


def _respelled(arguments: Sequence[str], dashes: bool) -> list[str]:
    """Our options in the words of the command line, whichever of both spellings was given."""
    ours = {option.name for option in OPTIONS}
    found: list[str] = []
    for one in arguments:
        name, equals, value = one.partition("=")
        plain = name.removeprefix("--").replace("-", "_")
        plain = next((option for option, other in _NAMES.items() if other.replace("-", "_") == plain), plain)
        found.append(f"{_spelled(plain, dashes)}{equals}{value}" if name.startswith("--") and plain in ours else one)
    return found


def _arguments(option: Option) -> dict[str, Any]:
    shown = "" if option.default in (None, "", []) else f" (default: {str(option.default).replace('%', '%%')})"
    arguments: dict[str, Any] = {"type": option.kind, "default": option.default, "help": option.help + shown}
    if option.choices:
        arguments["metavar"] = "|".join(option.choices)
    if option.many:
        arguments |= {"nargs": "+", "action": "extend"}
    return arguments


def _run(arguments: argparse.Namespace, beam: Sequence[str], dashes: bool) -> int:
    try:
        settings: Settings = settings_from({**vars(arguments), "beam": beam})
        from pipeline.commands.generate import generate

        return generate(settings)
    except SettingsError as error:
        for name, value, remedy in error.problems:
            print(f"{' '.join(filter(None, (_spelled(name, dashes), value)))}: {remedy}", file=sys.stderr)
        return 2
    except Unreachable as error:
        print(f"{error}. The same command goes on with what is staged.", file=sys.stderr)
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"{where}{error.strerror or error}. Is the output a folder that can be written to?", file=sys.stderr)
        return 1


def _unfailing() -> None:
    """Characters that the terminal's encoding lacks are written as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def job(arguments: Sequence[str] | None = None) -> int:
    """`python -m pipeline`: the job with Beam's spelling of options."""
    _unfailing()
    parser = argparse.ArgumentParser(
        prog="python -m pipeline", usage="python -m pipeline --input REPORTS --output FOLDER --name NAME [OPTIONS]", description="Turn file-scanner reports into a fine-tuning dataset.",
        epilog=_JOB_EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )  # fmt: skip
    _add(parser, dashes=False)
    given = _respelled(sys.argv[1:] if arguments is None else arguments, dashes=False)
    return _run(*parser.parse_known_args(given), dashes=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """`threatflux-train`: generate, preview, view, check, gallery, export and clean."""
    _unfailing()
    parser = argparse.ArgumentParser(
        prog="threatflux-train", description="Datasets from file-scanner reports.", epilog=_TRAIN_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add(
        commands.add_parser(
            "generate",
            help="make a dataset from reports",
            usage="threatflux-train generate --name NAME --input REPORTS --output-dir FOLDER [OPTIONS]",
            allow_abbrev=False,
        ),
        dashes=True,
    )
    shown = commands.add_parser("preview", help="print what one report gives")
    shown.add_argument("reports", nargs="+", metavar="REPORT", help="a report of any shape")
    shown.add_argument("-n", type=int, default=3, dest="number", help="examples shown of each file (default: 3)")
    shown.add_argument("--explain", action="store_true", help="show states of features, evidence and dropped drafts")
    proved = commands.add_parser("check", help="verify a dataset against the raw reports")
    proved.add_argument("dataset", metavar="DATASET", help="folder of the dataset (holds manifest.json)")
    proved.add_argument(
        "--reports", nargs="+", action="extend", required=True, metavar="REPORTS", help="what the dataset was made of"
    )
    proved.add_argument("-n", type=int, default=5, dest="number", help="faults shown of each kind (default: 5)")
    seen = commands.add_parser("view", help="read examples of a dataset, with their evidence")
    seen.add_argument("dataset", metavar="DATASET", help="folder of the dataset (holds manifest.json)")
    for name, what in _FILTERS.items():
        seen.add_argument(f"--{name}", default="", help=f"only examples whose {what} holds this text")
    seen.add_argument("--negative", action=argparse.BooleanOptionalAction, help="only negatives, or none")
    seen.add_argument("-n", type=int, default=3, dest="number", help="examples shown (default: 3)")
    picked = commands.add_parser("gallery", help="one example of each kind, as a page to read")
    picked.add_argument("reports", nargs="+", metavar="REPORTS", help="reports of any shape, or folders of them")
    picked.add_argument("--output", default="-", metavar="FILE", help="Markdown file to write (default: print it)")
    moved = commands.add_parser("export", help="write a dataset as hosted fine-tuning takes it")
    moved.add_argument("dataset", metavar="DATASET", help="folder of the dataset (holds manifest.json)")
    moved.add_argument("--output", required=True, metavar="FOLDER", help="folder for train.jsonl, validation.jsonl …")
    kept = commands.add_parser("clean", help="remove what a complete dataset keeps for later runs")
    kept.add_argument("dataset", metavar="DATASET", help="folder of the dataset")
    words = list(sys.argv[1:] if arguments is None else arguments)
    given, beam = parser.parse_known_args(_respelled(words, dashes=True) if words[:1] == ["generate"] else words)
    if beam and given.command != "generate":
        if problems(beam):
            parser.error(f"unrecognized arguments: {' '.join(beam)}")
        use_beam(beam)
    try:
        return _command(given, beam)
    except Unreachable as error:
        print(error, file=sys.stderr)
        return 1


def _command(given: argparse.Namespace, beam: Sequence[str]) -> int:
    """The chosen command. Raises Unreachable."""
    if given.command == "clean":
        from pipeline.commands.clean import clean

        return clean(given.dataset)
    if given.command == "generate":
        return _run(given, beam, dashes=True)
    if given.command == "view":
        from pipeline.commands.view import Wanted, view

        filters = {name: getattr(given, name) for name in _FILTERS}
        return view(given.dataset, Wanted(**filters, negative=given.negative), number=given.number)
    if given.command == "check":
        from pipeline.commands.check import check

        return check(given.dataset, given.reports, shown=given.number)
    if given.command == "export":
        from pipeline.commands.export import export

        return export(given.dataset, given.output)
    if given.command == "gallery":
        from pipeline.commands.gallery import gallery

        return gallery(given.reports, given.output)
    from pipeline.commands.preview import preview

    return preview(given.reports, number=given.number, explain=given.explain)
