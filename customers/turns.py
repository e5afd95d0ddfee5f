"""Two threads, one interpreter: who works ahead has it while who stores waits for the database.

Left to themselves they take it from each other: the work ahead is then done while the other
has something to do too, and while the database is asked nobody has anything left to do.
"""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

from django.db import connection
from psycopg.waiting import WAIT_R

Asked = Generator[Any, Any, Any]


class Turns:
    """Who may go on. On SQLite, which does not tell when it is waited for, both always may."""

    def __init__(self) -> None:
        self._free = Event()
        self._free.set()

    def wait(self) -> None:
        """For the thread that works ahead, before each small piece of its work."""
        self._free.wait()

    @contextmanager
    def first(self) -> Iterator[None]:
        """Nobody else goes on in the block, but while it waits for PostgreSQL."""
        if connection.vendor != "postgresql":
            yield
            return
        connection.ensure_connection()
        link = connection.connection
        try:
            link.wait = self._shared(link.wait)
            self._free.clear()
            yield
        finally:
            vars(link).pop("wait", None)  # the driver's own, of its class, comes to light again
            self._free.set()

    def _shared(self, wait: Callable[..., Any]) -> Callable[..., Any]:
        def shared(asked: Asked, *args: Any, **kwargs: Any) -> Any:
            try:
                return wait(self._asked(asked), *args, **kwargs)
            finally:
                self._free.clear()

        return shared

    def _asked(self, asked: Asked) -> Asked:
        """The driver's steps with the database; each `yield` is a wait. While it waits for room
        to send more, the database must not wait for us: that is no time to change."""
        try:
            wanted = next(asked)
            while True:
                if wanted == WAIT_R:
                    self._free.set()
                wanted = asked.send((yield wanted))
        except StopIteration as end:
            return end.value
