"""Connections that check the address they reached and keep the request's deadline."""

import ipaddress
import socket
import threading
import time
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from connectors.errors import ConfigurationError

deadline = threading.local()
"""`deadline.until`: when the request under way in this thread must be over (monotonic s)."""


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

    def getresponse(self, *args: Any, **kwargs: Any) -> Any:
        """A dripping head would outlive any socket time-out; the timer ends it."""
        left = getattr(deadline, "until", float("inf")) - time.monotonic()
        timer = threading.Timer(min(max(left, 0.01), threading.TIMEOUT_MAX), _hang_up, (self.sock,))  # type: ignore[attr-defined]
        timer.daemon = True
        timer.start()
        try:
            return super().getresponse(*args, **kwargs)  # type: ignore[misc]
        finally:
            timer.cancel()


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
