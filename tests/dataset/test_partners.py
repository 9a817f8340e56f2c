"""Who is compared with whom."""

from threatflux_training.dataset.minhash import signature
from threatflux_training.dataset.partners import Place, partners


def _place(group: str, split: str = "train", kind: str = "elf", mark: bytes = b"") -> Place:
    return Place(group, split, kind, mark)


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
    assert met > 32


def test_a_lonely_kind_is_compared_with_another() -> None:
    found = partners({"a": _place("g1", kind="pe"), "b": _place("g2"), "c": _place("g3")})
    assert found["a"] in ("b", "c")


def test_without_another_group_there_is_no_partner() -> None:
    assert partners({"a": _place("g"), "b": _place("g")}) == {}
