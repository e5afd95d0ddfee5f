"""Puts the time to use in which PostgreSQL is waited for.

A second thread would take the interpreter from whoever stores, while that one has something to
do too, and keep it when the answer has come. What is done here is over before anybody waits.
"""

import select
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db import connection
from psycopg.waiting import WAIT_R

Steps = Generator[Any, Any, Any]


@contextmanager
def used(piece: Callable[[], bool]) -> Iterator[None]:
    """In the block, `piece` is called while the database has not answered, until it says that
    there was nothing to do. It must not ask the database itself. SQLite does not tell when it
    is waited for: there it is never called."""
    if connection.vendor != "postgresql":
        yield
        return
    connection.ensure_connection()
    link = connection.connection
    poll = select.poll()
    with connection.wrap_database_errors:
        poll.register(link.fileno(), select.POLLIN)
    wait = link.wait

    def filled(steps: Steps, *args: Any, **kwargs: Any) -> Any:
        return wait(Filled(steps, piece, partial(poll.poll, 0)), *args, **kwargs)

    link.wait = filled
    try:
        yield
    finally:
        vars(link).pop("wait", None)  # the driver's own, of its class, comes to light again


class Filled:
    """The driver's steps with the database: each gives what is waited for. While that is room
    to send more, the database must not wait for us: it is no time for other work.

    No generator of ours: one that Ctrl-C has broken is over, and the driver goes on with its
    steps even then, until the database has heard that nobody wants its answer any more."""

    def __init__(
        self, steps: Steps, piece: Callable[[], bool], answered: Callable[[], Any]
    ) -> None:
        self.steps, self.piece, self.answered = steps, piece, answered

    def __iter__(self) -> "Filled":
        return self

    def __next__(self) -> Any:
        return self.send(None)

    def send(self, ready: Any) -> Any:
        wanted = self.steps.send(ready)
        if wanted == WAIT_R:
            while not self.answered() and self.piece():
                pass
        return wanted
