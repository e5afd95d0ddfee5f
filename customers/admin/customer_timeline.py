"""A customer's timeline: who changed what, from what to what."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from customers.admin.engine_words import say
from customers.admin.words import ago, label, moment, shown
from customers.models import Event, EventKind

MOST = 50

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
    EventKind.PLANNED: "schedule_send",
    EventKind.REMOVED: "delete",
    EventKind.ERASED: "person_remove",
    EventKind.UNDONE: "undo",
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


def timeline(customer_id: int) -> list[Line]:
    """The last events of a customer, newest first."""
    events = (
        Event.objects.filter(customer_id=customer_id)
        .select_related("connection", "user")
        .order_by("-id")[:MOST]
    )
    return [line(event) for event in events]


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
    )


def _who(event: Event) -> str:
    if event.user is not None:
        return event.user.get_full_name() or event.user.get_username()
    if event.connection is not None:
        return str(event.connection)
    return _("by itself")
