"""Push: let one vendor know what is planned for it. The admin, the worker and the command all
call `push`; a pull does the same between its pages, with `Pusher`.

Only the lease's holder sends. What a kill left behind, journalled and without an outcome, is
unknown to whoever comes after, and is looked up before anything else is done with it.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone

from connectors.base import Connector
from connectors.errors import (
    ConfigurationError,
    ConnectorError,
    OutcomeUnknownError,
    TemporaryError,
    UnexpectedResponseError,
)
from customers import creating, deleting, plans, updating
from customers.connecting import connect, keep_quota
from customers.leases import BusyError, Lease, claim
from customers.models import (
    OPEN,
    Connection,
    CustomerLink,
    Health,
    Run,
    RunKind,
    RunState,
    Write,
    WriteKind,
    WriteState,
)
from customers.running import health_for, pause
from customers.scheduling import ready_writes
from customers.secrets import UnreadableSecretsError
from customers.sending import Sender
from customers.sweeping import sweep
from customers.verifying import OtherShopError, verify

log = logging.getLogger(__name__)

# Failures in a row after which a connection is left alone for a while.
MOST_FAILURES = 3
LONGEST_BREAK = timedelta(hours=1)
Handler = Callable[[Sender, Write], None]
_DO: dict[tuple[str, str], Handler] = {
    (WriteKind.UPDATE, WriteState.PLANNED): updating.update,
    (WriteKind.UPDATE, WriteState.UNKNOWN): updating.resolve,
    (WriteKind.CREATE, WriteState.PLANNED): creating.create,
    (WriteKind.CREATE, WriteState.UNKNOWN): creating.resolve,
    (WriteKind.DELETE, WriteState.PLANNED): deleting.delete,
    (WriteKind.DELETE, WriteState.UNKNOWN): deleting.resolve,
}


@dataclass(slots=True)
class Pushed:
    """What a push did. `state`: `complete`, `partial` (more is due, or waits), `held` or
    `failed`; `note` says why in words. `planned`: writes that were due when it began."""

    connection: str
    state: str
    planned: int = 0
    sent: int = 0
    confirmed: int = 0
    not_taken: int = 0
    refused: int = 0
    unknown: int = 0
    requests: int = 0
    seconds: float = 0.0
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        found = asdict(self)
        found["seconds"] = round(self.seconds, 2)
        if not self.note:
            del found["note"]
        return found

    @property
    def well(self) -> bool:
        return self.state == "complete" and not (self.not_taken or self.refused or self.unknown)


COUNTED = ("sent", "confirmed", "not_taken", "refused", "unknown")


def due(connection_id: int, plan_id: int | None = None) -> "QuerySet[Write]":
    """The writes of a connection, or of one plan, that are to be looked at now, oldest first."""
    found = Write.objects.filter(ready_writes(), connection_id=connection_id)
    if plan_id is not None:
        found = found.filter(plan_id=plan_id)
    return found.order_by("due_at", "id")


def may_write(connection: Connection) -> bool:
    """Whether writing is on, and nothing stops it."""
    broken = connection.write_after is not None and connection.write_after > timezone.now()
    stopped = connection.health in (Health.STOPPED, Health.OTHER_SHOP)
    return connection.writes and connection.enabled and not broken and not stopped


class Pusher:
    """Does one connection's due writes under its lease."""

    def __init__(
        self,
        connection: Connection,
        connector: Connector,
        lease: Lease,
        plan_id: int | None = None,
    ) -> None:
        self.sender = Sender(connection, connector, lease)
        self.connection = connection
        self.plan_id = plan_id

    def work(self, *, most: int | None = None, seconds: float | None = None) -> None:
        """The writes that are due, at most so many and for so long. Raises LeaseLostError and
        ConfigurationError; a vendor that does not answer is left alone for a while."""
        until = time.monotonic() + (seconds if seconds is not None else float("inf"))
        self.connection.refresh_from_db(fields=_SWITCHES)
        if not may_write(self.connection):
            return
        self._recover()
        sweep(self.connection, self.sender.lease, until)
        wanted = due(self.connection.pk, self.plan_id).values_list("pk", flat=True)
        for write_id in list(wanted[:most]):
            if time.monotonic() > until or not self._one(write_id):
                return

    def _recover(self) -> None:
        """What was sent under another lease, or had no outcome, is unknown."""
        lost = Write.objects.filter(connection=self.connection, state=WriteState.SENT)
        for write in lost:
            at = (write.sent_at or timezone.now()) + self.sender.pause(0)
            words = "the worker ended before the answer came"
            self.sender.settle(write, WriteState.UNKNOWN, words, due_at=at)

    def _one(self, write_id: int) -> bool:
        """Do one write; whether the next may follow."""
        write = Write.objects.filter(ready_writes(), pk=write_id).first()
        if write is None:
            return True
        self.sender.lease.renew_in_time()
        try:
            _DO[write.kind, write.state](self.sender, write)
        except (Write.DoesNotExist, CustomerLink.DoesNotExist):
            return True  # the person was erased at this very moment
        except TemporaryError as error:
            self._later(write, error)
            return self._failed(error)
        except OutcomeUnknownError as error:
            return self._failed(error)
        except UnexpectedResponseError as error:
            self._later(write, error)
            return self._failed(error)
        self._went_well()
        return True

    def _later(self, write: Write, error: ConnectorError) -> None:
        later = timezone.now() + (pause(error) or self.sender.pause(write.attempts + 1))
        still = Write.objects.filter(pk=write.pk, state__in=OPEN, due_at__lt=later)
        still.update(due_at=later, message=str(error))

    def _failed(self, error: ConnectorError) -> bool:
        """Count failures in a row; a vendor that asks for patience, or fails on and on, gets a
        rest."""
        connection = self.connection
        connection.write_failures += 1
        rest = pause(error)
        if rest is None and connection.write_failures >= MOST_FAILURES:
            rest = min(self.sender.pause(connection.write_failures - MOST_FAILURES), LONGEST_BREAK)
        changes: dict[str, Any] = {"write_failures": F("write_failures") + 1}
        if rest is not None:
            connection.write_after, connection.write_note = timezone.now() + rest, str(error)
            changes |= {"write_after": connection.write_after, "write_note": str(error)}
        Connection.objects.filter(pk=connection.pk).update(**changes)
        return rest is None

    def _went_well(self) -> None:
        connection = self.connection
        if connection.write_failures or connection.write_note:
            clear: dict[str, Any] = {"write_failures": 0, "write_after": None, "write_note": ""}
            Connection.objects.filter(pk=connection.pk).update(**clear)
            connection.write_failures, connection.write_note = 0, ""


