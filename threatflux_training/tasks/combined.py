"""Several tasks in one question: what somebody asks who wants more than one thing, up to a whole report.

Each part keeps its own answer; parts of one family stand together. In a report nobody asked the single questions, so
the headings ask them: an answer such as "Nowhere" says nothing under the name of a family.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from threatflux_training.catalogue.load import Form, Template
from threatflux_training.compose.content import Items, Say, Section, say
from threatflux_training.compose.document import flatten, replied
from threatflux_training.compose.realise import fill
from threatflux_training.compose.value import Text
from threatflux_training.hashing import choose
from threatflux_training.tasks.model import Draft

_WORDS = {
    "yara_indicators": "YARA indicators", "hex": "Raw bytes", "code_quality": "Code quality", "threats": "Threat rules",
    "behavioral": "Behavior labels", "vulnerabilities": "Vulnerability rules", "metadata": "File system entries",
    "verdicts": "The scanner's ratings",
}  # fmt: skip
"""Headings of families whose name is none."""
REPORT = 6
"""Parts from which nobody would ask question by question, but for a report."""
_WHOLE = ("report", "compare")
"""Names of tasks that put several things together themselves."""


_TITLES = {
    "triage.what": "what it is", "triage.next": "next steps", "metadata.what": "what it is", "metadata.timeline": "order of the times",
    "strings.glibc": "C library", "strings.formats": "message templates", "strings.complete": "completeness", "strings.at": "one entry",
    "strings.contains": "presence of a text", "strings.noise": "what to skip", "strings.header": "author and license", "strings.fetch": "downloads",
    "strings.persist": "automatic start", "strings.secrets": "credentials", "strings.risky": "lines with weight", "strings.script": "the lines",
    "symbols.left": "what stripping left", "symbols.versions": "version requirements", "symbols.defined": "own functions",
    "hex.magic": "first bytes", "hex.target": "platform", "hex.entry": "type and entry point", "hex.walk": "header fields",
    "hex.tables": "section headers", "hex.segments": "program headers", "hex.extent": "what the dump covers", "hex.zip": "ZIP header",
    "hex.pe": "PE header", "hex.gzip": "gzip header", "hex.script": "beginning of the text", "hex.fill": "a run of equal bytes",
    "hashes.give": "identity", "hashes.all": "all digests", "hashes.exhibit": "for the record", "hashes.lookup": "for a lookup",
    "signatures.means": "what the check says", "sections.kept": "what was kept", "sections.flags": "write and execute", "sections.gaps": "gaps",
    "sections.kind": "program or library", "sections.map": "purposes", "sections.find": "one section", "sections.memory": "size in memory",
    "entropy.bss": "a figure to ignore", "entropy.printable": "readable share", "entropy.overall": "the whole file",
    "entropy.compress": "compressibility", "entropy.encrypted": "encryption flag", "entropy.packed": "packing flag", "entropy.obfuscation": "obfuscation score",
    "threats.clean": "level", "threats.why": "match", "threats.matched": "match", "threats.rules": "rules", "vulnerabilities.page": "findings",
    "vulnerabilities.cve": "CVE", "vulnerabilities.cwe": "CWE", "vulnerabilities.none": "no findings", "behavioral.control": "command and control",
    "behavioral.any": "labels", "control_flow.nothing": "why it is empty", "disassembly.counts": "instructions by kind", "code_quality.vacuous": "score", "imports.unsafe": "risky calls", "imports.purpose": "purposes",
    "dependencies.what": "what the list holds", "dependencies.score": "security score", "dependencies.libraries": "libraries",
    "yara_indicators.material": "material for a rule", "yara_indicators.packed": "packing flag", "yara_indicators.magic": "first bytes",
}  # fmt: skip
"""What a task is about, where its name does not say it: for a report, whose question names no part."""
_SINGLE = frozenset(("hashes", "signatures", "yara_indicators"))
"""Families whose tasks say much the same in a report."""
_ALIKE: tuple[frozenset[str], ...] = (
    frozenset(("triage.what", "metadata.what")), frozenset(("entropy.bss", "entropy.sections")), frozenset(("triage.decision", "triage.next")),
    frozenset(("strings.glibc", "symbols.versions")), frozenset(("strings.interpreter", "hex.script")), frozenset(("hex.magic", "yara_indicators.magic")),
)  # fmt: skip
"""Tasks of which one is enough in one answer."""
_OPENING = ("triage", "metadata")
"""Families that a report begins with, where it has them."""


class Part(NamedTuple):
    """A task of the question: its draft, and the form of the question that it answers alone."""

    task: str
    draft: Draft
    template: Template
    replies: Mapping[str, str] = {}
    """What the question's wording wants to hear first (`Question.replies`)."""
    title: Template | None = None
    """A form of the question that can stand as a heading."""
    title_replies: Mapping[str, str] = {}
    """What that wording wants to hear first."""

    def question(self, named: Mapping[str, Text]) -> str:
        """The question, about the file that `named` names."""
        return fill(self.template, {**self.draft.slots, **named}).text

    @property
    def names_file(self) -> bool:
        """Whether the question says which file it is about."""
        return not {"name", "path"}.isdisjoint(self.template.slots)


