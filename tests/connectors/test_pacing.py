"""The pacer on a clock of its own."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from connectors.pacing import LONGEST_WAIT, Pacer, pause, quota, seconds_in


class Clock:
    """A clock that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


def pacer(clock: Clock, per_minute: int | None, window: float = 60.0) -> Pacer:
    return Pacer(per_minute, window=window, sleep=clock.sleep, now=clock.now)


def calls(one: Pacer, count: int) -> None:
    for _ in range(count):
        one.wait()


def test_without_a_limit_nobody_waits() -> None:
    clock = Clock()
    calls(pacer(clock, None), 1000)
    assert clock.slept == []


def test_a_minute_holds_no_more_than_its_limit() -> None:
    clock = Clock()
    calls(pacer(clock, 3), 7)
    assert clock.time == 1000.0 + 2 * 60


def test_the_window_slides() -> None:
    clock = Clock()
    one = pacer(clock, 2)
    one.wait()
    clock.time += 40
    calls(one, 2)
    assert clock.slept == [20.0]


def test_a_short_window_keeps_bursts_small() -> None:
    """180 a minute, counted over 10 s, is 30 in any 10 s."""
    clock = Clock()
    calls(pacer(clock, 180, window=10.0), 61)
    assert clock.time == 1000.0 + 20


def test_a_window_has_room_for_one_call_at_least() -> None:
    clock = Clock()
    calls(pacer(clock, 1, window=10.0), 2)
    assert clock.time == 1000.0 + 10


def test_the_vendors_pause_is_kept() -> None:
    clock = Clock()
    one = pacer(clock, None)
    one.learn(429, {"Retry-After": "7"})
    one.wait()
    assert clock.slept == [7.0]


def test_a_very_long_pause_is_not_slept_through_here() -> None:
    clock = Clock()
    one = pacer(clock, None)
    one.learn(429, {"Retry-After": "3600"})
    one.wait()
    assert clock.slept == [LONGEST_WAIT]


def test_a_spent_quota_waits_for_its_reset() -> None:
    clock = Clock()
    one = pacer(clock, None)
    one.learn(200, {"RateLimit-Remaining": "0", "RateLimit-Reset": "12"})
    one.wait()
    assert clock.slept == [12.0]


def test_a_quota_with_room_waits_for_nothing() -> None:
    assert pause(200, {"RateLimit-Remaining": "5", "RateLimit-Reset": "12"}) is None
    assert pause(200, {"X-RateLimit-Remaining": "59"}) is None
    assert pause(500, {}) is None


def test_a_spent_minute_without_a_reset_waits_for_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_000_000_040.0)  # 0:20 of a minute
    assert pause(200, {"X-RateLimit-Remaining": "0"}) == 40.0
    assert pause(429, {}) == 40.0


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_may_be_a_date(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    then = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    monkeypatch.setattr(time, "time", lambda: then.timestamp() - 25)
    assert pause(status, {"Retry-After": format_datetime(then, usegmt=True)}) == 25.0


def test_a_date_counts_from_the_vendors_clock() -> None:
    then = datetime(2031, 1, 2, 3, 4, 5, tzinfo=UTC)
    told = {"Date": then - timedelta(seconds=25), "Retry-After": then}
    headers = {name: format_datetime(value, usegmt=True) for name, value in told.items()}
    assert pause(429, headers) == 25.0


@pytest.mark.parametrize("zone", ["GMT", "-0500", "+0900"])
def test_a_date_beyond_a_day_asks_for_nothing_that_anybody_can_wait_for(zone: str) -> None:
    wait = pause(429, {"Retry-After": f"Fri, 31 Dec 9999 23:59:59 {zone}"})
    assert wait is not None
    assert wait <= 60


def test_retry_after_of_a_success_is_not_heeded() -> None:
    assert pause(200, {"Retry-After": "7"}) is None


@pytest.mark.parametrize("value", [None, "", "soon", "-1", "nan", "inf", "86400"])
def test_what_is_no_number_of_seconds_is_none(value: str | None) -> None:
    assert seconds_in(value) is None


@pytest.mark.parametrize(
    ("headers", "left", "limit", "seconds"),
    [
        (
            {"RateLimit-Remaining": "243", "RateLimit-Limit": "300", "RateLimit-Reset": "40"},
            243, 300, 40,
        ),
        ({"RateLimit-Remaining": "9", "RateLimit-Limit": "300, 300;w=60"}, 9, 300, None),
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Limit": "60"}, 0, 60, None),
        ({"X-RateLimit-Remaining": "12"}, 12, None, None),
    ],
)  # fmt: skip
def test_what_is_left_of_the_quota_is_read(
    headers: dict[str, str], left: int, limit: int | None, seconds: int | None
) -> None:
    found = quota(headers)
    assert found is not None
    assert (found.left, found.limit) == (left, limit)
    assert abs(found.seen - time.time()) < 5
    lasts = found.until - found.seen
    assert lasts == pytest.approx(seconds) if seconds else 0 < lasts <= 60


@pytest.mark.parametrize("value", ["", "many", "-1", "1.5", "\u0663", "9" * 30])
def test_nonsense_says_nothing_of_the_quota(value: str) -> None:
    assert quota({"RateLimit-Remaining": value}) is None
    assert quota({}) is None


def test_the_last_answer_that_spoke_of_the_quota_counts() -> None:
    one = pacer(Clock(), None)
    for left in ("9", "8"):
        one.learn(200, {"RateLimit-Remaining": left})
    one.learn(200, {})
    assert one.quota is not None
    assert one.quota.left == 8
