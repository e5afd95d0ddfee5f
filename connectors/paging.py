"""Fetches a scan's pages in order, several in flight where their numbers are known."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait

from connectors.declare import Page, Position, Scan

Fetch = Callable[[Scan, Position, int], tuple[Page, int | None]]
"""(scan, position, number in the run) to the page and, where pages are numbered, the last."""


IDLE_SECONDS = 5.0


def fetch_pages(
    fetch: Fetch,
    scan: Scan,
    start: Position,
    number: int,
    in_flight: int,
    idle: Callable[[], object],
) -> Iterator[Page]:
    """Pages from `start` to the vendor's end, in order.

    A position `{"page": n}` with a known last page lets `in_flight` requests run at once;
    every other paging goes one by one, the next request leaving while the caller stores
    the page before it. A page past the end ends the scan. Raises what `fetch` raises, in
    the order of the pages.
    """
    pool = ThreadPoolExecutor(max_workers=max(1, in_flight))
    queue: deque[tuple[Position, Future[tuple[Page, int | None]]]] = deque()

    def send(position: Position, place: int) -> None:
        queue.append((position, pool.submit(fetch, scan, position, place)))

    try:
        send(start, number)
        while queue:
            page, last = _wait(queue.popleft()[1], idle)
            if page.next is None:
                yield page
                return
            if not queue:
                send(page.next, page.number + 1)
            newest = queue[-1][0]
            while last and _numbered(newest) and len(queue) < in_flight and newest["page"] < last:
                newest = {**newest, "page": newest["page"] + 1}
                send(newest, page.number + 1 + len(queue))
            yield page
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _wait(
    future: Future[tuple[Page, int | None]], idle: Callable[[], object]
) -> tuple[Page, int | None]:
    while not wait([future], timeout=IDLE_SECONDS).done:
        idle()
    return future.result()


def _numbered(position: Position) -> bool:
    return isinstance(position.get("page"), int)
