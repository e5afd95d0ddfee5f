"""One step of undoing a run: some of its events, the customers whom they are about, and what is
put back of them."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from django.utils import timezone
from msgspec import Struct, field

from customers.families import refresh_search
from customers.golden import Golden
from customers.histories import BY_RUNS, Step, Taken, source_before, taken
from customers.merging import UNDONE
from customers.models import (
    Customer,
    CustomerLink,
    Event,
    EventKind,
    Run,
    Write,
    WriteKind,
    WriteState,
)
from customers.settling import look_again, pair_of, paired, settle
from customers.values import EMPTY, Value, same
from customers.workspace import BLOCK, LinkWork, NewEvent, Workspace
from customers.writing import Writer

TOUCHED = "it was changed since"
PINNED = "it was pinned since"
MERGED = "the customer was merged into another since"
_MADE = (EventKind.CREATED, EventKind.LINKED)


class Field(Struct, frozen=True):
    """One field of one customer. `why`: it is not put back, and why."""

    customer_id: int
    name: str
    now: Value
    back: Value
    why: str = ""


class Made(Struct, frozen=True):
    """A customer, or a link to one, that the run made."""

    customer_id: int
    link_id: int | None
    kind: str


class Told(Struct, frozen=True):
    """A vendor that was told a value which is put back here: it can be told back."""

    customer_id: int
    link_id: int
    connection_id: int
    name: str
    now: Value
    back: Value


class Undone(Struct):
    """What undoing does, or did. `more`: there is more than was looked at."""

    back: list[Field] = field(default_factory=list)
    left: list[Field] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)
    more: bool = False

    def add(self, other: "Undone") -> None:
        for name in ("back", "left", "told", "made"):
            getattr(self, name).extend(getattr(other, name))


def events_of(run: Run, after: int) -> list[tuple[int, int, str, int | None]]:
    """The next events of a run that tell of a change or of something made."""
    found = Event.objects.filter(pk__gt=after, run=run, kind__in=[*BY_RUNS, EventKind.CREATED])
    return list(found.order_by("pk").values_list("pk", "customer_id", "kind", "link_id")[:BLOCK])


class Block:
    """Some events of a run, and the customers whom they are about. Without an `undo` (a
    preview) nothing is locked or written."""

    def __init__(self, run: Run, undo: Run | None, after: int, *, keep: bool = False) -> None:
        self.run = run
        self.undo = undo
        self.events = events_of(run, after)
        self.last = self.events[-1][0] if self.events else after
        self.ids = sorted({event[1] for event in self.events})
        self.work = Workspace(keep=keep)
        self.settled: set[int] = set()

    def look(self) -> Undone:
        """What is to be done with each field, as the customers stand."""
        self.work.load_customers(self.ids)
        rows = Customer.objects.filter(pk__in=self.ids).values_list("pk", "merged_into", "pins")
        self.merged = {pk for pk, into, _ in rows if into is not None}
        self.pins = {pk: pins or {} for pk, _, pins in rows}
        self.taken = {
            one: taken(history, self.run.pk) for one, history in _histories(self.ids).items()
        }
        found = Undone(made=[Made(e[1], e[3], e[2]) for e in self.events if e[2] in _MADE])
        for customer_id in self.ids:
            for one in self._fields(self.work.customers[customer_id]):
                (found.left if one.why else found.back).append(one)
        found.told = list(self._told(found.back))
        return found

    def _fields(self, golden: Golden) -> Iterator[Field]:
        for name, one in sorted(self.taken.get(golden.id, {}).items()):
            now = golden.value(name)
            if not same(name, now, one.before):
                yield Field(golden.id, name, now, one.before, self._why_not(golden, name, one))

    def _why_not(self, golden: Golden, name: str, one: Taken) -> str:
        if golden.id in self.merged:
            return MERGED
        if name in self.pins[golden.id]:
            return PINNED
        still = same(name, golden.value(name), one.after)
        return "" if still and golden.source(name)[2] == self.run.pk else TOUCHED

    def _told(self, back: Sequence[Field]) -> Iterator[Told]:
        """Who was told, by a write that was confirmed, what is put back here."""
        fields = {(one.customer_id, one.name): one for one in back}
        rows = Write.objects.filter(
            customer__in={one.customer_id for one in back},
            kind=WriteKind.UPDATE,
            state=WriteState.CONFIRMED,
            sent_at__gte=self.run.started_at,
        ).order_by("pk")
        seen = set()
        for write in rows:
            for name, (_, sent) in write.fields.items():
                one = fields.get((write.customer_id, name))
                link = self.work.links.get(write.link_id or 0)
                if one is None or link is None or not same(name, sent, one.now):
                    continue
                if (link.id, name) not in seen and same(name, _stands_at(link, name), one.now):
                    seen.add((link.id, name))
                    yield Told(
                        one.customer_id, link.id, link.connection_id, name, one.now, one.back
                    )

    def put_back(self, *, tell: bool) -> Undone:
        """Do it, inside the caller's transaction."""
        found = self.look()
        assert self.undo is not None  # noqa: S101 only a preview goes without
        told = {(one.link_id, one.name) for one in found.told} if tell else set()
        changes: dict[int, dict[str, list[Value]]] = {}
        for one in found.back:
            self._put_back(one, told)
            changes.setdefault(one.customer_id, {})[one.name] = [one.now, one.back]
        note = f"what run {self.run.pk} changed is put back"
        for customer_id, fields in changes.items():
            refresh_search(self.work, customer_id)
            event = NewEvent(customer_id, EventKind.UNDONE.value, None, fields, note)
            self.work.events.append(event)
        Writer(self.work, None, self.undo.pk, self.undo.by_id).write()
        # What is known of these records is settled otherwise now: they are read anew.
        CustomerLink.objects.filter(pk__in=self.settled).update(raw_digest=b"", digest=b"")
        return found

    def _put_back(self, one: Field, told: set[tuple[int, str]]) -> None:
        undo, golden = self.undo, self.work.customers[one.customer_id]
        assert undo is not None  # noqa: S101
        before = self.taken[golden.id][one.name]
        source = source_before(before, undo.pk, undo.by_id, timezone.now())
        links = self.work.links_of[golden.id]
        if one.back == EMPTY and any((link.id, one.name) in told for link in links):
            source[:2] = ["person", undo.by_id]  # only a person's blank is told
        self.settled |= set_back(self.work, golden, one.name, one.back, source, told)


