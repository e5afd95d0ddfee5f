"""Puts the time to use in which PostgreSQL is waited for.

A second thread would take the interpreter from whoever stores, while that one has something to
do too, and keep it when the answer has come. What is done here is over before anybody waits.
"""

import select
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from psycopg.waiting import WAIT_R

Steps = Generator[Any, Any, Any]


@contextmanager
def used(piece: Callable[[], bool]) -> Iterator[None]:
    """In the block, `piece` is called while the database has not answered, until it says that
    there was nothing to do. SQLite does not tell when it is waited for: there it never is."""
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    link = connection.connection
    poll = select.poll()
    poll.register(link.fileno(), select.POLLIN)
    wait = link.wait

    def filled(steps: Steps, *args: Any, **kwargs: Any) -> Any:
        return wait(_filled(steps, piece, lambda: poll.poll(0)), *args, **kwargs)

    link.wait = filled
    try:
        yield
    finally:
        del link.wait  # the driver's own, of its class, comes to light again


def _filled(steps: Steps, piece: Callable[[], bool], answered: Callable[[], Any]) -> Steps:
    """The driver's steps with the database; each `yield` is a wait. While it waits for room to
    send more, the database must not wait for us: that is no time for other work.

    What breaks into a piece (Ctrl-C) is raised behind the answer, with which the driver and the
    database agree again about where they are."""
    broken: BaseException | None = None
    try:
        wanted = next(steps)
        while True:
            if wanted == WAIT_R and broken is None:
                try:
                    while not answered() and piece():
                        pass
                except BaseException as error:
                    broken = error
            wanted = steps.send((yield wanted))
    except StopIteration as end:
        return end.value
    finally:
        if broken is not None:
            raise broken
