"""The life of one run: begun or gone on with, counted, ended, and what it says of its
connection's health."""

import time
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from connectors.base import Connector
from connectors.declare import Mode, Position, Scan
from connectors.errors import (
    ConfigurationError,
    ConnectorError,
)
from customers.bulk import analyze
from customers.connecting import fingerprint, keep_quota
from customers.leases import Lease
from customers.models import (
    UNFINISHED,
    Connection,
    Customer,
    CustomerLink,
    Health,
    KeyHolder,
    MatchKey,
    Run,
    RunState,
)
from customers.storing import Counts, Store

RESUME_WITHIN = timedelta(hours=12)
LONGEST_BACK_OFF = timedelta(hours=6)
SCROLL_RESTARTS = 2
SAVE_SECONDS = 1.0


@dataclass(slots=True)
class Result:
    """What a pull did. `state`: `complete`, `partial` (more is due), `held` or `failed`;
    `note` says why in words. Counts are of records, `seconds` of this call."""

    connection: str
    state: str
    seen: int = 0
    created: int = 0
    linked: int = 0
    changed: int = 0
    unchanged: int = 0
    set_aside: int = 0
    quarantined: int = 0
    requests: int = 0
    seconds: float = 0.0
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        found = asdict(self)
        found["seconds"] = round(self.seconds, 2)
        if not self.note:
            del found["note"]
        return found


