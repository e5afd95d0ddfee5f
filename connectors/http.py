"""The one door to vendors: the only module that imports requests.

It holds what every call needs: hosts allow-listed and resolved addresses checked, no
redirect followed, a total deadline, a cap on bytes, retries for reads only, the vendor's
rate limit, and no secret in any error.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import msgspec
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, MaxRetryError, ProtocolError
from urllib3.util.retry import Retry

from connectors.errors import (
    ConfigurationError,
    OutcomeUnknownError,
    TemporaryError,
    UnexpectedResponseError,
)
from connectors.guarded import INNER_POOLS, OUTER_POOLS, deadline
from connectors.mending import ANYTHING, UNREADABLE, in_utf8, read
from connectors.pacing import Pacer, http_date
from connectors.pacing import retry_after as told_pause

USER_AGENT = "customer-desk/1.0 (one desk for several vendors; +https://example.com/customer-desk)"
CONNECT_SECONDS = 10.0
READ_SECONDS = 30.0
DEADLINE_SECONDS = 60.0
MAX_BYTES = 8 * 1024 * 1024
MAX_RETRY_AFTER = 30.0
CHUNK = 64 * 1024
BODY_TRIES = 3


@dataclass(frozen=True, slots=True)
class Request:
    """One call. `path` is appended to the connection's base URL and starts with `/`.

    `once` marks a read that must not be repeated blindly (a scroll moves with each call).
    """

    method: str
    path: str
    params: Sequence[tuple[str, str]] = ()
    json: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    once: bool = False

    @property
    def reads(self) -> bool:
        return self.method == "GET"


@dataclass(frozen=True, slots=True)
class Response:
    """One answer, read whole. `sent_at` is our clock when the request left; `clock` is
    the vendor's own (its Date header), or None."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    sent_at: datetime
    clock: datetime | None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as plain data. Raises UnexpectedResponseError."""
        return decode(self.body)


def segment(value: str) -> str:
    """A value as one segment of a path: `+`, `@` and `/` encoded, dots kept from climbing."""
    return quote(value, safe="").replace("..", "%2E%2E") if value != "." else "%2E"


def decode(body: bytes, decoder: "msgspec.json.Decoder[Any]" = ANYTHING) -> Any:
    """JSON to data; huge numbers and deep nesting are refused, NaN and lone surrogates mended."""
    try:
        return read(body, decoder)
    except UNREADABLE as error:
        raise UnexpectedResponseError(_no_json(body, error)) from None


WEB_PAGE = "a web page came instead of the vendor's data"


def is_web_page(body: bytes) -> bool:
    """What proxies and sites under repair answer with."""
    return body.lstrip().startswith(b"<")


def _no_json(body: bytes, error: Exception) -> str:
    if not body.strip():
        return "the answer is empty"
    if is_web_page(body):
        return WEB_PAGE
    return f"the answer is not the JSON expected: {error}"


class Http:
    """Sends requests to one connection's base URL.

    `allowed_hosts` are the connector's own (https only); `extra_hosts` are `host:port`
    pairs that the operator admits (http and inner addresses allowed there).
    Raises ConfigurationError when the base URL is on neither list.
    """

    def __init__(
        self,
        base_url: str,
        *,
        allowed_hosts: Sequence[str],
        extra_hosts: Sequence[str] = (),
        secrets: Sequence[str] = (),
        pacer: Pacer | None = None,
        deadline: float = DEADLINE_SECONDS,
        max_bytes: int = MAX_BYTES,
        pool_size: int = 8,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        inner = _check_base(self.base_url, allowed_hosts, extra_hosts)
        self.pacer = pacer or Pacer(None)
        self.deadline = deadline
        self.max_bytes = max_bytes
        self.requests = 0
        self._secrets = {secret for secret in secrets if len(secret) > 3}
        self._count = threading.Lock()
        self._form: dict[tuple[Any, ...], requests.PreparedRequest] = {}
        self._steady = _session(_READ_RETRY, inner, pool_size)
        self._once = _session(_ONCE_RETRY, inner, pool_size)

    def send(self, request: Request, starting: Callable[[], float] | None = None) -> Response:
        """Send and read whole.

        `starting` is called when the rate limit lets the request go, and says how many seconds
        it may take; what it raises ends the call with nothing sent.
        Raises TemporaryError (nothing reached the vendor, or a read failed) and
        OutcomeUnknownError (a write may have arrived). Statuses are the caller's matter.
        """
        self.pacer.wait()
        repeatable = request.reads and not request.once
        until = time.monotonic() + min(self.deadline, starting() if starting else self.deadline)
        for retries in reversed(range(BODY_TRIES if repeatable else 1)):
            try:
                return self._exchange(request, until)
            except (requests.RequestException, HTTPError, OSError) as error:
                if not retries or not _cut_off(error) or time.monotonic() > until:
                    raise self._failure(request, error) from None
                self._add(1)
        raise AssertionError("the last try returns or raises")

    def _exchange(self, request: Request, until: float) -> Response:
        session = self._steady if request.reads and not request.once else self._once
        deadline.until = until
        left = max(until - time.monotonic(), 0.1)
        sent_at = datetime.now(UTC)
        answer = session.send(
            self._prepared(session, request),
            timeout=(min(CONNECT_SECONDS, left), min(READ_SECONDS, left)),
            allow_redirects=False,
            stream=True,
            proxies={},
        )
        told = answer.headers.get("Content-Type", "")
        content = in_utf8(self._read(answer, until), told)
        self._tally(answer)
        clock = http_date(answer.headers.get("Date"))
        response = Response(answer.status_code, answer.headers, content, sent_at, clock)
        self.pacer.learn(response.status, response.headers)
        return response

    def _prepared(self, session: requests.Session, request: Request) -> requests.PreparedRequest:
        """The pages of a list differ in their query alone: the rest is made ready once."""
        if request.json is not None:
            headers = {"Content-Type": "application/json", **request.headers}
            return session.prepare_request(
                requests.Request(
                    request.method,
                    self.base_url + request.path,
                    headers,
                    params=list(request.params),
                    data=msgspec.json.encode(request.json),
                )
            )
        mark = (request.method, request.path, tuple(request.headers.items()))
        form = self._form.get(mark)
        if form is None:
            form = session.prepare_request(
                requests.Request(request.method, self.base_url + request.path, request.headers)
            )
            self._form = {mark: form}
        ready = form.copy()
        if request.params:
            ready.url = f"{form.url}?{urlencode(request.params)}"
        return ready

    def redact(self, message: str) -> str:
        """At most 500 characters, with every credential of the connection blotted out."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            message = message.replace(secret, "***")
        return message[:500]

    def hide(self, secret: str) -> None:
        """Blot this value out too (a token that was fetched)."""
        self._secrets |= {secret}

    def close(self) -> None:
        self._steady.close()
        self._once.close()

    def _read(self, answer: requests.Response, until: float) -> bytes:
        chunks, size = [], 0
        with answer:
            while chunk := answer.raw.read1(CHUNK, decode_content=True):
                size += len(chunk)
                if size > self.max_bytes:
                    answer.raw.close()
                    raise UnexpectedResponseError(f"the answer is over {self.max_bytes:,} bytes")
                if time.monotonic() > until:
                    answer.raw.close()
                    raise TimeoutError(f"the answer took more than {self.deadline:g} s")
                chunks.append(chunk)
            _whole(answer, size)
        return b"".join(chunks)

    def _tally(self, answer: requests.Response) -> None:
        retries = answer.raw.retries
        self._add(1 + (len(retries.history) if retries else 0))

    def _add(self, requests: int) -> None:
        with self._count:
            self.requests += requests

    def _failure(self, request: Request, error: Exception) -> Exception:
        self._add(1)
        words = self.redact(f"{request.method} {request.path}: {_words(error)}")
        if request.reads or _never_left(error):
            return TemporaryError(words)
        return OutcomeUnknownError(words)


