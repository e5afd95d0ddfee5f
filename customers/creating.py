"""One create at one vendor: searched for before, and never made a second time on a guess.

The journal of a create: `before` is JSON, what the search before it met (`found`: ids,
`whole`: there was nobody else) and, once it is unknown, who may be it (`candidates`).
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
from django.db import transaction
from django.utils import timezone

from connectors.base import Connector
from connectors.declare import Fetched, Written
from connectors.errors import (
    ConfigurationError,
    NotFoundError,
    NotSupportedError,
    OutcomeUnknownError,
    RejectedError,
    TemporaryError,
    UnexpectedResponseError,
)
from connectors.finding import Found, find
from connectors.http import Request
from connectors.records import CustomerRecord
from customers.carrying import expected, record_of, taken
from customers.golden import Golden
from customers.leases import LeaseLostError
from customers.linking import Row
from customers.matching import MAX_QUESTIONS, names_agree
from customers.merging import FIRST_LINK, Pair
from customers.models import (
    OPEN,
    Customer,
    CustomerLink,
    EventKind,
    LinkState,
    NotSame,
    Write,
    WriteKind,
    WriteState,
)
from customers.normalise import Statement, all_keys, state
from customers.outlets import Outlet
from customers.planning import unreleased
from customers.repeating import RepeatError, repeated
from customers.restoring import review
from customers.sending import Sender
from customers.settling import settle
from customers.storing import Settling
from customers.strangers import names_in
from customers.updating import ASK_AGAIN, CHANGED_SINCE, UNREADABLE, approved, blame
from customers.values import EMPTY, NOT_SAID, Value, Values, canonical, same, to_json
from customers.workspace import LinkWork, NewEvent, Workspace
from customers.writing import Writer

# The vendor's clock and ours need not be one.
CLOCKS_APART = timedelta(seconds=60)
ERASED = "the person was erased"
KNOWN_THERE = "the vendor knows this customer already"
ANOTHERS = "the vendor has such a record, and it belongs to another customer here: are they one?"
_HERE = (LinkState.ACTIVE, LinkState.QUARANTINED)


class _NothingToSend(Exception):
    """The write ended, or waits, for the reason that was recorded with it."""


def create(sender: Sender, write: Write) -> None:
    """Search, then create. Raises TemporaryError, ConfigurationError (nothing was sent, the
    write waits), OutcomeUnknownError (recorded), LeaseLostError."""
    try:
        values = _values(sender, write)
        found = _search_before(sender, write, values)
        request = _claim(sender, write, found)
    except _NothingToSend:
        return
    _send(sender, write, request)


def resolve(sender: Sender, write: Write) -> None:
    """A create whose outcome is unknown: by the id that it gave, by the key that it had, by
    a search. What stays unknown is a person's to decide."""
    if write.external_id:
        _link(sender, write, None)
    elif _may_replay(sender, write):
        _replay(sender, write)
    else:
        _search_after(sender, write)


# Before


def _values(sender: Sender, write: Write) -> Values:
    """What would be created. What is lacking is named before anything is asked."""
    customer = survivor(write)
    if Customer.objects.filter(pk=customer, erased_at__isnull=False).exists():
        sender.drop(write, ERASED)
        raise _NothingToSend
    here = CustomerLink.objects.filter(
        customer_id=customer, connection=sender.connection, state__in=_HERE
    ).first()
    if here is not None:
        sender.drop(write, KNOWN_THERE, link_id=here.pk)
        raise _NothingToSend
    work = Workspace(keep=True)
    work.load_customers([customer])
    golden = work.customers[customer]
    values = creatable(sender.connector, golden.values)
    _released(sender, write, golden, values)
    _whole(sender, write, values)
    return values


def survivor(write: Write) -> int:
    """The customer of a write, or the one that it was merged into since."""
    customer_id = write.customer_id
    while into := Customer.objects.values_list("merged_into", flat=True).get(pk=customer_id):
        customer_id = into
    return customer_id


def creatable(connector: Connector, values: Values) -> Values:
    """The values that a create at this vendor carries."""
    fields = connector.writable("create")
    if fields:
        fields |= connector.capabilities["create"].beside
    outlet = Outlet(0, fields, connector.document_types)
    return {k: v for k, v in values.items() if v != EMPTY and outlet.takes(k, v)}


