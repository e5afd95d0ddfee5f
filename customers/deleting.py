"""One record deleted at a vendor, by a person's word alone: of a link, or of somebody who was
erased. The vendor's own not-found, asked for afterwards, confirms it."""

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
from customers import pursuing
from customers.absence import locked_link
from customers.erasing import CANNOT, close_if_done
from customers.leases import LeaseLostError
from customers.models import (
    OPEN,
    Conflict,
    ConflictKind,
    CustomerLink,
    ErasureLine,
    LinkState,
    Write,
    WriteKind,
    WriteState,
)
from customers.repeating import repeated
from customers.sending import Sender
from customers.updating import ASK_AGAIN, CHANGED_SINCE, MOST_ATTEMPTS, approved, link_of

STILL_THERE = "the vendor still has the record"


def delete(sender: Sender, write: Write) -> None:
    """Delete it there. Raises what an update raises."""
    try:
        request = _request(sender, write)
    except NotSupportedError as error:
        if write.erasure_line_id is None:
            sender.wait(write, str(error), ASK_AGAIN)
        else:  # whoever asked to be forgotten does not wait for an option
            sender.drop(write, CANNOT)
        return
    if request is None:
        sender.drop(write)
        return
    if not approved(sender, write, request):
        sender.settle(write, WriteState.PLANNED, CHANGED_SINCE, digest="")
        return
    with transaction.atomic():
        sender.lease.renew()
        if not sender.journal(write, request, customer_id=_customer(write)):
            return
    _send(sender, write, request)


def resolve(sender: Sender, write: Write) -> None:
    """Whether it was carried out, the vendor says: gone is confirmed. What is still there is
    asked for again, a bounded number of times: a deletion twice is a deletion."""
    _look(sender, write, again=write.attempts < MOST_ATTEMPTS)


def target(write: Write) -> str:
    """What the vendor calls the record; `""` once an erased person's is confirmed to be gone."""
    if write.erasure_line_id is None:
        return link_of(write).external_id
    lines = ErasureLine.objects.filter(pk=write.erasure_line_id)
    return lines.values_list("external_id", flat=True).get()


def _request(sender: Sender, write: Write) -> Request | None:
    external_id = target(write)
    return sender.connector.prepare_delete(external_id) if external_id else None


def _customer(write: Write) -> int:
    """Whose it is now: a link may have moved."""
    return write.customer_id if write.link_id is None else link_of(write).customer_id


def _send(sender: Sender, write: Write, request: Request) -> None:
    try:
        sender.connector.send_delete(request, sender.starting)
    except LeaseLostError:
        sender.unsend(write)
        raise
    except NotFoundError:
        _gone(sender, write, pursuing.NOT_FOUND)
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
    if sender.connector.can("get"):
        _look(sender, write, again=False)
    else:
        _gone(sender, write, pursuing.DELETED)


def _look(sender: Sender, write: Write, *, again: bool) -> None:
    external_id = target(write)
    if not external_id:
        sender.drop(write)
        return
    try:
        proof = pursuing.gone(sender.connector, external_id)
    except (TemporaryError, UnexpectedResponseError) as error:
        sender.unknown(write, error)
        return
    if proof:
        _gone(sender, write, proof)
    elif again:
        sender.settle(write, WriteState.PLANNED, due_at=timezone.now())
    else:
        sender.settle(write, WriteState.NOT_TAKEN, STILL_THERE)


@repeated
def _gone(sender: Sender, write: Write, proof: str) -> None:
    with transaction.atomic():
        sender.lease.renew()
        if write.erasure_line_id is None:
            _mark(link_of(write))
        sender.record(write, WriteState.CONFIRMED)
        if write.erasure_line_id is not None:
            pursuing.confirmed(write.erasure_line_id, None, proof)
    sender.count(WriteState.CONFIRMED)
    if write.erasure_line_id is not None:
        close_if_done(
            ErasureLine.objects.values_list("erasure_id", flat=True).get(pk=write.erasure_line_id)
        )


def _mark(link: CustomerLink) -> None:
    now = timezone.now()
    locked_link(link.pk)
    CustomerLink.objects.filter(pk=link.pk).update(
        state=LinkState.GONE, reread_at=None, written_at=now
    )
    Conflict.objects.filter(link=link, kind=ConflictKind.DELETED, closed_at__isnull=True).update(
        closed_at=now, closing="deleted there"
    )
    others = Write.objects.filter(link=link, kind=WriteKind.UPDATE, state__in=OPEN)
    others.update(state=WriteState.DROPPED, settled_at=now)
