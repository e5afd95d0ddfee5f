"""Working ahead of whoever takes the items."""

import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from customers import ahead
from customers.ahead import look_ahead


def numbers(last: int, seconds: float = 0.0) -> Iterator[int]:
    for number in range(last):
        time.sleep(seconds)
        yield number


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 2
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)


@pytest.mark.parametrize("most", [1, 2, 4, 20])
def test_everything_comes_once_and_in_order(most: int) -> None:
    found = list(look_ahead(numbers(9), lambda one: one * 2, lambda: None, most))
    assert [one for together in found for one in together] == list(range(0, 18, 2))
    assert all(1 <= len(together) <= most for together in found)


@pytest.mark.parametrize("most", [1, 3])
def test_the_work_on_the_next_is_done_while_these_are_held(most: int) -> None:
    done: list[int] = []
    found = look_ahead(numbers(9, 0.01), done.append, lambda: None, most)
    held = len(next(found))
    until(lambda: len(done) >= held + most)
    time.sleep(0.05)
    assert done == list(range(held + most)), "no further ahead than was asked"
    assert len(next(found)) == most, "what is ready comes together"
    found.close()


@pytest.mark.parametrize("most", [1, 4])
def test_an_error_comes_at_its_place(most: int) -> None:
    def work(one: int) -> int:
        if one == 2:
            raise ValueError("two")
        return one

    taken: list[int] = []

    def take() -> None:
        for together in look_ahead(numbers(5), work, lambda: None, most):
            taken.extend(together)
            time.sleep(0.05)  # the error is there already, behind what came before it

    with pytest.raises(ValueError, match="two"):
        take()
    assert taken == [0, 1]


def test_a_long_wait_is_used_in_the_callers_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lease's holder beats its heart while a page is late."""
    monkeypatch.setattr(ahead, "IDLE_SECONDS", 0.02)
    beats: list[str] = []
    idle = lambda: beats.append(threading.current_thread().name)  # noqa: E731
    list(look_ahead(numbers(1, 0.2), lambda one: one, idle))
    assert len(beats) >= 3
    assert set(beats) == {threading.current_thread().name}


def test_threads_take_shorter_turns_only_while_it_lasts() -> None:
    before = sys.getswitchinterval()
    found = look_ahead(numbers(3), lambda one: one, lambda: None)
    next(found)
    assert sys.getswitchinterval() == pytest.approx(ahead.SWITCH_SECONDS)
    found.close()
    assert sys.getswitchinterval() == pytest.approx(before)
