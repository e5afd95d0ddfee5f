"""Working one item ahead."""

import sys
import threading
import time
from collections.abc import Iterator

import pytest

from customers import ahead
from customers.ahead import look_ahead


def numbers(last: int, seconds: float = 0.0) -> Iterator[int]:
    for number in range(last):
        time.sleep(seconds)
        yield number


def test_everything_comes_once_and_in_order() -> None:
    assert list(look_ahead(numbers(9), lambda one: one * 2, lambda: None)) == list(range(0, 18, 2))


def test_the_work_on_the_next_is_done_while_this_one_is_held() -> None:
    done: list[int] = []
    found = look_ahead(numbers(3), done.append, lambda: None)
    next(found)
    until = time.monotonic() + 2
    while len(done) < 2 and time.monotonic() < until:
        time.sleep(0.01)
    assert done == [0, 1]
    found.close()


def test_an_error_comes_at_its_place() -> None:
    def work(one: int) -> int:
        if one == 2:
            raise ValueError("two")
        return one

    found = look_ahead(numbers(5), work, lambda: None)
    assert [next(found), next(found)] == [0, 1]
    with pytest.raises(ValueError, match="two"):
        next(found)


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