def set_back(
    work: Workspace,
    golden: Golden,
    name: str,
    value: Value,
    source: list[Any],
    told: Collection[tuple[int, str]],
) -> set[int]:
    """Give a field its value from before. Its links are settled where the vendors stand now, but
    for those that are `told` back; gives the ids of those settled."""
    golden.set(name, value, source)
    settled = set()
    for link in work.links_of[golden.id]:
        pair = pair_of(link, name)
        if (link.id, name) in work.open_fields:
            look_again(work, golden, link, name)
            continue
        if pair is None or (link.id, name) in told or same(name, pair.hub, value):
            continue
        settle(link, name, paired(name, value, _stands_at(link, name), UNDONE))
        settled.add(link.id)
    return settled


def _stands_at(link: LinkWork, name: str) -> Value:
    """What the vendor states now; where it does not say, what it was last known to have."""
    pair = pair_of(link, name)
    return link.stated.get(name, pair.vendor if pair is not None else None)


def _histories(customer_ids: Sequence[int]) -> dict[int, list[Step]]:
    rows = Event.objects.filter(customer_id__within=customer_ids).order_by("pk")
    found: dict[int, list[Step]] = {}
    for customer_id, *step in rows.values_list(
        "customer_id", "kind", "at", "changes", "link_id", "user_id", "run_id"
    ):
        found.setdefault(customer_id, []).append(Step(*step))
    return found
