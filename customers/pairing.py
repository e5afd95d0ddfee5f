"""Every pair that is worth comparing in a whole table, a handful at a time. Pure.

Rows that share a block are paired; a pair that shares several is given once. Beside the block
keys (some 80 bytes a row) memory does not grow with the number of pairs, and the number of
pairs grows with that of rows: narrow blocks are capped, wide ones share what `WIDE_PAIRS`
allows, the smallest first.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from customers.blocking import KIND_BITS, MAX_BLOCK, NARROW, block_keys, wide_keys
from customers.columns import Columns, Ints, Maker, padded
from customers.comparing import CHUNK
from customers.profiles import Profile

Keys = NDArray[np.int64]


class Pairs(Struct):
    """Pairs of rows, left before right. `kinds`: bit n is set if they share a block of kind n."""

    left: Ints
    right: Ints
    kinds: NDArray[np.uint16]


class Table:
    """Profiles as columns, with their block keys: what a whole table is matched from. Add every
    profile, then ask for `columns` and `pairs`."""

    def __init__(self) -> None:
        self._maker = Maker()
        self._columns: Columns | None = None
        self._keys, self._counts = array("q"), array("i")

    def add(self, profile: Profile, keys: Sequence[int] | None = None) -> None:
        """`keys`: its narrow block keys, if they are known already."""
        self._maker.add(profile)
        keys = (block_keys(profile) if keys is None else tuple(keys)) + wide_keys(profile)
        self._keys.extend(keys)
        self._counts.append(len(keys))

    def columns(self) -> Columns:
        """Made once: the table takes no more profiles afterwards."""
        if self._columns is None:
            self._columns = self._maker.made()
            self._maker = Maker()
        return self._columns

    def pairs(self) -> Iterator[Pairs]:
        counts = np.frombuffer(self._counts, dtype=np.int32)
        keys = np.frombuffer(self._keys, dtype=np.int64)
        order = np.argsort(keys, kind="stable")
        ordered = keys[order]
        starts = np.flatnonzero(np.append([True], ordered[1:] != ordered[:-1])[: len(keys)])
        sizes = np.diff(np.append(starts, len(keys)))
        shared = _worth_it(ordered[starts], sizes, len(counts))
        useful = np.zeros(len(keys), dtype=bool)
        useful[order] = np.repeat(shared, sizes)
        by_row = padded(counts, np.where(useful, keys, _NONE))
        rows = np.repeat(np.arange(len(counts), dtype=np.int32), counts)[order]
        runs = _Runs(ordered[starts[shared]], starts[shared], sizes[shared])
        del order, ordered, useful
        for block, left, right in _gathered(_within(runs, rows)):
            yield _once(by_row, block, left, right)


def _worth_it(blocks: Keys, sizes: NDArray[np.int64], rows: int) -> NDArray[np.bool_]:
    """Which blocks are looked at."""
    found = (sizes > 1) & (sizes <= MAX_BLOCK)
    wide = np.flatnonzero(found & (blocks & KIND_BITS >= len(NARROW)))
    wide = wide[np.argsort(sizes[wide], kind="stable")]
    pairs = np.cumsum(sizes[wide] * (sizes[wide] - 1) // 2)
    found[wide[pairs > WIDE_PAIRS * rows]] = False
    return found


WIDE_PAIRS: Final = 12  # for each row
_NONE: Final = 0  # no block's key, or none that is any help
Triple = tuple[Keys, Ints, Ints]


class _Runs(Struct):
    """Blocks: the key, and where its rows start and how many there are."""

    blocks: Keys
    starts: NDArray[np.int64]
    sizes: NDArray[np.int64]


def _within(runs: _Runs, rows: Ints) -> Iterator[Triple]:
    """All pairs within each block, blocks of one size together."""
    for size in np.unique(runs.sizes):
        ones, others = np.triu_indices(size, 1)
        alike = np.flatnonzero(runs.sizes == size)
        at_once = max(1, CHUNK // len(ones))
        for at in range(0, len(alike), at_once):
            some = alike[at : at + at_once]
            members = rows[runs.starts[some, None] + np.arange(size)]
            left, right = members[:, ones].ravel(), members[:, others].ravel()
            yield np.repeat(runs.blocks[some], len(ones)), left, right


def _gathered(triples: Iterable[Triple]) -> Iterator[Triple]:
    """The same in lots of about CHUNK."""
    waiting: list[Triple] = []
    count = 0
    for triple in triples:
        waiting.append(triple)
        count += len(triple[0])
        if count >= CHUNK:
            yield _joined(waiting)
            waiting, count = [], 0
    if waiting:
        yield _joined(waiting)


def _joined(triples: list[Triple]) -> Triple:
    block, left, right = (np.concatenate(parts) for parts in zip(*triples, strict=True))
    return block, left, right


def _once(by_row: Keys, block: Keys, left: Ints, right: Ints) -> Pairs:
    """The pairs for which this block is the first of those that they share."""
    first = np.ones(len(block), dtype=bool)
    kinds = np.zeros(len(block), dtype=np.uint16)
    others = by_row[right]
    for at in range(by_row.shape[1]):
        key = by_row[left, at]
        shared = (key != _NONE) & (key[:, None] == others).any(axis=1)
        first &= ~(shared & (key < block))
        kinds |= (shared << (key & KIND_BITS)).astype(np.uint16)
    return Pairs(left[first], right[first], kinds[first])
