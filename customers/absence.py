"""Who is missing from a complete scan, and what that proves."""

from array import array
from bisect import bisect_left
from collections.abc import Iterator

from django.db import transaction
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

GONE = "the vendor no longer has this record"


class SeenIds:
    """The distinct external ids of a run's pages, in eight bytes each.

    Two ids with one hash would hide a missing record for that scan only; with a million
    ids that is a chance of one in tens of millions.
    """

    def __init__(self, run: Run) -> None:
        hashes = array("q")
        for ids in run.pages.values_list("ids", flat=True).iterator(chunk_size=200):
            hashes.extend(map(hash, ids))
        self._sorted = array("q", sorted(set(hashes)))

    def __len__(self) -> int:
        return len(self._sorted)

    def __contains__(self, external_id: str) -> bool:
        wanted = hash(external_id)
        at = bisect_left(self._sorted, wanted)
        return at < len(self._sorted) and self._sorted[at] == wanted


def missing_links(connection: Connection, run: Run, seen: SeenIds) -> Iterator[tuple[int, str]]:
    """(link, external id) of the connection's active links that existed when the run began
    and that its pages did not show."""
    rows = CustomerLink.objects.filter(
        connection=connection,
        state=LinkState.ACTIVE,
        created_at__lt=run.started_at,
    ).values_list("id", "external_id")
    for link_id, external_id in rows.iterator(chunk_size=2000):
        if external_id not in seen:
            yield link_id, external_id


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
