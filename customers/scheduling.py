"""Which connections are due, and for what."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from customers.models import (
    OPEN,
    UNFINISHED,
    Connection,
    Health,
    Run,
    RunKind,
    RunState,
    Write,
    WriteKind,
    WriteState,
)

# How often a vendor is searched for a create whose outcome is unknown; then a person decides.
MOST_SEARCHES = 5


def due() -> list[int]:
    """Connections to pull now: due by their schedule and free, or with a lease that ran
    out. Those that wait for a person are not due."""
    now = timezone.now()
    held = Run.pulls.filter(connection=OuterRef("pk"), state=RunState.HELD)
    free = Q(lease_until__isnull=True, due_at__lte=now) | Q(lease_until__lt=now)
    rows = Connection.present.filter(free, ~Exists(held), enabled=True).exclude(
        health__in=[Health.STOPPED, Health.OTHER_SHOP]
    )
    return list(rows.order_by("due_at").values_list("pk", flat=True))


def due_writes() -> list[int]:
    """Connections with writes to be done now, or to be planned, that nobody holds."""
    now = timezone.now()
    waiting = Write.objects.filter(ready_writes(), connection=OuterRef("pk"))
    looking = Run.objects.filter(
        connection=OuterRef("pk"), kind=RunKind.PUSH, state=RunState.PARTIAL
    )
    held = Run.pulls.filter(connection=OuterRef("pk"), state=RunState.HELD)
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    rested = Q(write_after__isnull=True) | Q(write_after__lte=now)
    rows = Connection.present.filter(
        free, rested, Exists(waiting) | Exists(looking), ~Exists(held), enabled=True, writes=True
    ).exclude(health__in=[Health.STOPPED, Health.OTHER_SHOP])
    return list(rows.order_by("pk").values_list("pk", flat=True))


def ready_writes() -> Q:
    """Open and due; of what is planned, only what may be sent: its values released, its plan
    approved. A create that was searched for often enough is a person's."""
    pulled = Q(run__kind=RunKind.PULL, run__released_at__isnull=True)
    released = Q(run__isnull=True) | ~pulled
    free = Q(plan__isnull=True) | ~Q(digest="")
    planned = Q(state=WriteState.PLANNED) & released & free
    lost = Q(state=WriteState.UNKNOWN, kind=WriteKind.CREATE, searched__gte=MOST_SEARCHES)
    unknown = Q(state__in=(WriteState.SENT, WriteState.UNKNOWN)) & ~lost
    return Q(state__in=OPEN, due_at__lte=timezone.now()) & (planned | unknown)


def wants_scan(connection_id: int) -> bool:
    """Whether a complete scan is due, so that the missing are found."""
    scanned = Connection.objects.values_list("scanned_at", flat=True).get(pk=connection_id)
    return scanned is None or timezone.now() - scanned >= timedelta(hours=settings.SCAN_HOURS)


def ask_for_pull(connection_id: int, *, full: bool = False) -> None:
    """Make a connection due now: a person's wish. With `full`, for a complete scan.

    Clears a stop, so that the pull looks again whether what was wrong is mended."""
    with transaction.atomic():
        changes = {"due_at": timezone.now(), "enabled": True}
        if full:
            changes["scanned_at"] = None
        found = Connection.present.filter(pk=connection_id)
        found.update(**changes)
        found.filter(health=Health.STOPPED).update(health=Health.WAITING)


def release(run_id: int, by: str) -> None:
    """A person has looked at a held run: it goes on, and nothing in it is held any more."""
    with transaction.atomic():
        found = Run.pulls.filter(pk=run_id, state=RunState.HELD)
        found.update(state=RunState.PARTIAL, released_by=by, error="")
        connection_id = Run.pulls.values_list("connection_id", flat=True).get(pk=run_id)
        Connection.objects.filter(pk=connection_id).update(due_at=timezone.now())


def abandon(run_id: int, by: str) -> None:
    """A person has looked at a held or unfinished run: it ends here."""
    Run.objects.filter(pk=run_id, state__in=[RunState.HELD, *UNFINISHED]).update(
        state=RunState.FAILED, error=f"ended by {by}", finished_at=timezone.now()
    )
