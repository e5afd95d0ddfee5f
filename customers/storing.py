"""Stores records: one page (or several that came meanwhile, as one), one transaction, and per
block of rows a fixed small number of queries. Rows whose digest is unchanged cost one look-up
and no write."""

import json
import logging
from collections.abc import Generator, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from connectors.base import Connector
from connectors.declare import Fetched, Page
from connectors.errors import UnreadableRecordError
from connectors.stripping import stripped
from customers import bulk, erased
from customers.digests import Digester
from customers.guarding import Guard
from customers.leases import Lease
from customers.linking import Place, Row
from customers.models import (
    Connection,
    Customer,
    CustomerLink,
    Run,
    RunPage,
    SetAside,
)
from customers.normalise import Key, state, texts
from customers.recalling import NONE, QUIET, Known, differing
from customers.repeating import RepeatError, repeated
from customers.strangers import is_stranger
from customers.thresholds import current
from customers.values import Values, as_it_came, to_json
from customers.workspace import BLOCK, LinkWork, Workspace, blocks
from customers.writing import Writer

MAX_TEXT = 20_000
_PAGE = ("run_id", "number", "position", "next", "ids", "counts", "sent_at")
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Counts:
    """What a page did, in records."""

    seen: int = 0
    created: int = 0
    linked: int = 0
    changed: int = 0
    unchanged: int = 0
    set_aside: int = 0
    asked: int = 0

    def add(self, other: "Counts") -> None:
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(slots=True)
class Unread:
    """A record that could not be read."""

    external_id: str
    text: str
    reason: str


@dataclass(slots=True)
class Prepared:
    """A page's rows by external id, with their digests, and the records read so far."""

    rows: dict[str, bytes] = field(default_factory=dict)
    digests: dict[str, bytes] = field(default_factory=dict)
    read: dict[str, Row | Unread] = field(default_factory=dict)
    unread: list[Unread] = field(default_factory=list)

    def add(self, following: "Prepared") -> None:
        """Take in the page that follows, which has no record of this one's."""
        self.rows |= following.rows
        self.digests |= following.digests
        self.read |= following.read
        self.unread += following.unread


class Settling:
    """What a write does to the record that is read back after it, in the transaction that
    stores it. `own`: the customer to whom a record that is not known yet belongs."""

    own: int | None = None

    def before(self, work: Workspace, link: LinkWork | None, row: Row) -> None:
        """The record is about to be merged into its link (None: it has none yet)."""

    def after(self, work: Workspace, link: LinkWork, row: Row) -> None:
        """It was merged, and is about to be written."""


@dataclass(slots=True)
class Sorted:
    """A page's rows, sorted by what is to be done with them."""

    ids: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    known: dict[str, int] = field(default_factory=dict)
    owners: set[int] = field(default_factory=set)
    unread: list[Unread] = field(default_factory=list)
    stale: list[int] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    erased: set[str] = field(default_factory=set)
    settling: "Settling | None" = None

    def quiet(self) -> bool:
        return not (self.rows or self.unread or self.stale)


