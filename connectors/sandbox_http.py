"""The wire under the fakes: a threading HTTP/1.1 keep-alive server on loopback.

It knows no vendor: each request becomes a `Call`, and whoever answers gives a `Reply`.
"""

import contextlib
import logging
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from email.utils import formatdate
from functools import cached_property
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

import msgspec

log = logging.getLogger(__name__)

Delivery = Literal["whole", "dropped", "dripped", "truncated"]
_DRIP_PAUSE = 0.05


@dataclass(slots=True)
class Reply:
    """One answer. `body` is a JSON value, or bytes that go as they are; `delivery` and
    `seconds` (of a drip) say how well it reaches the client."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delivery: Delivery = "whole"
    seconds: float = 0.0

    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else msgspec.json.encode(self.body)


class RefusalError(Exception):
    """Ends a call with the vendor's refusal."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.reply = Reply(status, body, dict(headers or {}))


@dataclass
class Call:
    """One request. `path` is as it came (percent-encoded), below the vendor's base path; `at`
    holds the parts of it that the route names, decoded."""

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: Message
    body: bytes
    at: dict[str, str] = field(default_factory=dict)

    @property
    def reads(self) -> bool:
        return self.method in ("GET", "HEAD")

    @cached_property
    def params(self) -> dict[str, str]:
        return dict(self.query)

    def text(self, name: str) -> str:
        return self.params.get(name, "").strip()

    def number(self, name: str, default: int) -> int:
        """A whole number, `default` where the client sent none that can be read."""
        found = self.text(name)
        return int(found) if found.lstrip("-").isdigit() else default

    @cached_property
    def parsed(self) -> Any:
        """The body as JSON; None where it is empty or no JSON."""
        with contextlib.suppress(msgspec.DecodeError):
            return msgspec.json.decode(self.body)
        return None

    @property
    def fields(self) -> dict[str, Any]:
        """The body's JSON object; empty where it is anything else."""
        return self.parsed if isinstance(self.parsed, dict) else {}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "LoopbackServer"
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.server.opened(self.connection)
        try:
            with contextlib.suppress(OSError):  # the client went away
                super().handle()
        finally:
            self.server.closed(self.connection)

    def _serve(self) -> None:
        size = self.headers.get("Content-Length", "0")
        body = self.rfile.read(int(size) if size.isdigit() else 0)
        parts = urlsplit(self.path)
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        call = Call(self.command, parts.path, query, self.headers, body)
        try:
            reply = self.server.respond(call)
        except Exception:  # a bug of the fake's own: told whole, and the client is not left hanging
            log.exception("a fake failed at %s %s", call.method, call.path)
            reply = Reply(500, {"message": "the sandbox itself failed; see its log"})
        self._deliver(reply)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815

    def _deliver(self, reply: Reply) -> None:
        if reply.delivery == "dropped":
            self._hang_up()
            return
        content = b"" if self._bodiless(reply) else reply.content()
        head = self._head(reply, len(content))
        if reply.delivery == "whole":
            self.wfile.write(head + content)
        elif reply.delivery == "truncated":
            self.wfile.write(head + content[: len(content) // 2])
            self._hang_up()
        else:
            self.wfile.write(head)
            self._drip(content, reply.seconds)

    def _bodiless(self, reply: Reply) -> bool:
        return self.command == "HEAD" or reply.status == HTTPStatus.NO_CONTENT

    def _head(self, reply: Reply, size: int) -> bytes:
        headers = {
            "Date": formatdate(self.server.clock(), usegmt=True),
            "Content-Type": "application/json",
            "Content-Length": str(size),
            **reply.headers,
        }
        if reply.status == HTTPStatus.NO_CONTENT:
            del headers["Content-Length"], headers["Content-Type"]
        phrase = self.responses.get(HTTPStatus(reply.status), ("",))[0]
        lines = [f"HTTP/1.1 {reply.status} {phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")

    def _drip(self, content: bytes, seconds: float) -> None:
        pieces = max(1, round(seconds / _DRIP_PAUSE))
        size = max(1, -(-len(content) // pieces))
        for start in range(0, len(content), size):
            self.wfile.write(content[start : start + size])
            time.sleep(_DRIP_PAUSE)

    def _hang_up(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_: Any) -> None:
        """Nothing: the calls are kept on the vendor."""


class LoopbackServer(ThreadingHTTPServer):
    """Serves `respond` on 127.0.0.1 from a thread of its own until `stop`."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, port: int, respond: Callable[[Call], Reply], clock: Callable[[], float]
    ) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.respond = respond
        self.clock = clock
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Ends the listening and every connection that a client kept alive."""
        if self._thread.is_alive():
            self.shutdown()
            self._thread.join()
        self.server_close()
        with self._guard:
            for one in self._open:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)

    def opened(self, connection: socket.socket) -> None:
        with self._guard:
            self._open.add(connection)

    def closed(self, connection: socket.socket) -> None:
        with self._guard:
            self._open.discard(connection)
