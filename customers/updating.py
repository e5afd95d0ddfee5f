"""One update of one link: what it says is worked out as it is claimed, from a fresh read, and
what the vendor answers when it is read back decides."""

from collections.abc import Collection
from datetime import timedelta
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from connectors.base import Connector
from connectors.declare import Fetched
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
from connectors.records import CustomerRecord
from customers.carrying import body_text, digest, expected, record_of, taken
from customers.golden import Golden, stamp
from customers.leases import LeaseLostError
from customers.linking import Row
from customers.merging import NOT_TAKEN, Pair
from customers.models import CustomerLink, EventKind, LinkState, Write, WriteState
from customers.planning import Telling, telling, unreleased
from customers.repeating import RepeatError, repeated
from customers.sending import Sender
from customers.settling import settle
from customers.storing import Settling
from customers.values import EMPTY, NOT_SAID, Value, Values, same, to_json
from customers.workspace import LinkWork, NewEvent, Workspace

MOST_ATTEMPTS = 5
ASK_AGAIN = timedelta(hours=1)
NO_LINK = "the link is no longer active"
NOTHING_TO_SAY = "the two sides agree already"
CHANGED_SINCE = "what would be sent has changed since it was approved: approve it again"
UNREADABLE = "the vendor's record cannot be read, so it cannot be changed"


class _NothingToSend(Exception):
    """The write ended, or waits, for the reason that was recorded with it."""


def update(sender: Sender, write: Write) -> None:
    """Tell one vendor what moved. Raises TemporaryError, ConfigurationError (nothing was
    sent, the write waits), LeaseLostError."""
    link = link_of(write)
    if link.state != LinkState.ACTIVE:
        sender.drop(write, NO_LINK)
        return
    try:
        _look_first(sender, write, link)
        fetched = _read_again(sender, write, link)
        request = _claim(sender, write, fetched)
    except _NothingToSend:
        return
    _send(sender, write, link, request)


def resolve(sender: Sender, write: Write) -> None:
    """An update whose outcome is unknown: what the vendor says now decides. What was there
    before is sent again, a bounded number of times: an update twice is an update."""
    link = link_of(write)
    _read_back(sender, write, link, again=write.attempts < MOST_ATTEMPTS)


def link_of(write: Write) -> CustomerLink:
    return CustomerLink.objects.get(pk=write.link_id or 0)


# Before


def _look_first(sender: Sender, write: Write, link: CustomerLink) -> None:
    """What can be decided without the vendor, before it is asked."""
    work = Workspace(keep=True)
    work.load_customers([link.customer_id])
    if link.pk not in work.links:
        return  # it moved to another customer just now: the claim looks again
    fields = _fields(sender, write, work, telling(work, work.links[link.pk]))
    record = record_for(sender.connector, work.customers[link.customer_id], fields)
    _checked(sender, write, record)


def _fields(sender: Sender, write: Write, work: Workspace, tell: Telling) -> dict[str, list[Value]]:
    """Every field that moved and may be told now."""
    if not tell.fields:
        sender.drop(write, NOTHING_TO_SAY)
        raise _NothingToSend
    free, held = released(sender.connector, work.customers[tell.link.customer_id], tell.fields)
    if not free:
        sender.settle(write, WriteState.PLANNED, run_id=max(held))
        raise _NothingToSend
    return {name: tell.fields[name] for name in free}


def released(
    connector: Connector, golden: Golden, fields: Collection[str]
) -> tuple[list[str], set[int]]:
    """Of these fields those that may be told now, and the runs for which the others wait: all
    of them, where a value that rides along waits."""
    riding = _riding(connector, golden)
    runs = {name: golden.source(name)[2] for name in {*fields, *riding}}
    held = unreleased({run for run in runs.values() if run is not None})
    if any(runs[name] in held for name in riding):
        return [], held
    return [name for name in fields if runs[name] not in held], held


def record_for(connector: Connector, golden: Golden, fields: Collection[str]) -> CustomerRecord:
    """The fields told, with those that ride along."""
    values: Values = {name: golden.value(name) for name in fields}
    values |= {name: golden.value(name) for name in _riding(connector, golden)}
    return record_of(values)


