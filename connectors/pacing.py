"""Keeps a connection's calls under its vendor's rate limit.

One worker at a time talks to one connection, so the limit is a local matter.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

WINDOW = 60.0
LONGEST_WAIT = 65.0


@dataclass(frozen=True, slots=True)
class Quota:
    """What an answer said of the vendor's quota: `left` of `limit` calls (None: not said).
    `seen` and `until`, when it is whole again: seconds since 1970."""

    left: int
    limit: int | None
    seen: float
    until: float


class Pacer:
    """At most `per_minute` calls a minute (None: no limit), counted over any `window`
    seconds, and none before the moment that the vendor's own headers name."""

    def __init__(
        self,
        per_minute: int | None,
        *,
        window: float = WINDOW,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._quota = None if per_minute is None else max(1, int(per_minute * window / WINDOW))
        self._window = window
        self._sleep, self._now = sleep, now
        self._calls: deque[float] = deque()
        self._not_before = 0.0
        self.quota: Quota | None = None
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Sleep until a call is allowed, and take the place."""
        while (seconds := self._reserve()) > 0:
            self._sleep(seconds)

    def learn(self, status: int, headers: Mapping[str, str]) -> None:
        """Heed `Retry-After` and the spent quota of an answer; remember what is left of it."""
        self.quota = quota(headers) or self.quota
        seconds = pause(status, headers)
        if seconds:
            with self._lock:
                self._not_before = max(self._not_before, self._now() + min(seconds, LONGEST_WAIT))

    def _reserve(self) -> float:
        with self._lock:
            now = self._now()
            while self._calls and self._calls[0] <= now - self._window:
                self._calls.popleft()
            full = self._quota is not None and len(self._calls) >= self._quota
            free_at = max(self._not_before, self._calls[0] + self._window if full else now)
            if free_at > now:
                return free_at - now
            if self._quota is not None:
                self._calls.append(now)
            return 0.0


def pause(status: int, headers: Mapping[str, str]) -> float | None:
    """Seconds to wait that an answer asks for, or None.

    Reads `Retry-After` (seconds or a date), then `RateLimit-Remaining` and `RateLimit-Reset`
    (seconds left), then `X-RateLimit-Remaining`, whose windows are minutes.
    """
    told = retry_after(headers)
    if told is not None and status in (429, 503):
        return told
    if headers.get("RateLimit-Remaining", "").strip() == "0":
        return seconds_in(headers.get("RateLimit-Reset")) or WINDOW
    if headers.get("X-RateLimit-Remaining", "").strip() == "0":
        return _until_next_minute()
    return _until_next_minute() if status == 429 else None


def quota(headers: Mapping[str, str]) -> Quota | None:
    """What an answer says is left, None where it does not. Headers as in `pause`."""
    now = time.time()
    for prefix in ("RateLimit", "X-RateLimit"):
        left = _whole(headers.get(f"{prefix}-Remaining"))
        if left is not None:
            told = seconds_in(headers.get("RateLimit-Reset")) if prefix == "RateLimit" else None
            limit = _whole(headers.get(f"{prefix}-Limit"))
            return Quota(left, limit, now, now + (told or _until_next_minute()))
    return None


def _whole(value: str | None) -> int | None:
    """The whole number that a header begins with (`300, 300;w=60`)."""
    first = (value or "").partition(",")[0].partition(";")[0].strip()
    return int(first) if first.isascii() and first.isdecimal() and len(first) < 10 else None


def retry_after(headers: Mapping[str, str]) -> float | None:
    """`Retry-After` as seconds from now; a date counts from the vendor's own clock."""
    value = headers.get("Retry-After", "")
    until = http_date(value)
    if until is None:
        return seconds_in(value)
    now = http_date(headers.get("Date")) or datetime.fromtimestamp(time.time(), UTC)
    return seconds_in(str(max((until - now).total_seconds(), 0.0)))


def http_date(value: str | None) -> datetime | None:
    """A header's date; None for anything else."""
    try:
        found = parsedate_to_datetime(value or "")
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def seconds_in(value: str | None) -> float | None:
    """A header's number of seconds, under a day; None for anything else."""
    try:
        seconds = float(value or "")
    except ValueError:
        return None
    return seconds if 0 <= seconds < 86_400 else None


def _until_next_minute() -> float:
    return WINDOW - time.time() % WINDOW
