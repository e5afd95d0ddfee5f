"""The fake of one vendor's API: what all of them share.

A vendor's `sandbox.py` says how the API looks (routes, envelopes, errors, the shape of a
row); tokens, limits and misbehaviour are here, rows in `sandbox_rows`.
"""

import secrets
import threading
import time
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from connectors.sandbox_faults import DELIVERY, INSTEAD, Fault, Faults
from connectors.sandbox_http import Call, RefusalError, Reply
from connectors.sandbox_quota import Quota
from connectors.sandbox_routes import Handler, Routes
from connectors.sandbox_rows import Account, Row
from connectors.sandbox_store import Store

HTML = b"<!doctype html><html><title>Just a moment</title><body>Checking.</body></html>"
_REMEMBERED = 100_000  # requests, so that a long-lived sandbox does not grow for ever


class VendorSandbox(Account):
    """One vendor's account behind the vendor's own API.

    `requests` are the (method, path) seen, the path as it came below the base path; `calls`
    the same in full; `writes` the (method, path, body, headers) of those that write.
    """

    base_path: ClassVar[str]
    max_page_size: ClassVar[int]
    open_routes: ClassVar[frozenset[str]] = frozenset()
    issues_tokens: ClassVar[bool] = False

    def __init__(
        self, store: Store, *, seed: int = 1, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(store, seed=seed, clock=clock)
        self.base_url = ""
        self.requests: list[tuple[str, str]] = []
        self.calls: list[Call] = []
        self.writes: list[tuple[str, str, Any, dict[str, str]]] = []
        self.faults = Faults()
        self.rate_limit: Quota | None = self.documented_limit()
        self.credentials: dict[str, str] = self.good_credentials()
        self._routes = Routes(self.routes())
        self._tokens: dict[str, float] = {}

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
    def trouble(self, status: int, words: str) -> Any:
        """The body of a refusal that has nothing special to it."""

    def documented_limit(self) -> Quota | None:
        return None

    def quota_headers(self, quota: Quota) -> dict[str, str]:
        return {}

    def too_many_headers(self, quota: Quota) -> dict[str, str]:
        """What a 429 has beside the quota's headers."""
        return {}

    def shown(self, row: Row) -> Row:
        """The row as a client may see it."""
        return row

    @property
    def options(self) -> dict[str, str]:
        """The connection's options that are needed to reach this account."""
        return {"base_url": self.base_url}

    # What tests and demonstrations do to it

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

        Not carried out: `429` (retry_after), `500`, `drop`, `html`, `redirect` (location), and
        `late`, whose answer is dropped now and which is carried out `seconds` from now.
        Carried out: `500_after`, `drop_after`, `slow` (seconds), `drip` (seconds), `truncate`.
        Of lists only, spent where they can happen: `shift`, `garbage_row` (row: its stand-in).
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
        return self._deliver(reply, fault) if fault else reply

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
            headers.update(self.too_many_headers(self.rate_limit))
            raise self.refusal(429, "Too Many Requests")

    def _record(self, call: Call) -> None:
        self.requests.append((call.method, call.path))
        self.calls.append(call)
        for log in (self.requests, self.calls):
            if len(log) > 2 * _REMEMBERED:
                del log[:_REMEMBERED]
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

    def _deliver(self, reply: Reply, fault: Fault) -> Reply:
        if fault.kind == "slow":
            time.sleep(fault.number("seconds", 1.0))
            return reply
        if fault.kind == "500_after":
            return Reply(500, self.trouble(500, "Server Error"))
        if fault.kind == "drop_after":
            return replace(reply, delivery="dropped")
        if fault.kind == "truncate":
            return replace(reply, delivery="truncated")
        return replace(reply, delivery="dripped", seconds=fault.number("seconds", 5.0))

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