def _riding(connector: Connector, golden: Golden) -> set[str]:
    """Fields that the vendor takes but never shows: they go as the hub has them."""
    unseen = connector.writable("update") - connector.readable
    return {name for name in unseen if golden.value(name) != EMPTY}


def _checked(sender: Sender, write: Write, record: CustomerRecord) -> None:
    """Whether the connector would send it at all: some must not, until an option says so."""
    try:
        sender.connector.demand("update")
        sender.connector.from_record(record, {})
    except NotSupportedError as error:
        sender.wait(write, str(error), ASK_AGAIN)
        raise _NothingToSend from None


def _read_again(sender: Sender, write: Write, link: CustomerLink) -> Fetched:
    """The vendor's record now; if it moved it is pulled first."""
    if not sender.connector.can("get"):
        return Fetched(link.raw.encode() or b"{}", timezone.now())
    try:
        fetched = sender.connector.get(link.external_id)
    except NotFoundError:
        sender.gone(write)
        raise _NothingToSend from None
    except UnexpectedResponseError as error:
        sender.wait(write, str(error), sender.pause(write.attempts + 1))
        raise _NothingToSend from None
    if sender.store.single(fetched.body, fetched.sent_at).set_aside:
        sender.wait(write, UNREADABLE, ASK_AGAIN)
        raise _NothingToSend
    return fetched


@repeated
def _claim(sender: Sender, write: Write, fetched: Fetched) -> Request:
    """Work out what is said, and keep it: committed before anything is sent."""
    with transaction.atomic():
        sender.lease.renew()
        write.refresh_from_db()
        owner = CustomerLink.objects.values_list("customer_id", flat=True).get(
            pk=write.link_id or 0
        )
        work = Workspace()
        work.load_customers([owner])
        link = work.links.get(write.link_id or 0)
        if link is None:
            raise RepeatError("the link moved to another customer")
        request = _request(sender, write, work, link, fetched)
    if request is None:
        raise _NothingToSend
    return request


def _request(
    sender: Sender, write: Write, work: Workspace, link: LinkWork, fetched: Fetched
) -> Request | None:
    try:
        fields = _fields(sender, write, work, telling(work, link))
        record = record_for(sender.connector, work.customers[link.customer_id], fields)
        _checked(sender, write, record)
    except _NothingToSend:
        return None
    key = uuid4()  # a write that is sent again says something else
    request = sender.connector.prepare_update(link.external_id, record, fetched.body, str(key))
    if not approved(sender, write, request):
        sender.settle(write, WriteState.PLANNED, CHANGED_SINCE, digest="")
        return None
    _, kept = sender.connector.read_row(fetched.body)
    owner = link.customer_id
    columns = {"fields": fields, "before": to_json(kept), "key": key, "customer_id": owner}
    if not sender.journal(write, request, **columns):
        return None
    CustomerLink.objects.filter(pk=link.id).update(written_at=timezone.now())
    return request


def approved(sender: Sender, write: Write, request: Request) -> bool:
    """Whether the request is the one that a person approved, where somebody had to."""
    if write.plan_id is None:
        return True
    body = body_text(request, sender.connector)
    return write.digest == digest(request.method, request.path, body)


# Sending


def _send(sender: Sender, write: Write, link: CustomerLink, request: Request) -> None:
    try:
        sender.connector.send_write(request, link.external_id, sender.starting)
    except LeaseLostError:
        sender.unsend(write)
        raise
    except RejectedError as error:
        sender.refuse(write, error, blame(sender, write, error))
        return
    except NotFoundError:
        sender.gone(write)
        return
    except (OutcomeUnknownError, UnexpectedResponseError) as error:
        _wrote(link)
        sender.unknown(write, error)
        raise
    except (TemporaryError, ConfigurationError) as error:
        sender.wait(write, str(error), sender.pause(write.attempts))
        raise
    _wrote(link)
    _read_back(sender, write, link, again=False)


def _wrote(link: CustomerLink) -> None:
    """Whatever was fetched until now may tell of the time before."""
    CustomerLink.objects.filter(pk=link.pk).update(written_at=timezone.now())


