"""What a writer holds in memory while it changes customers: loaded under lock, changed
there, written in bulk.

Every writer (page, form, task) takes its locks in one order: match keys sorted, then
customers sorted. What is read before a lock is read again after it.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet
from msgspec import Struct, field

from customers import bulk
from customers.blocking import block_keys
from customers.golden import LOADED, Golden, loaded
from customers.matching import KEY_WORDS, Person
from customers.models import (
    Conflict,
    Connection,
    Customer,
    CustomerLink,
    FieldRule,
    KeyHolder,
    MatchKey,
    NotSame,
)
from customers.normalise import Key, document_keys
from customers.often import Answer, Often, at_once
from customers.outlets import Outlet
from customers.profiles import COMPARED, Profile, profile
from customers.values import Value, Values

BLOCK = 100
VIRTUAL = 2**62
NAMES = ("name", "company_name")


class LinkWork(Struct):
    """A link being worked on. `read` marks one whose record was just read (all of its
    columns are written, `texts` being the JSON of `stated`, `also` and `owned`), `dirty` one of
    which only base and customer changed, `marked` one of which only state and digests did."""

    id: int
    customer_id: int
    connection_id: int
    external_id: str
    state: str
    stated: Values
    also: dict[str, Any]
    base: dict[str, list[Any]]
    changed: dict[str, str]
    reason: str = ""
    sole_key_id: int | None = None
    weight: float | None = None
    evidence: list[list[Any]] | None = None
    owned: dict[str, Any] = field(default_factory=dict)
    raw: str = ""
    texts: tuple[str, str, str] = ("", "", "")
    raw_digest: bytes = b""
    digest: bytes = b""
    vendor_created_at: datetime | None = None
    vendor_updated_at: datetime | None = None
    read_at: datetime | None = None
    created_at: datetime | None = None
    new: bool = False
    read: bool = False
    dirty: bool = False
    marked: bool = False


class KeyWork(Struct):
    """A match key under lock, with who holds it."""

    id: int
    kind: str
    retired: bool
    holders: dict[int, set[str]] = field(default_factory=dict)
    retiring: bool = False

    def carriers(self) -> set[str]:
        return {who for carriers in self.holders.values() for who in carriers if who}


class OpenConflict(Struct):
    id: int
    customer_id: int
    link_id: int
    field: str
    hub: Value
    vendor: Value
    reason: str = ""


class NewConflict(Struct):
    kind: str
    customer_id: int
    other_id: int | None
    link_id: int | None
    field: str
    base: list[Value] | None
    hub: Value
    vendor: Value
    reason: str
    weight: float | None = None
    evidence: list[list[Any]] | None = None


class Before(Struct, frozen=True):
    """What a customer's blocks were made of when it was loaded."""

    values: Values
    keys: frozenset[Key]
    stands: bool


NOT_THERE = Before({}, frozenset(), False)


class Decided(Struct, frozen=True):
    """A question that a person or a rule decided, and how in words."""

    id: int
    how: str
    decision: str
    user_id: int | None = None
    rule_id: int | None = None


class RuleWork(Struct, frozen=True):
    """A rule in force: the field belongs to the connection. `id`: 0 for one that is only
    supposed."""

    id: int
    field: str
    connection_id: int
    connection: str

    @property
    def words(self) -> str:
        """How a decision names it."""
        return f"by the rule: {self.field} belongs to {self.connection}"


class NewEvent(Struct):
    customer_id: int
    kind: str
    link_id: int | None
    changes: dict[str, list[Value]]
    note: str


