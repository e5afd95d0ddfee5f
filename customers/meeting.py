"""A page of new records meets what is known, and itself: compared at once, then placed one by
one. Pure.

Records of a page may be of one person too. So each is compared with the customers found for it
and with records before it, and what a record was found to be counts for those after it.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import chain, combinations

from msgspec import Struct, structs

from customers.blocking import MAX_BLOCK
from customers.deciding import APART, Known, Verdict, decide, meet
from customers.evidence import Evidence, evidences
from customers.profiles import Profile
from customers.weighing import Weights


class Found(Struct, frozen=True):
    """What follows for one record. `why`: the evidence for each customer of the verdict."""

    verdict: Verdict
    why: dict[int, Evidence]


NOBODY = Found(decide(()), {})


class Page:
    """`records` are told by their place. `doubted` has the last word on a comparison: it is
    given a record's place and what was found. Where that is another record, it stands for a
    customer, as `as_customer` says."""

    def __init__(
        self,
        records: Sequence[Profile],
        weights: Weights,
        doubted: Callable[[int, Known], Known] = lambda at, found: found,
    ) -> None:
        self.records, self.weights, self._doubted = records, weights, doubted
        self._known: dict[int, list[tuple[Known, Evidence | None]]] = {}

    def compare(
        self,
        customers: Mapping[int, Sequence[Profile]],
        pairs: Sequence[tuple[int, int]],
        shared: Iterable[Collection[object]],
    ) -> None:
        """`customers`: each with a profile for every name that it goes by. `pairs`: which
        record is to be compared with which of them. `shared`: of each record, its blocks
        (numbers) and its keys: records are compared that have one, or a customer, in common."""
        table = list(self.records)
        places: dict[int, range] = {}
        for customer, profiles in customers.items():
            places[customer] = range(len(table), len(table) + len(profiles))
            table += profiles
        known = [(at, place, one) for at, one in pairs for place in places[one]]
        among = [(late, early, as_customer(early)) for early, late in _together(shared, pairs)]
        self._take(table, known + among)

    def _take(self, table: Sequence[Profile], pairs: Sequence[tuple[int, int, int]]) -> None:
        if not pairs:
            return
        known = [
            self._doubted(at, found)
            for (at, _, _), found in zip(pairs, meet(table, pairs, self.weights), strict=True)
        ]
        telling = [
            (at, other)
            for (at, other, _), found in zip(pairs, known, strict=True)
            if found.outcome != APART
        ]
        why = iter(evidences(table, telling, self.weights))
        for (at, _, _), found in zip(pairs, known, strict=True):
            told = None if found.outcome == APART else next(why)
            self._known.setdefault(at, []).append((found, told))

    def find(self, at: int, placed: Mapping[int, int]) -> Found:
        """Who a record is; `placed`: the customers of those that were placed before it."""
        if at not in self._known:
            return NOBODY
        found = self._decide(at, placed)
        while found.verdict.best is not None and self._meet_late(
            at, found.verdict.best.customer, placed
        ):
            found = self._decide(at, placed)
        return found

    def sharers(self, at: int) -> list[int]:
        """Customers that have a key in common with a record, the likeliest first."""
        known = [one for one, _ in self._known.get(at, ()) if one.shared and one.customer >= 0]
        known.sort(key=lambda one: (-one.weight, one.customer))
        return list(dict.fromkeys(one.customer for one in known))

    def _decide(self, at: int, placed: Mapping[int, int]) -> Found:
        told: dict[Known, Evidence | None] = {}
        for one, why in self._known.get(at, ()):
            customer = placed.get(as_record(one.customer)) if one.customer < 0 else one.customer
            if customer is not None:
                told.setdefault(structs.replace(one, customer=customer), why)
        verdict = decide(list(told))
        named = [*([verdict.best] if verdict.best else []), *verdict.asked]
        return Found(verdict, {one.customer: why for one in named if (why := told[one])})

    def _meet_late(self, at: int, customer: int, placed: Mapping[int, int]) -> bool:
        """Compare with those of the page that went to the same customer and had nothing in
        common with this one so far: one of them may forbid it."""
        met = {as_record(one.customer) for one, _ in self._known[at] if one.customer < 0}
        late = [one for one, whose in placed.items() if whose == customer and one not in met]
        self._take(self.records, [(at, one, as_customer(one)) for one in late])
        return bool(late)


def as_customer(at: int) -> int:
    """A record's place as it stands among customers' ids; below zero."""
    return -1 - at


as_record = as_customer  # the way back is the same


def _together(
    shared: Iterable[Collection[object]], pairs: Iterable[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Records that have something in common, the earlier first."""
    each = list(shared)
    times = Counter(chain.from_iterable(each))
    common = {what for what, number in times.items() if number > 1}
    members: dict[object, list[int]] = {}
    for at, several in enumerate(each):
        for what in common.intersection(several):
            members.setdefault(what, []).append(at)
    for at, customer in pairs:
        members.setdefault(("customer", customer), []).append(at)
    found = {
        pair
        for what, places in members.items()
        if len(places) > 1 and (len(places) <= MAX_BLOCK or not isinstance(what, int))
        for pair in combinations(places, 2)
    }
    return sorted(found)
