"""One holder's hands for the writes of one connection: the journal before a request leaves,
and what came of it, recorded at once and only while the lease holds."""

from collections import Counter
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from connectors.base import Connector
from connectors.errors import ConfigurationError, ConnectorError, RejectedError
from connectors.http import Request
from customers import bulk, pursuing
from customers.absence import GONE, quarantine
from customers.carrying import body_text
from customers.guarding import Guard, HoldError, Limits, limits
from customers.leases import Lease
from customers.models import (
    Connection,
    CustomerLink,
    Event,
    EventKind,
    LinkState,
    Run,
    RunKind,
    Write,
    WriteKind,
    WriteState,
)
from customers.storing import Store

LONGEST_WAIT = timedelta(hours=6)
# Of a lease's time, how much a writing request may take: it must be over before the lease is.
SHARE_OF_LEASE = 0.9
_NO_LIMITS = Limits(1.0, 0, 1.0, 0, 0.0)
_EVENTS = {
    WriteState.CONFIRMED: EventKind.PUSHED,
    WriteState.NOT_TAKEN: EventKind.NOT_TAKEN,
    WriteState.REFUSED: EventKind.REFUSED,
    WriteState.UNKNOWN: EventKind.UNKNOWN,
}


class Sender:
    """The connection, its connector, its lease, and counts of what came of its writes.
    `claimed_from`: the state of the write that was journalled last, before that."""

    def __init__(self, connection: Connection, connector: Connector, lease: Lease) -> None:
        self.connection = connection
        self.connector = connector
        self.lease = lease
        self.tally: Counter[str] = Counter()
        self.claimed_from = WriteState.PLANNED
        run = Run(connection=connection, kind=RunKind.PUSH)
        self.store = Store(connection, connector, run, lease, released_guard())

    # Before the first byte

    def journal(self, write: Write, request: Request, **columns: Any) -> bool:
        """Keep the exact request, inside the caller's transaction, which holds the lease;
        False where the write is no longer there to be sent."""
        bulk.firm()
        body = body_text(request, self.connector)
        kept = {
            "state": WriteState.SENT, "generation": self.lease.generation,
            "method": request.method, "path": request.path, "body": body,
            "sent_at": timezone.now(), "message": "", "field_messages": {}, **columns,
        }  # fmt: skip
        self.claimed_from = WriteState(write.state)
        mine = Write.objects.filter(pk=write.pk, state=self.claimed_from)
        if not mine.update(attempts=F("attempts") + 1, **kept):
            return False
        for name, value in kept.items():
            setattr(write, name, value)
        write.attempts += 1
        self.tally["sent"] += 1
        return True

    def starting(self) -> float:
        """Called as a writing request is about to leave: the lease is pushed out, and the
        request must be over before it ends. Raises LeaseLostError."""
        self.lease.renew()
        return float(settings.LEASE_SECONDS) * SHARE_OF_LEASE

    def unsend(self, write: Write) -> None:
        """The lease was lost before the first byte: as if it had never been claimed. What was
        unknown before is unknown still."""
        Write.objects.filter(
            pk=write.pk, state=WriteState.SENT, generation=self.lease.generation
        ).update(state=self.claimed_from, attempts=F("attempts") - 1)

    # Outcomes

    def settle(self, write: Write, state: WriteState, message: str = "", **columns: Any) -> None:
        """The write ends so. Raises LeaseLostError."""
        with transaction.atomic():
            self.lease.renew()
            self.record(write, state, message, **columns)
        self.count(state)

    def record(self, write: Write, state: WriteState, message: str = "", **columns: Any) -> None:
        """The same inside the caller's transaction, which holds the lease."""
        now = timezone.now()
        ended = state not in (WriteState.PLANNED, WriteState.UNKNOWN)
        columns = {"state": state, "message": message, **columns}
        if ended:
            columns["settled_at"] = now
        news = Write.objects.filter(pk=write.pk).exclude(state=state).update(**columns)
        if not news:
            Write.objects.filter(pk=write.pk).update(**columns)
        elif state in _EVENTS and write.erasure_line_id is None:
            Event.objects.create(
                customer_id=write.customer_id,
                kind=_event(write, state),
                at=now,
                connection=self.connection,
                link_id=columns.get("link_id", write.link_id),
                changes=columns.get("fields", write.fields),
                note=message,
            )
        if write.erasure_line_id is not None:
            pursuing.heard(write, state, message)
        for name, value in columns.items():
            setattr(write, name, value)

    def count(self, state: WriteState) -> None:
        if state != WriteState.PLANNED:
            self.tally[state.value] += 1

    def refuse(self, write: Write, error: RejectedError, fields: dict[str, str]) -> None:
        """The vendor's words stay beside the fields, and a person is waited for."""
        self.settle(write, WriteState.REFUSED, str(error), field_messages=fields)

    def drop(self, write: Write, message: str = "", **columns: Any) -> None:
        self.settle(write, WriteState.DROPPED, message, **columns)

    def gone(self, write: Write) -> None:
        """The vendor itself says that it has no such record: its link is quarantined. Raises
        ConfigurationError where it says so of too many: this needs a person."""
        active = CustomerLink.objects.filter(connection=self.connection, state=LinkState.ACTIVE)
        guard = Guard(limits(), known=active.count() + self.tally["gone"])
        try:
            guard.look_at_gone(self.tally["gone"] + 1)
        except HoldError as error:
            raise ConfigurationError(str(error)) from None
        self.tally["gone"] += quarantine(write.link_id or 0, None, self.lease)
        self.drop(write, GONE)

    def unknown(self, write: Write, error: ConnectorError) -> None:
        """It may have been carried out: look before anything else is done."""
        self.settle(write, WriteState.UNKNOWN, str(error), due_at=self.after(0))

    def wait(self, write: Write, message: str, pause: timedelta, **columns: Any) -> None:
        """It stays as it is, and is looked at again after a while."""
        state = WriteState(write.state)
        if state == WriteState.SENT:
            state = self.claimed_from  # nothing of it reached the vendor this time
        self.settle(write, state, message, due_at=timezone.now() + pause, **columns)

    def after(self, times: int, growth: int = 2) -> Any:
        """When to look again, the settling time from now and ever later."""
        return timezone.now() + self.pause(times, growth)

    def pause(self, times: int, growth: int = 2) -> timedelta:
        seconds = float(settings.WRITE_SETTLE_SECONDS) * growth ** min(times, 12)
        return min(timedelta(seconds=seconds), LONGEST_WAIT)


def released_guard() -> Guard:
    """One record at a time is no mass change."""
    return Guard(_NO_LIMITS, known=1, released=True)


def _event(write: Write, state: WriteState) -> EventKind:
    confirmed_delete = write.kind == WriteKind.DELETE and state == WriteState.CONFIRMED
    return EventKind.REMOVED if confirmed_delete else _EVENTS[state]
