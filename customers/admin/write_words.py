"""What became of a write, in words; and of each field of a link, what is to be told there."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connectors.registry import vendors
from customers.admin.engine_words import say
from customers.admin.words import ago
from customers.models import Customer, CustomerLink, LinkState, Write, WriteKind, WriteState
from customers.outlets import outlet
from customers.planning import tellings
from customers.scheduling import MOST_SEARCHES
from customers.values import Value
from customers.workspace import Workspace

COLOURS = {
    WriteState.PLANNED: "info",
    WriteState.SENT: "info",
    WriteState.CONFIRMED: "success",
    WriteState.NOT_TAKEN: "warning",
    WriteState.REFUSED: "danger",
    WriteState.UNKNOWN: "warning",
    WriteState.DROPPED: "",
}
OFF = gettext_lazy("writing to this vendor is off")
CANNOT = gettext_lazy("this vendor cannot be told")


@dataclass
class PushState:
    """How one field, or one whole write, stands: a badge and a sentence."""

    badge: str
    colour: str
    words: str = ""


@dataclass
class Pushes:
    """What is under way at one link: by field, and as a whole. `told`: fields that wait to be
    told, with `[the vendor's value, ours]`."""

    fields: dict[str, PushState] = field(default_factory=dict)
    told: dict[str, list[Value]] = field(default_factory=dict)
    write: Write | None = None
    takes: frozenset[str] = frozenset()
    on: bool = False


def write_state(write: Write) -> PushState:
    state = WriteState(write.state)
    words = say(write.message) if write.message else ""
    if needs_person(write):
        words = words or _("nobody knows whether it was carried out: a person decides")
        return PushState(_("Decide"), "danger", words)
    return PushState(str(state.label), COLOURS[state], words)


def needs_person(write: Write) -> bool:
    """Whether a create was looked for in vain often enough."""
    lost = write.kind == WriteKind.CREATE and write.state == WriteState.UNKNOWN
    return lost and write.searched >= MOST_SEARCHES


def pushes(customer: Customer, links: list[CustomerLink]) -> dict[int, Pushes]:
    """For each of a customer's links, what is to be told there and what became of it: a fixed
    number of queries."""
    found = {link.pk: _ability(link) for link in links}
    for write in reversed(_last_writes(links)):
        _tell(found[write.link_id or 0], write)
    for link_id, told in _tellings(customer).items():
        if link_id in found:
            _wait(found[link_id], told)
    return found


def _ability(link: CustomerLink) -> Pushes:
    connection = link.connection
    if link.state != LinkState.ACTIVE or connection.vendor not in vendors():
        return Pushes()
    return Pushes(takes=outlet(connection).fields, on=connection.writes)


def _last_writes(links: list[CustomerLink]) -> list[Write]:
    rows = Write.objects.filter(link__in=[link.pk for link in links]).order_by("-id")
    return list(rows.exclude(state=WriteState.DROPPED)[:50])


def _tell(found: Pushes, write: Write) -> None:
    """Newer writes come later and have the last word."""
    state = WriteState(write.state)
    found.write = write
    for name in write.fields:
        words = write.field_messages.get(name) or write.message
        shown = say(words) if words else ""
        if state == WriteState.CONFIRMED:
            shown = ago(write.settled_at)
        if state == WriteState.UNKNOWN:
            shown = _("no answer came; it is looked up")
        found.fields[name] = PushState(str(state.label), COLOURS[state], shown)


def _tellings(customer: Customer) -> dict[int, dict[str, list[Value]]]:
    work = Workspace(keep=True)
    work.load_customers([customer.pk])
    work.considered.add(customer.pk)
    return {one.link.id: one.fields for one in tellings(work)}


def _wait(found: Pushes, told: dict[str, list[Value]]) -> None:
    found.told = told
    under_way = found.write is not None and found.write.state in (
        WriteState.SENT,
        WriteState.UNKNOWN,
    )
    for name in told:
        if under_way and found.write is not None and name in found.write.fields:
            continue
        words = found.write.message if found.write and found.write.state == "planned" else ""
        found.fields[name] = PushState(
            str(WriteState.PLANNED.label), COLOURS[WriteState.PLANNED], say(words) if words else ""
        )


def field_state(found: Pushes | None, name: str, differs: bool, reason: str) -> PushState | None:
    """Of one field of a link. What agrees and was never pushed needs no words."""
    if found is None:
        return None
    if name in found.fields and (differs or name in found.told or found.fields[name].colour):
        return found.fields[name]
    if not differs or reason:
        return None
    words = str(CANNOT) if name not in found.takes else ("" if found.on else str(OFF))
    return PushState(_("Not told"), "", words) if words else None


def told_only(found: Pushes | None, stated: dict[str, Any]) -> list[str]:
    """Fields that are told though the vendor never shows them."""
    if found is None:
        return []
    return [name for name in {**found.told, **found.fields} if name not in stated]
