"""Connections that check the address they reached and keep the request's deadline."""

import ipaddress
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from connectors.errors import ConfigurationError

deadline = threading.local()
"""`deadline.until`: when the request under way in this thread must be over (monotonic s)."""


class TooLateError(OSError):
    """The deadline was over before the first byte: nothing was sent."""


class _Watchdog:
    """Hangs up on sockets whose time is over; one thread for all of them, while there are any."""

    TICK = 0.2

    def __init__(self) -> None:
        self._watched: dict[int, tuple[float, socket.socket | None]] = {}
        self._lock = threading.Lock()
        self._running = False

    @contextmanager
    def over(self, sock: socket.socket | None, until: float) -> Iterator[None]:
        """Watch a socket during the block; `until` is monotonic."""
        mark = id(sock)
        with self._lock:
            self._watched[mark] = (until, sock)
            if not self._running:
                self._running = True
                threading.Thread(target=self._watch, daemon=True).start()
        try:
            yield
        finally:
            with self._lock:
                self._watched.pop(mark, None)

    def _watch(self) -> None:
        quiet = 0
        while True:
            time.sleep(self.TICK)
            now = time.monotonic()
            with self._lock:
                late = [sock for until, sock in self._watched.values() if until < now]
                quiet = 0 if self._watched else quiet + 1
                if quiet > 50:
                    self._running = False
                    return
            for sock in late:
                _hang_up(sock)


watchdog = _Watchdog()


class _Guarded:
    """A connection that checks the address it reached and keeps the request's deadline."""

    inner_allowed = False

    def _new_conn(self) -> socket.socket:
        found: socket.socket = super()._new_conn()  # type: ignore[misc]
        address = found.getpeername()[0]
        if not self.inner_allowed and not is_public(address):
            found.close()
            raise ConfigurationError(
                f"the vendor's host leads to {address}, an inner address: refused"
            )
        return found

    def request(self, *args: Any, **kwargs: Any) -> None:
        """A process that was stopped meanwhile, and goes on after the deadline, sends nothing."""
        if time.monotonic() > getattr(deadline, "until", float("inf")):
            raise TooLateError("the time was over before the request left")
        super().request(*args, **kwargs)  # type: ignore[misc]

    def getresponse(self, *args: Any, **kwargs: Any) -> Any:
        """A dripping head would outlive any socket time-out; the watchdog ends it."""
        with watchdog.over(self.sock, getattr(deadline, "until", float("inf"))):  # type: ignore[attr-defined]
            return super().getresponse(*args, **kwargs)  # type: ignore[misc]


class _GuardedHTTP(_Guarded, HTTPConnection):
    pass


class _GuardedHTTPS(_Guarded, HTTPSConnection):
    pass


class _InnerHTTP(_GuardedHTTP):
    inner_allowed = True


class _InnerHTTPS(_GuardedHTTPS):
    inner_allowed = True


def _pool(base: type, connection: type) -> type:
    return type(f"Guarded{base.__name__}", (base,), {"ConnectionCls": connection})


OUTER_POOLS = {
    "http": _pool(HTTPConnectionPool, _GuardedHTTP),
    "https": _pool(HTTPSConnectionPool, _GuardedHTTPS),
}
INNER_POOLS = {
    "http": _pool(HTTPConnectionPool, _InnerHTTP),
    "https": _pool(HTTPSConnectionPool, _InnerHTTPS),
}


def is_public(address: str) -> bool:
    """Python 3.11 calls NAT64 and 6to4 forms of inner addresses global: look inside them."""
    found: Any = ipaddress.ip_address(address.partition("%")[0])
    if found.version == 6:
        if found.ipv4_mapped:
            found = found.ipv4_mapped
        elif found.sixtofour:
            found = found.sixtofour
        elif found in _NAT64:
            found = ipaddress.ip_address(int(found) & 0xFFFFFFFF)
    return bool(found.is_global) and not found.is_multicast


_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def _hang_up(sock: socket.socket | None) -> None:
    try:
        if sock is not None:
            sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it was closed already
