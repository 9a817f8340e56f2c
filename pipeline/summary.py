"""The few lines at the end of a run: what was read, what was made, where it is."""

from collections import Counter
from collections.abc import Mapping
from typing import Any


def summary(facts: Mapping[str, Any], numbers: Mapping[str, Any], seconds: float) -> list[str]:
    """What was read and made."""
    counts = facts["counts"]
    lines = [
        f"documents: {counts['documents']:,} = {counts['used']:,} used + {counts['merged']:,} merged"
        f" + {counts['rejected']:,} rejected; {counts['ignored']:,} ignored"
    ]
    if numbers["rejected"]:
        lines.append("rejected: " + _counts(numbers["rejected"]) + " (rejected/rejected.jsonl says where and why)")
    speed = counts["examples"] / max(seconds, 0.001)
    lines.append(
        f"examples: {counts['examples']:,} with {counts['tokens']:,} tokens about {counts['files']:,} files"
        f" in {seconds:.1f} s ({speed:,.0f} examples/s)"
    )
    if not counts["examples"]:
        return lines
    examples = numbers["examples"]
    lines.append("  by style: " + _counts(examples.get("style", {})))
    lines.append("  by task: " + _counts(_families(examples.get("task", {}))))
    lines.append("  answerable: " + _counts({"yes": 0, "no": 0} | _answerable(examples.get("answerable", {}))))
    if found := examples.get("neutralised"):
        lines.append(f"  neutralised: {found['characters']:,} characters of reports in {found['examples']:,} examples")
    if found := examples.get("secrets"):
        lines.append(f"  secrets: masked {found['secrets']:,} times in {found['examples']:,} examples")
    lines.append("  by split: " + _counts({name: part["examples"] for name, part in facts["splits"].items()}))
    return lines


def _families(tasks: Mapping[str, int]) -> dict[str, int]:
    found: Counter[str] = Counter()
    for task, count in tasks.items():
        found[task.partition(".")[0]] += count
    return dict(found.most_common())


def _answerable(counts: Mapping[str, int]) -> dict[str, int]:
    return {"yes": counts.get("true", 0), "no": counts.get("false", 0)}


def _counts(values: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in values.items())
