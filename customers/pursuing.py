"""Pursue erasures at the vendors: ask for the deletion, and believe it when the vendor's own
not-found says so. A line is the journal of what was asked: it is committed before the request
leaves, and holds nothing of the person but the id there, until it is confirmed."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from connectors.base import Connector
from connectors.errors import (
    ConfigurationError,
    ConnectorError,
    NotFoundError,
    NotSupportedError,
    RejectedError,
    UnreadableRecordError,
)
from customers.connecting import connect
from customers.erasing import CANNOT, WRITES_OFF, close_if_done
from customers.leases import Lease, claim
from customers.models import (
    Connection,
    ErasureLine,
    ErasureState,
    Event,
    EventKind,
    Health,
)
from customers.secrets import UnreadableSecretsError

AT_ONCE = 20
MOST_ATTEMPTS = 6
FIRST_WAIT = timedelta(minutes=1)
STILL_THERE = "the vendor still has it: delete or anonymise it on the vendor's pages"
STILL_SHOWN = "the vendor took the deletion, but still shows it: it is looked at again"
NO_ANSWER = "the vendor gave no answer: it is asked again"
NOT_FOUND = "the vendor says that it has no such record"
ANONYMIZED = "the vendor has anonymised the record"
DELETED = "the vendor confirmed the deletion; it has no way to look again"


def due() -> list[int]:
    """Connections with a line that is due."""
    lines = ErasureLine.objects.exclude(state=ErasureState.CONFIRMED)
    found = lines.filter(due_at__lte=timezone.now(), connection__health__in=_SPEAKING)
    return list(found.order_by("connection").values_list("connection", flat=True).distinct())


_SPEAKING = (Health.NEW, Health.OK, Health.WAITING)


def pursue(connection_id: int) -> int:
    """Do what is due at one connection, under its lease; gives how many lines were confirmed.
    While another worker holds the connection it is left to that one."""
    lease = claim(connection_id, retry=False)
    if lease is None:
        return 0
    try:
        connection = Connection.objects.get(pk=connection_id)
        try:
            connector = connect(connection)
        except (ConfigurationError, UnreadableSecretsError) as error:
            _stop(connection, str(error))
            return 0
        try:
            return pursue_due(connection, connector, lease)
        finally:
            connector.http.close()
    finally:
        lease.release()


def pursue_due(connection: Connection, connector: Connector, lease: Lease) -> int:
    """The same for whoever holds the lease already. Bounded, so that a scan goes on."""
    lines = ErasureLine.objects.filter(connection=connection, due_at__lte=timezone.now())
    confirmed = 0
    for line in lines.exclude(state=ErasureState.CONFIRMED).order_by("due_at")[:AT_ONCE]:
        lease.renew()
        try:
            confirmed += _pursue(connection, connector, line)
        except ConfigurationError as error:
            _stop(connection, str(error))
            break
        except ConnectorError as error:
            wait = getattr(error, "retry_after", None)
            _later(line, NO_ANSWER, timedelta(seconds=wait) if wait else None)
    return confirmed


def _pursue(connection: Connection, connector: Connector, line: ErasureLine) -> bool:
    if line.state == ErasureState.BY_HAND:
        return _look(connector, line)
    if not connector.can("delete"):
        return _by_hand(line, CANNOT)
    if not connection.writes:
        return _by_hand(line, WRITES_OFF)
    return _delete(connector, line)


def _delete(connector: Connector, line: ErasureLine) -> bool:
    """Delete and look. After a lost answer it looks first, and does not ask twice for what
    was done."""
    asked_before = line.attempts > 0
    _ask(line)
    if asked_before and (proof := _gone(connector, line)):
        return _confirmed(line, proof)
    try:
        connector.delete(line.external_id)
    except NotFoundError:
        pass
    except (RejectedError, NotSupportedError) as error:
        return _by_hand(line, f"the vendor refused to delete it: {error}")
    proof = _gone(connector, line) if connector.can("get") else DELETED
    if proof:
        return _confirmed(line, proof)
    if line.attempts >= MOST_ATTEMPTS:
        return _by_hand(line, STILL_THERE)
    return _later(line, STILL_SHOWN)


def _look(connector: Connector, line: ErasureLine) -> bool:
    """Ask only whether it is gone."""
    proof = _gone(connector, line)
    return _confirmed(line, proof) if proof else _by_hand(line, STILL_THERE)


def _gone(connector: Connector, line: ErasureLine) -> str:
    """What proves that the vendor has the person no more, `""` while it has."""
    if not connector.can("get"):
        return ""
    try:
        record, _ = connector.read_row(connector.get(line.external_id).body)
    except NotFoundError:
        return NOT_FOUND
    except UnreadableRecordError:  # there is one, whatever it says
        return ""
    return ANONYMIZED if record.anonymized else ""


# Steps of a line


def _ask(line: ErasureLine) -> None:
    """Committed before the first byte leaves."""
    now = timezone.now()
    line.attempts += 1
    line.asked_at = line.asked_at or now
    line.due_at = now + _wait(line)
    line.save(update_fields=["attempts", "asked_at", "due_at"])


def _wait(line: ErasureLine) -> timedelta:
    exponent: int = min(line.attempts, MOST_ATTEMPTS)
    return FIRST_WAIT * float(4**exponent)


def _later(line: ErasureLine, note: str, wait: timedelta | None = None) -> bool:
    """Due again after a while; one that only looks may have been looking for long enough."""
    if line.state == ErasureState.BY_HAND:
        line.attempts += 1
    line.note = note
    line.due_at = timezone.now() + max(wait or timedelta(0), _wait(line))
    line.save(update_fields=["attempts", "note", "due_at"])
    return False


def _by_hand(line: ErasureLine, note: str) -> bool:
    line.state, line.note, line.due_at = ErasureState.BY_HAND, note, None
    line.save(update_fields=["state", "note", "due_at"])
    return False


def _stop(connection: Connection, note: str) -> None:
    """What is wrong with the connection needs a person; its lines wait."""
    Connection.objects.filter(pk=connection.pk).update(health=Health.STOPPED, health_note=note)


def _confirmed(line: ErasureLine, proof: str) -> bool:
    return confirm(line.pk, None, proof)


# A person's part


def look_again(line_id: int) -> int:
    """Make a line due to be looked at; gives its connection's id."""
    lines = ErasureLine.objects.filter(pk=line_id).exclude(state=ErasureState.CONFIRMED)
    lines.update(due_at=timezone.now())
    connection_id: int = ErasureLine.objects.values_list("connection_id", flat=True).get(pk=line_id)
    return connection_id


def confirm(line_id: int, user: Any, proof: str) -> bool:
    """The record is gone there, as the vendor or a person (`user`) says: `proof` is kept, the
    id is not. Says whether the line was open. The last one closes the case."""
    with transaction.atomic():
        lines = ErasureLine.objects.select_for_update(of=("self",)).select_related("erasure")
        line = lines.get(pk=line_id)
        if line.state == ErasureState.CONFIRMED:
            return False
        line.state, line.proof, line.note, line.external_id = ErasureState.CONFIRMED, proof, "", ""
        line.confirmed_at, line.confirmed_by, line.due_at = timezone.now(), user, None
        line.save()
        Event.objects.create(
            customer_id=line.erasure.customer,
            kind=EventKind.REMOVED,
            connection_id=line.connection_id,
            user=user,
        )
    close_if_done(line.erasure_id)
    return True
