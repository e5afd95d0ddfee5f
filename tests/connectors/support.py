"""Small servers on loopback, and connectors that talk to them."""

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import connectors
from connectors.base import Connector
from connectors.registry import vendor

SAMPLES = Path(connectors.__file__).parent


def sample(slug: str, name: str) -> bytes:
    """A sample of a vendor, as it would come over the wire."""
    return (SAMPLES / slug / "samples" / f"{name}.json").read_bytes()


def rows_of(slug: str, name: str, key: str) -> list[bytes]:
    """The rows of a sample that holds a list under `key`."""
    return [json.dumps(row).encode() for row in json.loads(sample(slug, name))[key]]


@dataclass
class Received:
    """One request as it arrived."""

    method: str
    path: str
    params: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Answer:
    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Loopback:
    """A server that answers each request by `answer`, and keeps what it received."""

    answer: Callable[[Received], Answer]
    received: list[Received] = field(default_factory=list)
    address: str = ""

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    @property
    def calls(self) -> list[str]:
        return [f"{one.method} {one.path}" for one in self.received]


@contextmanager
def loopback(answer: Callable[[Received], Answer] | list[Answer]) -> Iterator[Loopback]:
    """Serve until the block ends. A list is answered in its order, its last one for good."""
    if isinstance(answer, list):
        queue = list(answer)
        give = lambda _: queue.pop(0) if len(queue) > 1 else queue[0]  # noqa: E731
    else:
        give = answer
    found = Loopback(give)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _respond(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            parts = urlsplit(self.path)
            params = parse_qsl(parts.query, keep_blank_values=True)
            headers = {key.lower(): value for key, value in self.headers.items()}
            received = Received(self.command, parts.path, params, headers, self.rfile.read(length))
            found.received.append(received)
            reply = found.answer(received)
            self.send_response(reply.status)
            for key, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST = do_PUT = do_DELETE = _respond  # noqa: N815

        def log_message(self, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        found.address = f"127.0.0.1:{server.server_port}"
        try:
            yield found
        finally:
            server.shutdown()


@contextmanager
def raw_server(respond: Callable[[socket.socket], None]) -> Iterator[Loopback]:
    """A bare socket server, for answers that no proper server gives. `respond` has the
    connection after the request's head has been read; `received` counts connections."""
    found = Loopback(lambda _: Answer())
    listener = socket.create_server(("127.0.0.1", 0))
    found.address = f"127.0.0.1:{listener.getsockname()[1]}"

    def talk(connection: socket.socket) -> None:
        with connection:
            head = b""
            while b"\r\n\r\n" not in head:
                more = connection.recv(65536)
                if not more:
                    return
                head += more
            told = re.search(rb"(?i)content-length: (\d+)", head)
            left = int(told[1]) - len(head.partition(b"\r\n\r\n")[2]) if told else 0
            while left > 0:
                left -= len(connection.recv(left))
            method, target, _ = head.split(b" ", 2)
            found.received.append(Received(method.decode(), target.decode(), [], {}, head))
            try:
                respond(connection)
            except OSError:
                return  # the client hung up, as it should

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield found
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def secrets_of(kind: type[Connector]) -> dict[str, str]:
    """Invented credentials for every declared secret."""
    return {option.key: f"{option.key}-0123456789" for option in kind.secrets}


def connect(
    slug: str, server: Loopback | None = None, *, page_size: int | None = None, **options: Any
) -> Connector:
    """A vendor's connector with invented credentials, talking to `server`."""
    kind = vendor(slug)
    if server is not None:
        options["base_url"] = server.url
    return kind(
        secrets_of(kind),
        options,
        page_size=page_size,
        requests_per_minute=100_000,
        extra_hosts=[server.address] if server is not None else (),
        deadline=10.0,
    )
