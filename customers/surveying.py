"""What matching would make of all customers: every pair that is worth it is compared, and what
follows is planned. Reads only; memory grows with the customers, some hundred bytes each."""

from collections.abc import Callable, Iterator

import msgspec
import numpy as np
from django.db.models import Q
from msgspec import Struct, field

from customers.blocking import block_keys
from customers.candidates import IDENTITY, identity, keys_of, living
from customers.deciding import ASK, LINK, MAX_QUESTIONS
from customers.models import Conflict, NotSame, Run, RunKind, RunState
from customers.pairing import Table
from customers.profiles import profile
from customers.resolving import Found, find, groups
from customers.weighing import Weights

AT_ONCE = 1000
LEAST, MOST = -10, 40  # bits between which the histogram tells weights apart

Pair = tuple[int, int]


class Step(Struct, frozen=True, array_like=True):
    """Two customers of whom one is to be merged into the other (`one` stays), or asked about.
    `versions`: what they were when they were compared. `weight` in bits."""

    one: int
    other: int
    weight: float
    versions: tuple[int, int]


class Histogram(Struct):
    """Pairs by weight, so that other thresholds can be tried on them: `plain`, from LEAST to
    MOST bits, half a bit each; `forbidden`, the same of pairs that may only be asked about;
    `sure`: linked by a key whatever they weigh."""

    plain: list[int] = field(default_factory=list)
    forbidden: list[int] = field(default_factory=list)
    sure: int = 0

    def outcome(self, link: float, ask: float) -> tuple[int, int, int]:
        """How many pairs would be linked, asked about, and left apart."""
        linked = sum(self.plain[_bin(link) :])
        asked = sum(self.plain[_bin(ask) : _bin(link)]) + sum(self.forbidden[_bin(ask) :])
        total = sum(self.plain) + sum(self.forbidden)
        return linked + self.sure, asked, total - linked - asked


class Plan(Struct):
    """What is to be done with so many customers. `pairs`: how many were compared."""

    customers: int = 0
    pairs: int = 0
    merges: list[Step] = field(default_factory=list)
    questions: list[Step] = field(default_factory=list)
    histogram: Histogram = field(default_factory=Histogram)


class Survey:
    """All customers that stand, as a table."""

    def __init__(self) -> None:
        self.table = Table()
        self.ids: list[int] = []
        self.versions: list[int] = []

    def load(
        self,
        seen: Callable[[list[tuple[int, tuple[int, ...]]]], object] = lambda rows: None,
    ) -> None:
        """Read every customer; `seen` is given each lot's ids with their blocks."""
        last = 0
        while rows := self._rows(last):
            last = rows[-1][0]
            keys = keys_of([row[0] for row in rows])
            lot = []
            for one, version, *columns in rows:
                who = profile(identity(columns), keys.get(one, ()))
                found = block_keys(who)
                self.table.add(who, found)
                self.ids.append(one)
                self.versions.append(version)
                lot.append((one, found))
            seen(lot)

    def _rows(self, last: int) -> list[tuple[int, ...]]:
        rows = living().filter(pk__gt=last).order_by("pk")
        return list(rows.values_list("id", "version", *IDENTITY)[:AT_ONCE])

    def plan(self, weights: Weights) -> Plan:
        found = find(self.table, weights)
        apart = self._known_apart()
        people = [
            part
            for rows in groups(self.table.columns(), found)
            for part in self._parted(rows, found, apart)
        ]
        plan = Plan(len(self.ids), len(found.left), histogram=histogram(found))
        root = {row: rows[0] for rows in people for row in rows}
        plan.merges = self._merges(people, found)
        plan.questions = self._questions(found, root, apart)
        return plan

    def _known_apart(self) -> set[Pair]:
        return set(NotSame.objects.values_list("one_id", "other_id"))

    def _parted(self, rows: list[int], found: Found, apart: set[Pair]) -> Iterator[list[int]]:
        """A group without those of whom a person said that they are not one: whoever comes
        later is left to a question."""
        kept: list[int] = []
        for row in rows:
            if all(_ordered(self.ids[one], self.ids[row]) not in apart for one in kept):
                kept.append(row)
        if len(kept) > 1:
            yield kept

    def _merges(self, people: list[list[int]], found: Found) -> list[Step]:
        """Everybody into the oldest of the group, with the weight of the surest pair in it."""
        group = np.full(len(self.ids), -1, dtype=np.int64)
        for at, rows in enumerate(people):
            group[rows] = at
        inside = (group[found.left] >= 0) & (group[found.left] == group[found.right])
        best: dict[int, float] = {}
        pairs = (part[inside].tolist() for part in (found.left, found.right, found.weight))
        for left, right, weight in zip(*pairs, strict=True):
            for row in (left, right):
                best[row] = max(best.get(row, weight), weight)
        return [self._step(rows[0], row, best.get(row, 0.0)) for rows in people for row in rows[1:]]

    def _step(self, one: int, other: int, weight: float) -> Step:
        versions = (self.versions[one], self.versions[other])
        return Step(self.ids[one], self.ids[other], round(weight, 1), versions)

    def _questions(self, found: Found, root: dict[int, int], apart: set[Pair]) -> list[Step]:
        """Pairs to ask about, of those who stand afterwards; the likeliest first, some for
        each at most; none that was answered before or is open."""
        rows = np.flatnonzero(found.outcome >= ASK)
        rows = rows[np.argsort(-found.weight[rows], kind="stable")]
        answered = _answered()
        met: set[Pair] = set()
        asked: dict[int, int] = {}
        steps = []
        for left, right, weight in zip(
            *(part[rows].tolist() for part in (found.left, found.right, found.weight)), strict=True
        ):
            one, other = sorted((root.get(left, left), root.get(right, right)))
            pair = (self.ids[one], self.ids[other])
            own = _ordered(self.ids[left], self.ids[right])
            if one == other or pair in met or {pair, own} & apart or {pair, own} & answered:
                continue
            met.add(pair)
            if max(asked.get(one, 0), asked.get(other, 0)) < MAX_QUESTIONS:
                for each in (one, other):
                    asked[each] = asked.get(each, 0) + 1
                steps.append(self._step(one, other, weight))
        return steps


def last() -> Plan | None:
    """What the last run that came to its end found, without its steps."""
    place = (
        Run.objects.filter(kind=RunKind.MATCH, state=RunState.COMPLETE, place__isnull=False)
        .order_by("-pk")
        .values_list("place", flat=True)
        .first()
    )
    return None if place is None else msgspec.convert(place, Plan)


def _answered() -> set[Pair]:
    """Pairs that are being asked about, or were, and a person answered."""
    asked = Conflict.objects.filter(kind="duplicate", other__isnull=False)
    rows = asked.filter(Q(closed_at__isnull=True) | ~Q(decision=""))
    return set(rows.values_list("customer_id", "other_id"))


def _ordered(one: int, other: int) -> Pair:
    return (one, other) if one < other else (other, one)


def histogram(found: Found) -> Histogram:
    sure = (found.outcome == LINK) & (found.shared > 0)
    forbidden = found.vetoes > 0
    size = 2 * (MOST - LEAST) + 1
    bins = np.clip(np.floor((found.weight - LEAST) * 2), 0, size - 1).astype(np.int64)

    def counted(which: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> list[int]:
        return [int(one) for one in np.bincount(bins[which], minlength=size)]

    return Histogram(counted(~sure & ~forbidden), counted(forbidden & ~sure), int(sure.sum()))


def _bin(weight: float) -> int:
    return min(max(int(np.floor((weight - LEAST) * 2)), 0), 2 * (MOST - LEAST) + 1)
