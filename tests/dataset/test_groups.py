"""Groups against a plain reading of their rule: a file joins the oldest leader that is similar enough, else it leads."""

import hashlib
from io import BytesIO

import numpy as np
import pytest

from threatflux_training.dataset import groups
from threatflux_training.dataset.groups import SIMILAR, Leaders, assign, load_leaders
from threatflux_training.dataset.minhash import PERMUTATIONS, SIGNATURE_BYTES

SPLITS = (("train", 0.8), ("test", 0.2))


def _noise(name: str) -> np.ndarray:
    return np.frombuffer(hashlib.shake_128(name.encode()).digest(4 * PERMUTATIONS), "<u4")


def _signature(family: int, own: int, kept: float) -> bytes:
    """A signature that agrees with that of its family in about this share of places."""
    theirs, mine = _noise(f"family {family}"), _noise(f"own {own}")
    take = np.frombuffer(hashlib.shake_128(f"take {own}".encode()).digest(PERMUTATIONS), "u1") < 256 * kept
    return np.where(take, theirs, mine).astype("<u4").tobytes()


def _files(count: int, salt: str = "") -> dict[str, bytes]:
    """Families of files that are more or less alike, and some without a signature."""
    made = {}
    for number in range(count):
        key = hashlib.sha256(f"{salt}{number}".encode()).hexdigest()
        kept = (0.99, 0.93, 0.88, 0.6)[number % 4]
        made[key] = b"" if number % 11 == 0 else _signature(number % 17, int(key[:12], 16), kept)
    return made


def _assigned(files: dict[str, bytes], leaders: Leaders) -> dict[str, str]:
    keys = sorted(files)
    rows = b"".join(files[key] or bytes(SIGNATURE_BYTES) for key in keys)
    ages = assign(keys, np.frombuffer(rows, "<u4").reshape(-1, PERMUTATIONS), leaders)
    return {key: leaders.keys[age] for key, age in zip(keys, ages.tolist(), strict=True)}


def _plainly(files: dict[str, bytes], leaders: dict[str, bytes]) -> dict[str, str]:
    found = {}
    for key in sorted(files):
        own = np.frombuffer(files[key], "<u4")
        like = [
            one
            for one, theirs in leaders.items()
            if len(own) and theirs and np.mean(own == np.frombuffer(theirs, "<u4")) >= SIMILAR
        ]
        found[key] = key if key in leaders else next(iter(like), key)
        if found[key] == key:
            leaders.setdefault(key, files[key])
    return found


def test_files_join_the_oldest_leader_that_is_like_them() -> None:
    files = _files(300)
    found = _assigned(files, Leaders(SPLITS))
    assert found == _plainly(files, {})
    assert 17 < len(set(found.values())) < 250


def test_newcomers_join_and_move_nobody_through_a_registry_on_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "_READ", 700)
    monkeypatch.setattr(groups, "_PIECE", 16)
    monkeypatch.setattr(groups, "_AT_ONCE", 3)
    old, new = _files(200), _files(120, "later")
    leaders, plain = Leaders(SPLITS), dict[str, bytes]()
    before, plainly = _assigned(old, leaders), _plainly(old, plain)
    again = load_leaders(BytesIO(b"".join(leaders.dump())), SPLITS)
    assert again.ages == leaders.ages
    after = _assigned({**old, **new}, again)
    assert before == plainly
    assert {key: after[key] for key in old} == before
    assert after == _plainly({**old, **new}, plain)
    assert list(again.ages)[: len(leaders.ages)] == list(leaders.ages)


def test_a_registry_keeps_splits_and_traits_but_not_for_other_shares() -> None:
    files = _files(60)
    leaders = Leaders(SPLITS)
    keys = sorted(files)
    rows = b"".join(files[key] or bytes(SIGNATURE_BYTES) for key in keys)
    ages = assign(keys, np.frombuffer(rows, "<u4").reshape(-1, PERMUTATIONS), leaders)
    leaders.deal(ages, [frozenset({"elf", f"rare {number % 9}"}) for number in range(60)])
    data = b"".join(leaders.dump())
    splits = [leaders.split(age) for age in range(len(leaders.keys))]
    assert set(splits) == {0, 1}
    again = load_leaders(BytesIO(data), SPLITS)
    assert [again.split(age) for age in range(len(again.keys))] == splits
    assert b"".join(again.dump()) == data
    other = load_leaders(BytesIO(data), (("train", 0.5), ("test", 0.5)))
    assert {other.split(age) for age in range(len(other.keys))} == {-1}
    other.deal(ages, [frozenset[str]()] * 60)
    assert sum(other.split(age) for age in ages) == pytest.approx(30, abs=3)
    assert b"rare 8" in b"".join(other.dump())


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"something else",
        b"threatflux groups 1\nabc\n123",
        b"threatflux groups 2\n{}\n",
        b"threatflux groups 2\n",
        b'threatflux groups 2\n{"splits":[["a",1.0]],"traits":[[]]}\nabc 7 0\n' + bytes(512),
    ],
)
def test_what_is_no_registry_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="registry"):
        load_leaders(BytesIO(data), SPLITS)
