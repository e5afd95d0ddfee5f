"""One worker at a time talks to one connection.

A lease is claimed by a conditional UPDATE that raises its generation. Every commit for the
connection renews it under the same condition, so a worker that was paused cannot write late.
"""

import os
import socket
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone

from customers.bulk import update_while
from customers.models import Connection

# When to look again if the holder ends without saying when: a crash, not a kill (a kill
# leaves its lease behind, which the tick finds, or whoever claims it for something else).
RETRY = timedelta(minutes=2)


class BusyError(Exception):
    """Another worker is talking to this connection."""


class LeaseLostError(Exception):
    """Another worker has claimed the connection since: stop at once, write nothing."""


@dataclass(slots=True)
class Lease:
    """A holder's claim. `renewed`: when it was last pushed out (monotonic seconds)."""

    connection_id: int
    generation: int
    renewed: float = field(default_factory=time.monotonic, compare=False)

    def renew(self) -> None:
        """Push the end of the lease out. Inside a transaction this locks the connection's
        row to the commit. Raises LeaseLostError."""
        if not update_while(Connection, {"lease_until": _end()}, self.condition):
            raise self.lost()
        self.renewed = time.monotonic()

    def renew_in_time(self) -> None:
        """Renew once a quarter of the lease has gone by."""
        if time.monotonic() - self.renewed > settings.LEASE_SECONDS / 4:
            self.renew()

    @property
    def condition(self) -> dict[str, int]:
        """The columns of the connection's row that say that the lease still holds."""
        return {"id": self.connection_id, "lease_generation": self.generation}

    def lost(self) -> LeaseLostError:
        return LeaseLostError(f"connection {self.connection_id} went to another worker")

    def release(self) -> None:
        Connection.objects.filter(pk=self.connection_id, lease_generation=self.generation).update(
            lease_until=None, lease_owner=""
        )


def claim(connection_id: int, *, retry: bool = True) -> Lease | None:
    """The lease, or None while another worker holds it; of a connection that was removed there
    is none. With `retry` the connection is due again a little later, whatever becomes of the
    holder; without, it is due now if its last holder was killed: what was that one's to do is
    not ours."""
    now = timezone.now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=now)
    changes: dict[str, Any] = {
        "lease_owner": f"{socket.gethostname()[:60]}:{os.getpid()}",
        "lease_generation": F("lease_generation") + 1,
        "lease_until": _end(),
    }
    killed = When(lease_until__isnull=False, then=Value(now))
    changes["due_at"] = now + RETRY if retry else Case(killed, default=F("due_at"))
    mine = Connection.present.filter(pk=connection_id)
    with transaction.atomic():  # or a pause between the two would read the next one's generation
        if not mine.filter(free).update(**changes):
            return None
        return Lease(connection_id, mine.values_list("lease_generation", flat=True).get())


def _end() -> datetime:
    return timezone.now() + timedelta(seconds=settings.LEASE_SECONDS)
