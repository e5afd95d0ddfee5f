"""A customer's timeline: who changed what, from what to what; by field, by vendor, in pages.

A page costs the same however long the timeline is: it goes on from the last event shown, and
looks at no more than `WINDOW` events for those that a filter leaves.
"""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from customers.admin.engine_words import say
from customers.admin.words import FIELD_LABELS, ago, label, moment, shown
from customers.families import merged_into
from customers.models import Connection, CustomerLink, Event, EventKind

FIRST = 20  # on the customer's page
MOST = 50
WINDOW = 500

ICONS = {
    EventKind.CREATED: "person_add",
    EventKind.LINKED: "link",
    EventKind.CHANGED: "edit_note",
    EventKind.EDITED: "edit",
    EventKind.STATED: "record_voice_over",
    EventKind.ASKED: "help",
    EventKind.CLOSED: "task_alt",
    EventKind.MISSING: "visibility_off",
    EventKind.RETURNED: "visibility",
    EventKind.ANONYMIZED: "person_off",
    EventKind.DECIDED: "gavel",
    EventKind.RULED: "rule",
    EventKind.PINNED: "keep",
    EventKind.UNPINNED: "keep_off",
    EventKind.IGNORED: "block",
    EventKind.HEEDED: "check_circle",
    EventKind.MERGED: "merge",
    EventKind.UNMERGED: "call_split",
    EventKind.NOT_SAME: "group_off",
    EventKind.PLANNED: "schedule_send",
    EventKind.PUSHED: "send",
    EventKind.NOT_TAKEN: "unsubscribe",
    EventKind.REFUSED: "error",
    EventKind.UNKNOWN: "question_mark",
    EventKind.REMOVED: "delete",
    EventKind.ERASED: "ink_eraser",
    EventKind.UNDONE: "undo",
    EventKind.ARCHIVED: "archive",
}


@dataclass
class Line:
    """One event. `changes`: (field, before, after) in the reader's words."""

    kind: str
    icon: str
    who: str
    ago: str
    when: str
    note: str
    changes: list[tuple[str, str, str]]
    run: int | None = None


@dataclass(frozen=True)
class Filter:
    """Which events are wanted: of a field, of a connection, older than an event."""

    field: str = ""
    connection: int | None = None
    before: int | None = None

    @classmethod
    def asked(cls, query: QueryDict) -> "Filter":
        """What an address asks for; what makes no sense asks for nothing."""
        field = query.get("field", "")
        return cls(
            field if field in FIELD_LABELS else "",
            _number(query.get("connection", "")),
            _number(query.get("before", "")),
        )

    @property
    def narrows(self) -> bool:
        return bool(self.field or self.connection is not None)

    def query(self, before: int) -> str:
        """The address's query for what is older than an event."""
        found = QueryDict(mutable=True)
        if self.field:
            found["field"] = self.field
        if self.connection is not None:
            found["connection"] = str(self.connection)
        found["before"] = str(before)
        return found.urlencode()


def timeline(
    customer_id: int, wanted: Filter = Filter(), most: int = MOST
) -> tuple[list[Line], str]:
    """Events of a customer and of those merged into it, newest first, and the query of those
    before them (`""`: none)."""
    window = WINDOW if wanted.narrows else most + 1
    ids = _newest(merged_into([customer_id]), wanted.before, window)
    events = Event.objects.filter(pk__within=ids).select_related("connection", "user")
    found = sorted(_narrowed(events, wanted), key=lambda one: -one.pk)
    further = ids[-1] if wanted.narrows and len(ids) == window else None
    more = found[most - 1].pk if len(found) > most else further
    return [line(event) for event in found[:most]], wanted.query(more) if more else ""


def _newest(customers: set[int], before: int | None, number: int) -> list[int]:
    """The newest events of these customers: of each the first few by its index, since asked for
    together they would all be read and sorted."""
    ids: list[int] = []
    for one in customers:
        rows = Event.objects.filter(customer=one).order_by("-id")
        older = rows.filter(pk__lt=before) if before is not None else rows
        ids += older.values_list("pk", flat=True)[:number]
    return sorted(ids, reverse=True)[:number]


def _narrowed(events: QuerySet[Event], wanted: Filter) -> QuerySet[Event]:
    if wanted.field:
        events = events.filter(changes__has_key=wanted.field)
    if wanted.connection is not None:
        events = events.filter(connection=wanted.connection)
    return events


def choices(customer_id: int, wanted: Filter) -> dict[str, Any]:
    """What the filter of a customer's timeline offers: fields, and the connections that know
    the customer."""
    linked = CustomerLink.objects.filter(customer=customer_id).values("connection")
    return {
        "wanted": wanted,
        "fields": [(name, label(name)) for name in FIELD_LABELS],
        "connections": list(Connection.objects.filter(pk__in=linked).only("name")),
    }


def line(event: Event) -> Line:
    return Line(
        kind=str(event.get_kind_display()),
        icon=ICONS.get(EventKind(event.kind), "history"),
        who=_who(event),
        ago=ago(event.at),
        when=moment(event.at),
        note=say(event.note),
        changes=[
            (
                label(field),
                "" if pair[0] == pair[1] else shown(field, pair[0]),
                shown(field, pair[1]),
            )
            for field, pair in event.changes.items()
        ],
        run=event.run_id,
    )


def person(user: Any) -> str:
    """A person who logs in, in words."""
    return (user.get_full_name() or user.get_username()) if user else _("by itself")


def _who(event: Event) -> str:
    """The person, and the vendor that it came from or went to."""
    who = person(event.user) if event.user else None
    found = [str(one) for one in (who, event.connection) if one]
    return " · ".join(found) if found else _("by itself")


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None
