"""From indexed documents to the work: files, groups, splits, partners, text keys."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec
import numpy as np

from threatflux_training.dataset.groups import Leaders, Signatures, Traits, assign
from threatflux_training.dataset.indexing import source_hash
from threatflux_training.dataset.minhash import PERMUTATIONS, SIGNATURE_BYTES, union
from threatflux_training.dataset.partners import MARK, OTHERS, Others, Places, partners
from threatflux_training.dataset.records import FileTask, Indexed
from threatflux_training.hashing import sha256_hex
from threatflux_training.quality.hashes import Ints
from threatflux_training.quality.spill import Numbers
from threatflux_training.reports.document import Document
from threatflux_training.reports.identity import document_order, file_key, known_contents
from threatflux_training.settings import TextSettings

_DOCUMENT = msgspec.msgpack.Decoder(Document)


class Plan(Sequence[FileTask]):
    """The work of all files in the order of their keys, each task made when it is asked for.

    Of a file only its key and some numbers are in memory; documents and signatures lie in files without a name in `folder`
    (None: in the system's folder for such files). New leaders are added to the registry.
    """

    def __init__(
        self, indexed: Iterable[Indexed], *, settings: TextSettings, leaders: Leaders, folder: str | None = None
    ) -> None:
        self._settings, self._leaders = settings, leaders
        self._documents = _Documents(indexed, folder)
        self.keys, self._order, self._starts = self._documents.by_file()
        self._sizes = np.add.reduceat(self._documents.sizes[self._order], self._starts[:-1]) if self.keys else ()
        self._kinds = [self._kind(number) for number in range(len(self))]
        signatures = self._signatures(folder)
        self._ages = assign(self.keys, signatures, leaders)
        leaders.deal(self._ages, map(self._traits, range(len(self))))
        splits = np.fromiter(map(leaders.split, self._ages.tolist()), dtype=np.int64, count=len(self))
        places = Places(splits, np.array(self._kinds, dtype=np.int64), self._ages, _marks(signatures))
        self._partners = partners(self.keys, places)
        self._others = Others(places)

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, number: int) -> FileTask:  # type: ignore[override]  # no slices: a task costs a read
        if not 0 <= number < len(self):
            raise IndexError(number)
        return self._task(number)

    def size(self, number: int) -> int:
        """Bytes of the documents of a file."""
        return int(self._sizes[number])

    def _numbers(self, number: int) -> list[int]:
        """The documents of a file, in an order that does not depend on how they arrived."""
        found: list[int] = self._order[self._starts[number] : self._starts[number + 1]].tolist()
        return found

    def _kind(self, number: int) -> int:
        names = self._documents.kind_names
        codes = {int(self._documents.kinds[one]) for one in self._numbers(number)}
        return min(codes, key=lambda code: (names[code] == "unknown", names[code]))

    def _traits(self, number: int) -> Traits:
        """What a file has that its examples can be about: the features of its reports, and its kind."""
        kind = self._documents.kind_names[self._kinds[number]]
        return self._documents.features(self._numbers(number)).union([kind])

    def _signatures(self, folder: str | None) -> Signatures:
        """The signature of each file, by that of its documents: zeros where none has one."""
        rows, found = self._documents.signatures(), Numbers("B", folder)
        for number in range(len(self)):
            given = [row for one in self._numbers(number) if (row := rows[one]).any()]
            found.extend(union([row.tobytes() for row in given]) if given else bytes(SIGNATURE_BYTES))
        return _matrix(found)

    def _paths(self, number: int) -> str:
        """The path by which others name a file: the smallest, "" without one."""
        return min(filter(None, (self._documents.path(one) for one in self._numbers(number))), default="")

    def _task(self, number: int) -> FileTask:
        documents = tuple(self._documents[one] for one in self._numbers(number))
        other = int(self._partners[number])
        partner = tuple(self._documents[one] for one in self._numbers(other)) if other >= 0 else ()
        group, partner_group = self.group(number), self.group(other) if other >= 0 else ""
        paths = map(self._paths, self._others.around(number))
        names = tuple(dict.fromkeys(filter(None, paths)))[:OTHERS]
        parts = [
            source_hash(), group, partner_group, *(one.raw for one in documents), "/", *(one.raw for one in partner), *names,
        ]  # fmt: skip
        text_key = sha256_hex(
            msgspec.json.encode(self._settings), *(part.encode("utf-8", "surrogatepass") for part in parts)
        )
        return FileTask(
            self.keys[number], group, self.split(number),
            self._documents.kind_names[self._kinds[number]], text_key, documents, self.keys[other] if other >= 0 else "",
            partner, partner_group, names,
        )  # fmt: skip

    def split(self, number: int) -> str:
        """The split of a file."""
        return self._leaders.shares[self._leaders.split(int(self._ages[number]))][0]

    def group(self, number: int) -> str:
        """The key of the leader of a file's group."""
        return self._leaders.keys[int(self._ages[number])]


class _Documents:
    """All documents in the order in which they came: on disk, but for what tells of which file and how large each is."""

    def __init__(self, indexed: Iterable[Indexed], folder: str | None) -> None:
        self._data, self._ends = Numbers("B", folder), Numbers("q", folder)
        self._paths, self._path_ends = Numbers("B", folder), Numbers("q", folder)
        self._signatures = Numbers("B", folder)
        self._keys: list[str] = []
        self._by_md5: list[int] = []
        sizes, kinds, features = Numbers("q", folder), Numbers("H", folder), Numbers("i", folder)
        known: dict[str, int] = {}
        sets: dict[tuple[str, ...], int] = {}
        for entry in indexed:
            document = entry.document
            if document.md5 and not document.sha256:
                self._by_md5.append(len(self._keys))
            self._keys.append(file_key(document, {}))
            self._data.extend(msgspec.msgpack.encode(document))
            self._ends.append(len(self._data))
            self._paths.extend(min(document.paths, default="").encode())
            self._path_ends.append(len(self._paths))
            self._signatures.extend(entry.signature or bytes(SIGNATURE_BYTES))
            sizes.append(document.bytes)
            kinds.append(known.setdefault(document.kind, len(known)))
            features.append(sets.setdefault(document.features, len(sets)))
        self.sizes, self.kinds, self._features = sizes.values(), kinds.values(), features.values()
        self.kind_names, self._feature_sets = list(known), [frozenset(one) for one in sets]
        self._texts = _Texts(self._data, self._ends)
        self._path_texts = _Texts(self._paths, self._path_ends)
        self._join_by_md5()

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, number: int) -> Document:
        return _DOCUMENT.decode(self._texts[number])

    def path(self, number: int) -> str:
        """The smallest path of a document; "" without one."""
        return self._path_texts[number].decode()

    def features(self, numbers: Iterable[int]) -> frozenset[str]:
        """The features of some documents together."""
        return frozenset[str]().union(*(self._feature_sets[int(self._features[number])] for number in numbers))

    def signatures(self) -> Signatures:
        """A row for each document, zeros where it has none."""
        return _matrix(self._signatures)

    def _join_by_md5(self) -> None:
        """Documents that know their content by its md5 alone are of the file of those that know both."""
        if not self._by_md5:
            return
        wanted = {self[number].md5 for number in self._by_md5}
        known = known_contents(one for one in self._each() if one.md5 in wanted)
        for number in self._by_md5:
            self._keys[number] = file_key(self[number], known)

    def _each(self) -> Iterator[Document]:
        return (self[number] for number in range(len(self)))

    def by_file(self) -> tuple[list[str], Ints, Ints]:
        """The keys of files in order; the documents, file after file; where those of each file start, and the end of all."""
        order = sorted(range(len(self)), key=self._keys.__getitem__)
        keys: list[str] = []
        starts: list[int] = []
        for place, number in enumerate(order):
            if not keys or self._keys[number] != keys[-1]:
                keys.append(self._keys[number])
                starts.append(place)
        starts.append(len(order))
        for first, stop in zip(starts, starts[1:], strict=False):
            if stop - first > 1:
                order[first:stop] = sorted(order[first:stop], key=lambda number: document_order(self[number]))
        self._keys = []
        return keys, np.array(order, dtype=np.int64), np.array(starts, dtype=np.int64)


class _Texts:
    """Pieces of bytes that were written one after the other."""

    def __init__(self, data: Numbers, ends: Numbers) -> None:
        self._data, self._ends = data.values(), ends.values()

    def __getitem__(self, number: int) -> bytes:
        start = self._ends[number - 1] if number else 0
        return bytes(self._data[start : self._ends[number]].tobytes())


def _matrix(numbers: Numbers) -> Signatures:
    return numbers.values().view("<u4").reshape(-1, PERMUTATIONS)


def _marks(signatures: Signatures) -> "np.ndarray[tuple[int, int], np.dtype[np.uint64]]":
    """What of each signature decides about partners, as numbers that order like its bytes."""
    first = np.ascontiguousarray(signatures[:, : MARK * 2])
    return first.view(">u8").reshape(-1, MARK).astype(np.uint64)
