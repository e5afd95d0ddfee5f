"""Tokens that are fetched, kept to near their expiry, and renewed when refused."""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

EARLY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer value and its life in seconds from now."""

    value: str
    seconds: float

    def __repr__(self) -> str:
        return f"Token(***, {self.seconds:g} s)"


class TokenCache:
    """One token, shared by the threads that fetch pages."""

    def __init__(self, fetch: Callable[[], Token]) -> None:
        self._fetch = fetch
        self._token: Token | None = None
        self._used = False
        self._until = 0.0
        self._lock = threading.Lock()

    def value(self) -> str:
        """The token, fetched anew when none is held or it is about to expire."""
        with self._lock:
            if self._token is None or time.monotonic() >= self._until:
                self._token = self._fetch()
                self._used = True
                early = min(EARLY_SECONDS, self._token.seconds / 10)
                self._until = time.monotonic() + self._token.seconds - early
            return self._token.value

    def refused(self, sent: Iterable[str]) -> bool:
        """Drop the token if it is the one in the headers that were `sent`: another thread may
        have renewed it since. Whether a token is in use at all, so that trying again may help."""
        with self._lock:
            if self._token is not None and any(self._token.value in value for value in sent):
                self._token = None
            return self._used
