"""What a person may do about a write: hurry it, try it again, let it go, or say what became of
one whose outcome nobody knows. Each looks at the row as it is now."""

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from customers import pursuing
from customers.erasing import NOT_WISHED
from customers.merging import DROPPED, Pair
from customers.models import (
    OPEN,
    Connection,
    CustomerLink,
    Write,
    WriteKind,
    WriteState,
)
from customers.planning import telling
from customers.repeating import repeated
from customers.ringing import push_soon
from customers.settling import settle
from customers.values import EMPTY, NOT_SAID
from customers.workspace import Workspace
from customers.writing import Writer


class NotNowError(Exception):
    """The write is no longer where the person saw it."""


def hurry(customer_id: int) -> int:
    """Push now whatever is planned for a customer; gives how many writes that are."""
    with transaction.atomic():
        waiting = Write.objects.filter(customer_id=customer_id, state=WriteState.PLANNED)
        places = set(waiting.values_list("connection_id", flat=True))
        number = waiting.update(due_at=timezone.now(), plan=None, digest="")
        Connection.objects.filter(pk__in=places).update(write_after=None)
        push_soon(places)
    return number


def retry(write_id: int) -> None:
    """Send again what was refused, or what waits. Raises NotNowError."""
    with transaction.atomic():
        write = _held(write_id, WriteState.REFUSED, WriteState.PLANNED)
        others = _same_matter(write).filter(state__in=OPEN).exclude(pk=write.pk)
        if others.exists():  # it says the same, and more
            _end(write)
            others.filter(state=WriteState.PLANNED).update(due_at=timezone.now())
        else:
            _again(write)
        push_soon([write.connection_id])


def _same_matter(write: Write) -> QuerySet[Write]:
    """Writes of which one at most may be open. A link's are its own, whoever it belongs to
    since: a merge or an unmerge may have come between."""
    if write.link_id is not None:
        return Write.objects.filter(link=write.link_id, kind=write.kind)
    if write.erasure_line_id is not None:
        return Write.objects.filter(pk=write.pk)
    return Write.objects.filter(
        customer=write.customer_id, connection=write.connection_id, kind=write.kind
    )


def drop(write_id: int, user_id: int) -> None:
    """It is not sent: what differs stays apart. Raises NotNowError."""
    write = Write.objects.get(pk=write_id)
    if write.kind == WriteKind.UPDATE:
        _drop_update(write_id, user_id)
        return
    with transaction.atomic():
        _end(_held(write_id, WriteState.REFUSED, WriteState.PLANNED))


@repeated
def _drop_update(write_id: int, user_id: int) -> None:
    with transaction.atomic():
        link = CustomerLink.objects.get(writes__pk=write_id)
        work = Workspace()
        work.load_customers([link.customer_id])
        _end(_held(write_id, WriteState.REFUSED, WriteState.PLANNED))
        known = work.links[link.pk]
        for name, (theirs, ours) in telling(work, known).fields.items():
            settle(known, name, Pair(ours, EMPTY if theirs is NOT_SAID else theirs, DROPPED))
        Writer(work, None, None, user_id).write()


# Of a create whose outcome nobody knows


def recognise(write_id: int, external_id: str) -> None:
    """It is this record: it is read and linked. Raises NotNowError."""
    with transaction.atomic():
        write = _held(write_id, WriteState.UNKNOWN, kind=WriteKind.CREATE)
        Write.objects.filter(pk=write.pk).update(
            external_id=external_id.strip(), searched=0, due_at=timezone.now()
        )
        push_soon([write.connection_id])


def create_again(write_id: int) -> None:
    """It was not carried out, a person says: search, then create. Raises NotNowError."""
    with transaction.atomic():
        write = _held(write_id, WriteState.UNKNOWN, kind=WriteKind.CREATE)
        Write.objects.filter(pk=write.pk).update(external_id="")
        _again(write)
        push_soon([write.connection_id])


def give_up(write_id: int) -> None:
    """Whatever became of it is left as it is. Raises NotNowError."""
    with transaction.atomic():
        _end(_held(write_id, WriteState.UNKNOWN, kind=WriteKind.CREATE))


def _held(write_id: int, *states: WriteState, kind: WriteKind | None = None) -> Write:
    write = Write.objects.select_for_update().get(pk=write_id)
    if write.state not in states or (kind is not None and write.kind != kind):
        raise NotNowError("somebody or something has moved this write on since")
    return write


def _again(write: Write) -> None:
    if write.erasure_line_id is not None:
        pursuing.ask(write.erasure_line_id)
    Write.objects.filter(pk=write.pk).update(
        state=WriteState.PLANNED, due_at=timezone.now(), searched=0, message="",
        field_messages={}, settled_at=None, plan=None, digest="", run=None,
    )  # fmt: skip


def _end(write: Write) -> None:
    if write.erasure_line_id is not None:
        pursuing.heard(write, WriteState.DROPPED, NOT_WISHED)
    Write.objects.filter(pk=write.pk).update(
        state=WriteState.DROPPED, settled_at=timezone.now(), message="a person let it go"
    )