def blame(sender: Sender, write: Write, error: RejectedError) -> dict[str, str]:
    """The vendor's words by field: by ours where its name for it is known."""
    ours: dict[str, str] = {}
    for name, (_, sent) in write.fields.items():
        try:
            body = sender.connector.from_record(record_of({name: sent}), None)
        except NotSupportedError:
            continue
        ours |= dict.fromkeys(body, name)
    return {ours.get(theirs, theirs): words for theirs, words in error.fields.items()}


# After


def _read_back(sender: Sender, write: Write, link: CustomerLink, *, again: bool) -> None:
    try:
        fetched = sender.connector.get(link.external_id)
    except NotFoundError:
        sender.gone(write)
        return
    except (TemporaryError, UnexpectedResponseError) as error:
        sender.unknown(write, error)
        return
    if sender.store.settled(fetched, _ReadBack(sender, write, again)):
        sender.count(WriteState(write.state))
    else:
        sender.settle(write, WriteState.UNKNOWN, UNREADABLE, due_at=timezone.now() + ASK_AGAIN)


class _ReadBack(Settling):
    """What was sent is agreed, what was there before is apart, anything else is asked."""

    def __init__(self, sender: Sender, write: Write, again: bool) -> None:
        self.sender = sender
        self.write = write
        self.again = again
        connection = sender.connection
        self.would = expected(sender.connector, write.body, write.before, connection.country)

    def before(self, work: Workspace, link: LinkWork | None, row: Row) -> None:
        if link is None or row.record.anonymized:
            self.sender.record(self.write, WriteState.DROPPED, NO_LINK)
            return
        self.agreed: dict[str, list[Value]] = {}
        self.left: dict[str, list[Value]] = {}
        self.other: dict[str, list[Value]] = {}
        unsaid: dict[str, list[Value]] = {}
        for name, (before, sent) in self.write.fields.items():
            read = row.statement.values.get(name, NOT_SAID)
            if read is NOT_SAID:
                unsaid[name] = [before, sent]
            else:
                self._look(link, name, before, sent, read)
        self._believe(link, unsaid)
        self._record(work, link)

    def _look(self, link: LinkWork, name: str, before: Value, sent: Value, read: Value) -> None:
        if taken(name, sent, read, before, self.would.get(name)):
            _heard(link, name, read)
            settle(link, name, Pair(sent, read))
            self.agreed[name] = [before, read]
        elif same(name, before, read):
            self.left[name] = [sent, read]
            if not self.again:
                settle(link, name, Pair(sent, read, NOT_TAKEN))
        else:
            self.other[name] = [sent, read]

    def _believe(self, link: LinkWork, unsaid: dict[str, list[Value]]) -> None:
        """What is never returned is confirmed by the answer, or, where there was none, by
        the fields that went with it."""
        if self.again and not (self.agreed and not self.left):
            self.left |= unsaid
            return
        for name, (before, sent) in unsaid.items():
            settle(link, name, Pair(sent, sent))
            self.agreed[name] = [before, sent]

    def _record(self, work: Workspace, link: LinkWork) -> None:
        """Before the writer plans anew what is still to be told."""
        sender, write = self.sender, self.write
        if self.left and self.again:
            sender.record(write, WriteState.PLANNED, due_at=timezone.now())
            return
        amiss = bool(self.left or self.other)
        state = WriteState.NOT_TAKEN if amiss else WriteState.CONFIRMED
        now = timezone.now()
        Write.objects.filter(pk=write.pk).update(
            state=state, settled_at=now, message=_words(self.left, self.other)
        )
        write.state = state
        for kind, changes in ((EventKind.PUSHED, self.agreed), (EventKind.NOT_TAKEN, self.left)):
            if changes:
                work.events.append(NewEvent(link.customer_id, kind.value, link.id, changes, ""))


def _heard(link: LinkWork, name: str, read: Value) -> None:
    """The vendor states what we told it: no move of its own."""
    if link.stated.get(name) != read:
        link.stated = {**link.stated, name: read}
        link.changed[name] = stamp(timezone.now())


def _words(left: Collection[str], other: Collection[str]) -> str:
    if other:
        return "the vendor answers with another value: a question was opened"
    return "the vendor answers with what it had before" if left else ""