def _released(sender: Sender, write: Write, golden: Golden, values: Values) -> None:
    held = waits_for(golden, values)
    if held:
        sender.settle(write, WriteState.PLANNED, run_id=max(held))
        raise _NothingToSend


def waits_for(golden: Golden, values: Values) -> set[int]:
    """The runs that took these values and are not released yet."""
    runs = {golden.source(name)[2] for name in values}
    return unreleased({run for run in runs if run is not None})


def _whole(sender: Sender, write: Write, values: Values) -> None:
    try:
        sender.connector.prepare_create(record_of(values), str(write.key))
    except RejectedError as error:
        sender.refuse(write, error, error.fields)
        raise _NothingToSend from None
    except NotSupportedError as error:
        sender.wait(write, str(error), ASK_AGAIN)
        raise _NothingToSend from None


def _search_before(sender: Sender, write: Write, values: Values) -> Found:
    """Whom the vendor knows already is linked, or asked about, and not created."""
    record = record_of(values)
    found = find(sender.connector, record, _wanted(sender, values))
    known = dict(
        CustomerLink.objects.filter(
            connection=sender.connection, external_id__in=list(found.rows)
        ).values_list("external_id", "customer_id")
    )
    for external_id, fetched in found.rows.items():
        if external_id not in known:
            sender.store.single(fetched.body, fetched.sent_at)
    if found.rows:
        _stop_if_known(sender, write, list(found.rows))
    return found


def _stop_if_known(sender: Sender, write: Write, ids: list[str]) -> None:
    customer = survivor(write)
    owners = dict(
        CustomerLink.objects.filter(connection=sender.connection, external_id__in=ids).values_list(
            "customer_id", "pk"
        )
    )
    if customer in owners:
        sender.drop(write, KNOWN_THERE, link_id=owners[customer])
        raise _NothingToSend
    others = {one for one in owners if not _told_apart(customer, one)}
    if others:
        _ask(sender, write, customer, sorted(others))
        raise _NothingToSend


def _told_apart(one: int, other: int) -> bool:
    """Whether a person said that the two customers are not the same."""
    return NotSame.objects.filter(one=min(one, other), other=max(one, other)).exists()


@repeated
def _ask(sender: Sender, write: Write, customer: int, others: list[int]) -> None:
    """A record there belongs to somebody else here: a person says whether they are one."""
    with transaction.atomic():
        sender.lease.renew()
        work = Workspace()
        work.load_customers([customer, *others])
        for other in others[:MAX_QUESTIONS]:
            _ask_pair(work, customer, other)
        Writer(work, sender.connection.pk, None).write()
        sender.record(write, WriteState.REFUSED, ANOTHERS)


def _ask_pair(work: Workspace, customer: int, other: int) -> None:
    if other in work.customers and work.ask_pair(customer, other, None, ANOTHERS):
        work.events.append(NewEvent(customer, EventKind.ASKED.value, None, {}, ANOTHERS))


def _wanted(sender: Sender, values: Values) -> Callable[[bytes], bool]:
    """Whether a record of the vendor's may be this customer: a key in common and names that
    agree, or, for one without keys, the same name."""
    keys = set(all_keys(values, {}))
    names = names_in(values)

    def wanted(row: bytes) -> bool:
        statement = _statement(sender, row)
        if keys:
            shared = bool(keys & set(statement.keys))
            return shared and names_agree(names, names_in(statement.values))
        return same("name", values.get("name"), statement.values.get("name"))

    return wanted


def _statement(sender: Sender, row: bytes) -> Statement:
    record, _ = sender.connector.read_row(row)
    return state(record, sender.connection.country)


# Sending


@repeated
def _claim(sender: Sender, write: Write, found: Found) -> Request:
    with transaction.atomic():
        sender.lease.renew()
        write.refresh_from_db()
        request = _request(sender, write, found)
    if request is None:
        raise _NothingToSend
    return request


