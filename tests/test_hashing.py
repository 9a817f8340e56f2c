"""Choices depend on keys alone."""

from collections import Counter

from threatflux_training.hashing import choose, ordered, pick, sha256_hex, share


def test_choices_are_the_same_everywhere() -> None:
    assert (pick("a", 100), pick("b", 100)) == (19, 15)
    assert choose("key", ["x", "y", "z"]) == "y"
    assert 0 <= share("key") < 1


def test_choices_spread() -> None:
    counts = Counter(pick(f"key{n}", 4) for n in range(4000))
    assert all(900 < count < 1100 for count in counts.values())


def test_order_does_not_depend_on_the_order_given() -> None:
    assert ordered("k", ["a", "b", "c", "d"]) == ordered("k", ["d", "b", "a", "c"]) == ["d", "a", "b", "c"]


def test_parts_do_not_collide_by_concatenation() -> None:
    assert sha256_hex(b"ab", b"c") != sha256_hex(b"a", b"bc")
