"""Taking back what was decided about fields: the value from before, and the question open again.

Looked at once more under lock: what moved since stays, and why is said. Whom the decision told
is told back, as of an edit; what nobody was told yet, nobody will be, for the pairs are where
they were.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from customers.families import refresh_search
from customers.golden import BESIDE, stamp
from customers.histories import SETTING, Step, setter
from customers.layers import Sheet
from customers.merging import PINNED as HELD_BY_PIN
from customers.merging import UNDONE
from customers.models import (
    UNDECIDED,
    Conflict,
    ConflictKind,
    CustomerLink,
    Decision,
    Event,
    EventKind,
)
from customers.moving import drop_typed, typed_keys
from customers.normalise import Key, all_keys
from customers.putting_back import MERGED, PINNED, TOUCHED, Field, set_back
from customers.repeating import RepeatError, repeated
from customers.restoring import told_since
from customers.settling import SPEAKING, held, paired, ruled, settle
from customers.values import EMPTY, NOT_SAID, same
from customers.workspace import LinkWork, NewEvent, OpenConflict, Workspace
from customers.writing import Writer

TAKEN_BACK = "the decision was taken back"
ASKED = "it is asked again already"
TAKEN = "the vendor has taken our value since"
SAYS_OTHERWISE = "the vendor says something else since"
RULED = "a rule decides it now"

_BY_PEOPLE = (EventKind.CREATED, EventKind.EDITED, EventKind.DECIDED)


@repeated
def reopen(question_ids: Sequence[int], user_id: int) -> tuple[list[int], list[Field]]:
    """Take back one decision about fields; gives the questions that are open again, and the
    fields that stay as they are, and why. Of a question that is no longer decided: neither."""
    with transaction.atomic():
        work = Workspace()
        events = _events(question_ids)
        work.lock_keys({key for one in events.values() for key in _typed(one)})
        work.load_customers(one.customer_id for one in events.values())
        asked, left = _reopen(work, _decided(question_ids), events, user_id)
        Writer(work, None, None, user_id).write()
        links = CustomerLink.objects.filter(conflicts__in=asked)
        # What is known of these records is settled otherwise now: they are read anew.
        links.update(raw_digest=b"", digest=b"")
    return asked, left


def _decided(question_ids: Iterable[int]) -> list[Conflict]:
    rows = Conflict.objects.filter(pk__in=list(question_ids), kind=ConflictKind.FIELD)
    return list(rows.exclude(decision="").filter(closed_at__isnull=False).order_by("-pk"))


def _events(question_ids: Iterable[int]) -> dict[int, Event]:
    """The line of the timeline that each decision is: written at the moment of it."""
    found: dict[int, Event] = {}
    for row in _decided(question_ids):
        if row.closed_at is not None:
            lines = Event.objects.filter(customer=row.customer_id, at=row.closed_at)
            own = lines.filter(kind=EventKind.DECIDED, link=row.link_id)
            event = own.filter(changes__has_key=row.field).first()
            if event is not None:
                found[row.pk] = event
    return found


def _typed(event: Event) -> tuple[Key, ...]:
    """The match keys of what a decision gave."""
    return all_keys({name: after for name, (_, after) in event.changes.items()}, {})


def _reopen(
    work: Workspace, rows: Sequence[Conflict], events: dict[int, Event], user_id: int
) -> tuple[list[int], list[Field]]:
    asked: list[int] = []
    left: list[Field] = []
    for row in rows:
        event = events.get(row.pk)
        if event is None:
            continue
        if event.at != row.closed_at:
            raise RepeatError("it was decided anew meanwhile")
        one = _Decision(work, row, event)
        why = one.why_not()
        if why:
            left.append(Field(event.customer_id, row.field, one.after, one.before, why))
        else:
            asked += one.put_back(user_id)
    return asked, left


class _Decision:
    """A decision about a field, its customer under lock."""

    def __init__(self, work: Workspace, row: Conflict, event: Event) -> None:
        self.work = work
        self.row = row
        self.event = event
        self.name = row.field
        self.before, self.after = event.changes[row.field]
        self.golden = work.customers[event.customer_id]
        self.told = told_since(work.links_of[self.golden.id], row.closed_at)

    def why_not(self) -> str:
        """Why it stays, `""` where it is taken back."""
        link = self.work.links.get(self.row.link_id or 0)
        if link is None or link.customer_id != self.golden.id:
            return MERGED
        if (link.id, self.name) in self.work.open_fields:
            return ASKED
        hold = held(self.work, self.golden, link, self.name)
        if hold or ruled(self.work, link, self.name):
            return PINNED if hold == HELD_BY_PIN else RULED
        if self._touched():
            return TOUCHED
        if self._still_says(link, self.row):
            return ""
        if (link.id, self.name) not in self.told:
            return SAYS_OTHERWISE
        return TAKEN if same(self.name, self.before, self.after) else ""

    def _touched(self) -> bool:
        """Whether the value is another than the one decided for, or somebody else's."""
        if not same(self.name, self.golden.value(self.name), self.after):
            return True
        kind, whose = self.golden.source(self.name)[:2]
        if self.row.rule_id is not None:
            return self.row.decision == Decision.VENDOR and whose != self.row.link_id
        changed = self.row.decision != Decision.HUB
        return changed and [kind, whose] != ["person", self.row.decided_by_id]

    def _still_says(self, link: LinkWork, row: Conflict) -> bool:
        stated = link.stated.get(self.name, NOT_SAID)
        return link.state in SPEAKING and same(self.name, stated, row.vendor)

    def put_back(self, user_id: int) -> list[int]:
        """Do it; gives the questions that are open again: this one, and those that the decision
        had closed beside it."""
        source = self._source(user_id)
        asked = [row.pk for row in (self.row, *self._beside()) if self._ask(row)]
        set_back(self.work, self.golden, self.name, self.before, source, self.told)
        self._tidy()
        event = (self.golden.id, EventKind.UNDONE.value, self.row.link_id)
        changes = {self.name: [self.after, self.before]}
        self.work.events.append(NewEvent(*event, changes, TAKEN_BACK))
        return asked

    def _beside(self) -> Iterable[Conflict]:
        """The other vendors' questions that closed by themselves because of the decision."""
        links = [link.id for link in self.work.links_of[self.golden.id]]
        rows = Conflict.objects.filter(kind=ConflictKind.FIELD, field=self.name, link__in=links)
        return rows.filter(closed_at=self.row.closed_at, decision="").order_by("pk")

    def _ask(self, row: Conflict) -> bool:
        """Open a question again, its pair as it was, if the vendor still says the same."""
        link = self.work.links[row.link_id or 0]
        if not self._still_says(link, row) or (link.id, self.name) in self.work.open_fields:
            return False
        if row.base is not None:
            hub, vendor = row.base
            settle(link, self.name, paired(self.name, hub, vendor, row.reason or UNDONE))
        theirs = link.stated.get(self.name, NOT_SAID)
        sides = (self.name, self.before, theirs, row.reason)
        asked = OpenConflict(row.pk, self.golden.id, link.id, *sides)
        self.work.open_fields[link.id, self.name] = asked
        Conflict.objects.filter(pk=row.pk).update(hub=self.before, vendor=theirs, **UNDECIDED)
        return True

    def _source(self, user_id: int) -> list[Any]:
        """Whose the value was: read off the timeline, where the decision set it."""
        source = self.golden.source(self.name)
        by_decision = source[:2] == ["person", self.row.decided_by_id]
        if same(self.name, self.before, self.after) and not by_decision:
            return source
        lines = Event.objects.filter(customer=self.golden.id, pk__lt=self.event.pk)
        named = Q(changes__has_key=self.name, kind__in=SETTING) | Q(kind=EventKind.CREATED)
        columns = ("kind", "at", "changes", "link_id", "user_id", "run_id")
        steps = lines.filter(named).order_by("pk").values_list(*columns)
        by = setter((Step(*one) for one in steps), self.name)
        if by is not None and by.user_id is not None and by.kind in _BY_PEOPLE:
            return ["person", by.user_id, None, stamp(by.at)]
        if by is not None and by.link_id is not None:
            return ["link", by.link_id, by.run_id, stamp(by.at)]
        return self._guessed(user_id)

    def _guessed(self, user_id: int) -> list[Any]:
        """The same where the timeline does not tell: a link that says so, else who asks."""
        now = stamp(timezone.now())
        if self.before == EMPTY and not self.told:
            return ["", None, None, now]
        for link in self.work.links_of[self.golden.id]:
            if link.state in SPEAKING and same(self.name, link.stated.get(self.name), self.before):
                return ["link", link.id, None, now]
        return ["person", user_id, None, now]

    def _tidy(self) -> None:
        """What the decision had put beside the field, and what was a match key by it alone."""
        kept = self.golden.others.get(BESIDE.get(self.name, ""), [])
        kept[:] = [one for one in kept if not same(self.name, one, self.before)]
        refresh_search(self.work, self.golden.id)
        if self.row.decision == Decision.OTHER:
            gone = set(_typed(self.event)) - typed_keys(Sheet(self.golden))
            drop_typed(self.golden.id, gone)
            self.work.let_go_typed(gone, self.golden.id)
