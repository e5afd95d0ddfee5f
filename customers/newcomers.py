"""New records meet whom the hub knows, and each other: who is like whom, by weight.

One `Meeting` a page: first a look without lock at the blocks, which says who is worth
locking, then, under lock, the comparison that counts.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from msgspec import Struct, structs

from customers.blocking import is_role
from customers.candidates import in_blocks, profiles_of
from customers.deciding import APART, ASK, Known, meet
from customers.evidence import PRIOR, Evidence
from customers.meeting import Found, Page, as_record
from customers.normalise import Key
from customers.profiles import Profile, profile
from customers.values import Values
from customers.weighing import Weights
from customers.workspace import Workspace, blocks

MOST = 100  # customers that one record is compared with, those of the most common blocks first
AT_ONCE = 1000  # records whose blocks are looked up in one query


class Newcomer(Struct, frozen=True):
    """A new record: its values and match keys, and the profile and blocks that they make."""

    values: Values
    keys: tuple[Key, ...]
    profile: Profile
    blocks: tuple[int, ...]


class Meeting:
    """The newcomers of a page are told by their place in it."""

    def __init__(self, work: Workspace, newcomers: Sequence[Newcomer], weights: Weights) -> None:
        self.work, self.newcomers, self.weights = work, newcomers, weights
        self._table = [self._unretired(one) for one in newcomers]
        self._compared = False
        self._bearers = Counter(key for one in newcomers for key in set(one.keys))
        self._near: dict[int, set[int]] = {}
        doubts = _Doubts(work, newcomers, self._bearers)
        self._page = Page(self._table, weights, doubts.look)

    def _unretired(self, one: Newcomer) -> Profile:
        retired = {key for key in one.keys if self._retired(key)}
        if not retired:
            return one.profile
        return profile(one.values, [key for key in one.keys if key not in retired])

    def _retired(self, key: Key) -> bool:
        found = self.work.keys[key]
        return found.retired or found.retiring

    # Without lock

    def likely(self) -> set[int]:
        """Customers beside the holders of the newcomers' keys that come near enough to be
        locked. The keys must be under lock."""
        pairs = [pair for some in blocks(range(len(self.newcomers)), AT_ONCE)
                 for pair in self._in_blocks(some)]  # fmt: skip
        if not pairs:
            return set()
        profiles = self._profiles({customer for _, customer in pairs})
        table, at = [*self._table, *profiles.values()], len(self._table)
        places = {customer: at + place for place, customer in enumerate(profiles)}
        known = meet(
            table,
            [(one, places[customer], customer) for one, customer in pairs if customer in places],
            self.weights,
        )
        compared = [one for one, customer in pairs if customer in places]
        for one, found in zip(compared, known, strict=True):
            if found.outcome != APART:
                self._near.setdefault(one, set()).add(found.customer)
        return {customer for near in self._near.values() for customer in near}

    def _in_blocks(self, places: Sequence[int]) -> Iterator[tuple[int, int]]:
        wanted = {block for at in places for block in self.newcomers[at].blocks}
        members = self.work.with_made(in_blocks(wanted), wanted)
        for at in places:
            common: dict[int, int] = {}
            for block in members.keys() & self.newcomers[at].blocks:
                for customer in members[block]:
                    common[customer] = common.get(customer, 0) + 1
            if not common:
                continue
            for customer in self._holders(at):
                common.pop(customer, None)
            for customer in sorted(common, key=lambda one: (-common[one], one))[:MOST]:
                yield at, customer

    def _holders(self, at: int) -> set[int]:
        found: set[int] = set()
        for key in self.newcomers[at].keys:
            holders = self.work.keys[key].holders
            if holders and not self._retired(key):
                found.update(holders)
        return found

    def _profiles(self, customers: set[int]) -> dict[int, Profile]:
        """As they are in the workspace, where they are there, else in the database."""
        mine = {one for one in customers if one in self.work.customers}
        found = profiles_of(customers - mine)
        return found | {one: self.work.profile(one) for one in mine}

    # Under lock

    def _compare(self) -> None:
        """Compare the newcomers with every holder of their keys, with who came near, and with
        each other. Those customers must be under lock and loaded."""
        self._compared = True
        pairs = [
            (at, customer)
            for at in range(len(self.newcomers))
            for customer in sorted(self._holders(at) | self._near.get(at, set()))
            if self.work.may_be_matched(customer)
        ]
        customers = {one: self.work.profiles(one) for _, one in pairs}
        retired = {key for key in self._bearers if self._retired(key)}
        shared = (
            (*one.blocks, *(set(one.keys) - retired if retired else one.keys))
            for one in self.newcomers
        )
        self._page.compare(customers, pairs, shared)

    # One after the other

    def find(self, at: int, placed: dict[int, int]) -> Found:
        """Who a newcomer is; `placed`: the customers of those before it on the page. Holders of
        the keys, and whoever is `likely`, must be under lock and loaded."""
        if not self._compared:
            self._compare()
        return self._page.find(at, placed)

    def sharers(self, at: int) -> list[int]:
        """Customers that have a key in common with a newcomer, the likeliest first."""
        return self._page.sharers(at)


@dataclass(frozen=True, slots=True)
class _Doubts:
    """Has the last word on a comparison. Not the meeting itself: a page that held its meeting
    would keep all that was loaded for it."""

    work: Workspace
    newcomers: Sequence[Newcomer]
    bearers: Counter[Key]

    def look(self, at: int, found: Known) -> Known:
        """Two who have nothing but an e-mail or a phone in common are asked about, unless a
        third has it too: then it is plainly shared."""
        if not found.odd or found.outcome != APART:
            return found
        other = self.newcomers[as_record(found.customer)].keys if found.customer < 0 else ()
        for key in self.newcomers[at].keys:
            holders = set(self.work.keys[key].holders) - {found.customer}
            mine = found.customer in self.work.keys[key].holders or key in other
            if mine and self._is_theirs_alone(key, 2 if found.customer < 0 else 1, holders):
                return structs.replace(found, outcome=ASK)
        return found

    def _is_theirs_alone(self, key: Key, newcomers: int, holders: set[int]) -> bool:
        """Whether nobody else has a key, and it may be somebody's own."""
        if key.kind == "email" and is_role(key.value):
            return False
        return not holders and self.bearers[key] == newcomers


def table_of(why: Evidence) -> list[list[str | float]]:
    """Evidence as it is kept: a list of `[field, left, right, bits]`."""
    return [
        [line.field, line.left, line.right, round(line.weight, 1)]
        for line in why.lines
        if line.field == PRIOR or round(line.weight, 1) or line.left or line.right
    ]
