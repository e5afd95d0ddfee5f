"""Who is who in a whole table: every pair compared, and groups made with care. Pure.

Groups grow from the surest pair to the least sure. Two groups are joined only if all that was
compared between them speaks for it on the whole, so that no chain of weak links runs through
people; and never if anything in one forbids the other.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from customers.columns import Columns, Ints
from customers.comparing import DOCUMENT, compare
from customers.comparing_names import Flags
from customers.deciding import FAR, LINK, Outcomes, outcomes
from customers.learning import Tally, learn
from customers.pairing import Table
from customers.weighing import Scale, Weights


class Found(Struct):
    """Every pair that was compared: the rows, the weight, and what follows from it alone.
    `speaks`: for or against the two being in one group; two who say little are not against."""

    left: Ints
    right: Ints
    weight: NDArray[np.float32]
    speaks: NDArray[np.float32]
    outcome: Outcomes
    shared: NDArray[np.uint8]
    vetoes: NDArray[np.uint8]


def learnt(table: Table, defaults: Weights) -> Weights:
    """Weights learnt from a table's own pairs."""
    columns, tally = table.columns(), Tally()
    for pairs in table.pairs():
        tally.add(compare(columns, pairs.left, pairs.right).levels, pairs.kinds)
    return learn(columns, tally.patterns(), defaults)


def find(table: Table, weights: Weights) -> Found:
    """Compare every pair of a table that is worth it."""
    lots = list(_found(table, weights))
    if not lots:
        nothing = np.zeros(0, dtype=np.int32)
        flags = np.zeros(0, dtype=np.uint8)
        bits = np.zeros(0, dtype=np.float32)
        return Found(nothing, nothing, bits, bits, flags, flags, flags)
    return Found(
        *(np.concatenate([getattr(lot, name) for lot in lots]) for name in Found.__struct_fields__)
    )


def _found(table: Table, weights: Weights) -> Iterator[Found]:
    columns = table.columns()
    scale = Scale(columns, weights)
    for pairs in table.pairs():
        compared = compare(columns, pairs.left, pairs.right)
        strangers, home = scale.sides(pairs.left, pairs.right, compared)
        weight = scale.allowed_for(strangers, home)
        against = np.clip(np.minimum(strangers, home), FAR, 0.0)
        yield Found(
            pairs.left,
            pairs.right,
            np.maximum(weight, FAR).astype(np.float32),
            np.where(weight >= 0, weight, against).astype(np.float32),
            outcomes(compared, weight, weights),
            compared.shared,
            compared.vetoes,
        )


def groups(columns: Columns, found: Found, chosen: Flags | None = None) -> list[list[int]]:
    """The rows of each person of whom there are several, in order. `chosen`: the pairs to join
    by, if others than those that are linked at once; what forbids is then left to whoever
    chose them."""
    joins = found.outcome == LINK if chosen is None else chosen
    obeyed = columns if chosen is None else None
    reach = _reach(columns.size, found.left[joins], found.right[joins])
    inside = np.flatnonzero(reach[found.left] == reach[found.right])
    inside = inside[np.argsort(reach[found.left[inside]], kind="stable")]
    ends = np.flatnonzero(np.diff(reach[found.left[inside]])) + 1
    people: list[list[int]] = []
    for pairs in np.split(inside, ends):
        if len(pairs) == 1:
            people.append([int(found.left[pairs[0]]), int(found.right[pairs[0]])])
        elif len(pairs):
            people.extend(_grouped(found, pairs, joins, obeyed))
    return sorted(people)


def _reach(size: int, left: Ints, right: Ints) -> Ints:
    """By row: the first row that it is linked to in any number of steps."""
    reach = np.arange(size, dtype=np.int32)
    while True:
        least = np.minimum(reach[left], reach[right])
        before = reach.copy()
        np.minimum.at(reach, left, least)
        np.minimum.at(reach, right, least)
        reach = reach[reach]
        if np.array_equal(reach, before):
            return reach


def _grouped(
    found: Found,
    pairs: NDArray[np.int64],
    joins: Flags,
    columns: Columns | None,
) -> list[list[int]]:
    """The people among rows that are linked to one another in some way."""
    sure = found.shared[pairs] & DOCUMENT > 0
    ordered = pairs[np.lexsort((-found.weight[pairs], ~sure))]
    told = list(
        zip(
            *(part[ordered].tolist() for part in (found.left, found.right, found.speaks)),
            (found.shared[ordered] & DOCUMENT > 0).tolist(),
            joins[ordered].tolist(),
            strict=True,
        )
    )
    people = _People(columns)
    for one, other, weight, _, _ in told:
        people.compared(one, other, weight)
    for one, other, _, certain, joined in told:
        if joined:
            people.join(one, other, certain=certain)
    return people.groups()


class _People:
    """Groups of rows, each known by one of its rows. With `columns`, what forbids is obeyed."""

    def __init__(self, columns: Columns | None) -> None:
        self._columns = columns
        self._members: dict[int, list[int]] = {}
        self._group: dict[int, int] = {}
        self._between: dict[int, dict[int, float]] = {}
        self._papers: dict[int, dict[int, set[int]]] = {}

    def compared(self, one: int, other: int, weight: float) -> None:
        for here, there in ((one, other), (other, one)):
            if here not in self._group:
                self._add(here)
            self._between[here][there] = weight

    def _add(self, row: int) -> None:
        self._group[row] = row
        self._members[row] = [row]
        self._between[row] = {}
        if self._columns is not None:
            self._papers[row] = _papers(self._columns, row)

    def join(self, one: int, other: int, *, certain: bool) -> bool:
        """Join the groups of two rows, if nothing in them speaks against it."""
        here, there = self._group[one], self._group[other]
        if here == there:
            return True
        if self._forbidden(here, there):
            return False
        if not certain and self._between[here].get(there, 0.0) < 0:
            return False
        if len(self._members[here]) < len(self._members[there]):
            here, there = there, here
        self._merge(here, there)
        return True

    def _forbidden(self, here: int, there: int) -> bool:
        if self._columns is None:
            return False
        mine, theirs = self._papers[here], self._papers[there]
        return any(kind in theirs and not numbers & theirs[kind] for kind, numbers in mine.items())

    def _merge(self, here: int, there: int) -> None:
        for row in self._members.pop(there):
            self._group[row] = here
            self._members[here].append(row)
        gone = self._between.pop(there)
        mine = self._between[here]
        mine.pop(there, None)
        for third, weight in gone.items():
            if third != here:
                mine[third] = mine.get(third, 0.0) + weight
                others = self._between[third]
                others[here] = others.get(here, 0.0) + others.pop(there)
        for kind, numbers in self._papers.pop(there, {}).items():
            self._papers[here].setdefault(kind, set()).update(numbers)

    def groups(self) -> list[list[int]]:
        return [sorted(rows) for rows in self._members.values() if len(rows) > 1]


_BORN: Final = -1


def _papers(columns: Columns, row: int) -> dict[int, set[int]]:
    """What may forbid: by kind the numbers of proven documents, and the day of birth."""
    found: dict[int, set[int]] = {}
    kinds, numbers = columns.paper_kinds[row].tolist(), columns.papers[row].tolist()
    for kind, number in zip(kinds, numbers, strict=True):
        if kind >= 0 and kind % 2 == 0:
            found.setdefault(kind, set()).add(number)
    if columns.born[row] >= 0:
        found[_BORN] = {int(columns.born[row])}
    return found