def _whole(answer: requests.Response, size: int) -> None:
    """urllib3 notices a body cut short; http.client takes a head that breaks off for a whole
    one, so that nothing at all, of a length that was never said, is an error too."""
    framed = {"Content-Length", "Transfer-Encoding"} & {key.title() for key in answer.headers}
    if size == 0 and not framed and answer.status_code not in (204, 304):
        raise _BrokenOffError("the answer broke off in its head")


class _BrokenOffError(OSError):
    """An answer of which not even the head came whole."""


def _cut_off(error: Exception) -> bool:
    """True when an answer began and broke off: urllib3's own retries end at the head."""
    return isinstance(error, _BrokenOffError | ProtocolError)


class _GentleRetry(Retry):
    """Gives the answer back instead of sleeping when the vendor asks for a long wait, or
    for one that would outlive the request's deadline."""

    def parse_retry_after(self, retry_after: str) -> float:
        """As the pacer reads it; nonsense is no wait."""
        return told_pause({"Retry-After": retry_after}) or 0.0

    def increment(  # type: ignore[override]
        self,
        method: Any = None,
        url: Any = None,
        response: Any = None,
        *args: Any,
        **kwargs: Any,
    ) -> Retry:
        asked = (self.get_retry_after(response) or 0) if response is not None else 0
        left = getattr(deadline, "until", float("inf")) - time.monotonic()
        if asked > min(MAX_RETRY_AFTER, left):
            raise MaxRetryError(None, url or "", kwargs.get("error"))  # type: ignore[arg-type]
        return super().increment(method, url, response, *args, **kwargs)


