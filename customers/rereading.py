"""Reading one record again, by a person's wish. The connection's next pull, or the one
that is under way, does it between its pages."""

from django.db import transaction
from django.utils import timezone

from customers.models import Connection, CustomerLink, SetAside


def ask(link_id: int) -> int:
    """Make a link due to be fetched; gives its connection's id."""
    with transaction.atomic():
        CustomerLink.objects.filter(pk=link_id).update(reread_at=timezone.now())
        connection_id: int = CustomerLink.objects.values_list("connection_id", flat=True).get(
            pk=link_id
        )
        _ring(connection_id)
    return connection_id


def retry(set_aside_id: int) -> int:
    """Make a record that was set aside due to be read again; gives its connection's id.

    One whose id could not be read comes with the next complete scan."""
    with transaction.atomic():
        found = SetAside.objects.get(pk=set_aside_id)
        found.retry_at = timezone.now()
        found.save(update_fields=["retry_at"])
        if not found.external_id:
            Connection.objects.filter(pk=found.connection_id).update(scanned_at=None)
        _ring(found.connection_id)
    return found.connection_id


def retry_alike(connection_id: int, reason: str) -> int:
    """Make the records of a connection that were set aside for one reason due to be read again;
    gives how many."""
    with transaction.atomic():
        found = SetAside.objects.filter(connection=connection_id, reason=reason)
        number = found.update(retry_at=timezone.now())
        if found.filter(external_id="").exists():
            Connection.objects.filter(pk=connection_id).update(scanned_at=None)
        if number:
            _ring(connection_id)
    return number


def _ring(connection_id: int) -> None:
    Connection.objects.filter(pk=connection_id).update(due_at=timezone.now())
