"""Plans whatever still differs at one connection, after its writes were switched on: link by
link in blocks, each a transaction, under the lease. A run keeps where it stands."""

import time

from django.db import transaction
from django.utils import timezone

from customers.leases import Lease
from customers.models import Connection, CustomerLink, LinkState, Run, RunKind, RunState
from customers.repeating import repeated
from customers.workspace import BLOCK, Workspace
from customers.writing import Writer


def ask(connection_id: int, user_id: int | None) -> None:
    """Let the next push look at every link, inside the caller's transaction."""
    unfinished = Run.objects.filter(
        connection_id=connection_id, kind=RunKind.PUSH, state=RunState.PARTIAL
    )
    if not unfinished.update(place={"after": 0}, by_id=user_id):
        Run.objects.create(
            connection_id=connection_id,
            kind=RunKind.PUSH,
            state=RunState.PARTIAL,
            place={"after": 0},
            by_id=user_id,
        )


def waiting(connection_id: int) -> Run | None:
    """The look at every link that is still to be made."""
    found: Run | None = Run.objects.filter(
        connection_id=connection_id, kind=RunKind.PUSH, state=RunState.PARTIAL
    ).first()
    return found


def sweep(connection: Connection, lease: Lease, until: float) -> None:
    """Make the look that was asked for, from where it stands, until a moment (monotonic).
    Raises LeaseLostError."""
    run = waiting(connection.pk)
    while run is not None and run.state == RunState.PARTIAL and time.monotonic() < until:
        _block(connection, lease, run)


@repeated
def _block(connection: Connection, lease: Lease, run: Run) -> None:
    after = (run.place or {}).get("after", 0)
    with transaction.atomic():
        lease.renew()
        links = CustomerLink.objects.filter(
            connection=connection, state=LinkState.ACTIVE, pk__gt=after
        ).order_by("pk")
        rows = list(links.values_list("pk", "customer_id")[:BLOCK])
        if rows:
            _plan([customer for _, customer in rows], run.by_id)
        place = {"after": rows[-1][0] if rows else after}
        ended = not rows
        Run.objects.filter(pk=run.pk).update(
            place=place,
            state=RunState.COMPLETE if ended else RunState.PARTIAL,
            finished_at=timezone.now() if ended else None,
        )
    run.place, run.state = place, RunState.COMPLETE if ended else RunState.PARTIAL


def _plan(customer_ids: list[int], user_id: int | None) -> None:
    work = Workspace()
    work.load_customers(customer_ids)
    work.considered |= set(customer_ids)
    Writer(work, None, None, user_id).write()
