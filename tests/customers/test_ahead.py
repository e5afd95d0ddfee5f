"""Working ahead of whoever takes the items."""

import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing

import pytest

from customers import ahead
from customers.ahead import Ahead

PIECES = 3


def numbers(last: int, seconds: float = 0.0) -> Iterator[int]:
    for number in range(last):
        time.sleep(seconds)
        yield number


def doubled(one: int) -> Generator[None, None, int]:
    for _ in range(PIECES):
        yield
    return 2 * one


def idle() -> None:
    pass


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 2
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)


@pytest.mark.parametrize("most", [1, 2, 4, 20])
@pytest.mark.parametrize("seconds", [0.0, 0.005])
def test_everything_comes_once_and_in_order(most: int, seconds: float) -> None:
    with closing(Ahead(numbers(9, seconds), doubled, idle, most)) as found:
        taken = list(found)
    assert [one for together in taken for one in together] == list(range(0, 18, 2))
    assert all(1 <= len(together) <= most for together in taken)


def test_nothing_gives_nothing() -> None:
    with closing(Ahead(numbers(0), doubled, idle)) as found:
        assert not list(found)
        assert not found.piece()


@pytest.mark.parametrize("most", [1, 3])
def test_the_next_are_worked_on_piece_by_piece_while_these_are_held(most: int) -> None:
    begun: list[int] = []

    def work(one: int) -> Generator[None, None, int]:
        begun.append(one)
        return (yield from doubled(one))

    with closing(Ahead(numbers(9, 0.01), work, idle, most)) as found:
        taking = iter(found)
        held = len(next(taking))
        assert begun == list(range(held)), "nothing is begun before there is time for it"
        time.sleep(0.1)
        done = 0
        while found.piece():
            done += 1
        assert begun == list(range(held + most)), "no further ahead than was asked"
        assert done == most * (PIECES + 1)
        assert len(next(taking)) == most, "what is there comes together"


def test_what_was_begun_is_finished_before_it_is_taken() -> None:
    with closing(Ahead(numbers(2), doubled, idle)) as found:
        taking = iter(found)
        assert next(taking) == [0]
        until(found.piece)
        assert next(taking) == [2]
        assert not list(taking)


@pytest.mark.parametrize("most", [1, 4])
@pytest.mark.parametrize("between", [0, 20])
def test_an_error_of_the_work_comes_at_its_place(most: int, between: int) -> None:
    def work(one: int) -> Generator[None, None, int]:
        yield
        if one == 2:
            raise ValueError("two")
        return one

    taken: list[int] = []

    def take() -> None:
        with closing(Ahead(numbers(5), work, idle, most)) as found:
            for together in found:
                taken.extend(together)
                time.sleep(0.02)
                for _ in range(between):  # the error is met behind what came before it
                    found.piece()

    with pytest.raises(ValueError, match="two"):
        take()
    assert taken == [0, 1]


def test_what_breaks_into_a_piece_is_no_end_of_it() -> None:
    def work(one: int) -> Generator[None, None, int]:
        yield
        raise KeyboardInterrupt

    with closing(Ahead(numbers(3), work, idle)) as found:
        until(found.piece)
        with pytest.raises(KeyboardInterrupt):
            found.piece()
        assert not found.piece()
        with pytest.raises(KeyboardInterrupt):
            list(found)


@pytest.mark.parametrize("most", [1, 4])
def test_an_error_of_the_items_comes_at_its_place(most: int) -> None:
    def items() -> Iterator[int]:
        yield from range(2)
        raise ValueError("no more")

    taken: list[int] = []

    def take() -> None:
        with closing(Ahead(items(), doubled, idle, most)) as found:
            for together in found:
                taken.extend(one // 2 for one in together)
                time.sleep(0.02)
                while found.piece():
                    pass

    with pytest.raises(ValueError, match="no more"):
        take()
    assert taken == [0, 1]


def test_a_long_wait_is_used_in_the_takers_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lease's holder beats its heart while a page is late."""
    monkeypatch.setattr(ahead, "IDLE_SECONDS", 0.02)
    beats: list[str] = []
    beat = lambda: beats.append(threading.current_thread().name)  # noqa: E731
    with closing(Ahead(numbers(1, 0.2), doubled, beat)) as found:
        assert list(found) == [[0]]
    assert len(beats) >= 3
    assert set(beats) == {threading.current_thread().name}