class RunKeeper:
    """One run of one connection under its lease. With `dry` nothing is written."""

    def __init__(self, connection: Connection, lease: Lease, dry: bool) -> None:
        self.connection = connection
        self.lease = lease
        self.dry = dry
        self.saved = time.monotonic()
        self.counted = 0
        self.analyze_at = 1000
        self.connector: Connector
        self.run: Run
        self.store: Store

    def _held(self) -> Run | None:
        return Run.pulls.filter(connection=self.connection, state=RunState.HELD).first()

    def _start(self, full: bool, quick: bool) -> Run:
        """The unfinished run, if it can go on, or a new one."""
        mode, since = self._mode(full, quick)
        if self.dry:
            return Run(connection=self.connection, mode=mode, since=since)
        found = Run.pulls.filter(connection=self.connection, state__in=UNFINISHED).first()
        if found is not None:
            fresh = timezone.now() - found.started_at < RESUME_WITHIN
            same = found.settings == self._settings()
            if fresh and same and (found.mode == "full" or mode != "full"):
                found.state = RunState.RUNNING
                found.error = ""
                found.save(update_fields=["state", "error"])
                return found
            self._end(found, RunState.FAILED, "left off: a new run was begun")
        return Run.objects.create(
            connection=self.connection, mode=mode, since=since, settings=self._settings()
        )

    def _settings(self) -> str:
        """What the pages of a run hang on: a run goes on only under the same."""
        return f"{self.connector.rows_per_page}:{fingerprint(self.connection)[:40]}"

    def _mode(self, full: bool, quick: bool) -> tuple[Mode, Any]:
        """Everything at the first pull and where the vendor cannot tell what changed;
        changes where it can."""
        connection = self.connection
        if full or connection.scanned_at is None:
            return "full", None
        if self.connector.can("changed") and connection.cursor is not None:
            return "changed", connection.cursor
        if quick and self.connector.can("new"):
            return "new", connection.scanned_at - timedelta(days=1)
        return "full", None

    def _place(self, scan: Scan) -> tuple[Position | None, int]:
        """Where the scan goes on: (position, page number). A page-number scan that was
        broken proves nothing; a scroll starts again, and after two restarts goes by pages."""
        run = self.run
        last = None if self.dry else run.pages.order_by("-number").first()
        if last is None:
            return self._fallback(scan) if run.restarts > SCROLL_RESTARTS else (None, 0)
        if last.next is None:
            return None, last.number + 1
        if self.connector.resumable(last.next):
            if not self.connector.stable(last.next) and run.unbroken:
                run.unbroken = False
                run.save(update_fields=["unbroken"])
            return last.next, last.number + 1
        run.restarts += 1
        run.total_first = None
        run.carried = {name: getattr(run, name) for name in Counts.__slots__}
        with transaction.atomic():
            self.lease.renew()
            run.pages.all().delete()
            run.save(update_fields=["restarts", "total_first", "carried"])
        return self._fallback(scan) if run.restarts > SCROLL_RESTARTS else (None, 0)

    def _fallback(self, scan: Scan) -> tuple[Position | None, int]:
        found = self.connector.fallback_position(scan)
        if found is not None and self.run.unbroken:
            self.run.unbroken = False
            self.run.save(update_fields=["unbroken"])
        return found, 0

    def _count(self, counts: Counts) -> None:
        run, guard = self.run, self.store.guard
        for name in Counts.__slots__:
            setattr(run, name, getattr(run, name) + getattr(counts, name))
        run.blanks = {
            name: [filled, guard.blanked.get(name, 0)] for name, filled in guard.filled.items()
        }
        if time.monotonic() - self.saved >= SAVE_SECONDS:
            self._save_counts()
        if run.created + run.linked >= self.analyze_at and not self.dry:
            self.analyze_at *= 10
            analyze(Customer, CustomerLink, KeyHolder, MatchKey)

    def _recount(self) -> None:
        """Counts as the stored pages tell them: the run's own row may lag a kill."""
        run = self.run
        if self.dry:
            return
        sums = Counts(**run.carried)
        for counts in run.pages.values_list("counts", flat=True).iterator(chunk_size=500):
            sums.add(Counts(**counts))
        for name in Counts.__slots__:
            setattr(run, name, getattr(sums, name))
        while self.analyze_at <= run.created + run.linked:
            self.analyze_at *= 10

    def _save_counts(self) -> None:
        """Let the counts be seen; now and then, since every page has its own."""
        run = self.run
        run.requests += self.connector.http.requests - self.counted
        self.counted = self.connector.http.requests
        now = time.monotonic()
        run.busy_seconds += now - self.saved
        self.saved = now
        if not self.dry:
            run.save(update_fields=_COUNTED)
            keep_quota(self.connection, self.connector)

    def _end(self, run: Run, state: RunState, note: str) -> None:
        run.state, run.error = state, note
        if state != RunState.PARTIAL:
            run.finished_at = timezone.now()
        if not self.dry:
            run.save()

    def _refuse(self, health: Health, note: str, pause: timedelta | None = None) -> Result:
        """Nothing was begun: say so on the connection."""
        self._fail(health, note, pause)
        return Result(self.connection.name, RunState.FAILED.value, note=note)

    def _fail(self, health: Health, note: str, pause: timedelta | None) -> None:
        if self.dry:
            return
        failures = self.connection.failures + 1
        back_off = min(timedelta(seconds=30) * 2 ** min(failures, 12), LONGEST_BACK_OFF)
        Connection.objects.filter(pk=self.connection.pk).update(
            failures=F("failures") + 1, due_at=timezone.now() + (pause or back_off)
        )
        self._health(health, note)

    def _health(self, health: Health, note: str) -> None:
        if not self.dry:
            Connection.objects.filter(pk=self.connection.pk).update(health=health, health_note=note)

    def _due(self, wait: timedelta) -> None:
        Connection.objects.filter(pk=self.connection.pk).update(due_at=timezone.now() + wait)

    def _result(self, run: Run, note: str) -> Result:
        counts = {name: getattr(run, name) for name in _SHOWN}
        return Result(
            self.connection.name,
            str(run.state),
            **counts,
            seconds=run.busy_seconds,
            note=note,
        )


_SHOWN = (
    "seen",
    "created",
    "linked",
    "changed",
    "unchanged",
    "set_aside",
    "quarantined",
    "requests",
)
_COUNTED = [
    "seen",
    "created",
    "linked",
    "changed",
    "unchanged",
    "set_aside",
    "quarantined",
    "asked",
    "requests",
    "busy_seconds",
    "blanks",
    "total_first",
    "total_last",
    "clock_first",
]


def health_for(error: ConnectorError) -> Health:
    """A person is needed only for what will not mend itself."""
    return Health.STOPPED if isinstance(error, ConfigurationError) else Health.WAITING


def pause(error: ConnectorError) -> timedelta | None:
    seconds = getattr(error, "retry_after", None)
    return timedelta(seconds=max(1.0, seconds)) if seconds else None
