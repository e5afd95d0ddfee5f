"""A page of new records meets what is known: all compared at once, then placed one by one. Pure.

Records of a page may be of one person too. So each is compared with the customers found for it
and with the records before it, and what a record was found to be counts for those after it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from msgspec import structs

from customers.blocking import MAX_BLOCK
from customers.deciding import APART, FAR, Known, Verdict, decide, forbids, meet
from customers.profiles import Profile
from customers.weighing import Weights


class Page:
    """`records`, and the `blocks` that each is in (`blocking.block_keys`). `known`: profiles of
    customers; `pairs`: which record (by its place) is to be compared with which of them, that
    is, those in a block of it that is no larger than MAX_BLOCK, and those that hold a match
    key of it."""

    def __init__(
        self,
        records: Sequence[Profile],
        blocks: Sequence[Collection[int]],
        known: Mapping[int, Profile],
        pairs: Iterable[tuple[int, int]],
        weights: Weights,
    ) -> None:
        at = {customer: len(records) + place for place, customer in enumerate(known)}
        apart = [(one, at[customer], customer) for one, customer in pairs]
        among = [(later, earlier, earlier) for earlier, later in _within(blocks)]
        told = meet([*records, *known.values()], [*apart, *among], weights)
        self._customers: dict[int, list[Known]] = {}
        self._records: dict[int, list[Known]] = {}
        for number, ((one, _, _), found) in enumerate(zip([*apart, *among], told, strict=True)):
            lists = self._customers if number < len(apart) else self._records
            lists.setdefault(one, []).append(found)
        self._profiles = records
        self._placed: dict[int, int] = {}
        self._members: dict[int, list[int]] = {}

    def verdict(self, record: int, never: Collection[int] = ()) -> Verdict:
        """What a record is, as far as those before it have been placed. `never`: customers that
        it is known not to be."""
        found = list(self._customers.get(record, ()))
        for other in self._records.get(record, ()):
            customer = self._placed.get(other.customer)
            if customer is not None:
                found.append(structs.replace(other, customer=customer))
        found = [one for one in found if one.customer not in never]
        return decide(found + self._forbidden(record, {one.customer for one in found}))

    def _forbidden(self, record: int, customers: Collection[int]) -> list[Known]:
        """What forbids among records that were placed since, whether or not they share a block
        with this one."""
        return [
            Known(customer, FAR, APART, 0, vetoes)
            for customer in customers
            for other in self._members.get(customer, ())
            if (vetoes := forbids(self._profiles[record], self._profiles[other]))
        ]

    def place(self, record: int, customer: int) -> None:
        """The record has become one of a customer's."""
        self._placed[record] = customer
        self._members.setdefault(customer, []).append(record)


def _within(blocks: Sequence[Collection[int]]) -> list[tuple[int, int]]:
    """The pairs of places that share a block, the earlier first."""
    members: dict[int, list[int]] = {}
    for place, keys in enumerate(blocks):
        for key in keys:
            members.setdefault(key, []).append(place)
    return sorted(
        {
            (one, other)
            for places in members.values()
            if len(places) <= MAX_BLOCK
            for number, one in enumerate(places)
            for other in places[number + 1 :]
        }
    )