class Store:
    """Stores one connection's records under its lease, for one run.

    With `dry` nothing is written; what earlier pages made is kept in memory.
    """

    def __init__(
        self,
        connection: Connection,
        connector: Connector,
        run: Run,
        lease: Lease | None,
        guard: Guard,
        *,
        dry: bool = False,
    ) -> None:
        self.connection = connection
        self.connector = connector
        self.run = run
        self.lease = lease
        self.guard = guard
        self.dry = dry
        self.digester = Digester(connector.mapping_version, connection.country)
        self.weights = current()
        self._eager = guard.known == 0
        self._plans_kept = False
        self._memory = Workspace(keep=True) if dry else None
        self.has_set_aside = SetAside.objects.filter(connection=connection).exists()

    @property
    def memory(self) -> Workspace:
        """What a dry run has made of what it met."""
        assert self._memory is not None  # noqa: S101 asked of a dry store alone
        return self._memory

    def preparing(self, rows: Sequence[bytes]) -> Generator[None, None, Prepared]:
        """Read rows as far as that can be done without the database, in small pieces: first
        their ids and digests, then record by record. Those are read here only where the page
        before had much to read."""
        found = Prepared()
        for row in rows:
            try:
                external_id = self.connector.row_id(row)
                found.rows[external_id] = row
            except UnreadableRecordError as error:
                found.unread.append(Unread("", self._text(row), str(error)))
            else:
                found.digests[external_id] = self.digester.raw(row)
        if self._eager:
            for external_id, row in found.rows.items():
                yield
                found.read[external_id] = self._read(external_id, row)
        return found

    def prepare(self, rows: Sequence[bytes]) -> Prepared:
        """The same in one go."""
        pieces = self.preparing(rows)
        while True:
            try:
                next(pieces)
            except StopIteration as end:
                found: Prepared = end.value
                return found

    def page(self, page: Page, prepared: Prepared | None = None) -> Counts:
        """Store a page and its row of the run. Raises LeaseLostError, HoldError."""
        return self._store(prepared or self.prepare(page.rows), page.sent_at, page)

    def single(self, row: bytes, sent_at: datetime) -> Counts:
        """Store one record that was fetched on its own."""
        return self._store(self.prepare((row,)), sent_at, None)

    @repeated
    def _store(self, prepared: Prepared, sent_at: datetime, page: Page | None) -> Counts:
        """A deadlock undoes the page whole; it is sorted and placed anew."""
        found = self._sort(prepared, sent_at)
        self.guard.start()
        if page is not None and found.quiet() and not (self.dry or self.has_set_aside):
            counts = self._quiet_page(found, page)
        else:
            with nullcontext() if self.dry else transaction.atomic():
                counts = self._place(found, page)
        self.guard.accept(counts)
        if page is not None:
            self._expect(many=2 * len(found.rows) > len(found.ids))
        return counts

    def _expect(self, many: bool) -> None:
        """The next page is taken to be like this one: with much to read and place, or little."""
        self._eager = many
        keep = not many
        if keep != self._plans_kept:
            self._plans_kept = keep
            bulk.keep_plans(keep)

    @repeated
    def settled(self, fetched: Fetched, settling: Settling) -> bool:
        """Store a record that was read back after a write, changed or not; False where it
        cannot be read, and is set aside."""
        prepared = self.prepare((fetched.body,))
        found = Sorted(ids=list(prepared.rows), unread=list(prepared.unread), settling=settling)
        for external_id, known in self._differing(dict.fromkeys(found.ids, NONE)).items():
            if known is not None:
                found.known[external_id], customer_id, *_ = known
                found.owners.add(customer_id)
        found.owners |= {settling.own} if settling.own is not None else set()
        for external_id, row in prepared.rows.items():
            read = self._read(external_id, row)
            if isinstance(read, Unread):
                found.unread.append(read)
            else:
                read.raw_digest, read.sent_at = prepared.digests[external_id], fetched.sent_at
                found.rows.append(read)
        self.guard.start()
        with transaction.atomic():
            self._place(found, None)
        return not found.unread

    # Sorting: no lock is held while records are read

    def _sort(self, prepared: Prepared, sent_at: datetime) -> Sorted:
        found = Sorted(ids=list(prepared.rows), unread=list(prepared.unread))
        others = self._differing(prepared.digests)
        found.unchanged = [one for one in found.ids if one not in others]
        self._leave_erased(found, [one for one, known in others.items() if known is None])
        for external_id in prepared.rows:
            if external_id in others and external_id not in found.erased:
                self._sort_one(external_id, prepared, others[external_id], sent_at, found)
        return found

    def _leave_erased(self, found: Sorted, unknown: Sequence[str]) -> None:
        """Rows of erased people count as unchanged, under a name that does not tell their id.
        Looked up after the links: who is erased between the two is met here."""
        found.erased = erased.among(self.connection.pk, unknown)
        for external_id in found.erased:
            name = erased.stand_in(self.connection.pk, external_id)
            found.ids[found.ids.index(external_id)] = name
            found.unchanged.append(name)

    def _differing(self, digests: dict[str, bytes]) -> dict[str, Known | None]:
        """What is known of those that are not what they were; of what a dry run has met, that."""
        found = differing(self.connection.pk, digests)
        if self._memory is not None:
            for one, digest in digests.items():
                link = self._memory.by_external.get((self.connection.pk, one))
                if link is None or not link.read:
                    continue
                found.pop(one, None)
                if link.raw_digest != digest:
                    found[one] = (
                        link.id, link.customer_id, link.digest, link.state, link.read_at, None
                    )  # fmt: skip
        return found

    def _sort_one(
        self,
        external_id: str,
        prepared: Prepared,
        known: Known | None,
        sent_at: datetime,
        found: Sorted,
    ) -> None:
        raw_digest = prepared.digests[external_id]
        if known is not None:
            link_id, customer_id, old_digest, link_state, read_at, written_at = known
            quiet = link_state in QUIET
            if sent_at < max(filter(None, (read_at, written_at))):
                found.stale.append(link_id)
                return
        read = prepared.read.get(external_id) or self._read(external_id, prepared.rows[external_id])
        if isinstance(read, Unread):
            found.unread.append(read)
            return
        if known is not None:
            if quiet and bytes(old_digest) == read.digest:
                found.unchanged.append(external_id)
                return
            found.known[external_id] = link_id
            found.owners.add(customer_id)
        read.raw_digest, read.sent_at = raw_digest, sent_at
        found.rows.append(read)

    def _read(self, external_id: str, row: bytes) -> Row | Unread:
        try:
            record, kept = self.connector.read_row(row)
            statement = state(record, self.connection.country)
            said = texts(record, statement)
            digest = self.digester.canonical(record, said)
        except UnreadableRecordError as error:
            return Unread(external_id, self._text(row), str(error))
        except Exception as error:
            # What no mapping foresaw costs this record alone: it is set aside, and its neighbours
            # are kept. Only the error's kind is told, since its words may quote the person.
            log.warning("%s: a record met %s", self.connection.name, type(error).__name__)
            return Unread(external_id, self._text(row), f"not understood ({type(error).__name__})")
        found = Row.of(record, statement, as_it_came(kept), said, digest)
        if self._eager:
            found.as_newcomer()
        return found

    def _text(self, row: bytes) -> str:
        """A record's text as it may be kept: without never-store keys. What even a lenient
        reader cannot parse is not kept, since nothing could be taken out of it."""
        try:
            found = json.loads(row.decode(errors="replace"))
            return json.dumps(stripped(found, self.connector.never_store))[:MAX_TEXT]
        except (ValueError, RecursionError):
            return ""

    # Placing: under lock

    def _quiet_page(self, found: Sorted, page: Page) -> Counts:
        """A page on which nothing changed: its own row, in one statement that holds only
        while the lease does."""
        counts = Counts(seen=len(found.ids), unchanged=len(found.unchanged))
        self.guard.look(counts)
        assert self.lease is not None  # noqa: S101 only a dry run goes without
        self.lease.renew_in_time()
        held = bulk.insert_while(
            RunPage, _PAGE, self._page_row(found, page, counts), Connection, self.lease.condition
        )
        if not held:
            raise self.lease.lost()
        return counts

    def _place(self, found: Sorted, page: Page | None) -> Counts:
        if self.lease is not None:
            self.lease.renew()
        counts = Counts(
            seen=len(found.ids) + sum(not one.external_id for one in found.unread),
            unchanged=len(found.unchanged),
            set_aside=len(found.unread),
        )
        work = self._memory or Workspace()
        if found.rows:
            self._place_rows(work, found, counts)
        self.guard.look(counts)
        if self.dry:
            work.clear()
        else:
            writer = Writer(work, self.connection.pk, self.run.pk)
            writer.write(lambda: self._write_page(found, page, counts))
            self._write_rest(found)
        return counts

    def _place_rows(self, work: Workspace, found: Sorted, counts: Counts) -> None:
        if self.connection.writes:
            work.written_to.add(self.connection.pk)
        place = Place(
            work, self.connection.pk, self.run.pk, settings.MATCH_KEY_MAX_CARRIERS, self.weights
        )
        self._load(place, found)
        new = len(found.rows) - len(found.known)
        place.customer_ids = self._ids(Customer, new)[::-1]
        place.link_ids = self._ids(CustomerLink, new)[::-1]
        keys_before = {link_id: set(work.keys_of_link[link_id]) for link_id in found.known.values()}
        before = {
            one: dict(work.by_external[self.connection.pk, one].stated) for one in found.known
        }
        for row in found.rows:
            outcome = self._put(place, row, found.settling)
            setattr(counts, outcome, getattr(counts, outcome) + 1)
            if row.external_id in before:
                self.guard.compare(before[row.external_id], row.statement.values)
                known = keys_before[found.known[row.external_id]]
                self.guard.meet(is_stranger(before[row.external_id], known, row.statement))
        if self.guard.uneasy():
            self.guard.still(self._stated(found.unchanged))
        counts.asked = place.asked

    def _put(self, place: Place, row: Row, settling: Settling | None) -> str:
        if settling is None:
            return place.put(row)
        where = (self.connection.pk, row.external_id)
        place.own = settling.own
        settling.before(place.work, place.work.by_external.get(where), row)
        outcome = place.put(row)
        if where in place.work.by_external:
            settling.after(place.work, place.work.by_external[where], row)
        return outcome

    def _stated(self, ids: Sequence[str]) -> Iterator[Values]:
        """What known records say that did not change."""
        for block in blocks(ids, 5 * BLOCK):
            yield from CustomerLink.objects.filter(
                connection_id=self.connection.pk, external_id__within=block
            ).values_list("stated", flat=True)

    def _load(self, place: Place, found: Sorted) -> None:
        """Locks in the one order: keys, then customers; then what is read under them. Between
        the two, without a lock, the blocks say which customers are worth one."""
        work = place.work
        link_ids = [one for one in found.known.values() if one not in work.links]
        work.load_links_keys(link_ids)
        keys: set[Key] = set()
        for row in found.rows:
            had = work.keys_of_link.get(found.known.get(row.external_id, 0))
            if had is None:
                keys.update(row.statement.keys)
            elif had != dict.fromkeys(row.statement.keys, row.who):
                keys |= {*row.statement.keys, *had}
        work.lock_keys(keys)
        held = {one for key in keys for one in work.keys[key].holders}
        new = [
            row for row in found.rows
            if row.external_id not in found.known and not row.record.anonymized
        ]  # fmt: skip
        work.load_customers({*found.owners, *held, *place.expect(new)})
        if any(one not in work.links for one in found.known.values()):
            raise RepeatError("a link moved to another customer")

    def _ids(self, model: Any, number: int) -> list[int]:
        if self._memory is not None:
            return self._memory.virtual_ids(number)
        return bulk.new_ids(model, number)

    # The rest of the page

    def _write_page(self, found: Sorted, page: Page | None, counts: Counts) -> None:
        if page is not None:
            bulk.insert(RunPage, _PAGE, [self._page_row(found, page, counts)])

    def _write_rest(self, found: Sorted) -> None:
        now = timezone.now()
        if found.stale:
            CustomerLink.objects.filter(pk__in=found.stale).update(reread_at=now)
        if self.has_set_aside:
            unread = {one.external_id for one in found.unread}
            SetAside.objects.filter(
                connection=self.connection,
                external_id__within=[one for one in found.ids if one not in unread],
            ).delete()
        if found.unread:
            self._set_aside(found.unread, now)
            self.has_set_aside = True

    def _page_row(self, found: Sorted, page: Page, counts: Counts) -> tuple[Any, ...]:
        """The values of _PAGE."""
        return (
            self.run.pk,
            page.number,
            to_json(page.position),
            None if page.next is None else to_json(page.next),
            to_json(found.ids),
            to_json(counts),
            page.sent_at,
        )

    def _set_aside(self, unread: Sequence[Unread], now: datetime) -> None:
        SetAside.objects.bulk_create(
            [
                SetAside(
                    connection=self.connection,
                    run_id=self.run.pk,
                    external_id=one.external_id,
                    fingerprint=(
                        ""
                        if one.external_id
                        else blake2b(one.text.encode(), digest_size=16).hexdigest()
                    ),
                    text=one.text,
                    reason=one.reason,
                    first_at=now,
                    last_at=now,
                )
                for one in _once_each(unread)
            ],
            update_conflicts=True,
            unique_fields=["connection", "external_id", "fingerprint"],
            update_fields=["run", "text", "reason", "last_at"],
        )


def _once_each(unread: Sequence[Unread]) -> list[Unread]:
    """One of each that the table could tell apart."""
    return list(
        {(one.external_id, "" if one.external_id else one.text): one for one in unread}.values()
    )
