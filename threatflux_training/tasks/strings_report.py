"""Everything the strings of a program or script tell, under headings."""

import re

import msgspec

from threatflux_training.compose import value
from threatflux_training.compose.content import Content, Say, Section, say
from threatflux_training.evidence.job_lines import names_only_options
from threatflux_training.evidence.name_purpose import purpose_of
from threatflux_training.evidence.string_kinds import is_option, is_ragged, is_stock, speaks
from threatflux_training.evidence.view import View
from threatflux_training.tasks import purpose
from threatflux_training.tasks.compound import SURROUNDINGS, Part, compound, merged, part_request
from threatflux_training.tasks.listing import Listing
from threatflux_training.tasks.model import Draft, Offer, Request
from threatflux_training.tasks.purpose_names import Clue
from threatflux_training.tasks.script_lines import introduction
from threatflux_training.tasks.script_walk import walk
from threatflux_training.tasks.strings_hostile import addresses_model

_RESTART = re.compile(r"\s*(?:eval 'exec |if 0;)")
"""Lines by which a Perl script starts itself again under Perl: the same in all of them."""
_RIGHTS = re.compile(r"(?i)@\(#\)|copyright|all rights reserved")
"""What marks a text as a note on versions or rights, which tells nothing of a file's job."""
_PROGRAM = (
    "strings.purpose", "strings.network", "strings.paths", "strings.options", "strings.formats", "strings.names", "strings.glibc",
    "strings.build", "strings.noise", "strings.complete",
)  # fmt: skip
_SCRIPT = (
    "strings.hostile", "strings.risky", "strings.fetch", "strings.persist", "strings.secrets", "strings.interpreter", "strings.header",
    "strings.network",
)  # fmt: skip
_SAID = frozenset([
    "strings.fetch", "strings.persist", "strings.secrets.one", "strings.secrets.some", "strings.complete.yes", "strings.complete.no",
    "strings.network.bare", "strings.network.one", "strings.network.some", "strings.paths.one", "strings.paths.some",
    "strings.risky.none", "strings.risky", "strings.hostile", "strings.options.some", "strings.options.one", "strings.formats.some",
    "strings.formats.one", "strings.purpose.prose", "strings.purpose.named", "strings.header",
])  # fmt: skip
"""Answers to a question of their own, worded as plain statements (`strings.said...`) inside a report."""


def offers(view: View, listing: Listing, others: list[Offer]) -> list[Offer]:
    """One account over the other tasks that this list can feed."""
    tasks = {offer.task: offer for offer in others if not offer.pair}
    names = [name for name in (_SCRIPT if listing.script else _PROGRAM) if name in tasks]
    if len(names) < 4:
        return []
    return [
        Offer(
            task="strings.report",
            build=lambda r: _report(listing, tasks, names, r),
            importance=6,
            long=True,
            variants=3,
            weight=2.5,
        )
    ]


_COMPLAINT = re.compile(
    r"(?i)(?:%s: )?(?:internal|invalid|cannot|can't|could|unable|fail|error|out of|memory|unknown|usage|bad |no such|missing)"
)
"""How messages begin that all programs have."""
_FEW = 4
_LONG = ("strings.noise", "strings.names")
"""Parts that only a long account has room for."""


def _report(listing: Listing, tasks: dict[str, Offer], names: list[str], request: Request) -> Draft | None:
    if request.length == "short":
        return None
    chosen = names if request.length == "long" else _shorter(names)
    if "strings.risky" in chosen:
        chosen = [name for name in chosen if name not in ("strings.fetch", "strings.persist")]
    inner = part_request(request, len(chosen))
    parts: list[Part] = []
    for name in chosen:
        draft = tasks[name].build(inner)
        parts.append(
            (
                f"strings.report.{name.partition('.')[2]}",
                _brief(stated(draft), request) if isinstance(draft, Draft) else None,
            )
        )
    clue = None if listing.script else _clue(listing)
    if clue is not None:
        parts = [one for one in parts if not _says_again(one, clue)]
        lead, telling, shown = [clue.said], list(clue.lines), clue.shows
    else:
        lead, telling = _lead(listing, parts, request)
        shown = ()
    owner = None if listing.script else purpose.owner(listing.view)
    if owner is not None and not set(owner.lines) <= set(telling):
        lead, telling, shown = [*lead, owner.said], [*telling, *owner.lines], (*shown, *owner.shows)
    if "network" in request.persona.prefers[:2] and not listing.of_kind("network"):
        lead = [*lead, say("answer", "strings.report.offline", "strings network limit", name=listing.view.name)]
    made = compound(listing.view, lead, parts, short=False, context=SURROUNDINGS)
    if made is None:
        return None
    shows = merged(listing.view, [*made.shows, *listing.show(telling, request.room), *shown])
    return Draft(slots={}, shows=shows, content=made.content, context=made.context)


def _shorter(names: list[str]) -> list[str]:
    """The parts without those that only a long account has room for; with them where little else is told."""
    kept = [name for name in names if name not in _LONG]
    return kept if len(kept) > _FEW else [name for name in names if name != "strings.noise"]


