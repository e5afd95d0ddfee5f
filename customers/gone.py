"""A record that the vendor has no more, or that it has anonymised: what a person decides.

`keep`: the customer stays as it is, and nobody is asked again unless the record returns.
`let go`: what this record alone stated counts no longer; what a person typed stays.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from msgspec import Struct

from customers.golden import Golden, stamp
from customers.merging import FELL_BACK
from customers.models import (
    Conflict,
    ConflictKind,
    CustomerLink,
    Decision,
    EventKind,
    KeyHolder,
    LinkState,
    Write,
    WriteState,
)
from customers.normalise import Key
from customers.repeating import RepeatError, repeated
from customers.settling import UNIQUE_FIELDS, pair_of, paired, settle
from customers.survivorship import Claim, choose
from customers.values import EMPTY, Value, same
from customers.workspace import LinkWork, NewEvent, Workspace
from customers.writing import Writer

LEFT = (LinkState.QUARANTINED.value, LinkState.ANONYMIZED.value)
KEPT = "kept: the customer stays as it is"
LET_GO = "let go: what this record alone stated counts no longer"
_SPEAKING = (LinkState.ACTIVE.value, LinkState.QUARANTINED.value)


class MovedError(Exception):
    """Something moved since the question was shown: it is asked again, nothing was written."""


class Change(Struct):
    """A golden value that would fall: to what, and whose that is (None: there is none left)."""

    field: str
    before: Value
    after: Value
    link_id: int | None


class Shown(Struct):
    """The question as a person sees it. `seen` is handed back with the decision."""

    seen: str
    falling: list[Change]


def shown(conflict: Conflict) -> Shown | None:
    """What letting go would change, as things stand; None where there is nothing to decide.
    Locks nothing."""
    work = Workspace(keep=True)
    link = _load(work, conflict)
    if link is None or not _is_open(work, link, conflict):
        return None
    golden = work.customers[link.customer_id]
    return Shown(_seen(golden, link), _falling(work, golden, link))


@repeated
def decide(conflict_id: int, decision: Decision, user: Any, seen: str) -> None:
    """Keep the customer or let the record go. Raises MovedError where the question is closed,
    the record returned, or the customer changed since it was `seen`."""
    with transaction.atomic():
        conflict = Conflict.objects.get(pk=conflict_id, kind=ConflictKind.DELETED)
        work = Workspace()
        work.load_links_keys([conflict.link_id or 0])
        held = work.keys_of_link[conflict.link_id or 0]
        work.lock_keys(held)
        link = _load(work, conflict)
        if link is None or not _is_open(work, link, conflict):
            raise MovedError("the record is back, or somebody decided meanwhile")
        golden = work.customers[link.customer_id]
        if _seen(golden, link) != seen:
            raise MovedError("the customer changed meanwhile: look again")
        if _keys_of(link.id) != set(held):
            raise RepeatError("the record's keys changed")
        how = LET_GO if decision == Decision.LET_GO else KEPT
        changes = _let_go(work, golden, link) if decision == Decision.LET_GO else {}
        _close(work, conflict, link, how, changes)
        Writer(work, link.connection_id, None, user.pk).write()
        Conflict.objects.filter(pk=conflict_id).update(decision=decision, decided_by=user)


def _load(work: Workspace, conflict: Conflict) -> LinkWork | None:
    link_id = conflict.link_id or 0
    owner = CustomerLink.objects.filter(pk=link_id).values_list("customer_id", flat=True)
    work.load_customers(owner)
    return work.links.get(link_id)


def _is_open(work: Workspace, link: LinkWork, conflict: Conflict) -> bool:
    return work.open_deleted.get(link.id) == conflict.pk and link.state in LEFT


def _seen(golden: Golden, link: LinkWork) -> str:
    return f"{golden.version}:{link.state}"


def _keys_of(link_id: int) -> set[Key]:
    held = KeyHolder.objects.filter(link=link_id).values_list("key__kind", "key__value")
    return {Key(kind, value) for kind, value in held}


# Letting go


def _let_go(work: Workspace, golden: Golden, link: LinkWork) -> dict[str, list[Value]]:
    """The record's values speak no more, and its keys are nobody's; gives what fell."""
    changes = {}
    for one in _falling(work, golden, link):
        golden.set(one.field, one.after, ["link", one.link_id, None, stamp(timezone.now())])
        _follow(work, golden, one.field)
        changes[one.field] = [one.before, one.after]
    if link.state == LinkState.QUARANTINED.value:
        link.state = LinkState.GONE.value
    link.dirty = True
    work.hold((), link.customer_id, link, "")
    for found in [one for one in work.open_fields.values() if one.link_id == link.id]:
        work.closed.append((work.open_fields.pop((link.id, found.field)).id, LET_GO))
    waiting = Write.objects.filter(link_id=link.id, state=WriteState.PLANNED)
    waiting.update(state=WriteState.DROPPED, settled_at=timezone.now())
    return changes


def _falling(work: Workspace, golden: Golden, link: LinkWork) -> list[Change]:
    """The golden values that only this record states."""
    found = []
    for name, value in sorted(golden.values.items()):
        if golden.source(name)[:2] != ["link", link.id] or _stated(work, link, name, value):
            continue
        best = choose(name, _claims(work, link, name))
        after = EMPTY if best is None else best.value
        found.append(Change(name, value, after, None if best is None else best.link))
    return found


def _others(work: Workspace, link: LinkWork) -> list[LinkWork]:
    mine = work.links_of[link.customer_id]
    return [one for one in mine if one.id != link.id and one.state in _SPEAKING]


def _stated(work: Workspace, link: LinkWork, name: str, value: Value) -> bool:
    return any(same(name, one.stated.get(name), value) for one in _others(work, link))


def _claims(work: Workspace, link: LinkWork, name: str) -> list[Claim]:
    others = _others(work, link)
    first = {one.connection_id: one.id for one in reversed(others)}
    return [
        Claim(one.id, one.stated[name], work.trust(one.connection_id), _changed_at(one, name))
        for one in others
        if name in one.stated and (name not in UNIQUE_FIELDS or first[one.connection_id] == one.id)
    ]


def _changed_at(link: LinkWork, name: str) -> datetime | None:
    return datetime.fromisoformat(link.changed[name]) if name in link.changed else None


def _follow(work: Workspace, golden: Golden, name: str) -> None:
    """The hub's value fell, nobody edited it: no vendor is told."""
    for link in work.links_of[golden.id]:
        pair = pair_of(link, name)
        if pair is not None and (link.id, name) not in work.open_fields:
            settle(link, name, paired(name, golden.value(name), pair.vendor, FELL_BACK))


def _close(
    work: Workspace,
    conflict: Conflict,
    link: LinkWork,
    how: str,
    changes: dict[str, list[Value]],
) -> None:
    del work.open_deleted[link.id]
    work.closed.append((conflict.pk, how))
    event = NewEvent(link.customer_id, EventKind.DECIDED.value, link.id, changes, how)
    work.events.append(event)
