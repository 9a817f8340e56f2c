"""Who is compared with whom."""

from bisect import bisect_left, insort
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pytest

from threatflux_training.dataset.minhash import signature
from threatflux_training.dataset.partners import MARK, OTHERS, Others, Places, partners
from threatflux_training.hashing import pick, share


class File(NamedTuple):
    """One file: the age of its group, what it is, and its signature."""

    age: int
    split: str = "train"
    kind: str = "elf"
    mark: bytes = b""


Files = Mapping[str, File]


def _places(files: Files) -> Places:
    ordered = [files[key] for key in sorted(files)]
    names = sorted({name for one in ordered for name in (one.split, one.kind)})
    splits = np.array([names.index(one.split) for one in ordered])
    kinds = np.array([names.index(one.kind) for one in ordered])
    marks = np.frombuffer(b"".join((one.mark or bytes(8 * MARK))[: 8 * MARK] for one in ordered), ">u8")
    ages = np.array([one.age for one in ordered])
    return Places(splits, kinds, ages, marks.reshape(-1, MARK).astype(np.uint64))


def _partners(files: Files) -> dict[str, str]:
    keys = sorted(files)
    found = partners(keys, _places(files)).tolist()
    return {key: keys[other] for key, other in zip(keys, found, strict=True) if other >= 0}


def _around(files: Files) -> dict[str, list[str]]:
    keys, others = sorted(files), Others(_places(files))
    return {key: [keys[one] for one in others.around(number)][:OTHERS] for number, key in enumerate(keys)}


def _plainly(files: Files) -> dict[str, str]:
    """The rule word by word: the oldest first, each onto rings that hold what is older."""
    met: dict[tuple[str, str], dict[str, str]] = {}
    names = {key: (("", one.split), (one.kind, one.split)) for key, one in files.items()}
    for ring in {name for found in names.values() for name in found}:
        on = [key for key in files if ring in names[key]]
        older: list[tuple[bytes, int, str]] = []
        ages = sorted({files[key].age for key in on})
        for age in ages:
            members = sorted(key for key in on if files[key].age == age)
            second = sorted(key for key in on if len(ages) > 1 and files[key].age == ages[1])
            spots = [(files[key].mark[:16] if ring[0] else b"", pick(f"{key}/ring", 1 << 64), key) for key in members]
            for spot in spots:
                other = older[bisect_left(older, spot) % len(older)][2] if older else next(iter(second), "")
                met.setdefault(ring, {})[spot[2]] = other
            for spot in spots:
                insort(older, spot)
    found = {}
    for key, (every, own) in names.items():
        alike = met[own][key] if share(f"{key}/mixed") >= 0.1 else ""
        found[key] = alike or met[every][key]
    return {key: other for key, other in found.items() if other}


@pytest.mark.parametrize(("groups", "kinds"), [(1, 1), (2, 1), (7, 3), (60, 3), (200, 2)])
def test_partners_are_those_of_the_plain_rule(groups: int, kinds: int) -> None:
    files = {
        f"f{n * 7919 % 200:03}": File(
            n * 31 % groups,
            "test" if n * 31 % groups % 5 == 0 else "train",
            f"k{n % kinds}",
            signature({f"word {n % 30} {i}" for i in range(30)}) if n % 9 else b"",
        )
        for n in range(200)
    }
    assert _partners(files) == _plainly(files)


def test_partners_share_the_split_and_not_the_group() -> None:
    files = {f"f{n}": File(n // 2, "train" if n % 4 else "test") for n in range(40)}
    found = _partners(files)
    assert len(found) == 40
    for key, other in found.items():
        assert files[key].split == files[other].split
        assert files[key].age != files[other].age


def test_files_with_common_text_meet_more_often_than_by_chance() -> None:
    own = {
        n: signature({f"word {n} {i}" for i in range(20)} | {f"family {n % 8} {i}" for i in range(60)})
        for n in range(64)
    }
    found = _partners({f"f{n}": File(n, mark=mark) for n, mark in own.items()})
    met = sum(int(key[1:]) % 8 == int(other[1:]) % 8 for key, other in found.items())
    assert met > 3 * 64 / 8


def test_a_lonely_kind_is_compared_with_another() -> None:
    found = _partners({"a": File(1, kind="pe"), "b": File(2), "c": File(3)})
    assert found["a"] in ("b", "c")


def test_without_another_group_there_is_no_partner() -> None:
    assert _partners({"a": File(1), "b": File(1)}) == {}
    assert _partners({}) == {}


def test_new_files_change_nothing_for_old_ones() -> None:
    old = {f"f{n}": File(n, mark=signature({f"word {n % 50} {i}" for i in range(40)})) for n in range(300)}
    new = {f"a{n}": File(n, mark=signature({f"word {n % 50} {i}" for i in range(40)})) for n in range(300, 400)}
    before, after = _partners(old), _partners(old | new)
    assert {key: after[key] for key in old} == before
    assert len(after) == 400
    named, again = _around(old), _around(old | new)
    assert {key: again[key] for key in old} == named
    assert all(len(found) == OTHERS and key not in found for key, found in again.items())
