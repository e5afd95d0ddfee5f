"""The time in which the database is waited for is put to use."""

import time
from collections.abc import Callable

import pytest
from django.db import DatabaseError, connection, transaction

from customers.models import Customer
from customers.waits import used

pytestmark = pytest.mark.django_db


def counted(most: int = 10**9) -> tuple[list[float], Callable[[], bool]]:
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
    assert time.monotonic() - start >= 0.2 or connection.vendor != "postgresql"
    assert len(begun) in (0, 2)


def test_an_error_of_the_database_is_told_as_ever() -> None:
    _, piece = counted(3)
    with used(piece), pytest.raises(DatabaseError, match="nowhere"), transaction.atomic():
        list(Customer.objects.raw("SELECT id FROM nowhere"))
    ask(0.0)
    assert is_the_drivers()


def test_what_breaks_into_a_piece_is_raised_behind_the_answer() -> None:
    if connection.vendor != "postgresql":
        return

    def piece() -> bool:
        raise KeyboardInterrupt

    with used(piece), pytest.raises(KeyboardInterrupt), transaction.atomic():
        ask(0.1)
    assert is_the_drivers()
    ask(0.1)  # the driver and the database agree about where they are
