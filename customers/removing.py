"""Delete one record at its vendor, by a person's word alone and only where the vendor can: the
customer stays. Planned here, sent and confirmed by a push."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from customers.absence import locked_link
from customers.connecting import can
from customers.models import CustomerLink, Event, EventKind, LinkState, Write, WriteKind
from customers.repeating import repeated

NOTE = "the record is to be deleted there"
CANNOT = "the vendor cannot be asked to delete a record"
WRITES_OFF = "writing to this vendor is off"
NOT_THERE = "the vendor has no such record any more"
WAITING = "it is to be deleted there already"


class RefusedError(Exception):
    """This record cannot be deleted there; the text says why."""


def refusal(link: CustomerLink) -> str:
    """Why a record cannot be deleted at its vendor, `""` if it can."""
    if not can(link.connection, "delete"):
        return CANNOT
    if not link.connection.writes:
        return WRITES_OFF
    if link.state in (LinkState.GONE, LinkState.ARCHIVED):
        return NOT_THERE
    return ""


@repeated
def plan(link_id: int, user: Any) -> Write:
    """Plan the deletion. Raises RefusedError, CustomerLink.DoesNotExist."""
    try:
        with transaction.atomic():
            link = locked_link(link_id)
            if link is None:
                raise CustomerLink.DoesNotExist
            why = refusal(link)
            if why:
                raise RefusedError(why)
            found = Write.objects.create(
                kind=WriteKind.DELETE,
                customer_id=link.customer_id,
                connection_id=link.connection_id,
                link=link,
                user=user,
            )
            Event.objects.create(
                customer_id=link.customer_id,
                kind=EventKind.PLANNED,
                at=timezone.now(),
                connection_id=link.connection_id,
                link=link,
                user=user,
                note=NOTE,
            )
    except IntegrityError:
        raise RefusedError(WAITING) from None
    return found
