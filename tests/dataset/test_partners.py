"""Who is compared with whom."""

from threatflux_training.dataset.minhash import signature
from threatflux_training.dataset.partners import OTHERS, Place, others, partners


def _place(group: str, split: str = "train", kind: str = "elf", mark: bytes = b"") -> Place:
    return Place(group, split, kind, int(group[1:]), mark)


def test_partners_share_the_split_and_not_the_group() -> None:
    files = {f"f{n}": _place(f"g{n // 2}", "train" if n % 4 else "test") for n in range(40)}
    found = partners(files)
    assert len(found) == 40
    for key, other in found.items():
        assert files[key].split == files[other].split
        assert files[key].group != files[other].group


def test_files_with_common_text_meet_more_often_than_by_chance() -> None:
    own = {
        n: signature({f"word {n} {i}" for i in range(20)} | {f"family {n % 8} {i}" for i in range(60)})
        for n in range(64)
    }
    found = partners({f"f{n}": _place(f"g{n}", mark=mark) for n, mark in own.items()})
    met = sum(int(key[1:]) % 8 == int(other[1:]) % 8 for key, other in found.items())
    assert met > 3 * 64 / 8


def test_a_lonely_kind_is_compared_with_another() -> None:
    found = partners({"a": _place("g1", kind="pe"), "b": _place("g2"), "c": _place("g3")})
    assert found["a"] in ("b", "c")


def test_without_another_group_there_is_no_partner() -> None:
    assert partners({"a": _place("g1"), "b": _place("g1")}) == {}


def test_new_files_change_nothing_for_old_ones() -> None:
    old = {f"f{n}": _place(f"g{n}", mark=signature({f"word {n % 50} {i}" for i in range(40)})) for n in range(300)}
    new = {f"a{n}": _place(f"g{n}", mark=signature({f"word {n % 50} {i}" for i in range(40)})) for n in range(300, 400)}
    paths = {key: f"/bin/{key}" for key in old | new}
    before, after = partners(old), partners(old | new)
    assert {key: after[key] for key in old} == before
    assert len(after) == 400
    named, again = others(old, paths), others(old | new, paths)
    assert {key: again[key] for key in old} == named
    assert all(len(found) == OTHERS and f"/bin/{key}" not in found for key, found in again.items())
