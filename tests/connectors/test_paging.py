"""Pages in order, however late each of them comes."""

import random
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors import paging
from connectors.declare import Page, Position, Scan
from connectors.errors import TemporaryError
from connectors.paging import fetch_pages

NOW = datetime(2026, 1, 1, tzinfo=UTC)
Answer = tuple[Page, int | None]


class Numbered:
    """A list of so many numbered pages; `late` says how long a page takes."""

    def __init__(self, last: int, late: Callable[[int], float] = lambda _: 0.0) -> None:
        self.last, self.late = last, late
        self.asked: list[int] = []
        self.running = self.most = 0
        self.lock = threading.Lock()

    def __call__(self, scan: Scan, position: Position, number: int) -> Answer:
        page = position["page"]
        with self.lock:
            self.asked.append(page)
            self.running += 1
            self.most = max(self.most, self.running)
        time.sleep(self.late(page))
        with self.lock:
            self.running -= 1
        following = {**position, "page": page + 1} if page < self.last else None
        rows = (str(page).encode(),)
        return Page(number, position, rows, self.last, following, NOW, None), self.last


def pages(fetch: paging.Fetch, start: Position, number: int = 0, in_flight: int = 1) -> list[Page]:
    return list(fetch_pages(fetch, Scan(), start, number, in_flight))


@pytest.mark.parametrize("in_flight", [1, 2, 4, 50])
@pytest.mark.parametrize("last", [1, 2, 7])
def test_every_page_comes_once_and_in_order(last: int, in_flight: int) -> None:
    dice = random.Random(last * in_flight)
    fetch = Numbered(last, lambda _: dice.random() / 100)
    found = pages(fetch, {"page": 1}, in_flight=in_flight)
    assert [page.position["page"] for page in found] == list(range(1, last + 1))
    assert [page.number for page in found] == list(range(last))
    assert sorted(fetch.asked) == list(range(1, last + 1))


def test_no_more_than_the_asked_number_is_in_flight() -> None:
    fetch = Numbered(12, lambda _: 0.01)
    pages(fetch, {"page": 1}, in_flight=3)
    assert fetch.most == 3


def test_pages_in_flight_hide_the_latency() -> None:
    fetch = Numbered(9, lambda _: 0.05)
    started = time.monotonic()
    pages(fetch, {"page": 1}, in_flight=8)
    assert time.monotonic() - started < 0.05 * 9 * 0.6


def test_a_scan_resumes_where_it_is_told() -> None:
    found = pages(Numbered(5), {"page": 3, "size": 10}, number=2, in_flight=2)
    assert [(page.number, page.position) for page in found] == [
        (2, {"page": 3, "size": 10}),
        (3, {"page": 4, "size": 10}),
        (4, {"page": 5, "size": 10}),
    ]


def test_unnumbered_pages_go_one_by_one() -> None:
    running: list[int] = []

    def fetch(scan: Scan, position: Position, number: int) -> Answer:
        running.append(number)
        following = {"after": position["after"] + 1} if position["after"] < 3 else None
        return Page(number, position, (), None, following, NOW, None), None

    found = pages(fetch, {"after": 0}, in_flight=8)
    assert [page.position["after"] for page in found] == [0, 1, 2, 3]
    assert running == [0, 1, 2, 3]


def test_the_next_page_is_fetched_while_this_one_is_stored() -> None:
    fetch = Numbered(3)
    scan = fetch_pages(fetch, Scan(), {"page": 1}, 0, 1)
    next(scan)
    deadline = time.monotonic() + 2
    while len(fetch.asked) < 2 and time.monotonic() < deadline:
        time.sleep(0.005)
    assert fetch.asked == [1, 2]
    assert len(list(scan)) == 2


def test_a_list_that_shrank_ends_at_its_empty_page() -> None:
    """The last page was announced as 9; page 4 says that there is none after it."""

    def fetch(scan: Scan, position: Position, number: int) -> Answer:
        page = position["page"]
        following = {"page": page + 1} if page < 4 else None
        return Page(number, position, (), None, following, NOW, None), 9 if page < 4 else 3

    assert [page.position["page"] for page in pages(fetch, {"page": 1}, in_flight=4)] == [
        1,
        2,
        3,
        4,
    ]


def test_an_error_comes_after_the_pages_before_it() -> None:
    def fetch(scan: Scan, position: Position, number: int) -> Answer:
        if position["page"] == 3:
            raise TemporaryError("page 3")
        time.sleep(0.02)
        return Numbered(6)(scan, position, number)

    scan = fetch_pages(fetch, Scan(), {"page": 1}, 0, 6)
    assert [next(scan).position["page"], next(scan).position["page"]] == [1, 2]
    with pytest.raises(TemporaryError, match="page 3"):
        next(scan)


def test_a_vendor_that_takes_no_notice_of_the_page_does_not_go_on_for_ever() -> None:
    def fetch(scan: Scan, position: Position, number: int) -> Answer:
        following = {"page": position["page"] + 1}
        return Page(number, position, (b"1", b"2"), None, following, NOW, None), None

    assert len(pages(fetch, {"page": 1})) == 2


def test_an_empty_page_before_the_last_is_a_gap_and_not_the_end() -> None:
    def fetch(scan: Scan, position: Position, number: int) -> Answer:
        page = position["page"]
        rows = () if page == 2 else (b"%d" % page,)
        following = {"page": page + 1} if rows and page < 4 else None
        return Page(number, position, rows, None, following, NOW, None), 4

    for in_flight in (1, 3):
        found = pages(fetch, {"page": 1}, in_flight=in_flight)
        assert [page.position["page"] for page in found] == [1, 2, 3, 4]


@pytest.mark.parametrize(("total", "asked"), [(0, 4), (1, 4), (2, 1), (None, 1)])
def test_a_count_below_what_was_seen_is_not_the_end(total: int | None, asked: int) -> None:
    """Three pages of two, of which each says that it is the last."""

    def fetch(scan: Scan, position: Position, number: int) -> Answer:
        page = position["page"]
        rows = (b"%d" % page, b"%d+" % page) if page < 4 else ()
        return Page(number, position, rows, total, None, NOW, None), None

    assert len(pages(fetch, {"page": 1})) == asked


@pytest.mark.parametrize("in_flight", [1, 4])
def test_a_count_that_nothing_bears_out_is_not_followed_for_ever(in_flight: int) -> None:
    asked = []

    def fetch(scan: Scan, position: Position, number: int) -> Answer:
        page = position["page"]
        asked.append(page)
        rows, following = ((b"1",), {"page": 2}) if page == 1 else ((), None)
        return Page(number, position, rows, 99_999, following, NOW, None), 1000

    found = pages(fetch, {"page": 1}, in_flight=in_flight)
    assert len(found) == 2 + paging.MOST_EMPTY
    assert len(asked) < 2 + paging.MOST_EMPTY + in_flight


@given(last=st.integers(1, 30), in_flight=st.integers(1, 10), start=st.integers(1, 30))
def test_order_and_completeness_hold_for_any_size(last: int, in_flight: int, start: int) -> None:
    start = min(start, last)
    found = pages(Numbered(last), {"page": start}, number=start - 1, in_flight=in_flight)
    assert [page.position["page"] for page in found] == list(range(start, last + 1))
