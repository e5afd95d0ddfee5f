"""Fetches a scan's pages in order, several in flight where their numbers are known."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from connectors.declare import Page, Position, Scan

Fetch = Callable[[Scan, Position, int], tuple[Page, int | None]]
"""(scan, position, number in the run) to the page and, where pages are numbered, the last."""

MOST_EMPTY = 10


def fetch_pages(
    fetch: Fetch,
    scan: Scan,
    start: Position,
    number: int,
    in_flight: int,
) -> Iterator[Page]:
    """Pages from `start` to the vendor's end, in order.

    A position `{"page": n}` with a known last page lets `in_flight` requests run at once;
    every other paging goes one by one, the next request leaving while the caller stores
    the page before it. A page past the end ends the scan, and so do many empty ones in a row,
    whatever count says that more is to come. Raises what `fetch` raises, in the order of the
    pages.
    """
    pool = ThreadPoolExecutor(max_workers=max(1, in_flight))
    queue: deque[Future[tuple[Page, int | None]]] = deque()
    newest = start
    met: set[int] = set()
    empty = seen = 0

    def send(position: Position, place: int) -> None:
        nonlocal newest
        newest = position
        queue.append(pool.submit(fetch, scan, position, place))

    try:
        send(start, number)
        while queue:
            page, last = queue.popleft().result()
            seen = seen + len(page.rows) if _numbered(page.position) else 0
            page = _beyond(page, last, seen)
            empty = 0 if page.rows else empty + 1
            if page.next is None or empty > MOST_EMPTY or _repeats(page, met):
                yield replace(page, next=None)
                return
            if not queue:
                send(page.next, page.number + 1)
            while last and _numbered(newest) and len(queue) < in_flight and newest["page"] < last:
                send({**newest, "page": newest["page"] + 1}, page.number + 1 + len(queue))
            yield page
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _beyond(page: Page, last: int | None, seen: int) -> Page:
    """An empty page before the last is a gap in the list, not its end; and where more was
    seen than the vendor counts, its count does not tell the end either."""
    if page.next is None and _numbered(page.position):
        following = page.position["page"] + 1
        gap = not page.rows and last is not None and following <= last
        miscounted = bool(page.rows) and page.total is not None and page.total < seen
        if gap or miscounted:
            return replace(page, next={**page.position, "page": following})
    return page


def _repeats(page: Page, met: set[int]) -> bool:
    """Whether a page of this scan began, ended and counted the very same: the vendor takes
    no notice of what is asked, and would go on for ever."""
    if not page.rows:
        return False
    way = ",".join(sorted(page.position))  # a list begun another way starts anew
    mark = hash((way, len(page.rows), page.rows[0], page.rows[-1]))
    known = mark in met
    met.add(mark)
    return known


def _numbered(position: Position) -> bool:
    return isinstance(position.get("page"), int)
