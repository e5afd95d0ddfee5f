"""The fake of one vendor's API: what all of them share.

A vendor's `sandbox.py` says how the API looks (routes, envelopes, errors, the shape of a
row); rows, ids, uniqueness, limits, tokens and misbehaviour are here.
"""

import secrets
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from connectors.population_sightings import Sighting
from connectors.sandbox_faults import DELIVERY, INSTEAD, Fault, Faults
from connectors.sandbox_http import Call, RefusalError, Reply
from connectors.sandbox_quota import Quota
from connectors.sandbox_routes import Handler, Routes
from connectors.sandbox_store import Store

Row = dict[str, Any]
HTML = b"<!doctype html><html><title>Just a moment</title><body>Checking.</body></html>"


class VendorSandbox(ABC):
    """One vendor's account with its rows, behind the vendor's own API.

    `rows` are in the vendor's read shape, plus what it keeps and never shows (see the
    vendor's `shown`); change them through `edit`, `remove`, `add` and `fill`.
    """

    slug: ClassVar[str]
    base_path: ClassVar[str]
    id_key: ClassVar[str] = "id"
    max_page_size: ClassVar[int]
    home: ClassVar[Mapping[str, float]]
    """How likely the vendor knows a person of a country (alpha-2), against its peers."""
    unique: ClassVar[Mapping[str, Callable[[Any], str]]] = {}
    """The fields that no two rows share, with the form in which they are compared."""
    moves_on_write: ClassVar[bool] = False
    """A changed row goes to the end, as in a table that is read without an order."""
    open_routes: ClassVar[frozenset[str]] = frozenset()
    issues_tokens: ClassVar[bool] = False

    def __init__(
        self, store: Store, *, seed: int = 1, clock: Callable[[], float] = time.time
    ) -> None:
        self.store = store
        self.seed = seed
        self.clock = clock
        self.base_url = ""
        self.rows: dict[str, Row] = {}
        self.people: dict[str, str] = {}
        self.requests: list[tuple[str, str]] = []
        self.calls: list[Call] = []
        self.writes: list[tuple[str, str, Any, dict[str, str]]] = []
        self.faults = Faults()
        self.rate_limit: Quota | None = self.documented_limit()
        self.credentials: dict[str, str] = self.good_credentials()
        self.rewrite: Callable[[Row], Row] = dict  # how it changes what it stores; tests may set it
        self.filler: Callable[[VendorSandbox, int], None] = _nobody_to_fill_with
        self.revision = 0
        self.lock = threading.RLock()
        self._routes = Routes(self.routes())
        self._holders: dict[tuple[str, str], str] = {}
        self._tokens: dict[str, float] = {}
        self._load()

    # What a vendor says of itself

    @abstractmethod
    def routes(self) -> dict[str, Handler]:
        """`"METHOD /path/{part}"` below the base path to what answers it."""

    @abstractmethod
    def good_credentials(self) -> dict[str, str]:
        """The secrets that are accepted, keyed as the connector's."""

    @abstractmethod
    def authenticate(self, call: Call) -> None:
        """Raises RefusalError for a call without good credentials."""

    @abstractmethod
    def fresh_row(self) -> Row:
        """A new row with its id, its times now, and the vendor's defaults."""

    @abstractmethod
    def from_sighting(self, sighting: Sighting) -> Row:
        """The fields by which the vendor states a person, to be put into a fresh row."""

    @abstractmethod
    def trouble(self, status: int, words: str) -> Any:
        """The body of a refusal that has nothing special to it."""

    def documented_limit(self) -> Quota | None:
        return None

    def quota_headers(self, quota: Quota) -> dict[str, str]:
        return {}

    def touched(self, row: Row) -> Row:
        """The row with its update time now, where the vendor keeps one."""
        return row

    def shown(self, row: Row) -> Row:
        """The row as a client may see it."""
        return row

    def odd_rows(self) -> dict[str, Row]:
        """What a populated account has of unreadable or anonymized rows: fields by id."""
        return {}

    @property
    def options(self) -> dict[str, str]:
        """The connection's options that are needed to reach this account."""
        return {"base_url": self.base_url}

    # What tests and demonstrations do to it

    def add(self, **fields: Any) -> str:
        """A row of the vendor's own making; its external id."""
        with self.writing():
            return self.key(self.save(self.fresh_row() | fields))

    def fill(self, count: int) -> None:
        """Add `count` rows of invented people whom no other vendor knows."""
        self.filler(self, count)

    def edit(self, external_id: str, **fields: Any) -> Row:
        """Change a row as the vendor's own staff would."""
        with self.writing():
            return self.save(self.touched({**self.rows[external_id], **fields}))

    def remove(self, external_id: str) -> None:
        with self.writing():
            self._forget(self.rows.pop(external_id), external_id)

    def plant(self, sighting: Sighting) -> str | None:
        """Add a person as the vendor met them; their id, None when another row bars them."""
        fields = self.from_sighting(sighting)
        if self.taken(fields):
            fields = self.from_sighting(sighting.alone())
            if self.taken(fields):
                return None
        row = self.save(self.fresh_row() | fields, sighting.person.id)
        return self.key(row)

    def misbehave(
        self,
        kind: str,
        times: int = 1,
        *,
        method: str | None = None,
        path: str | None = None,
        **options: Any,
    ) -> None:
        """Let the next `times` requests (of `method`, whose path has `path`) go wrong.

        Kinds: `429` (retry_after), `500`, `drop`, `drop_after`, `late` (seconds), `slow`
        (seconds), `drip` (seconds), `truncate`, `html`, `redirect` (location), and of lists
        `shift` and `garbage_row` (row: what stands in for it).
        """
        self.faults.add(Fault(kind, times, method, path, options))

    def expire_tokens(self) -> None:
        """Every token that was issued is past its time; standing keys are not tokens."""
        with self.lock:
            self._tokens = dict.fromkeys(self._tokens, 0.0)

    def rotate_credentials(self) -> None:
        """The account gets new secrets (see `credentials`); the old ones are refused."""
        with self.lock:
            ending = secrets.token_hex(4)
            self.credentials = {key: f"{old}-{ending}" for key, old in self.credentials.items()}
            self._tokens.clear()

    # Answering

    def answer(self, call: Call) -> Reply:
        """One request, with what was asked to go wrong."""
        self._record(call)
        fault = self.faults.take(call, INSTEAD)
        if fault is not None:
            return self._instead(fault, call)
        fault = self.faults.take(call, DELIVERY)
        reply = self.carry_out(call)
        return _deliver(reply, fault) if fault else reply

    def carry_out(self, call: Call) -> Reply:
        headers: dict[str, str] = {}
        try:
            with self.lock:
                self._spend(call, headers)
                reply = self._dispatch(call)
        except RefusalError as refusal:
            reply = refusal.reply
        return replace(reply, headers={**headers, **reply.headers})

    def _dispatch(self, call: Call) -> Reply:
        name, handler = self._routes.find(call)
        if handler is None:
            status = 405 if name else 404
            raise self.refusal(status, "Method Not Allowed" if name else "Not Found")
        if name not in self.open_routes:
            self.authenticate(call)
        if call.reads:
            return handler(call)
        with self.store.transaction():
            return handler(call)

    def _spend(self, call: Call, headers: dict[str, str]) -> None:
        if self.rate_limit is None:
            return
        allowed = self.rate_limit.spend(self.clock())
        headers.update(self.quota_headers(self.rate_limit))
        if not allowed:
            raise self.refusal(429, "Too Many Requests")

    def _record(self, call: Call) -> None:
        self.requests.append((call.method, call.path))
        self.calls.append(call)
        if not call.reads and self._routes.find(call)[0] not in self.open_routes:
            body = call.parsed if call.parsed is not None else call.body.decode(errors="replace")
            self.writes.append((call.method, call.path, body, dict(call.headers)))

    def _instead(self, fault: Fault, call: Call) -> Reply:
        if fault.kind == "429":
            after = fault.options.get("retry_after")
            headers = {} if after is None else {"Retry-After": str(after)}
            return Reply(429, self.trouble(429, "Too Many Requests"), headers)
        if fault.kind == "500":
            return Reply(500, self.trouble(500, "Server Error"))
        if fault.kind == "html":
            return Reply(200, HTML, {"Content-Type": "text/html; charset=utf-8"})
        if fault.kind == "redirect":
            location = fault.options.get("location") or f"{self.base_url}/elsewhere"
            return Reply(302, b"", {"Location": location, "Content-Type": "text/html"})
        if fault.kind == "late":
            timer = threading.Timer(fault.number("seconds", 1.0), self.carry_out, (call,))
            timer.daemon = True
            timer.start()
        return Reply(delivery="dropped")

    def refusal(self, status: int, words: str) -> RefusalError:
        return RefusalError(status, self.trouble(status, words))

    # For the vendors' handlers

    def window(self, call: Call, rows: Sequence[Row], page: int, size: int) -> list[Any]:
        """One numbered page as it is shown."""
        start = (page - 1) * size
        if 0 < start < len(rows) and self.faults.take(call, {"shift"}):
            start -= 1  # a later row moved to the front: one is repeated, one is missed
        return self.page(call, rows[start : start + size])

    def page(self, call: Call, rows: Sequence[Row]) -> list[Any]:
        """A page's rows as they are shown, whole but for what was asked to go wrong."""
        found: list[Any] = [self.shown(row) for row in rows]
        fault = self.faults.take(call, {"garbage_row"}) if found else None
        if fault is not None:
            found[len(found) // 2] = fault.options.get("row", self._garbage(found[len(found) // 2]))
        return found

    def _garbage(self, row: Row) -> Row:
        return {key: value if key == self.id_key else [value] for key, value in row.items()}

    def found(self, external_id: str) -> Row:
        """The row, or the vendor's not-found."""
        row = self.rows.get(external_id)
        if row is None:
            raise RefusalError(*self.missing(external_id))
        return row

    def missing(self, external_id: str) -> tuple[int, Any]:
        return 404, self.trouble(404, "Not Found")

    def taken(self, values: Mapping[str, Any], but: str = "") -> dict[str, str]:
        """The unique fields of `values` that a row other than `but` has, with its id."""
        found = {}
        for name, form in self.unique.items():
            same = form(values.get(name))
            holder = self._holders.get((name, same)) if same else None
            if holder is not None and holder != but:
                found[name] = holder
        return found

    def save(self, row: Row, person: str | None = None) -> Row:
        """Keep a new or changed row."""
        row = self.rewrite(row)
        key = self.key(row)
        old = self.rows.get(key)
        if old is not None:
            self._index(old, "")
            if self.moves_on_write:
                del self.rows[key]
                self.store.remove(self.slug, key)
        self.rows[key] = row
        self._index(row, key)
        if person is not None:
            self.people[key] = person
        self.store.put(self.slug, key, row, self.people.get(key, ""))
        self.revision += 1
        return row

    def key(self, row: Row) -> str:
        return str(row[self.id_key])

    def next_number(self) -> int:
        """The next of the vendor's own numbers; never the same again."""
        self._number += 1
        self.store.note(self.slug, "number", self._number)
        return self._number

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)

    def issue_token(self, seconds: float) -> str:
        token = secrets.token_urlsafe(24)
        self._tokens[token] = self.clock() + seconds
        return token

    def token_state(self, token: str) -> str:
        """`good`, `expired` or `unknown`."""
        until = self._tokens.get(token)
        if until is None:
            return "unknown"
        return "good" if until > self.clock() else "expired"

    @contextmanager
    def writing(self) -> Iterator[None]:
        with self.lock, self.store.transaction():
            yield

    def _load(self) -> None:
        self._number = int(self.store.notes(self.slug).get("number", 0))
        for key, row, person in self.store.rows(self.slug):
            self.rows[key] = row
            if person:
                self.people[key] = person
            self._index(row, key)

    def _forget(self, row: Row, key: str) -> None:
        self._index(row, "")
        self.people.pop(key, None)
        self.store.remove(self.slug, key)
        self.revision += 1

    def _index(self, row: Row, key: str) -> None:
        for name, form in self.unique.items():
            same = form(row.get(name))
            if same and key:
                self._holders[name, same] = key
            elif same:
                self._holders.pop((name, same), None)


def _nobody_to_fill_with(vendor: VendorSandbox, count: int) -> None:
    raise RuntimeError("only a served fake can be filled")


def _deliver(reply: Reply, fault: Fault) -> Reply:
    if fault.kind == "slow":
        time.sleep(fault.number("seconds", 1.0))
        return reply
    if fault.kind == "drop_after":
        return replace(reply, delivery="dropped")
    if fault.kind == "truncate":
        return replace(reply, delivery="truncated")
    return replace(reply, delivery="dripped", seconds=fault.number("seconds", 5.0))


def lowered(value: Any) -> str:
    """E-mails and codes as vendors compare them."""
    return value.strip().lower() if isinstance(value, str) else ""


def only_digits(value: Any) -> str:
    """Phones and documents as vendors compare them."""
    return "".join(char for char in str(value or "") if char.isdigit())