def _request(sender: Sender, write: Write, found: Found) -> Request | None:
    customer = survivor(write)
    work = Workspace()
    work.load_customers([customer])
    values = creatable(sender.connector, work.customers[customer].values)
    try:
        _released(sender, write, work.customers[customer], values)
        _whole(sender, write, values)
    except _NothingToSend:
        return None
    if _another_under_way(sender, write, customer):
        sender.settle(write, WriteState.PLANNED, due_at=timezone.now() + ASK_AGAIN)
        return None
    key = write.key if _key_holds(sender, write) else uuid4()
    request = sender.connector.prepare_create(record_of(values), str(key))
    if not approved(sender, write, request):
        sender.settle(write, WriteState.PLANNED, CHANGED_SINCE, digest="")
        return None
    met = {"found": sorted(found.rows), "whole": found.whole}
    columns = {
        "fields": {name: [None, value] for name, value in values.items()},
        "before": to_json(met), "key": key, "customer_id": customer, "searched": 0,
    }  # fmt: skip
    return request if sender.journal(write, request, **columns) else None


def _another_under_way(sender: Sender, write: Write, customer: int) -> bool:
    """Of customers that were merged, each may have had one: first the other comes to its end."""
    mine = Write.objects.filter(kind=WriteKind.CREATE, state__in=OPEN, customer=customer)
    return mine.filter(connection=sender.connection).exclude(pk=write.pk).exists()


def _key_holds(sender: Sender, write: Write) -> bool:
    """An id of ours stays the write's own, so that the vendor itself refuses a second one; a
    key whose answer the vendor has forgotten is worth nothing."""
    return write.sent_at is None or not sender.connector.replay_minutes


def _send(sender: Sender, write: Write, request: Request) -> None:
    try:
        written = sender.connector.send_write(request, "", sender.starting)
    except LeaseLostError:
        sender.unsend(write)
        raise
    except RejectedError as error:
        _refused(sender, write, error)
        return
    except (OutcomeUnknownError, UnexpectedResponseError, NotFoundError) as error:
        sender.unknown(write, error)
        raise OutcomeUnknownError(str(error)) from None
    except (TemporaryError, ConfigurationError) as error:
        sender.wait(write, str(error), sender.pause(write.attempts))
        raise
    _answered(sender, write, written)


def _refused(sender: Sender, write: Write, error: RejectedError) -> None:
    """One that was sent before may be refused because it is there: look, then believe it. A
    replay says nothing of what became of the first sending."""
    if write.attempts > 1 and _adopt(sender, write, _find(sender, write)):
        return
    if sender.claimed_from == WriteState.UNKNOWN:
        _look_later(sender, write, str(error))
        return
    sender.refuse(write, error, blame(sender, write, error))


def _answered(sender: Sender, write: Write, written: Written) -> None:
    """The id that the vendor gave is kept before anything else is done with it."""
    write.external_id = written.external_id
    with transaction.atomic():
        sender.lease.renew()
        Write.objects.filter(pk=write.pk).update(external_id=written.external_id)
    _link(sender, write, written)


def _link(sender: Sender, write: Write, written: Written | None) -> None:
    """Read the record that was created, and link it."""
    try:
        fetched = _created(sender, write, written)
    except (TemporaryError, UnexpectedResponseError, NotFoundError) as error:
        _look_later(sender, write, str(error))
        return
    if sender.store.settled(fetched, _Linked(sender, write)):
        sender.count(WriteState.CONFIRMED)
    else:
        _look_later(sender, write, UNREADABLE)


def _created(sender: Sender, write: Write, written: Written | None) -> Fetched:
    if sender.connector.can("get"):
        return sender.connector.get(write.external_id)
    if written is None or written.body is None:
        raise UnexpectedResponseError("the vendor shows no single record")
    return Fetched(written.body, written.sent_at)


