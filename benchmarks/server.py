"""The bench server: one shop's customers as fast as they can be sent, pages made beforehand.

It answers Yampi's list with page numbers and its get-one, takes any credentials and has no
rate limit. Run it as a process of its own: `python -m benchmarks.server --rows 100000`; it
prints its address when it is ready. `PUT /control` changes what it shows.
"""

import argparse
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

import msgspec

from benchmarks.people import FIRST_ID, customer, drawn

PER_PAGE = 100


class Control(msgspec.Struct):
    """What the server shows: so many rows (whole pages), each answer after `latency` seconds.

    At a revision above 0 the customers that it draws say something else than at revision 0.
    """

    rows: int
    revision: int = 0
    latency: float = 0.0


class Shop:
    """The customers, as the JSON of each page's rows."""

    def __init__(self, rows: int) -> None:
        self.size = rows
        self.shown = Control(rows)
        self._drawn: frozenset[int] = frozenset()
        self._pages = [self._page(index) for index in range(rows // PER_PAGE)]
        self._lock = threading.Lock()

    def show(self, wanted: Control) -> None:
        with self._lock:
            before = self._drawn
            if wanted.revision or before:
                self._drawn = drawn(wanted.rows, wanted.revision)
                self.shown = wanted
                for index in {(number - 1) // PER_PAGE for number in before | self._drawn}:
                    self._pages[index] = self._page(index)
            self.shown = wanted

    def listing(self, page: int) -> bytes:
        """The answer for a page, counted from 1; past the end it has no rows."""
        total = self.shown.rows // PER_PAGE
        rows = self._pages[page - 1] if 1 <= page <= total else b""
        return b'{"data":[%b],"meta":{"pagination":%b}}' % (rows, self._pagination(page, total))

    def one(self, external_id: int) -> bytes:
        return b'{"data":%b}' % self._row(external_id - FIRST_ID)

    def _page(self, index: int) -> bytes:
        first = index * PER_PAGE + 1
        return b",".join(self._row(number) for number in range(first, first + PER_PAGE))

    def _row(self, number: int) -> bytes:
        revision = self.shown.revision if number in self._drawn else 0
        return msgspec.json.encode(customer(number, revision))

    def _pagination(self, page: int, total: int) -> bytes:
        """The counters come as text, as in the vendor's own example."""
        counters = {
            "total": str(self.shown.rows),
            "count": str(PER_PAGE if page <= total else 0),
            "per_page": str(PER_PAGE),
            "current_page": str(page),
            "total_pages": str(total),
            "links": {"previous": "", "next": ""},
        }
        return msgspec.json.encode(counters)


class Handler(BaseHTTPRequestHandler):
    """One connection, kept alive, in a thread of its own."""

    shop: ClassVar[Shop]
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 18  # head and body leave together

    def do_GET(self) -> None:
        if self.shop.shown.latency:
            time.sleep(self.shop.shown.latency)
        address = urlsplit(self.path)
        last = address.path.rsplit("/", 1)[-1]
        if last.isdigit():
            self._answer(self.shop.one(int(last)))
        else:
            page = parse_qs(address.query).get("page", ["1"])[0]
            self._answer(self.shop.listing(int(page)))

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.shop.show(msgspec.json.decode(body, type=Control))
        self._answer(b"{}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its base's name
        """Nothing is logged: it would be measured too."""

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, required=True)
    Handler.shop = Shop(parser.parse_args().rows)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
