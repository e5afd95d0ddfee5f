"""Remove a connection: nothing is pulled from it or told to it any more, its links are archived,
its credentials are wiped.

Its customers stay, with their values, keys, events and past runs. Done under the connection's
lease, in steps of which each can be done again: a removal that was cut off is simply repeated."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from msgspec import Struct

from customers import bulk, erasing
from customers.leases import BusyError, Lease, claim
from customers.models import (
    OPEN,
    UNFINISHED,
    Conflict,
    ConflictKind,
    Connection,
    Customer,
    CustomerLink,
    ErasureLine,
    ErasureState,
    Event,
    EventKind,
    FieldRule,
    LinkState,
    Run,
    RunState,
    SetAside,
    Write,
    WriteKind,
    WriteState,
)
from customers.repeating import RepeatError, repeated
from customers.secrets import Secrets
from customers.settling import SPEAKING

REMOVED = "the connection was removed"
BUSY = "a worker is talking to this vendor at the moment: try again shortly"
UNSETTLED = "it is not known whether the vendor made a record of somebody: settle that write first"
BLOCK = 1000


class RefusedError(Exception):
    """This connection cannot be removed now; the text says why and what to do first."""


class Foresight(Struct):
    """What a removal would do, in numbers. `refused`: why it cannot be now, `""` if it can."""

    links: int
    writes: int
    questions: int
    erasures: int
    set_aside: int
    rules: int
    refused: str = ""


def foretell(connection_id: int) -> Foresight:
    return Foresight(
        links=_links(connection_id).count(),
        writes=_writes(connection_id).count(),
        questions=_questions(connection_id).count(),
        erasures=_lines(connection_id).filter(state=ErasureState.ASKED).count(),
        set_aside=SetAside.objects.filter(connection=connection_id).count(),
        rules=_rules(connection_id).count(),
        refused=UNSETTLED if _unsettled(connection_id).exists() else "",
    )


def remove(connection_id: int, user: Any) -> None:
    """Remove it, or go on with that; one that is removed already is left as it is.

    Raises BusyError while a worker holds the connection, LeaseLostError when one took it over,
    RefusedError."""
    if not Connection.present.filter(pk=connection_id).exists():
        return
    lease = claim(connection_id, retry=False)
    if lease is None:
        raise BusyError(BUSY)
    try:
        _silence(lease)
        _archive(lease, user)
        _close(lease, user)
    finally:
        lease.release()


@repeated
def _silence(lease: Lease) -> None:
    """From here on nothing is pulled and nothing sent."""
    of = lease.connection_id
    with transaction.atomic():
        lease.renew()
        if _unsettled(of).exists():
            raise RefusedError(UNSETTLED)
        Connection.objects.filter(pk=of).update(enabled=False, writes=False, fill_empty=False)
        Run.objects.filter(connection=of, state__in=(RunState.HELD, *UNFINISHED)).update(
            state=RunState.FAILED, error=REMOVED, finished_at=timezone.now()
        )
        _drop(of)


def _drop(connection_id: int) -> None:
    """What waits is not sent, and whom the vendor was to forget is forgotten there by hand."""
    ended: dict[str, Any] = {"state": WriteState.DROPPED, "settled_at": timezone.now()}
    _writes(connection_id).filter(state=WriteState.REFUSED).update(**ended)  # its words stay
    _writes(connection_id).update(message=REMOVED, **ended)
    asked = _lines(connection_id).filter(state=ErasureState.ASKED)
    asked.update(state=ErasureState.BY_HAND, note=erasing.REMOVED)
    _lines(connection_id).update(due_at=None)


def _archive(lease: Lease, user: Any) -> None:
    after = 0
    while rows := list(
        _links(lease.connection_id).filter(pk__gt=after).order_by("pk").values_list("pk")[:BLOCK]
    ):
        after = rows[-1][0]
        _archive_block([pk for (pk,) in rows], lease, user)


@repeated
def _archive_block(ids: list[int], lease: Lease, user: Any) -> None:
    """Behind their customers, which every writer locks first."""
    links = _links(lease.connection_id).filter(pk__within=ids)
    with transaction.atomic():
        lease.renew()
        owners = sorted(set(links.values_list("customer", flat=True)))
        customers = Customer.objects.filter(pk__within=owners).order_by("pk")
        locked = set(customers.select_for_update().values_list("pk", flat=True))
        found = list(links.order_by("pk").values_list("pk", "customer"))
        if not locked.issuperset(customer for _, customer in found):
            raise RepeatError("a link moved to another customer")
        links.update(state=LinkState.ARCHIVED, reread_at=None)
        told = (EventKind.ARCHIVED.value, timezone.now(), lease.connection_id)
        by = (user.pk if user else None, "{}", REMOVED)
        rows = [(customer_id, *told, link_id, *by) for link_id, customer_id in found]
        bulk.insert(Event, _EVENT_COLUMNS, rows)


_EVENT_COLUMNS = (
    "customer_id",
    "kind",
    "at",
    "connection_id",
    "link_id",
    "user_id",
    "changes",
    "note",
)


@repeated
def _close(lease: Lease, user: Any) -> None:
    """The last step: what still hangs on the connection ends, and it is marked."""
    of, now = lease.connection_id, timezone.now()
    with transaction.atomic():
        lease.renew()
        _drop(of)
        _questions(of).update(closed_at=now, closing=REMOVED)
        _rules(of).update(enabled=False, ended_at=now, ended_by=user)
        SetAside.objects.filter(connection=of).delete()
        Connection.objects.filter(pk=of).update(
            credentials=Secrets(),
            fingerprint="",
            health_note="",
            write_note="",
            removed_at=now,
            removed_by=user,
        )


# What hangs on a connection


def _links(connection_id: int) -> "QuerySet[CustomerLink]":
    return CustomerLink.objects.filter(connection=connection_id, state__in=SPEAKING)


def _writes(connection_id: int) -> "QuerySet[Write]":
    """Those that wait, for their turn or for a person."""
    waiting = (*OPEN, WriteState.REFUSED)
    return Write.objects.filter(connection=connection_id, state__in=waiting).order_by()


def _unsettled(connection_id: int) -> "QuerySet[Write]":
    """Creates that may have been carried out: dropped, they would be lost sight of."""
    sent = (WriteState.SENT, WriteState.UNKNOWN)
    return _writes(connection_id).filter(kind=WriteKind.CREATE, state__in=sent)


def _questions(connection_id: int) -> "QuerySet[Conflict]":
    """The open ones about its records; whether two customers are one is still to be asked."""
    about = (ConflictKind.FIELD, ConflictKind.DELETED)
    return Conflict.objects.filter(
        link__connection=connection_id, kind__in=about, closed_at__isnull=True
    ).order_by()


def _lines(connection_id: int) -> "QuerySet[ErasureLine]":
    lines = ErasureLine.objects.filter(connection=connection_id).order_by()
    return lines.exclude(state=ErasureState.CONFIRMED)


def _rules(connection_id: int) -> "QuerySet[FieldRule]":
    return FieldRule.objects.filter(connection=connection_id, enabled=True).order_by()