_COMMON: dict[str, Any] = {
    "allowed_methods": frozenset({"GET"}),
    "backoff_factor": 0.3,
    "raise_on_status": False,
    "respect_retry_after_header": True,
    "redirect": 0,
}
_READ_RETRY = _GentleRetry(
    total=3,
    connect=2,
    read=2,
    other=0,
    status_forcelist=(429, 500, 502, 503, 504),
    **_COMMON,
)
# A call that is not to be repeated blindly is repeated only when the vendor says that it
# did not look at it (429).
_ONCE_RETRY = _GentleRetry(total=2, connect=0, read=0, other=0, status_forcelist=(429,), **_COMMON)


class _Adapter(HTTPAdapter):
    def __init__(self, pools: Mapping[str, type], **kwargs: Any) -> None:
        self._pools = dict(pools)
        super().__init__(**kwargs)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools


def _session(retry: Retry, inner: bool, pool_size: int) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json"})
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = _Adapter(
        INNER_POOLS if inner else OUTER_POOLS,
        max_retries=retry,
        pool_connections=2,
        pool_maxsize=pool_size,
    )
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def _check_base(base_url: str, allowed: Sequence[str], extra: Sequence[str]) -> bool:
    """Whether the host is one of the operator's extra ones. Raises ConfigurationError."""
    parts = urlsplit(base_url)
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise ConfigurationError(f"base_url has a bad port: {base_url}") from None
    host = (parts.hostname or "").lower()
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ConfigurationError("base_url must hold a scheme, a host and a path only")
    if parts.scheme in ("http", "https") and f"{host}:{port}" in extra:
        return True
    if parts.scheme == "https" and host in allowed and port == 443:
        return False
    raise ConfigurationError(
        f"base_url leads to {parts.scheme}://{host}:{port}, which is not one of this vendor's "
        f"hosts ({', '.join(allowed)}, https); EXTRA_VENDOR_HOSTS admits others"
    )


def _chain(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    queue: list[Any] = [error]
    while queue:
        one = queue.pop(0)
        if not isinstance(one, BaseException) or one in found:
            continue
        found.append(one)
        queue += [
            one.__cause__,
            one.__context__,
            getattr(one, "reason", None),
            *one.args,
        ]
    return found


def _never_left(error: Exception) -> bool:
    """True when the connection itself failed: no byte of the request was sent."""
    names = {type(one).__name__ for one in _chain(error)}
    return bool(
        names
        & {
            "NewConnectionError",
            "NameResolutionError",
            "ConnectTimeoutError",
            "ConnectTimeout",
            "TooLateError",
        }
    )


def _words(error: Exception) -> str:
    if isinstance(error, requests.Timeout | TimeoutError):
        return "no whole answer in time"
    names = {type(one).__name__ for one in _chain(error)}
    if names & {
        "RemoteDisconnected",
        "IncompleteRead",
        "InvalidChunkLength",
        "ConnectionResetError",
    }:
        return "the vendor hung up before its answer was whole"
    if "DecodeError" in names:
        return "the answer was packed and could not be unpacked"
    innermost = _chain(error)[-1]
    return f"the connection failed ({type(innermost).__name__}: {innermost})"
