"""Who is missing from a complete scan, and what that proves."""

from collections.abc import Iterator

from django.db import connection, transaction
from django.utils import timezone

from customers.leases import Lease
from customers.models import (
    Conflict,
    ConflictKind,
    Connection,
    Customer,
    CustomerLink,
    Event,
    EventKind,
    LinkState,
    Run,
)
from customers.repeating import RepeatError, repeated
from customers.workspace import blocks

GONE = "the vendor no longer has this record"


def seen_ids(run: Run) -> int:
    """How many distinct external ids the run's pages hold."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM (SELECT DISTINCT {_ids()}) AS ids", [run.pk])  # noqa: S608
        return int(cursor.fetchone()[0])


def missing_links(of: Connection, run: Run) -> Iterator[tuple[int, str]]:
    """(link, external id) of the connection's active links that existed when the run began
    and that its pages did not show. The database compares: both lists may be long."""
    links = CustomerLink.objects.filter(connection=of)
    known = links.filter(state=LinkState.ACTIVE, created_at__lt=run.started_at)
    text, params = known.order_by().values_list("external_id").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"{text} EXCEPT SELECT {_ids()}", [*params, run.pk])
        missing = [row[0] for row in cursor.fetchall()]
    for block in blocks(missing):
        yield from links.filter(external_id__within=block).values_list("id", "external_id")


def _ids() -> str:
    """What to select for a run's external ids, each as often as it was seen."""
    each = (
        "jsonb_array_elements_text(page.ids) AS seen(value)"
        if connection.vendor == "postgresql"
        else "json_each(page.ids) AS seen"
    )
    return f"seen.value FROM customers_runpage AS page, {each} WHERE page.run_id = %s"


@repeated
def quarantine(link_id: int, run: Run | None, lease: Lease) -> bool:
    """The vendor itself says that the record is gone: mark the link, ask a person, delete
    nothing. Says whether the link was active; one that was erased meanwhile is not."""
    with transaction.atomic():
        lease.renew()
        link = locked_link(link_id)
        if link is None or link.state != LinkState.ACTIVE:
            return False
        link.state = LinkState.QUARANTINED
        link.reread_at = None
        link.save(update_fields=["state", "reread_at"])
        Conflict.objects.create(
            kind=ConflictKind.DELETED, customer_id=link.customer_id, link=link, reason=GONE
        )
        Event.objects.create(
            customer_id=link.customer_id,
            kind=EventKind.MISSING,
            at=timezone.now(),
            connection_id=link.connection_id,
            link=link,
            run=run,
        )
    return True


def locked_link(link_id: int) -> CustomerLink | None:
    """The link under lock, behind its customer, which every writer locks first."""
    mine = CustomerLink.objects.filter(pk=link_id)
    owner = mine.values_list("customer_id", flat=True).first()
    if owner is None:
        return None
    Customer.objects.select_for_update().get(pk=owner)
    link = mine.select_for_update().first()
    if link is not None and link.customer_id != owner:
        raise RepeatError("the link moved to another customer")
    return link