_SWITCHES = (
    "writes", "fill_empty", "enabled", "health", "write_failures", "write_after", "write_note",
)  # fmt: skip


def push(
    connection_id: int,
    *,
    plan_id: int | None = None,
    progress: Callable[[Pushed], object] = lambda pushed: None,
    stopping: Callable[[], bool] = lambda: False,
) -> Pushed:
    """Do the due writes of one connection, or of one plan, until none is left or the vendor
    needs a rest.

    Raises BusyError while another worker holds the connection, LeaseLostError when one took
    it over."""
    lease = claim(connection_id, retry=False)
    if lease is None:
        raise BusyError("another worker is talking to this connection")
    try:
        connection = Connection.objects.get(pk=connection_id)
        return _Push(connection, lease, plan_id, progress, stopping).go()
    finally:
        lease.release()


BATCH = 20


class _Push:
    """One call of `push`, under its lease."""

    def __init__(
        self,
        connection: Connection,
        lease: Lease,
        plan_id: int | None,
        progress: Callable[[Pushed], object],
        stopping: Callable[[], bool],
    ) -> None:
        self.connection = connection
        self.lease = lease
        self.plan_id = plan_id
        self.progress = progress
        self.stopping = stopping
        self.began = time.monotonic()
        self.at = timezone.now()
        self.result = Pushed(connection.name, RunState.COMPLETE.value)

    def go(self) -> Pushed:
        refusal = self._refusal()
        if refusal is not None:
            return self._end(*refusal)
        try:
            connector = connect(self.connection)
        except (ConfigurationError, UnreadableSecretsError) as error:
            return self._stop(Health.STOPPED, str(error))
        try:
            verify(self.connection, connector)
            self._work(Pusher(self.connection, connector, self.lease, self.plan_id))
        except OtherShopError as error:
            return self._stop(Health.OTHER_SHOP, str(error))
        except ConfigurationError as error:
            return self._stop(health_for(error), str(error))
        except ConnectorError as error:
            return self._end("failed", str(error))
        finally:
            self.result.requests = connector.http.requests
            keep_quota(self.connection, connector)
            connector.http.close()
        return self._end(*self._left())

    def _refusal(self) -> tuple[str, str] | None:
        connection = self.connection
        if not connection.writes:
            return "failed", "writing to this vendor is off"
        if Run.pulls.filter(connection=connection, state=RunState.HELD).exists():
            return "held", "a pull is held: nothing is sent until a person has looked at it"
        if not may_write(connection):
            return "failed", connection.health_note or connection.write_note or "it is paused"
        return None

    def _work(self, pusher: Pusher) -> None:
        pusher.work(most=0)
        self.result.planned = self._due().count()
        seen: Any = None
        while not self.stopping() and may_write(self.connection):
            first = self._due().values_list("due_at", "pk").first()
            if first is None or first == seen:
                break
            seen = first  # nothing moved since: it waits for something else
            pusher.work(most=BATCH)
            for name in COUNTED:
                setattr(self.result, name, pusher.sender.tally[name])
            self.progress(self.result)

    def _left(self) -> tuple[str, str]:
        if not may_write(self.connection):
            return "partial", self.connection.write_note
        return ("partial", "more is due") if self._due().exists() else ("complete", "")

    def _due(self) -> "QuerySet[Write]":
        return due(self.connection.pk, self.plan_id)

    def _stop(self, health: Health, note: str) -> Pushed:
        Connection.objects.filter(pk=self.connection.pk).update(health=health, health_note=note)
        return self._end("failed", note)

    def _end(self, state: str, note: str) -> Pushed:
        self.result.state, self.result.note = state, note
        self.result.seconds = time.monotonic() - self.began
        plans.mark_executed(self.connection.pk)
        if self.result.sent or self.result.unknown:
            self._remember()
        return self.result

    def _remember(self) -> None:
        """A push that did something is a run of its own."""
        found = self.result
        states = {"complete": RunState.COMPLETE, "failed": RunState.FAILED}
        Run.objects.create(
            connection=self.connection,
            kind=RunKind.PUSH,
            state=states.get(found.state, RunState.FAILED if found.note else RunState.COMPLETE),
            started_at=self.at,
            finished_at=timezone.now(),
            busy_seconds=found.seconds,
            seen=found.planned,
            changed=found.confirmed,
            requests=found.requests,
            error=found.note,
            place={name: getattr(found, name) for name in ("planned", *COUNTED)},
        )