def _lead(listing: Listing, parts: list[Part], request: Request) -> tuple[list[Say], list[int]]:
    """What the file says it is, taken from the part on its purpose; else the texts that tell most, and their places."""
    for number, (heading, draft) in enumerate(parts):
        first = draft.content[0] if draft is not None and heading.endswith(".purpose") else None
        if draft is not None and isinstance(first, Say) and first.phrase == "strings.said.purpose.prose":
            rest = [one for one in draft.content[1:] if isinstance(one, Say) and one.role == "detail"]
            if rest:
                content = (
                    msgspec.structs.replace(rest[0], role="answer"),
                    *(one for one in draft.content[1:] if one is not rest[0]),
                )
                parts[number] = (heading, msgspec.structs.replace(draft, content=content))
                return [msgspec.structs.replace(first, phrase="strings.report.told")], []
    told = introduction(listing) if listing.script else -1
    whole = list(range(len(listing)))
    walked = walk(listing, 0, len(listing), "short") if listing.script and listing.whole(request.room) else None
    if told >= 0:
        parts[:] = [(heading, _unintroduced(draft)) for heading, draft in parts]
        slots = {"quote": listing.quoted(told), "name": listing.view.name}
        introduced = say("answer", "strings.report.introduced", "strings plain identity", **slots)
        return ([introduced, walked.lead], whole) if walked else ([introduced], [told])
    if walked is not None:
        return [walked.lead], whole
    able = [
        index for index in listing.of_kind("usage", "message", "network", "path")
        if len(listing.texts[index]) > 12 and not addresses_model(listing.texts[index]) and not listing.texts[index].startswith(("/lib64/ld-", "#!", "=head", "=over", "=item"))
        and not _RESTART.match(listing.texts[index]) and not _RIGHTS.search(listing.texts[index])
    ]  # fmt: skip
    own = [index for index in able if not is_stock(listing.texts[index]) and not is_ragged(listing.texts[index])]
    worded = [
        index
        for index in own
        if " " in listing.texts[index].strip()
        and not is_option(listing.texts[index])
        and speaks(listing.texts[index])
        and not names_only_options(listing.texts[index].strip())
    ]
    worded.sort(key=lambda index: bool(_COMPLAINT.match(listing.texts[index])))
    telling = (worded or [index for index in own if listing.kind(index) != "path"])[:2]
    names = [
        i for i in listing.of_kind("symbol") if purpose_of(listing.texts[i]) is None and listing.texts[i][0] not in "_."
    ]
    if not telling and len(names) > 1 and not listing.script:
        listed = value.join([listing.quoted(i) for i in names[:6]])
        return [
            say("answer", "strings.report.symbols", "strings plain code", list=listed, name=listing.view.name)
        ], names[:6]
    if not telling:
        return [say("answer", "strings.report.weak", "strings plain limit", name=listing.view.name)], []
    listed = value.join([listing.quoted(index) for index in telling])
    return [say("answer", "strings.report", "strings plain", list=listed, name=listing.view.name)], telling


def _clue(listing: Listing) -> Clue | None:
    """What the strings themselves say the file is for, or show of it."""
    return next((one for one in purpose.jobs(listing.view) if one.firm and one.said.phrase != _OPTIONS), None)


_OPTIONS = "purpose.options"
"""A clue that the list of options gives better."""


def _says_again(part: Part, clue: Clue) -> bool:
    """Whether a part on the purpose says what the clue does, or has only the nearest to a purpose."""
    first = part[1].content[0] if part[1] is not None and part[0].endswith(".purpose") else None
    named = isinstance(first, Say) and first.phrase == "strings.said.purpose.named"
    return first is not None and (named or "line" in clue.said.slots)


_ASIDE = frozenset(("strings.formats.constant",))
"""Answers that only a question of their own asks for."""


def _brief(draft: Draft, request: Request) -> Draft:
    """The part less its remarks on weight and limits, which only under a heading of their own keep their sense."""
    if request.length == "long":
        return draft
    return msgspec.structs.replace(
        draft,
        content=tuple(
            one
            for one in draft.content
            if isinstance(one, Section)
            or (one.role == "answer" and not (isinstance(one, Say) and one.phrase in _ASIDE))
        ),
    )


def _unintroduced(draft: Draft | None) -> Draft | None:
    """The part less the remark that introduces a script, which the lead has given."""
    if draft is None:
        return None
    kept = tuple(one for one in draft.content if not (isinstance(one, Say) and one.phrase == "strings.said.header"))
    return msgspec.structs.replace(draft, content=kept) if kept else None


def stated(draft: Draft) -> Draft:
    """The draft with answers to yes or no turned into statements that stand by themselves."""

    def turned(one: Content) -> Content:
        if isinstance(one, Say) and one.phrase in _SAID:
            return msgspec.structs.replace(one, phrase=one.phrase.replace("strings.", "strings.said.", 1))
        return one

    return msgspec.structs.replace(draft, content=tuple(turned(one) for one in draft.content))
