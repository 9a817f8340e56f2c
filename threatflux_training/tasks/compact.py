"""Files known only from the compact object: what it identifies, what its key strings tell, and that it is a selection."""

from typing import NamedTuple

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Say, say
from threatflux_training.compose.value import Text
from threatflux_training.evidence import job_lines
from threatflux_training.evidence.api_families import families
from threatflux_training.evidence.string_kinds import is_stock, kind_of, secret_names
from threatflux_training.evidence.view import View
from threatflux_training.reports.model import LlmReport
from threatflux_training.tasks.compare_pair import with_role
from threatflux_training.tasks.model import Draft, Offer, Request, Show
from threatflux_training.tasks.triage_case import COMMAND, DENSE, LONG

FAMILY = "compact"
_SHOWN = 3
_NEEDED = 6
_LONGEST = 110
_COMMONPLACE = ("/usr/share/locale", "/lib64/ld-", "/usr/lib/debug", "/usr/include", "/usr/lib/gcc")
_PURPOSE_TAGS = "strings identity plain provenance package"


class Lead(NamedTuple):
    """What some key strings tell, with their places; `strong` if it can answer what the program is."""

    said: Say
    lines: tuple[int, ...]
    strong: bool = True


def offers(view: View, partner: View | None) -> list[Offer]:
    """Tasks where a compact object is there with hash and size."""
    found = view.file.llm
    if found is None or not found.md5 or found.file_size is None:
        return []
    strong = sum(one.strong for one in leads(view, found))
    made = [Offer(task="compact.what", build=lambda r: _what(view, found, r), importance=3, variants=3)]
    if strong:
        made.append(
            Offer(
                task="compact.strings", build=lambda r: _strings(view, found, r), importance=4,
                variants=strong,
            )
        )  # fmt: skip
    return made


def leads(view: View, found: LlmReport) -> list[Lead]:
    """What the key strings tell of the file, the strongest first; made once per file."""
    return view.once("compact.leads", lambda: _leads(view, found))


def _leads(view: View, found: LlmReport) -> list[Lead]:
    texts = [text if not secret_names(text) else "" for text in found.key_strings]
    made: list[Lead] = []

    def add(phrase: str, lines: list[int] | tuple[int, ...], **slots: Text) -> None:
        slots["list"] = value.join([_quoted(view, found, line) for line in lines])
        made.append(Lead(say("answer", phrase, _PURPOSE_TAGS, **slots), tuple(lines), phrase != "compact.paths"))

    job, call = job_lines.job(texts), job_lines.synopsis(texts)
    if job is not None:
        add("compact.told", job.lines)
    if call >= 0:
        add("compact.call", [call])
    options = job_lines.options(texts) if job is None else []
    if options:
        add("compact.options", options)
    messages = [
        line for line, text in enumerate(texts)
        if kind_of(text) == "message" and not is_stock(text) and 14 <= len(text) <= _LONGEST and _speaks(text)
        and line not in ((*job.lines, call) if job is not None else (call,))
    ][:_SHOWN]  # fmt: skip
    if messages and job is None:
        add("compact.messages", messages)
    for family, members in families(texts)[:1]:
        if len(members) > 1:
            add("compact.library", members[:_SHOWN], library=Text(family.library), serves=Text(family.serves))
    commands = [line for line, text in enumerate(texts) if len(text) <= _LONGEST and COMMAND.match(text)]
    if commands:
        add("compact.command", commands[:1])
    paths = [
        line
        for line, text in enumerate(texts)
        if kind_of(text) == "path" and text.count("/") > 1 and not text.startswith(_COMMONPLACE)
    ]
    if paths:
        add("compact.paths", list({texts[line]: line for line in reversed(paths)}.values())[::-1][:_SHOWN])
    origin = job_lines.project(texts, view.file.path)
    if origin is not None and origin.kind != "package":
        piece = value.part(origin.piece, view.at("llm", f".key_strings[{origin.line}]"))
        made.append(
            Lead(
                say("answer", f"purpose.project.{origin.kind}", _PURPOSE_TAGS, project=piece),
                (origin.line,),
                strong=False,
            )
        )
    return made


