"""A transaction that lost a race is done again, with a pause that grows."""

import random

import pytest
from django.db import OperationalError

from customers.repeating import ATTEMPTS, FIRST_PAUSE, LONGEST_PAUSE, RepeatError, repeated


@pytest.fixture
def longest(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The longest that each pause could have been; none is made."""
    asked: list[float] = []

    def uniform(least: float, most: float) -> float:
        assert least == 0
        asked.append(most)
        return 0.0

    monkeypatch.setattr(random, "uniform", uniform)
    return asked


def failing(times: int, error: Exception) -> list[int]:
    """What the work was called with until it succeeded."""
    called: list[int] = []

    @repeated
    def work(number: int) -> int:
        called.append(number)
        if len(called) <= times:
            raise error
        return number

    assert work(7) == 7
    return called


def test_what_lost_nearly_every_time_is_still_done(longest: list[float]) -> None:
    assert failing(ATTEMPTS - 1, RepeatError("a link moved")) == [7] * ATTEMPTS
    assert longest[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert longest[-1] == LONGEST_PAUSE
    assert len(longest) == ATTEMPTS - 1


def test_a_lock_that_is_taken_is_waited_for_again(longest: list[float]) -> None:
    assert len(failing(2, OperationalError("database is locked"))) == 3


def test_the_last_attempt_says_why(longest: list[float]) -> None:
    with pytest.raises(RepeatError, match="a link moved"):
        failing(ATTEMPTS, RepeatError("a link moved"))


def test_another_error_is_told_at_once(longest: list[float]) -> None:
    with pytest.raises(OperationalError, match="no connection"):
        failing(1, OperationalError("no connection"))
    assert not longest
