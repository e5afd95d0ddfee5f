"""Tokens that are fetched, kept to near their expiry, and renewed when refused."""

import threading
import time
from collections.abc import Callable
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
        self._until = 0.0
        self._lock = threading.Lock()

    @property
    def renewable(self) -> bool:
        """Whether a token was in use, so that a refusal may be its expiry."""
        return self._token is not None

    def value(self) -> str:
        """The token, fetched anew when none is held or it is about to expire."""
        with self._lock:
            if self._token is None or time.monotonic() >= self._until:
                self._token = self._fetch()
                early = min(EARLY_SECONDS, self._token.seconds / 10)
                self._until = time.monotonic() + self._token.seconds - early
            return self._token.value

    def forget(self) -> None:
        with self._lock:
            self._token = None