class Workspace:
    """Customers, links and keys in memory, and what is to be written of them.

    With `keep` (a dry run) nothing is locked or written and what earlier pages created
    stays here, so that later pages match it. `written_to`: those of the connections met whose
    writes are on; `outlets`: what they may be told, as far as it was asked; `considered`:
    customers whose links may have to be told something though nothing of them changes here.
    """

    def __init__(self, *, keep: bool = False) -> None:
        self.keep = keep
        self.customers: dict[int, Golden] = {}
        self.links: dict[int, LinkWork] = {}
        self.links_of: dict[int, list[LinkWork]] = {}
        self.by_external: dict[tuple[int, str], LinkWork] = {}
        self.keys: dict[Key, KeyWork] = {}
        self.keys_of_link: dict[int, dict[Key, str]] = {}
        self.keys_of: dict[int, dict[Key, set[int | None]]] = {}
        self.before: dict[int, Before] = {}
        self.fresh_blocks: dict[int, tuple[int, ...]] = {}
        self.open_fields: dict[tuple[int, str], OpenConflict] = {}
        self.open_pairs: set[tuple[int, int]] = set()
        self.open_deleted: dict[int, int] = {}
        self._retired: set[Key] = set()
        self._members: dict[int, list[int]] = {}
        self.known_apart: set[tuple[int, int]] = set()
        self._looked_apart: set[int] = set()
        self.written_to: set[int] = set()
        self.considered: set[int] = set()
        self.outlets: dict[int, Outlet] = {}
        self._trust: dict[int, int] | None = None
        self._rules: dict[str, RuleWork] | None = None
        self._supposed: dict[str, RuleWork] = {}
        self._virtual = VIRTUAL
        self.clear()

    def clear(self) -> None:
        """Forget what was to be written."""
        self.held: list[tuple[int, int, int | None, str]] = []
        self.dropped: list[tuple[int, int]] = []
        self.conflicts: list[NewConflict] = []
        self.closed: list[tuple[int, str]] = []
        self.decided: list[Decided] = []
        self.reasked: list[OpenConflict] = []
        self.events: list[NewEvent] = []

    # Loading, in lock order

    def load_links_keys(self, link_ids: Collection[int]) -> None:
        """The keys that links hold now, and their carriers."""
        wanted = [one for one in link_ids if one not in self.keys_of_link]
        for one in wanted:
            self.keys_of_link[one] = {}
        for block in blocks(wanted):
            for link_id, kind, value, who in _keys_of_links(block):
                self.keys_of_link[link_id][Key(kind, value)] = who

    def lock_keys(self, keys: Iterable[Key]) -> None:
        """Insert the keys that are missing, lock the others, and learn who holds them.

        A dry run inserts nothing."""
        wanted = sorted(key for key in set(keys) if key not in self.keys)
        if self.keep:
            self._find_keys(wanted)
            for key in wanted:
                if key not in self.keys:
                    self.keys[key] = KeyWork(self._next_virtual(), key.kind, False)
            return
        # What was just inserted is ours until the commit, and nobody holds it. A key that was
        # there may be taken away by an erasure before it is locked: it is inserted anew, though
        # that be out of order (a deadlock undoes the page, and it is done again).
        while wanted:
            rows = [(key.kind, key.value) for key in wanted]
            for key_id, kind, value in bulk.insert_missing(MatchKey, ("kind", "value"), rows):
                self.keys[Key(kind, value)] = KeyWork(key_id, kind, False)
            self._find_keys([key for key in wanted if key not in self.keys])
            wanted = [key for key in wanted if key not in self.keys]

    def _find_keys(self, wanted: Sequence[Key]) -> None:
        """Lock keys that are there, in order, and read their holders."""
        for block in blocks(wanted, 3 * BLOCK):
            values = _by_kind(block)
            found, holders = at_once((_found_keys[self.keep], values), (_holders, values))
            for key_id, kind, value, retired_at in found:
                self.keys[Key(kind, value)] = KeyWork(key_id, kind, retired_at is not None)
            for kind, value, customer_id, carrier in holders:
                key = self.keys.get(Key(kind, value))  # one made since the first answer is not ours
                if key is not None:
                    key.holders.setdefault(customer_id, set()).add(carrier)

    def load_customers(self, ids: Iterable[int]) -> None:
        """Lock customers in order, then read them, their links and their open conflicts."""
        wanted = sorted(one for one in set(ids) if one < VIRTUAL and one not in self.customers)
        if not wanted:
            return
        parts = list(blocks(wanted))
        locks = [(_customers[self.keep], (part,)) for part in parts]
        reads: list[tuple[Often, Sequence[Any]]] = []
        for part in parts:
            reads += [(_links_of, (part,)), (_keys_of, (part,)), (_open_conflicts, (part, part))]
        answers = iter(at_once(*locks, *reads, (_rules_in_force, ())))
        for _ in parts:
            for row in next(answers):
                self.customers[row[0]] = loaded(row)
                self.links_of[row[0]] = []
        for part in parts:
            self._load_links(next(answers))
            self._load_keys(part, next(answers))
            self._load_conflicts(next(answers))
        self._take_rules(next(answers))

    def _load_links(self, rows: Answer) -> None:
        for *row, created_at, written_to in rows:
            link = LinkWork(*row)
            link.created_at = created_at
            if written_to:
                self.written_to.add(link.connection_id)
            self.links[link.id] = link
            self.links_of[link.customer_id].append(link)
            self.by_external[link.connection_id, link.external_id] = link

    def _load_keys(self, customer_ids: Sequence[int], rows: Answer) -> None:
        """Every key that customers hold: what they are matched by."""
        for one in customer_ids:
            self.keys_of[one] = {}
        for customer_id, link_id, kind, value, retired_at in rows:
            key = Key(kind, value)
            self.keys_of[customer_id].setdefault(key, set()).add(link_id)
            if retired_at is not None:
                self._retired.add(key)
        for one in customer_ids:
            if one in self.customers:
                self.before[one] = self._stand(self.customers[one])

    def _load_conflicts(self, rows: Answer) -> None:
        for found, kind, customer_id, other_id, link_id, name, hub, vendor, reason in rows:
            if kind == "field":
                self.open_fields[link_id, name] = OpenConflict(
                    found, customer_id, link_id, name, hub, vendor, reason
                )
            elif kind == "deleted":
                self.open_deleted[link_id] = found
            elif other_id:
                self.open_pairs.add((customer_id, other_id))

    # Looking

    def trust(self, connection_id: int) -> int:
        if self._trust is None:
            self._trust = dict(Connection.objects.values_list("pk", "trust"))
        return self._trust.get(connection_id, 0)

    def rules(self) -> dict[str, RuleWork]:
        """The rules in force, by field. Read anew behind each lock of customers: whoever applies
        a new one comes to a customer after us, or we after them."""
        if self._rules is None:
            self._take_rules(_rules_in_force())
        return self._rules or {}

    def _take_rules(self, rows: Answer) -> None:
        self._rules = {row[1]: RuleWork(*row) for row in rows} | self._supposed

    def suppose(self, rule: RuleWork) -> None:
        """Look at things as if a rule were in force."""
        self._supposed[rule.field] = rule
        self._rules = self.rules() | self._supposed

    def person(self, customer_id: int) -> Person:
        """All that is known of who a customer is."""
        found = Person()
        golden = self.customers[customer_id]
        found.add(golden.values, document_keys(golden.values, golden.others))
        for link in self.links_of.get(customer_id, ()):
            found.add(link.stated, document_keys(link.stated, link.also))
        return found

    def profile(self, customer_id: int) -> Profile:
        """Who a customer is, as it stands here."""
        return profile(
            self.customers[customer_id].values,
            [key for key in self.keys_of[customer_id] if not self._is_retired(key)],
        )

    def profiles(self, customer_id: int) -> list[Profile]:
        """Who a customer is, once for each name that it goes by; the golden one first."""
        golden = self.customers[customer_id]
        keys = [key for key in self.keys_of[customer_id] if not self._is_retired(key)]
        found = [profile(golden.values, keys)]
        for link in self.links_of.get(customer_id, ()):
            names = {name: link.stated[name] for name in NAMES if link.stated.get(name)}
            if names and any(golden.values.get(name) != said for name, said in names.items()):
                other = profile({**golden.values, **names}, keys)
                if all(other.named != one.named for one in found):
                    found.append(other)
        return found

    def _is_retired(self, key: Key) -> bool:
        found = self.keys.get(key)
        return key in self._retired or found is not None and (found.retired or found.retiring)

    def may_be_matched(self, customer_id: int) -> bool:
        """Neither merged into another nor erased."""
        found = self.customers.get(customer_id)
        return found is not None and found.stands

    def with_made(
        self, members: dict[int, list[int]], blocks: Iterable[int]
    ) -> dict[int, list[int]]:
        """The customers in each of the blocks, with those whom a dry run has made."""
        if not self._members:
            return members
        made = {block: self._members[block] for block in blocks if block in self._members}
        return members | {block: [*members.get(block, ()), *own] for block, own in made.items()}

    def blocks_moved(self) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """(block, customer) that are to be added, and those that are to go."""
        added: list[tuple[int, int]] = []
        gone: list[tuple[int, int]] = []
        for one, golden in self.customers.items():
            if golden.new and one in self.fresh_blocks:
                added += [(block, one) for block in self.fresh_blocks[one]]
                continue
            here = self._stand(golden)
            before = NOT_THERE if golden.new else self.before.get(one, here)
            if here != before:
                was, now = set(_blocks_of(before)), _blocks_of(here)
                added += [(block, one) for block in now if block not in was]
                gone += [(block, one) for block in was.difference(now)]
        return added, gone

    def _stand(self, golden: Golden) -> Before:
        values = {name: golden.values[name] for name in COMPARED if name in golden.values}
        return Before(values, frozenset(self.keys_of.get(golden.id, ())), golden.stands)

    # Changing

    def add_customer(self, golden: Golden) -> None:
        self.customers[golden.id] = golden
        self.links_of[golden.id] = []
        self.keys_of[golden.id] = {}

    def add_link(self, link: LinkWork) -> None:
        self.links[link.id] = link
        self.links_of[link.customer_id].append(link)
        self.by_external[link.connection_id, link.external_id] = link
        self.keys_of_link[link.id] = {}

    def hold(
        self, keys: Iterable[Key], customer_id: int, link: LinkWork, who: str
    ) -> list[KeyWork]:
        """Let a customer hold exactly these keys through a link, carried by `who`; gives
        the keys whose holders changed. They must be under lock."""
        wanted = dict.fromkeys(sorted(keys), who)
        had = self.keys_of_link.get(link.id, {})
        own = self.keys_of[customer_id]
        if self.links_of[customer_id][0] is not link:
            self.fresh_blocks.pop(customer_id, None)
        for key in sorted(key for key in had if wanted.get(key) != had[key]):
            self.dropped.append((link.id, self.keys[key].id))
            if key not in wanted:
                own.get(key, set()).discard(link.id)
                if not own.get(key):
                    own.pop(key, None)
        found = []
        for key in wanted:
            if had.get(key) == who:
                continue
            work = self.keys[key]
            work.holders.setdefault(customer_id, set()).add(who)
            self.held.append((work.id, customer_id, link.id, who))
            own.setdefault(key, set()).add(link.id)
            found.append(work)
        self.keys_of_link[link.id] = wanted
        return found

    def hold_typed(self, keys: Iterable[Key], customer_id: int, who: str) -> None:
        """Let a customer hold more keys by a person's word. They must be under lock."""
        for key in sorted(keys):
            self.held.append((self.keys[key].id, customer_id, None, who))
            self.keys_of[customer_id].setdefault(key, set()).add(None)

    def let_go_typed(self, keys: Iterable[Key], customer_id: int) -> None:
        """Let a customer hold keys by a person's word no more; their rows are the caller's."""
        own = self.keys_of[customer_id]
        for key in keys:
            holders = own.get(key, set())
            holders.discard(None)
            if not holders:
                own.pop(key, None)

    def join_blocks(self, customer_id: int, found: tuple[int, ...]) -> None:
        """Let a new customer stand in the blocks that its one record makes."""
        self.fresh_blocks[customer_id] = found
        if self.keep:
            for block in found:
                self._members.setdefault(block, []).append(customer_id)

    def ask_pair(
        self,
        one: int,
        other: int,
        link_id: int | None,
        reason: str,
        weight: float | None = None,
        evidence: list[list[Any]] | None = None,
    ) -> bool:
        """Open a `duplicate` question on two customers, unless one is open, or a person said
        that they are not one."""
        pair = (min(one, other), max(one, other))
        if one == other or pair in self.open_pairs or self.are_apart(*pair):
            return False
        self.open_pairs.add(pair)
        self.conflicts.append(
            NewConflict("duplicate", *pair, link_id, "", None, None, None, reason, weight, evidence)
        )
        return True

    def are_apart(self, one: int, other: int) -> bool:
        """Whether a person said that two customers are not one. What is known of all that are
        loaded is read at once."""
        wanted = {one, other, *self.customers} - self._looked_apart
        for block in blocks(sorted(wanted)) if {one, other} & wanted else ():
            mine = Q(one__within=block) | Q(other__within=block)
            self.known_apart |= set(NotSame.objects.filter(mine).values_list("one_id", "other_id"))
            self._looked_apart |= set(block)
        return (min(one, other), max(one, other)) in self.known_apart

    def ask_gone(self, link: LinkWork, reason: str) -> None:
        """Open a `deleted` question on a link that has none."""
        self.conflicts.append(
            NewConflict("deleted", link.customer_id, None, link.id, "", None, None, None, reason)
        )

    def virtual_ids(self, number: int) -> list[int]:
        """Ids for a dry run, far above any real one."""
        return [self._next_virtual() for _ in range(number)]

    def _next_virtual(self) -> int:
        self._virtual += 1
        return self._virtual


