"""Secrets in the features of a report: texts, lists, dumps."""

import msgspec
import pytest

from threatflux_training.compose.value import Source
from threatflux_training.evidence.hex_lines import hex_dump as hex_lines
from threatflux_training.evidence.hidden import states_hidden
from threatflux_training.evidence.view import View
from threatflux_training.reports.features import HexDump
from threatflux_training.reports.file import ScannedFile
from threatflux_training.reports.masking import hidden_rows, mask_node
from threatflux_training.reports.report import Part, Report
from threatflux_training.secrets import placeholder
from threatflux_training.tokens import Counter

SECRET = "hunter2" + "hunter2"


def raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(value))


def dump(data: bytes, offset: int = 0, total: int = 0) -> HexDump:
    total = total or offset + len(data)
    return HexDump(offset=offset, data=data, total=total, truncated=offset + len(data) < total)


def test_a_value_without_secrets_is_not_touched() -> None:
    node = raw({"a": ["password: ", "pass", {"b": 7.0}]})
    assert mask_node(node) == (node, [])
    assert mask_node(node)[0] is node


@pytest.mark.parametrize("plain", [True, False])
def test_texts_at_every_depth(plain: bool) -> None:
    value = {"a": [f"PASSWORD={SECRET}", "x"], "b": {"c": [{"d": f"token: {SECRET}"}], "n": 3, "z": None}}
    masked, found = mask_node(value if plain else raw(value))
    assert found == [SECRET, SECRET]
    mark = placeholder(SECRET)
    expected = {"a": [f"PASSWORD={mark}", "x"], "b": {"c": [{"d": f"token: {mark}"}], "n": 3, "z": None}}
    assert msgspec.json.decode(msgspec.json.encode(masked)) == expected


def test_escapes_hide_nothing() -> None:
    escaped = msgspec.Raw(b'["redis:\\/\\/app:s3cretpw@h/x", "p\\u0061ssword=' + SECRET.encode() + b'"]')
    assert mask_node(escaped)[1] == ["s3cretpw", SECRET]


def test_a_known_secret_that_is_a_whole_text() -> None:
    node = raw(["main", SECRET, f"x {SECRET}"])
    assert mask_node(node, {SECRET})[1] == [SECRET]
    assert mask_node(node)[1] == []


def test_rows_of_a_dump() -> None:
    data = b"\0" * 16 + b"PASSWORD=" + SECRET.encode() + b"\n" + b"A" * 40
    assert hidden_rows(dump(data)) == {row: placeholder(SECRET) for row in (1, 2)}
    assert hidden_rows(dump(b"\0" * 200 + b"password: \0Unknown option\0")) == {}


def test_known_secrets_in_a_dump() -> None:
    mark = placeholder(SECRET)
    data = b"A" * 16 + SECRET.encode() + b"A" * 18
    assert hidden_rows(dump(data)) == {}
    assert hidden_rows(dump(data), {SECRET}) == {1: mark}
    assert hidden_rows(dump(b"A" * 12 + SECRET[:4].encode(), total=99), {SECRET}) == {0: mark}
    assert hidden_rows(dump(b"A" * 12 + SECRET[:4].encode()), {SECRET}) == {}
    assert hidden_rows(dump(SECRET[-5:].encode() + b"A" * 12, offset=32), {SECRET}) == {0: mark}


@pytest.fixture
def file() -> ScannedFile:
    data = b"A" * 16 + b"PASSWORD=" + SECRET.encode() + b"\n" + b"A" * 24
    lines = [f"{n:08x}  {data[n : n + 16].hex(' '):<47}  |x|" for n in range(0, len(data), 16)]
    text = f"Hex dump (offset: 0x00000000, length: {len(data)} bytes, total file size: {len(data)} bytes)\n-\n"
    parts = {
        "strings": Part("$.strings", raw([f"PASSWORD={SECRET}", "main"])),
        "hex_dump": Part("$.hex_dump", raw(text + "\n".join(lines))),
    }
    path = f"/srv/token={SECRET}"
    return ScannedFile("k", [Report(dialect="analysis", parts=parts, paths=(path,), places={path: "$.file_path"})])


def test_a_masked_file(file: ScannedFile) -> None:
    assert file.strings is not None and SECRET in file.strings.ascii[0]
    masked, mark = file.masked(), placeholder(SECRET)
    assert masked.strings is not None and masked.strings.ascii == [f"PASSWORD={mark}", "main"]
    assert masked.plain("strings") == masked.strings.ascii
    assert masked.path == f"/srv/token={mark}"
    assert masked.path_at == file.path_at == "analysis:$.file_path"
    assert list(hex_lines(masked))[1:3] == [f"  00000010  {mark}", f"  00000020  {mark}"]
    assert masked.plain("hex_dump").split("\n")[3:5] == [f"00000010  {mark}", f"00000020  {mark}"]
    assert SECRET.encode().hex(" ")[:12] not in masked.plain("hex_dump")


@pytest.mark.parametrize(
    ("op", "inputs", "hidden"),
    [
        ("bytes", ("analysis:$.hex_dump", 0, 16), False),
        ("bytes", ("analysis:$.hex_dump", 0, 17), True),
        ("hex", (["le", "analysis:$.hex_dump", 46, 2],), True),
        ("hex", (["le", "analysis:$.hex_dump", 48, 2],), False),
        ("cstring", ("analysis:$.hex_dump", 2), True),
        ("equal", (17,), False),
    ],
)
def test_values_that_rest_on_hidden_bytes(file: ScannedFile, op: str, inputs: tuple[object, ...], hidden: bool) -> None:
    source = Source("x", "", op, inputs)
    for one, expected in ((file, False), (file.masked(), hidden)):
        assert states_hidden([source], {"": View(one, Counter("o200k_base"), {})}) is expected