class _Linked(Settling):
    """The record that we created: what it states of what was sent is agreed."""

    def __init__(self, sender: Sender, write: Write) -> None:
        self.sender = sender
        self.write = write
        self.own = self.customer = survivor(write)
        self.would = expected(sender.connector, write.body, "", sender.connection.country)

    def before(self, work: Workspace, link: LinkWork | None, row: Row) -> None:
        """Behind the customers' locks: a merge or an unmerge since may have moved the create."""
        self.write.customer_id = Write.objects.values_list("customer").get(pk=self.write.pk)[0]
        owner = survivor(self.write)
        if owner != self.own:
            self.own = self.customer = owner
            raise RepeatError("the create went to another customer")

    def after(self, work: Workspace, link: LinkWork, row: Row) -> None:
        """Where a pull was there first, its link stands; where it took the record for somebody
        else's, a person is asked whether they are one."""
        for name, (_, value) in self.write.fields.items():
            if link.new:
                self._settle(work, link, name, value, row.statement.values.get(name, NOT_SAID))
        review(work, link.customer_id, {})
        _ask_pair(work, self.customer, link.customer_id)
        told: dict[str, Any] = {"link_id": link.id, "external_id": link.external_id}
        self.sender.record(self.write, WriteState.CONFIRMED, **told)

    def _settle(self, work: Workspace, link: LinkWork, name: str, sent: Value, read: Value) -> None:
        """Where both sides have moved on from what was sent, a person is asked."""
        moved = not same(name, work.customers[link.customer_id].value(name), sent)
        if read is NOT_SAID:
            settle(link, name, Pair(sent, sent))
        elif taken(name, sent, read, NOT_SAID, self.would.get(name)):
            settle(link, name, Pair(sent, read))
        elif moved and canonical(name, read) != "":
            settle(link, name, Pair(sent, sent))
        else:
            settle(link, name, Pair(sent, read, FIRST_LINK))


# When the outcome is unknown


def _may_replay(sender: Sender, write: Write) -> bool:
    """Whether the same key and body may be sent again without being carried out twice."""
    minutes = sender.connector.replay_minutes
    if not minutes or write.sent_at is None:
        return False
    return timezone.now() + timedelta(minutes=2) < write.sent_at + timedelta(minutes=minutes)


def _replay(sender: Sender, write: Write) -> None:
    body: dict[str, Any] = msgspec.json.decode(write.body)
    request = sender.connector.create_request(body, str(write.key))
    first = write.sent_at
    with transaction.atomic():
        sender.lease.renew()
        if not sender.journal(write, request, sent_at=first):
            return
    _send(sender, write, request)


def _search_after(sender: Sender, write: Write) -> None:
    if not _adopt(sender, write, _find(sender, write)):
        _look_later(sender, write, write.message)


def _find(sender: Sender, write: Write) -> Found:
    values = {name: sent for name, (_, sent) in write.fields.items()}
    wanted = _wanted(sender, values)
    key = str(write.key)

    def ours(row: bytes) -> bool:
        return _is_ours(sender, row, key) or wanted(row)

    return find(sender.connector, record_of(values), ours)


def _is_ours(sender: Sender, row: bytes, key: str) -> bool:
    _, raw = sender.connector.read_row(row)
    return sender.connector.own_id(raw) == key


def _adopt(sender: Sender, write: Write, found: Found) -> bool:
    """Link the record that is ours: by our own id, or since it was created after the sending
    and matches. Anybody else who may be it is kept for a person to choose."""
    key = str(write.key)
    met: dict[str, Any] = msgspec.json.decode(write.before or "{}")
    ours = [one for one, row in found.rows.items() if _is_ours(sender, row.body, key)]
    after = [
        one
        for one, row in found.rows.items()
        if one not in met.get("found", ()) and _created_since(sender, row, write.sent_at, met)
    ]
    chosen = ours or (after if len(after) == 1 else [])
    if not chosen:
        met["candidates"] = sorted(found.rows)
        write.before = to_json(met)
        Write.objects.filter(pk=write.pk).update(before=write.before)
        return False
    write.external_id = chosen[0]
    linked = sender.store.settled(found.rows[chosen[0]], _Linked(sender, write))
    sender.tally[WriteState.CONFIRMED.value] += linked
    return linked


def _created_since(
    sender: Sender, row: Fetched, sent_at: datetime | None, met: dict[str, Any]
) -> bool:
    """By the vendor's word; where it tells no time, by our own search, which had seen the
    whole list and not this record."""
    record: CustomerRecord = sender.connector.read_row(row.body)[0]
    if record.created_at is not None and sent_at is not None:
        return record.created_at >= sent_at - CLOCKS_APART
    return bool(met.get("whole"))


def _look_later(sender: Sender, write: Write, message: str) -> None:
    """Again after a longer while, a bounded number of times; then a person decides."""
    searched = write.searched + 1
    sender.settle(
        write, WriteState.UNKNOWN, message, searched=searched, due_at=sender.after(searched, 4)
    )
