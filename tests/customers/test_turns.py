"""Who stores goes first; who works ahead goes on while the database is asked."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from customers.turns import Turns

pytestmark = pytest.mark.django_db


@contextmanager
def counting(turns: Turns) -> Iterator[list[int]]:
    """Another thread, which counts its turns as fast as it gets them."""
    pieces = [0]
    ended = threading.Event()

    def work() -> None:
        while not ended.is_set():
            turns.wait()
            pieces[0] += 1
            time.sleep(0.001)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield pieces
    finally:
        ended.set()
        thread.join(5)
        assert not thread.is_alive(), "nobody is left waiting"


def more(pieces: list[int], seconds: float = 0.3) -> int:
    before = pieces[0]
    time.sleep(seconds)
    return pieces[0] - before


def ask(seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(%s)", [seconds])


def test_both_go_on_while_nothing_is_stored() -> None:
    with counting(Turns()) as pieces:
        assert more(pieces) > 3


def test_who_stores_goes_first_but_while_the_database_is_asked() -> None:
    turns = Turns()
    with counting(turns) as pieces:
        with turns.first():
            if connection.vendor != "postgresql":
                assert more(pieces) > 3  # it does not tell when it is waited for
                return
            time.sleep(0.1)
            assert more(pieces) == 0
            before = pieces[0]
            ask(0.3)
            assert pieces[0] - before > 3
            time.sleep(0.1)
            assert more(pieces) == 0
        assert more(pieces) > 3


def test_an_error_leaves_nobody_waiting() -> None:
    turns = Turns()
    with counting(turns) as pieces:
        with pytest.raises(ZeroDivisionError), turns.first():
            raise ZeroDivisionError
        assert more(pieces) > 3
    if connection.vendor == "postgresql":
        assert "wait" not in vars(connection.connection), "the driver is as it was"