_LINK_LOADED = (
    "id",
    "customer_id",
    "connection_id",
    "external_id",
    "state",
    "stated",
    "also",
    "base",
    "changed",
    "reason",
    "sole_key_id",
    "weight",
    "evidence",
    "owned",
)


def _blocks_of(who: Before) -> tuple[int, ...]:
    """Retired keys make blocks as others do: they are too full to be looked into, and a key
    that retires moves nobody."""
    return block_keys(profile(who.values, who.keys)) if who.stands else ()


# What is asked for every page. Of a pair, the first locks; a dry run asks the second.


def _locking(build: Callable[..., QuerySet[Any]], lists: int = 1) -> tuple[Often, Often]:
    return Often(lambda *given: build(*given).select_for_update(), lists), Often(build, lists)


def _by_kind(keys: Sequence[Key]) -> list[list[str]]:
    """The values of keys, a list for each kind in KEY_WORDS."""
    return [[key.value for key in keys if key.kind == kind] for kind in KEY_WORDS]


def _of_kinds(values: Sequence[Sequence[str]], key: str = "") -> Q:
    pairs = zip(KEY_WORDS, values, strict=True)
    return reduce(
        or_, (Q(**{f"{key}kind": kind, f"{key}value__within": given}) for kind, given in pairs)
    )


