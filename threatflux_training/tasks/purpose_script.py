"""What the lines of a script are written to do: fetch, decode, run, install, delete, as fragments for one sentence."""

import re
from typing import NamedTuple

from threatflux_training.compose.content import Say, fragment
from threatflux_training.evidence.script_steps import interpreter
from threatflux_training.evidence.string_kinds import URL, secret_names
from threatflux_training.tasks.listing import Listing
from threatflux_training.tasks.script_lines import remarks
from threatflux_training.tasks.strings_facts import names_of_secrets, secrets_of
from threatflux_training.tasks.strings_hostile import addresses_model


class Act(NamedTuple):
    """One thing that lines of a script do, told by their text."""

    name: str
    pattern: re.Pattern[str]


def _act(name: str, pattern: str) -> Act:
    return Act(name, re.compile(pattern))


_ACTS = (
    _act("pipe", r"\b(?:curl|wget)\b.*?\|\s*(?:sudo\s+)?(?:(?:ba|z|da)?sh|tar|python\d?|perl)\b.*"),
    _act("fetch", r"(?:(?<=[\s;|&`(])|^)(?:curl|wget)\s+-?\S.*|\S*urlopen\(.*?\)|\S*urlretrieve\(.*?\)|requests\.(?:get|post)\(.*?\)"),
    _act("cron", r"(?:@(?:reboot|hourly|daily)|\*(?:/\d+)?(?: [\d*/,-]+){4}) (?:[^\"'\\]|\\(?!n))+"),
    _act("cron_file", r"\bcrontab\s+-\S?.*|.*/etc/cron\S*"),
    _act("start", r"systemctl\s+enable\b.*|\S*/etc/(?:systemd|init\.d|rc\.local)\S*|\S*\.(?:bashrc|profile)\b|launchctl\s.*|schtasks\s.*"),
    _act("decode", r"[\w.]*b64decode\(.*|base64\s+(?:-d\b|--decode)"),
    _act("code", r"(?:(?<=[\s;:])|^)exec\([A-Za-z_][^()]*\)"),
    _act("remote", r"(?:(?<=[\s;|&])|^)(?:ssh|scp)\s+\S.*"),
    _act("forward", r"^\s*exec\s.*\"\$@\"?.*"),
    _act("spawn", r"subprocess\.\w+\(.*|os\.system\(.*|\bPopen\(.*"),
    _act("mail", r"(?:(?<=[\s;|&])|^)(?:mail|mailx|sendmail)\s+-\S.*"),
    _act("remove", r"(?:(?<=[\s;|&])|^)rm\s+-r?f?r?\s.*|shutil\.rmtree\(.*"),
    _act("mode", r"(?:(?<=[\s;|&])|^)(?:chmod|chown)\s+\S.*|os\.chmod\(.*"),
    _act("eval", r"(?:(?<=[\s;|&])|^)eval\s+[\"'`$].*"),
)  # fmt: skip
"""The most telling first; a line counts for the first that it shows."""
ALARMING = ("pipe", "fetch", "cron", "cron_file", "start", "decode", "code", "remote")
"""Acts that say what a script without remarks is for."""
_MOST = 100
_LANGUAGES = (
    ("python", "Python"),
    ("perl", "Perl"),
    ("ruby", "Ruby"),
    ("node", "JavaScript"),
    ("php", "PHP"),
    ("bash", "Bash"),
)
_SHELLS = ("sh", "dash", "ash", "ksh", "mksh", "zsh", "fish", "csh", "tcsh", "rbash")


class Acts(NamedTuple):
    """The acts of a script as fragments, with the lines that show them and the names of the acts."""

    said: tuple[Say, ...]
    lines: tuple[int, ...]
    names: tuple[str, ...]


def language(first: str) -> str:
    """The language of a script by its interpreter line; `shell` for every other shell, "" where it is unknown."""
    program, inner = interpreter(first)
    word = (inner or program).rpartition("/")[2]
    known = next((name for start, name in _LANGUAGES if word.startswith(start)), "")
    return known or ("shell" if word in _SHELLS else "")


def form(language: str) -> str:
    """By which phrases a script is introduced: a shell's commands are no language to one who has never seen one."""
    return "script.shell" if language in ("shell", "Bash") else "script.language"


def acts(listing: Listing, most: int = 5) -> Acts:
    """The acts of a script, each by the line that shows it first."""
    found: dict[str, tuple[int, str]] = {}
    skipped = remarks(listing)
    for index, text in enumerate(listing.texts):
        if index in skipped or text.startswith("#!") or len(text) > 400 or addresses_model(text) or secret_names(text):
            continue
        for act in _ACTS:
            match = act.pattern.search(text)
            if match is not None:
                found.setdefault(act.name, (index, match.group().strip()))
                break
    order = [act.name for act in _ACTS if act.name in found][:most]
    said = [_fragment(listing, name, *found[name]) for name in order]
    lines = [line for _, used in said for line in used]
    secrets = secrets_of(listing)[:2]
    fragments = [one for one, _ in said]
    if secrets and order:
        fragments.append(fragment("purpose.act.secret", names=names_of_secrets(listing, secrets)))
        lines += secrets
    return Acts(tuple(fragments), tuple(dict.fromkeys(lines)), tuple(order))


def _fragment(listing: Listing, name: str, index: int, text: str) -> tuple[Say, list[int]]:
    """What an act is, with the part of its line that shows it; of a fetch also the address where one is near."""
    line = listing.piece(index, _shortened(text))
    if name in ("fetch", "pipe"):
        for near in (index, *range(index - 1, max(-1, index - 4), -1)):
            match = URL.search(listing.texts[near])
            if match is None or secret_names(listing.texts[near]):
                continue
            url = listing.piece(near, match.group())
            if name == "pipe" and near == index:
                target = listing.piece(index, _shortened(text.rpartition("|")[2].strip()))
                return fragment("purpose.act.pipe.to", url=url, line=target), [index]
            if match.group() in text:
                return fragment(f"purpose.act.{name}.at", url=url), [index]
            return fragment(f"purpose.act.{name}.from", line=line, url=url), [near, index]
    return fragment(f"purpose.act.{name}", line=line), [index]


def _shortened(text: str) -> str:
    """A piece of a line of a length that reads well in a sentence, cut where a word ends."""
    if len(text) <= _MOST:
        return text.removesuffix(")") if text.count("(") < text.count(")") else text
    cut = text[:_MOST]
    return cut[: cut.rfind(" ")].rstrip() if " " in cut[24:] else cut
