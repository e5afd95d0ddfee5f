"""One record deleted at a vendor, by a person's word alone. The vendor's own not-found, asked
for afterwards, confirms it."""

from django.db import transaction
from django.utils import timezone

from connectors.errors import (
    ConfigurationError,
    NotFoundError,
    NotSupportedError,
    OutcomeUnknownError,
    RejectedError,
    TemporaryError,
    UnexpectedResponseError,
)
from connectors.http import Request
from customers.leases import LeaseLostError
from customers.models import (
    OPEN,
    Conflict,
    ConflictKind,
    CustomerLink,
    LinkState,
    Write,
    WriteKind,
    WriteState,
)
from customers.sending import Sender
from customers.updating import ASK_AGAIN, CHANGED_SINCE, approved, link_of

STILL_THERE = "the vendor still has the record"


def delete(sender: Sender, write: Write) -> None:
    """Delete it there. Raises what an update raises."""
    link = link_of(write)
    try:
        request = sender.connector.prepare_delete(link.external_id)
    except NotSupportedError as error:
        sender.wait(write, str(error), ASK_AGAIN)
        return
    if not approved(sender, write, request):
        sender.settle(write, WriteState.PLANNED, CHANGED_SINCE, digest="")
        return
    with transaction.atomic():
        sender.lease.renew()
        if not sender.journal(write, request, customer_id=link.customer_id):
            return
    _send(sender, write, link, request)


def resolve(sender: Sender, write: Write) -> None:
    """Ask for it: gone is confirmed, there is not taken."""
    link = link_of(write)
    try:
        sender.connector.get(link.external_id)
    except NotFoundError:
        _gone(sender, write, link)
    except (TemporaryError, UnexpectedResponseError) as error:
        sender.unknown(write, error)
    else:
        sender.settle(write, WriteState.NOT_TAKEN, STILL_THERE)


def _send(sender: Sender, write: Write, link: CustomerLink, request: Request) -> None:
    try:
        sender.connector.send_delete(request, sender.starting)
    except LeaseLostError:
        sender.unsend(write)
        raise
    except NotFoundError:
        _gone(sender, write, link)
        return
    except RejectedError as error:
        sender.refuse(write, error, error.fields)
        return
    except (OutcomeUnknownError, UnexpectedResponseError) as error:
        sender.unknown(write, error)
        raise
    except (TemporaryError, ConfigurationError) as error:
        sender.wait(write, str(error), sender.pause(write.attempts))
        raise
    resolve(sender, write)


def _gone(sender: Sender, write: Write, link: CustomerLink) -> None:
    now = timezone.now()
    with transaction.atomic():
        sender.lease.renew()
        CustomerLink.objects.filter(pk=link.pk).update(
            state=LinkState.GONE, reread_at=None, written_at=now
        )
        Conflict.objects.filter(
            link=link, kind=ConflictKind.DELETED, closed_at__isnull=True
        ).update(closed_at=now, closing="deleted there")
        others = Write.objects.filter(link=link, kind=WriteKind.UPDATE, state__in=OPEN)
        others.update(state=WriteState.DROPPED, settled_at=now)
        sender.record(write, WriteState.CONFIRMED)
    sender.count(WriteState.CONFIRMED)