_WORDS_OF_TITLES = 14
_PERSONAL = re.compile(r"\b(?:I|my|me|we|our|us|you|your|these|that CVE|Is that|this (?!report))\b")
_SENTENCES = re.compile(r"[.?!:;] ")


def title_of(forms: Iterable[Form], key: str) -> Form | None:
    """A form that can stand as a heading: one short question that is about the file and about nobody."""
    fitting = [one for one in forms if _is_title(one)]
    return choose(key, fitting) if fitting else None


def _is_title(form: Form) -> bool:
    text = form.question.text
    return (
        form.question.style == "opening"
        and set(form.template.slots) <= {"name", "path"}
        and text.endswith("?")
        and len(text.split()) in range(3, _WORDS_OF_TITLES + 1)
        and not _PERSONAL.search(text)
        and not _SENTENCES.search(text)
    )


def family_of(task: str) -> str:
    """The family of a task."""
    return task.partition(".")[0]


def room_for(parts: Sequence[Part], task: str, amount: int) -> bool:
    """Whether a task may join: not twice the same, none that is a whole, no family more than the parts allow."""
    if any(one.task == task for one in parts) or task.partition(".")[2] in _WHOLE:
        return False
    if family_of(task) in _SINGLE and any(family_of(one.task) == family_of(task) for one in parts):
        return False
    if any(task in alike and one.task in alike for alike in _ALIKE for one in parts):
        return False
    same = sum(1 for one in parts if family_of(one.task) == family_of(task))
    return same < (1 if amount < REPORT else 2 if amount < 12 else 3)


def one_of_each(parts: Sequence[Part]) -> list[Part]:
    """The first part of each family."""
    first: dict[str, Part] = {}
    for one in parts:
        first.setdefault(family_of(one.task), one)
    return list(first.values())


def says_asked(draft: Draft) -> bool:
    """Whether an answer repeats what the question says, so that it needs that question."""
    return any(source.op == "asked" for text in _texts(flatten(draft.content)) for source in text.sources)


def _texts(content: Iterable[Say | Items | Text]) -> Iterator[Text]:
    for one in content:
        if isinstance(one, Say):
            for slot in one.slots.values():
                yield from _texts(slot if isinstance(slot, tuple) and not isinstance(slot, Text) else [slot])
        elif isinstance(one, Items):
            yield from _texts([one.lead, *one.items])
        else:
            yield one


def questions(parts: Sequence[Part], named: Mapping[str, Text]) -> Text:
    """The questions of two or more parts, in their order."""
    texts = [one.question(named) for one in parts]
    if len(parts) == 2:
        return Text(" ".join(texts))
    return Text("\n".join(f"{number}. {text}" for number, text in enumerate(texts, 1)))


def combined(parts: Sequence[Part], named: Mapping[str, Text], *, ordered_as_asked: bool) -> tuple[str, Draft]:
    """The task whose forms ask for all of it, and one draft of all parts; `named` has name and path of the file."""
    slots: dict[str, Text]
    if ordered_as_asked:
        task = "combined.two" if len(parts) == 2 else "combined.list"
        slots = {"questions": questions(parts, named)}
        sections = [_section(one, _topic(one.task, True) if len(parts) > 2 else None, one.replies) for one in parts]
    else:
        task, slots = "combined.report", {}
        sections = [
            _section(one, fill(one.title, named), one.title_replies)
            if one.title
            else _section(one, _topic(one.task, False), {})
            for one in _grouped(parts)
        ]
    return task, Draft(
        slots=slots,
        shows=tuple(show for one in parts for show in one.draft.shows),
        content=tuple(_once(sections)),
        context=tuple(dict.fromkeys(block for one in parts for block in one.draft.context)),
    )


def _grouped(parts: Sequence[Part]) -> list[Part]:
    """The parts by family, those without a question first; no question heads two of them."""
    found = dict.fromkeys(family_of(one.task) for one in parts)
    first = sorted(found, key=lambda name: _OPENING.index(name) if name in _OPENING else len(_OPENING))
    seen: set[Template | None] = set()
    kept: list[Part] = []
    for one in parts:
        kept.append(one._replace(title=None) if one.title in seen else one)
        seen.add(one.title)
    return sorted(kept, key=lambda one: (first.index(family_of(one.task)), one.title is not None))


def _once(sections: Iterable[Section]) -> Iterator[Section]:
    """The sections, each heading only where the section before has another."""
    before = ""
    for one in sections:
        topic = one.heading.slots["topic"] if one.heading is not None else None
        heading = topic.text if isinstance(topic, Text) else ""
        yield Section(None, one.content) if heading == before else one
        before = heading


def _topic(task: str, asked: bool) -> Text:
    """The words of a heading: the family where the question names the rest, else the task as well."""
    family, _, name = task.partition(".")
    topic = _WORDS.get(family) or family.replace("_", " ").capitalize()
    return Text(topic if asked else f"{topic}: {_TITLES.get(task) or name.replace('_', ' ')}")


def _section(part: Part, topic: Text | None, replies: Mapping[str, str]) -> Section:
    heading = say("answer", "combined.heading", topic=topic) if topic is not None else None
    return Section(heading, tuple(flatten(replied(part.draft.content, replies))))
