"""Erase a person: everything that the hub knows of them goes, every vendor gets its line, and
no pull brings them back.

Each record at a vendor gets a line in the case. Where the vendor is asked to delete it, that is a
Write like any other; `pursuing` looks whether what is done by hand was done."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from msgspec import Struct

from customers import erased
from customers.connecting import can
from customers.forgetting import Traces, forget, locked_keys, sweep_keys, traces
from customers.models import (
    Customer,
    CustomerLink,
    Erasure,
    ErasureLine,
    ErasureState,
    Event,
    EventKind,
    LinkState,
    Write,
    WriteKind,
    WriteState,
)
from customers.persons import whole
from customers.repeating import RepeatError, repeated
from customers.ringing import push_soon

ASKED = "the vendor is asked to delete it"
CANNOT = "it cannot be deleted there by us: delete or anonymise it on the vendor's pages"
WRITES_OFF = "writing to this vendor is off: delete or anonymise it on the vendor's pages"
REMOVED = "the connection was removed: delete or anonymise it on the vendor's pages"
NOT_WISHED = "the vendor is not asked: delete or anonymise it on the vendor's pages"
SEEN_GONE = "the vendor said that it has it no more, and is asked once again"


class RefusedError(Exception):
    """This customer cannot be erased now; the text says why and what to do first."""


class AtVendor(Struct):
    """One record at one vendor. `able`: it could be deleted there by us, if a person asks.
    `note`: what will happen. `look`: the vendor is to be asked whether it is gone."""

    link: CustomerLink
    able: bool
    state: str
    note: str
    look: bool = False


class Preview(Struct):
    """What an erasure would do. `customers`: the ids that it blanks, the survivor's first.
    `refused`: why it cannot be done now, `""` if it can."""

    customer: Customer
    customers: list[int]
    records: list[AtVendor]
    traces: Traces
    refused: str


def preview(customer_id: int, *, ask: bool) -> Preview:
    """What erasing would do, everywhere; writes nothing. `ask`: the vendors that can delete are
    to be asked. Raises Customer.DoesNotExist."""
    ids = whole(customer_id)
    links = _links(ids)
    return Preview(
        customer=Customer.objects.get(pk=ids[0]),
        customers=ids,
        records=[_at_vendor(link, ask) for link in links],
        traces=traces(ids, links),
        refused=_refused(ids, links),
    )


def erase(customer_id: int, user: Any, *, reference: str = "", ask: bool = False) -> Erasure:
    """Erase the person whom a customer stands for. With `ask`, deletions are planned at vendors
    that can delete and that may be written to. `user` None: from the shell.

    Raises RefusedError, Customer.DoesNotExist."""
    found = _erase(customer_id, user, reference.strip(), ask)
    close_if_done(found.pk)
    found.refresh_from_db()
    return found


@repeated
def _erase(customer_id: int, user: Any, reference: str, ask: bool) -> Erasure:
    with transaction.atomic():
        ids = whole(customer_id)
        keys = locked_keys(ids)
        locked = Customer.objects.select_for_update().filter(pk__in=ids).order_by("pk")
        versions = dict(locked.values_list("pk", "version"))
        if whole(customer_id) != ids or locked_keys(ids) != keys:
            raise RepeatError("the customer changed while its locks were taken")
        links = _links(ids)
        refused = _refused(ids, links)
        if refused:
            raise RefusedError(refused)
        found = Erasure.objects.create(customer=ids[0], reference=reference, opened_by=user)
        lines = [_line(found, _at_vendor(one, ask)) for one in links]
        ErasureLine.objects.bulk_create(lines)
        erased.remember((link.connection_id, link.external_id) for link in links)
        forget(versions, links, keys)
        _plan_deletions(ids[0], lines, user)
        Event.objects.create(customer_id=ids[0], kind=EventKind.ERASED, user=user)
    return found


def _links(ids: Sequence[int]) -> list[CustomerLink]:
    links = CustomerLink.objects.filter(customer__in=ids).select_related("connection")
    return list(links.order_by("connection__name", "pk"))


def _refused(ids: Sequence[int], links: Sequence[CustomerLink]) -> str:
    if Customer.objects.filter(pk=ids[0], erased_at__isnull=False).exists():
        return "this customer was erased already"
    mine = Write.objects.filter(Q(customer__in=ids) | Q(link__in=links))
    if mine.filter(state=WriteState.SENT).exists():
        return "a vendor is being told about them this very moment: try again shortly"
    if mine.filter(state=WriteState.UNKNOWN, kind=WriteKind.CREATE).exists():
        return "it is not known whether a vendor made a record of them: settle that write first"
    return ""


# What becomes of it at the vendor


def _at_vendor(link: CustomerLink, ask: bool) -> AtVendor:
    can_delete = can(link.connection, "delete")
    able = can_delete and link.connection.writes and link.state != LinkState.ARCHIVED
    removed = link.connection.removed_at is not None
    look = can(link.connection, "get") and link.state in _SEEN_GONE and not removed
    if look:
        return AtVendor(link, able, ErasureState.BY_HAND, SEEN_GONE, look=True)
    if able and ask:
        return AtVendor(link, able, ErasureState.ASKED, ASKED)
    if able:
        return AtVendor(link, able, ErasureState.BY_HAND, NOT_WISHED)
    off = REMOVED if removed else WRITES_OFF
    return AtVendor(link, able, ErasureState.BY_HAND, off if can_delete else CANNOT)


_SEEN_GONE = (LinkState.QUARANTINED, LinkState.GONE, LinkState.ANONYMIZED)


def _line(erasure: Erasure, record: AtVendor) -> ErasureLine:
    return ErasureLine(
        erasure=erasure,
        connection=record.link.connection,
        external_id=record.link.external_id,
        state=record.state,
        note=record.note,
        due_at=timezone.now() if record.look else None,
    )


def _plan_deletions(customer_id: int, lines: Sequence[ErasureLine], user: Any) -> None:
    asked = [line for line in lines if line.state == ErasureState.ASKED]
    Write.objects.bulk_create(
        Write(
            kind=WriteKind.DELETE,
            customer_id=customer_id,
            connection_id=line.connection_id,
            erasure_line=line,
            user=user,
        )
        for line in asked
    )
    push_soon(line.connection_id for line in asked)


# The end of a case


def close_if_done(erasure_id: int) -> None:
    """A case ends when every line is confirmed and no key is left that nobody holds."""
    unconfirmed = ErasureLine.objects.exclude(state=ErasureState.CONFIRMED)
    sweep_keys()
    Erasure.objects.filter(pk=erasure_id, closed_at__isnull=True).exclude(
        pk__in=unconfirmed.values("erasure")
    ).update(closed_at=timezone.now())


def unclosed() -> list[int]:
    """Cases whose last step was cut off: nothing waits in them, and they are not closed."""
    unconfirmed = ErasureLine.objects.exclude(state=ErasureState.CONFIRMED)
    found = Erasure.objects.filter(closed_at__isnull=True)
    return list(found.exclude(pk__in=unconfirmed.values("erasure")).values_list("pk", flat=True))