_rules_in_force = Often(
    lambda: FieldRule.objects.filter(enabled=True).values_list(
        "id", "field", "connection_id", "connection__name"
    ),
    0,
)
_keys_of_links = Often(
    lambda ids: KeyHolder.objects.filter(link_id__within=ids).values_list(
        "link_id", "key__kind", "key__value", "carrier"
    )
)
_found_keys = _locking(
    lambda *values: (
        MatchKey.objects.filter(_of_kinds(values))
        .order_by("kind", "value")
        .values_list("id", "kind", "value", "retired_at")
    ),
    len(KEY_WORDS),
)
_holders = Often(
    lambda *values: (
        KeyHolder.objects.filter(_of_kinds(values, "key__"), key__retired_at__isnull=True)
        .values_list("key__kind", "key__value", "customer_id", "carrier")
        .distinct()
    ),
    len(KEY_WORDS),
)
_customers = _locking(
    lambda ids: Customer.objects.filter(pk__within=ids).order_by("pk").values_list(*LOADED)
)
_links_of = Often(
    lambda ids: (
        CustomerLink.objects.filter(customer_id__within=ids)
        .order_by("id")
        .values_list(*_LINK_LOADED, "created_at", "connection__writes")
    )
)
_open_conflicts = Often(
    lambda ones, others: Conflict.objects.filter(
        Q(customer_id__within=ones) | Q(other_id__within=others), closed_at__isnull=True
    ).values_list(
        "id", "kind", "customer_id", "other_id", "link_id", "field", "hub", "vendor", "reason"
    ),
    2,
)
_keys_of = Often(
    lambda ids: KeyHolder.objects.filter(customer_id__within=ids).values_list(
        "customer_id", "link_id", "key__kind", "key__value", "key__retired_at"
    )
)


def blocks(items: Iterable[Any], size: int = BLOCK) -> Iterable[list[Any]]:
    """Lists of at most `size` items, in order."""
    everything = list(items)
    for start in range(0, len(everything), size):
        yield everything[start : start + size]
