"""Pull: bring what one vendor says into the hub. The admin, the worker and the command all
call `pull`."""

import gc
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from typing import cast

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from connectors.declare import Fetched, Mode, Page, Scan
from connectors.errors import (
    ConfigurationError,
    ConnectorError,
    NotFoundError,
    TemporaryError,
    UnexpectedResponseError,
)
from customers.absence import missing_links, quarantine, seen_ids
from customers.ahead import Ahead
from customers.bulk import scan_session
from customers.connecting import connect
from customers.guarding import Guard, HoldError, limits
from customers.joining import MOST_ROWS, joined
from customers.leases import BusyError, Lease, claim
from customers.models import (
    Connection,
    CustomerLink,
    Health,
    LinkState,
    Run,
    RunPage,
    RunState,
    SetAside,
)
from customers.pursuing import pursue_due
from customers.pushing import Pusher
from customers.running import Result, RunKeeper, health_for, pause
from customers.secrets import UnreadableSecretsError
from customers.storing import Prepared, Store
from customers.verifying import OtherShopError, verify
from customers.waits import used

REREADS_BETWEEN_PAGES = 5
WRITES_BETWEEN_PAGES = 10
WRITE_SECONDS_BETWEEN_PAGES = 10.0
MOST_ASKED = 200
# Answers of one pull that say neither yes nor no, after which no more single records are asked.
MOST_UNCLEAR = 10
ASK_AGAIN = timedelta(hours=1)
LOOK_SECONDS = 1.0
# Garbage that holds itself is little: it is taken out after so many times.
STORED_BETWEEN_SWEEPS = 10


Progress = Callable[[Run], object]


def pull(
    connection_id: int,
    *,
    full: bool = False,
    quick: bool = False,
    dry: bool = False,
    progress: Progress = lambda run: None,
    stopping: Callable[[], bool] = lambda: False,
) -> Result:
    """Pull one connection until its scan is complete, held, failed, or must wait.

    `full` scans everything; `quick` looks for new customers only, where that is all the
    vendor can tell. `progress` is called after every page; `stopping` asks whether to
    leave off at the next page. Raises BusyError while another worker holds the connection,
    LeaseLostError when one took it over.
    """
    lease = claim(connection_id, retry=not dry)
    if lease is None:
        raise BusyError("another worker is pulling this connection")
    try:
        connection = Connection.objects.get(pk=connection_id)
        return _Pull(connection, lease, progress, stopping, dry).go(full, quick)
    finally:
        lease.release()


@contextmanager
def settled_memory() -> Iterator[None]:
    """What the process holds by now stays to the end of the scan, and what a page needs is
    there until its end: the garbage collector, which would walk it all again and again, comes
    between pages alone."""
    at_work = gc.isenabled()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        if at_work:
            gc.enable()


