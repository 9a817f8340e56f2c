"""Several tasks in one question: what somebody asks who wants more than one thing, up to a whole report.

Each part keeps its own answer under a heading that says what it is about. Of a report nobody asked the single
questions: it opens with what the file is, and the parts after that are those its reader wants, in their order.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from threatflux_training.catalogue.load import Template
from threatflux_training.compose.content import Content, Items, Say, Section, say
from threatflux_training.compose.document import flatten, replied
from threatflux_training.compose.realise import fill
from threatflux_training.compose.value import Text
from threatflux_training.tasks.model import Draft
from threatflux_training.tasks.topics import OPENING, TOPICS

REPORT = 6
"""Parts from which nobody would ask question by question, but for a report."""
LEAST = 4
"""Parts that a report has at least."""
_WHOLE = ("report", "compare")
"""Names of tasks that put several things together themselves."""
_ALIKE: tuple[frozenset[str], ...] = (
    frozenset(("triage.what", "metadata.what", "compact.what")), frozenset(("entropy.bss", "entropy.sections")),
    frozenset(("triage.decision", "triage.next")), frozenset(("strings.glibc", "symbols.versions")),
    frozenset(("strings.interpreter", "hex.script")), frozenset(("hex.magic", "yara_indicators.magic", "hex.walk")),
    frozenset(("hashes.exhibit", "hashes.give", "hashes.all", "hashes.lookup", "signatures.origin", "triage.next")),
    frozenset(("threats.why", "threats.clean", "threats.rules")), frozenset(("metadata.timeline", "metadata.times")),
    frozenset(("entropy.obfuscation", "entropy.packed")), frozenset(("entropy.overall", "entropy.packed")),
    frozenset(("signatures.origin", "signatures.means")), frozenset(("yara_indicators.material", "yara_indicators.strings")),
    frozenset(("yara_indicators.packed", "entropy.packed")), frozenset(("hex.entry", "sections.entry")),
    frozenset(("hex.target", "hex.walk")), frozenset(("behavioral.control", "behavioral.overview")),
    frozenset(("vulnerabilities.page", "vulnerabilities.imports")), frozenset(("vulnerabilities.none", "vulnerabilities.score")),
    frozenset(("code_quality.vacuous", "control_flow.nothing")), frozenset(("symbols.counts", "symbols.left", "symbols.defined")),
    frozenset(("symbols.exports", "symbols.left")), frozenset(("imports.libraries", "dependencies.libraries", "dependencies.what")),
)  # fmt: skip
"""Tasks of which one is enough in one answer: the others would say much the same again."""
_WORDS = {"yara_indicators": "YARA indicators", "hex": "Raw bytes", "behavioral": "Behavior"}
"""Headings of families whose name is none, for tasks without a heading."""


class Part(NamedTuple):
    """A task of the question: its draft, and the form of the question that it answers alone."""

    task: str
    draft: Draft
    template: Template
    replies: Mapping[str, str] = {}
    """What the question's wording wants to hear first (`Question.replies`)."""
    titled: bool = True
    """Whether the catalogue has a heading for the task."""

    def question(self, named: Mapping[str, Text]) -> str:
        """The question, about the file that `named` names."""
        return fill(self.template, {**self.draft.slots, **named}).text

    @property
    def names_file(self) -> bool:
        """Whether the question says which file it is about."""
        return not {"name", "path"}.isdisjoint(self.template.slots)


def family_of(task: str) -> str:
    """The family of a task."""
    return task.partition(".")[0]


def title_of(task: str) -> str:
    """The phrase of the heading of a part that answers a task."""
    return f"combined.title.{task}"


def room_for(parts: Sequence[Part], task: str, *, families: bool = True) -> bool:
    """Whether a task may join: not twice the same nor much the same, none that is a whole; with `families` one of each."""
    if task.partition(".")[2] in _WHOLE or any(one.task == task for one in parts):
        return False
    if any(task in alike and one.task in alike for alike in _ALIKE for one in parts):
        return False
    return not (families and any(family_of(one.task) == family_of(task) for one in parts))


_NOTHING = (
    "symbols.exports.none", "symbols.exports.none.library", "symbols.exports.unknown", "code_quality.complexity", "control_flow.nothing", "imports.unsafe.none",
)  # fmt: skip
"""What answers begin with that tell only that a report has nothing on their matter."""


def has_something(draft: Draft) -> bool:
    """Whether the report holds anything on the matter of a draft."""
    answers = [one for one in flatten(draft.content) if isinstance(one, Say) and one.role == "answer"]
    return not (answers and answers[0].phrase in _NOTHING)


_ASIDE = ("facts.hash.", "facts.changed", "facts.mode.", "about.", "imports.library.libc", "metadata.times.limit")
"""What the phrases of statements begin with that another part tells better, or that hold of nearly every file."""
_PLAIN = ("hashes", "metadata")
"""Families on plain facts of the file, to which a few of those belong."""
_KIN = ("about.rights.", "about.times.", "about.size")
_FIRST = ("answer", "detail", "meaning")
"""Roles of statements that say what a file is; how far that goes the parts after it say."""


def own(task: str, content: Sequence[Content]) -> list[Say | Items]:
    """What an answer says of its own matter; of what a file is, less any long list."""
    said = flatten(content)
    if task in TOPICS[OPENING]:
        return [one for one in said if one.role == "answer" or (isinstance(one, Say) and one.role in _FIRST)]
    return [
        one
        for one in said
        if isinstance(one, Items) or not (_is_step(one) if one.role == "answer" else _is_aside(one, task))
    ]


def _is_step(one: Say) -> bool:
    """Whether a statement is a step that settles a decision: the parts of an answer tell such checks once, by themselves."""
    return one.phrase.startswith("triage.step.")


def _is_aside(one: Say, task: str) -> bool:
    kin = family_of(task) in _PLAIN and one.phrase.startswith(_KIN)
    return one.phrase.startswith(_ASIDE) and not kin


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
    slots: dict[str, Text] = {}
    if ordered_as_asked:
        task, slots = "combined.two" if len(parts) == 2 else "combined.list", {"questions": questions(parts, named)}
        sections = [_section(_heading(one, number), one) for number, one in enumerate(parts, 1)]
    else:
        task = "combined.report"
        sections = [_section(None if one.task in TOPICS[OPENING] else _heading(one, 0), one) for one in parts]
    return task, Draft(
        slots=slots,
        shows=tuple(show for one in parts for show in one.draft.shows),
        content=tuple(sections),
        context=tuple(dict.fromkeys(block for one in parts for block in one.draft.context)),
    )


def _heading(part: Part, number: int) -> Say:
    """The heading of a part, with the number of its question, if it is one of several."""
    family = family_of(part.task)
    words = Text(_WORDS.get(family) or family.replace("_", " ").capitalize())
    title = Say("answer", title_of(part.task), frozenset(), part.draft.slots)
    if number:
        return say("answer", "combined.numbered", number=Text(str(number)), topic=title if part.titled else words)
    return title if part.titled else say("answer", "combined.heading", topic=words)


def _section(heading: Say | None, part: Part) -> Section:
    return Section(heading, tuple(flatten(replied(own(part.task, part.draft.content), part.replies))))
