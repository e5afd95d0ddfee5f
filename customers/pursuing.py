"""Pursue erasures at the vendors: look whether a record is gone, and believe it when the vendor's
own not-found says so.

Where a vendor is asked to delete the record, `deleting` does it, as a Write like any other: one
journal, one way to send. The line hears what came of it, and once it is confirmed the write
forgets what it asked for."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from connectors.base import Connector
from connectors.errors import (
    ConfigurationError,
    ConnectorError,
    NotFoundError,
    UnreadableRecordError,
)
from customers.connecting import connect
from customers.erasing import ASKED, WRITES_OFF, close_if_done
from customers.forgetting import blank_words
from customers.leases import Lease, claim
from customers.models import (
    Connection,
    ErasureLine,
    ErasureState,
    Event,
    EventKind,
    Health,
    Write,
    WriteState,
)
from customers.repeating import repeated
from customers.secrets import UnreadableSecretsError
from customers.verifying import OtherShopError, verify

AT_ONCE = 20
MOST_ATTEMPTS = 6
FIRST_WAIT = timedelta(minutes=1)
STILL_THERE = "the vendor still has it: delete or anonymise it on the vendor's pages"
STILL_SHOWN = "the vendor took the deletion, but still shows it: it is looked at again"
NO_ANSWER = "the vendor gave no answer: it is asked again"
NOT_FOUND = "the vendor says that it has no such record"
ANONYMIZED = "the vendor has anonymised the record"
DELETED = "the vendor confirmed the deletion; it has no way to look again"
REFUSED = "the vendor refused to delete it: %s"


def due() -> list[int]:
    """Connections with a line that is due."""
    lines = ErasureLine.objects.exclude(state=ErasureState.CONFIRMED)
    there = Connection.present.filter(health__in=_SPEAKING)
    found = lines.filter(due_at__lte=timezone.now(), connection__in=there)
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
            _stop(connection, Health.STOPPED, str(error))
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
            verify(connection, connector)  # in another shop everybody would seem to be gone
            confirmed += _look(connector, line)
        except OtherShopError as error:
            _stop(connection, Health.OTHER_SHOP, str(error))
            break
        except ConfigurationError as error:
            _stop(connection, Health.STOPPED, str(error))
            break
        except ConnectorError as error:
            _later(line, getattr(error, "retry_after", None))
    return confirmed


def _look(connector: Connector, line: ErasureLine) -> bool:
    """Ask only whether it is gone."""
    proof = gone(connector, line.external_id)
    if proof:
        return confirm(line.pk, None, proof)
    open_line = _open(line.pk)
    open_line.filter(state=ErasureState.BY_HAND).update(note=STILL_THERE)
    open_line.update(due_at=None)
    return False


def gone(connector: Connector, external_id: str) -> str:
    """What proves that the vendor has the person no more, `""` while it has, or where it
    cannot be asked. Raises what `connector.get` raises, but not NotFoundError."""
    if not connector.can("get"):
        return ""
    try:
        record, _ = connector.read_row(connector.get(external_id).body)
    except NotFoundError:
        return NOT_FOUND
    except UnreadableRecordError:  # there is one, whatever it says
        return ""
    return ANONYMIZED if record.anonymized else ""


def _later(line: ErasureLine, seconds: float | None) -> None:
    """Due again after a while, and ever later."""
    wait = FIRST_WAIT * float(4 ** min(line.attempts + 1, MOST_ATTEMPTS))
    due_at = timezone.now() + max(timedelta(seconds=seconds or 0), wait)
    _open(line.pk).update(attempts=line.attempts + 1, note=NO_ANSWER, due_at=due_at)


def _open(line_id: int) -> "QuerySet[ErasureLine]":
    return ErasureLine.objects.filter(pk=line_id).exclude(state=ErasureState.CONFIRMED)


def _stop(connection: Connection, health: Health, note: str) -> None:
    """What is wrong with the connection needs a person; its lines wait."""
    Connection.objects.filter(pk=connection.pk).update(health=health, health_note=note)


# The write that deletes it


def heard(write: Write, state: WriteState, words: str) -> None:
    """What came of a line's deletion, inside the transaction that records it. What ends
    without the record being gone is to be done by hand."""
    line = _open(write.erasure_line_id or 0)
    if not line.exists():
        _forget(write)
    elif state == WriteState.UNKNOWN:
        line.update(note=NO_ANSWER)
    elif state == WriteState.NOT_TAKEN:
        again = timezone.now() + 4 * FIRST_WAIT
        line.update(state=ErasureState.BY_HAND, note=STILL_SHOWN, due_at=again)
    elif state == WriteState.REFUSED:
        line.update(state=ErasureState.BY_HAND, note=REFUSED % words)
    elif state == WriteState.DROPPED:
        line.update(state=ErasureState.BY_HAND, note=words)


def ask(line_id: int) -> None:
    """A person has the deletion sent once more."""
    _open(line_id).update(state=ErasureState.ASKED, note=ASKED, due_at=None)


def hand_over(connection_id: int) -> None:
    """Writing is off from now on: what the vendor was to delete is to be done by hand. Inside
    the caller's transaction, which holds the connection's row."""
    waiting = Write.objects.filter(
        connection=connection_id,
        erasure_line__isnull=False,
        state__in=(WriteState.PLANNED, WriteState.UNKNOWN),
    )
    for write in list(waiting):
        Write.objects.filter(pk=write.pk).update(
            state=WriteState.DROPPED, settled_at=timezone.now()
        )
        heard(write, WriteState.DROPPED, WRITES_OFF)


def _forget(write: Write) -> None:
    """Of what was asked for nothing is kept; what still waits needs not be sent."""
    mine = Write.objects.filter(pk=write.pk)
    undone = (WriteState.PLANNED, WriteState.UNKNOWN, WriteState.REFUSED)
    mine.filter(state__in=undone).update(state=WriteState.DROPPED, settled_at=timezone.now())
    mine.update(path="", message="", field_messages={})


# A person's part


def look_again(line_id: int) -> int:
    """Make a line due to be looked at; gives its connection's id."""
    lines = ErasureLine.objects.filter(pk=line_id).exclude(state=ErasureState.CONFIRMED)
    lines.update(due_at=timezone.now())
    connection_id: int = ErasureLine.objects.values_list("connection_id", flat=True).get(pk=line_id)
    return connection_id