class _Pull(RunKeeper):
    """One call of `pull`, under its lease."""

    def __init__(
        self,
        connection: Connection,
        lease: Lease,
        progress: Progress,
        stopping: Callable[[], bool],
        dry: bool,
    ) -> None:
        super().__init__(connection, lease, dry)
        self.progress = progress
        self.stopping = stopping
        self.looked = 0.0
        self.unclear = 0

    def go(self, full: bool, quick: bool) -> Result:
        try:
            self.connector = connect(self.connection)
        except (ConfigurationError, UnreadableSecretsError) as error:
            return self._refuse(Health.STOPPED, str(error))
        try:
            held = None if self.dry else self._held()
            if held is not None:
                return self._result(held, held.error)
            verify(self.connection, self.connector, remember=not self.dry)
            self.run = self._start(full, quick)
            return self._scan()
        except OtherShopError as error:
            return self._refuse(Health.OTHER_SHOP, str(error))
        except ConnectorError as error:
            return self._refuse(health_for(error), str(error), pause(error))
        finally:
            self.connector.http.close()

    def _scan(self) -> Result:
        run = self.run
        self.store = Store(
            self.connection, self.connector, run, self.lease, self._guard(), dry=self.dry
        )
        try:
            self._recount()
            if self._pages():
                self._finish()
            else:
                self._save_counts()
                self._end(run, RunState.PARTIAL, "")
                self._due(timedelta(0))
        except HoldError as error:
            self._save_counts()
            self._end(run, RunState.HELD, str(error))
            self._health(Health.WAITING, str(error))
        except TemporaryError as error:
            self._save_counts()
            self._end(run, RunState.PARTIAL, str(error))
            self._fail(Health.WAITING, str(error), pause(error))
        except ConnectorError as error:
            self._save_counts()
            self._end(run, RunState.FAILED, str(error))
            self._fail(health_for(error), str(error), None)
        return self._result(run, run.error)

    def _guard(self) -> Guard:
        active = CustomerLink.objects.filter(connection=self.connection, state=LinkState.ACTIVE)
        last = (
            Run.pulls.filter(connection=self.connection, mode="full", state=RunState.COMPLETE)
            .values_list("seen", "total_first")
            .first()
        )
        guard = Guard(limits(), active.count(), *(last or ()))
        guard.released = bool(self.run.released_by)
        guard.changed, guard.seen = self.run.changed, self.run.seen
        guard.filled = {name: pair[0] for name, pair in self.run.blanks.items()}
        guard.blanked = {name: pair[1] for name, pair in self.run.blanks.items()}
        return guard

    def _pages(self) -> bool:
        """Store the pages from where the run stands; False when asked to leave off."""
        scan = Scan(cast(Mode, self.run.mode), self.run.since)
        position, number = self._place(scan)
        if position is None and number:
            return True  # the last page was stored before
        # A third of the pages is fetched, a third read, and a third stored.
        third = max(1, settings.PAGES_IN_FLIGHT // 3)
        pages = self.connector.pages(scan, position, number=number, in_flight=third)
        together = max(1, min(third, MOST_ROWS // self.connector.rows_per_page))
        ahead = Ahead(pages, self._prepared, self._idle, most=together)
        # A page that a crash of the server takes back takes its place in the run back, too; the
        # commit that ends the run waits for the disk, and so for all before it.
        with closing(ahead), scan_session(), settled_memory():
            for times, waiting in enumerate(ahead, start=1):
                self._store_pages(waiting, ahead.piece)
                if times % STORED_BETWEEN_SWEEPS == 0:
                    gc.collect(1)
                self._look_now_and_then()
                self.progress(self.run)
                if waiting[-1][0].next is not None and self.stopping():
                    return False
        return True

    def _prepared(self, page: Page) -> Generator[None, None, tuple[Page, Prepared]]:
        return page, (yield from self.store.preparing(page.rows))

    def _store_pages(
        self, waiting: Sequence[tuple[Page, Prepared]], piece: Callable[[], bool]
    ) -> None:
        first = waiting[0][0]
        if first.number == 0:
            self._first_page(first)
        for page, prepared in joined(waiting):
            self.run.total_last = page.total
            with used(piece):
                counts = self.store.page(page, prepared)
            self._count(counts)

    def _first_page(self, page: Page) -> None:
        """Note the vendor's count and clock before anything of the page is stored."""
        run = self.run
        if run.mode == "full":
            run.total_first = page.total if page.total is not None else self._total()
            self.store.guard.look_at_total(run.total_first)
        if run.clock_first is None:
            # A clock ahead of ours may be a proxy's alone: to ask from too early costs little.
            run.clock_first = min(page.clock or page.sent_at, page.sent_at)
        if not self.dry:
            run.save(update_fields=["total_first", "clock_first"])

    def _total(self) -> int | None:
        """The vendor's count; None, which proves nothing, where it does not tell."""
        try:
            return self.connector.total()
        except UnexpectedResponseError:
            return None

    def _idle(self) -> None:
        if not self.dry:
            self.lease.renew()

    def _look_now_and_then(self) -> None:
        """A long scan holds up neither single records nor writes."""
        if time.monotonic() - self.looked >= LOOK_SECONDS:
            if not self.dry:
                pursue_due(self.connection, self.connector, self.lease)
            self._reread(REREADS_BETWEEN_PAGES)
            self._push()
            self.looked = time.monotonic()

    def _push(self) -> None:
        """The connection's due writes, bounded, so that the scan goes on."""
        if not self.dry:
            pusher = Pusher(self.connection, self.connector, self.lease)
            pusher.work(most=WRITES_BETWEEN_PAGES, seconds=WRITE_SECONDS_BETWEEN_PAGES)

    def _reread(self, most: int) -> None:
        """Fetch the links that are due on their own: a row that came too late, a person's
        wish. Bounded, so that the scan goes on."""
        if self.dry or not self.connector.can("get"):
            return
        due = CustomerLink.objects.filter(
            connection=self.connection, reread_at__lte=timezone.now()
        ).values_list("id", "external_id")[:most]
        for link_id, external_id in due:
            if self.unclear < MOST_UNCLEAR:
                self._fetch(link_id, external_id)
        aside = self.connection.set_aside.filter(retry_at__isnull=False).exclude(external_id="")
        for found in aside[:most]:
            self._retry(found)

    def _get(self, external_id: str) -> Fetched | None:
        """One record; None where the answer says neither yes nor no, which must not stop the
        rest. A vendor that asks for patience gets it: that error is raised."""
        try:
            return self.connector.get(external_id)
        except TemporaryError as error:
            if error.retry_after is not None:
                raise
            self.unclear += 1
        except UnexpectedResponseError:
            self.unclear += 1
        return None

    def _retry(self, found: SetAside) -> None:
        """Read a record that was set aside again, once."""
        SetAside.objects.filter(pk=found.pk).update(retry_at=None)
        try:
            fetched = self._get(found.external_id)
        except NotFoundError:
            found.delete()
            return
        if fetched is None:
            return
        counts = self.store.single(fetched.body, fetched.sent_at)
        counts.seen = counts.unchanged = counts.set_aside = 0
        self._count(counts)

    def _fetch(self, link_id: int, external_id: str) -> None:
        """Read one record again; the vendor's own not-found quarantines its link."""
        try:
            fetched = self._get(external_id)
        except NotFoundError:
            self.store.guard.look_at_gone(self.run.quarantined + 1)
            self.run.quarantined += quarantine(link_id, self.run, self.lease)
            return
        if fetched is None:
            later = timezone.now() + ASK_AGAIN
            CustomerLink.objects.filter(pk=link_id, reread_at__isnull=False).update(reread_at=later)
            return
        counts = self.store.single(fetched.body, fetched.sent_at)
        counts.seen = counts.unchanged = 0
        CustomerLink.objects.filter(pk=link_id).update(reread_at=None)
        self._count(counts)

    def _finish(self) -> None:
        run = self.run
        if self.dry:
            run.state = RunState.COMPLETE
            self._save_counts()
            return
        seen = seen_ids(run)
        aside = SetAside.objects.filter(connection=self.connection, external_id="")
        nameless = aside.filter(run=run).count()
        if run.mode == "full":
            aside.exclude(run=run).delete()  # a whole scan did not meet them again
        run.seen = seen + nameless
        if run.mode == "full":
            self._prove(seen)
        self._reread(MOST_ASKED)
        self._close()

    def _prove(self, seen: int) -> None:
        run = self.run
        if run.total_last is None:
            run.total_last = self._total()
        self.store.guard.look_at_end(seen, run.total_first)
        run.proven = run.unbroken and seen == run.total_first == run.total_last
        if run.proven and self.connector.absence_means_gone and self.connector.can("get"):
            self._ask_for_missing()

    def _ask_for_missing(self) -> None:
        missing = list(missing_links(self.connection, self.run))
        self.store.guard.look_at_missing(len(missing))
        for link_id, external_id in missing[:MOST_ASKED]:
            if self.unclear < MOST_UNCLEAR:
                self._fetch(link_id, external_id)
                self._idle()

    def _close(self) -> None:
        """The run is whole: its values may be told, and the cursor moves."""
        run, connection, now = self.run, self.connection, timezone.now()
        run.state, run.finished_at = RunState.COMPLETE, now
        run.released_at = now
        self._save_counts()
        with transaction.atomic():
            self.lease.renew()
            run.save()
            Run.pulls.filter(
                connection=connection, state=RunState.FAILED, released_at__isnull=True
            ).update(released_at=now)
            changed = ["health", "health_note", "failures", "due_at"]
            if not self._short():
                if run.mode == "full":
                    connection.scanned_at = now
                    changed.append("scanned_at")
                if run.mode != "new" and self.connector.can("changed") and run.clock_first:
                    connection.cursor = run.clock_first - self.connector.overlap
                    changed.append("cursor")
            connection.health, connection.health_note = Health.OK, ""
            connection.failures = 0
            connection.due_at = now + connection.pull_interval
            connection.save(update_fields=changed)
            if run.mode == "full":  # its pages are now the last word on who was seen
                RunPage.objects.filter(run__connection=connection).exclude(run=run).delete()

    def _short(self) -> bool:
        """Whether a scan saw fewer than the vendor counts, for the first time: it is made
        again before changes are asked from its moment on. Twice the same is how the vendor
        counts."""
        run = self.run
        if run.mode != "full" or run.total_last is None or run.seen >= run.total_last:
            return False
        before = Run.pulls.filter(connection=self.connection, mode="full", pk__lt=run.pk)
        last = before.filter(state=RunState.COMPLETE).first()
        return last is None or last.seen != run.seen
