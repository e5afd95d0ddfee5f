"""A record that the vendor has no more, or that it has anonymised: what a person decides.

`keep`: the customer stays as it is, and nobody is asked again unless the record returns.
`let go`: what this record alone stated counts no longer; what a person typed stays.
"""

from typing import Any

from django.db import transaction
from django.utils import timezone
from msgspec import Struct

from customers.choosing import claims, follow
from customers.golden import Golden, stamp
from customers.merging import FELL_BACK
from customers.models import (
    UNDECIDED,
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
from customers.reopening import TAKEN_BACK
from customers.repeating import RepeatError, repeated
from customers.settling import stated_elsewhere
from customers.survivorship import choose
from customers.values import EMPTY, Value
from customers.workspace import Decided, LinkWork, NewEvent, Workspace
from customers.writing import Writer

LEFT = (LinkState.QUARANTINED.value, LinkState.ANONYMIZED.value)
KEPT = "kept: the customer stays as it is"
NO_MORE = "a record that was let go comes back when its vendor has it again"
LET_GO = "let go: what this record alone stated counts no longer"


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
        del work.open_deleted[link.id]
        work.decided.append(Decided(conflict.pk, how, str(decision), user.pk))
        event = NewEvent(link.customer_id, EventKind.DECIDED.value, link.id, changes, how)
        work.events.append(event)
        Writer(work, link.connection_id, None, user.pk).write()


@repeated
def take_back(conflict_id: int, user_id: int) -> None:
    """Ask again about a record that a person decided to keep. Raises MovedError where it was let
    go, or is back."""
    with transaction.atomic():
        conflict = Conflict.objects.get(pk=conflict_id, kind=ConflictKind.DELETED)
        work = Workspace()
        link = _load(work, conflict)
        if conflict.decision == Decision.LET_GO:
            raise MovedError(NO_MORE)
        if link is None or link.state not in LEFT or link.id in work.open_deleted:
            raise MovedError("the record is back, or somebody decided meanwhile")
        Conflict.objects.filter(pk=conflict_id).update(customer=link.customer_id, **UNDECIDED)
        event = NewEvent(link.customer_id, EventKind.UNDONE.value, link.id, {}, TAKEN_BACK)
        work.events.append(event)
        Writer(work, link.connection_id, None, user_id).write()


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
        follow(work, golden, one.field, FELL_BACK)
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
        mine = golden.source(name)[:2] == ["link", link.id] and not golden.pinned(name)
        if not mine or stated_elsewhere(work, golden, link, name):
            continue
        best = choose(name, claims(work, golden, name, without=link.id))
        after = EMPTY if best is None else best.value
        found.append(Change(name, value, after, None if best is None else best.link))
    return found