def _speaks(text: str) -> bool:
    """Whether a message is one of this program: words of its own, no remark of a configuration and no name of a type."""
    words = [word for word in text.replace("_", " ").split() if word.isalpha() and word.islower() and len(word) > 2]
    types = {"int", "char", "long", "short", "unsigned", "signed", "error"}
    return len(words) > 1 and not types & set(words) and "#" not in text and not text.startswith((" ", "\t", "GNU C"))


def _identity(view: View, found: LlmReport) -> dict[str, Text]:
    return {
        "md5": value.code(found.md5, view.at("llm", ".md5")),
        "size": value.grouped(found.file_size or 0, view.at("llm", ".file_size"), "byte|bytes"),
    }


def _quoted(view: View, found: LlmReport, number: int) -> Text:
    """A key string; what is indented for a help text without its indent."""
    text, path = found.key_strings[number], view.at("llm", f".key_strings[{number}]")
    bare = text.strip()
    return value.part(bare, path) if bare and bare != text else value.code(text, path)


def _common(view: View, found: LlmReport) -> tuple[list[Content], list[Show]]:
    """Entropy and imports, with their evidence."""
    content: list[Content] = []
    shows: list[Show] = []
    if found.entropy is not None:
        entropy = value.fixed(found.entropy, view.at("llm", ".entropy"), 3, "bits per byte")
        kind = "dense" if found.entropy > DENSE else "plain"
        if kind == "dense" or (found.file_size or 0) >= LONG:
            content.append(say("detail", f"compact.entropy.{kind}", "entropy storage data malware", entropy=entropy))
    if found.imports:
        at = view.at("llm", ".imports")
        names = value.join([value.code(name, f"{at}[{n}]") for n, name in enumerate(found.imports[:_NEEDED])])
        content.append(say("detail", "compact.imports", "imports package container build", list=names))
        shows.append(Show("compact_imports", 0, min(len(found.imports), 12)))
    return content, shows


def _shown(found: LlmReport, chosen: list[Lead]) -> tuple[Show, ...]:
    """The key strings of some leads with their neighbours."""
    lines = {line for one in chosen for line in one.lines}
    near = {line + step for line in lines for step in (-1, 0, 1)}
    return (Show("key_strings", only=tuple(sorted(line for line in near if 0 <= line < len(found.key_strings)))),)


def _what(view: View, found: LlmReport, request: Request) -> Draft:
    """What identifies the file, and what its texts tell of it."""
    slots = _identity(view, found)
    more, shows = _common(view, found)
    told = leads(view, found)[:2]
    content: list[Content] = [say("answer", "compact.what", "identity hash size", **slots)]
    content += [one.said if number == 0 else with_role(one.said, "meaning") for number, one in enumerate(told)]
    content += [
        *more,
        say("verify", "compact.verify", "verify provenance decision", **slots),
        say("limit", "compact.limits", "limit method", **slots),
    ]
    return Draft(
        slots={}, shows=(Show("compact"), *(_shown(found, told) if told else ()), *shows), content=tuple(content),
        context=("key_strings", "compact_imports"),
    )  # fmt: skip


def _strings(view: View, found: LlmReport, request: Request) -> Draft:
    """What the key strings tell: two leads as the answer, starting with another strong one each time, the others beside them."""
    told = leads(view, found)
    strong = [one for one in told if one.strong]
    start = request.variant % len(strong)
    chosen = [*strong[start:], *strong[:start], *(one for one in told if not one.strong)][:4]
    slots = _identity(view, found)
    more, shows = _common(view, found)
    content: list[Content] = [
        one.said if number < 2 and one.strong else with_role(one.said, "detail") for number, one in enumerate(chosen)
    ]
    content += [
        *more,
        say("limit", "compact.limits", "limit method", **slots),
        say("verify", "compact.verify", "verify provenance", **slots),
    ]
    return Draft(
        slots={}, shows=(Show("compact"), *_shown(found, chosen), *shows), content=tuple(content),
        context=("compact_imports", "key_strings"),
    )  # fmt: skip
