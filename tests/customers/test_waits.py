"""The time in which the database is waited for is put to use."""

import time
from collections.abc import Callable, Generator

import pytest
from django.db import DatabaseError, connection, transaction
from psycopg.waiting import WAIT_R, WAIT_RW, WAIT_W

from customers.models import Customer
from customers.waits import Filled, used

pytestmark = pytest.mark.django_db


def counted(most: int = 100) -> tuple[list[float], Callable[[], bool]]:
    """When each piece of a hundredth of a second was begun; there are `most` of them."""
    begun: list[float] = []

    def piece() -> bool:
        if len(begun) == most:
            return False
        begun.append(time.monotonic())
        time.sleep(0.01)
        return True

    return begun, piece


def ask(seconds: float) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT pg_sleep(%s)", [seconds])
        else:
            cursor.execute("SELECT %s", [seconds])
        assert cursor.fetchone() is not None


def is_the_drivers() -> bool:
    return connection.vendor != "postgresql" or "wait" not in vars(connection.connection)


def test_pieces_are_done_while_the_database_is_asked_and_then_no_more() -> None:
    begun, piece = counted()
    with used(piece):
        time.sleep(0.05)
        assert not begun
        ask(0.3)
        end = time.monotonic()
        if connection.vendor != "postgresql":
            assert not begun  # it does not tell when it is waited for
            return
        assert 10 < len(begun) < 40
        time.sleep(0.05)
        assert begun[-1] < end
    ask(0.1)
    assert begun[-1] < end
    assert is_the_drivers()


def test_when_nothing_is_left_the_answer_is_waited_for() -> None:
    begun, piece = counted(2)
    start = time.monotonic()
    with used(piece):
        ask(0.2)
    told = connection.vendor == "postgresql"
    assert len(begun) == 2 * told
    assert time.monotonic() - start >= 0.2 * told


def test_an_error_of_the_database_is_told_as_ever() -> None:
    _, piece = counted(3)
    with used(piece), pytest.raises(DatabaseError, match="nowhere"), transaction.atomic():
        list(Customer.objects.raw("SELECT id FROM nowhere"))
    ask(0.0)
    assert is_the_drivers()


def test_what_breaks_into_a_piece_breaks_off_the_question() -> None:
    if connection.vendor != "postgresql":
        return

    begun: list[float] = []

    def piece() -> bool:
        begun.append(time.monotonic())
        if len(begun) == 1:
            raise KeyboardInterrupt
        return False

    start = time.monotonic()
    with used(piece), pytest.raises(KeyboardInterrupt), transaction.atomic():
        ask(30)
    assert time.monotonic() - start < 10
    assert is_the_drivers()
    ask(0.1)  # the driver and the database agree about where they are


def test_the_time_in_which_the_database_waits_for_us_is_not_used() -> None:
    begun, piece = counted(3)

    def steps() -> Generator[int, int, str]:
        for wanted in (WAIT_W, WAIT_RW, WAIT_R, WAIT_W):  # noqa: UP028 it takes what is sent
            yield wanted
        return "answer"

    found = Filled(steps(), piece, lambda: len(begun) == 2)
    assert [next(found), len(begun)] == [WAIT_W, 0]
    assert [found.send(0), len(begun)] == [WAIT_RW, 0]
    assert [found.send(0), len(begun)] == [WAIT_R, 2]
    assert [found.send(0), len(begun)] == [WAIT_W, 2]
    with pytest.raises(StopIteration, match="answer"):
        found.send(0)


def test_one_within_the_other_leaves_the_driver_as_it_was() -> None:
    _, piece = counted(0)
    with used(piece), used(piece):
        ask(0.0)
    ask(0.0)
    assert is_the_drivers()


def test_a_lost_connection_is_told_as_ever() -> None:
    _, piece = counted(0)
    if connection.vendor == "postgresql":
        connection.connection.close()
        with pytest.raises(DatabaseError), used(piece):
            ask(0.0)