@repeated
def _confirm(line_id: int, user: Any, proof: str) -> bool:
    of = ErasureLine.objects.values_list("connection_id", flat=True).get(pk=line_id)
    with transaction.atomic():
        Connection.objects.select_for_update().get(pk=of)  # first, as whoever sends has it
        return confirmed(line_id, user, proof)


def confirm(line_id: int, user: Any, proof: str) -> bool:
    """The record is gone there, as the vendor or a person (`user`) says: `proof` is kept, the
    id is not. Says whether the line was open. The last one closes the case."""
    if not _confirm(line_id, user, proof):
        return False
    close_if_done(ErasureLine.objects.values_list("erasure_id", flat=True).get(pk=line_id))
    return True


def confirmed(line_id: int, user: Any, proof: str) -> bool:
    """The same inside the caller's transaction, which holds the connection's row; the case is
    left open."""
    write = Write.objects.select_for_update().filter(erasure_line=line_id).first()
    lines = ErasureLine.objects.select_for_update(of=("self",)).select_related("erasure")
    line = lines.get(pk=line_id)
    if line.state == ErasureState.CONFIRMED:
        return False
    blank_words([(line.connection_id, line.external_id)])
    line.state, line.proof, line.note, line.external_id = ErasureState.CONFIRMED, proof, "", ""
    line.confirmed_at, line.confirmed_by, line.due_at = timezone.now(), user, None
    line.save()
    if write is not None:
        _forget(write)
    Event.objects.create(
        customer_id=line.erasure.customer,
        kind=EventKind.REMOVED,
        connection_id=line.connection_id,
        user=user,
    )
    return True
