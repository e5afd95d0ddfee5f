"""Works on the next items, piece by piece, while these are stored."""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Generic, TypeVar

Item = TypeVar("Item")
Ready = TypeVar("Ready")

IDLE_SECONDS = 5.0


class Ahead(Generic[Item, Ready]):
    """Items are waited for in another thread, up to `most` ahead of whoever takes them. The
    `work` on each is a generator that rests after each small piece; who takes them does a piece
    whenever there is time for one (`piece`), and what is left of it when taking them.

    `idle` is called every few seconds of waiting for an item.
    """

    def __init__(
        self,
        items: Iterator[Item],
        work: Callable[[Item], Generator[None, None, Ready]],
        idle: Callable[[], object],
        most: int = 1,
    ) -> None:
        self._items, self._work, self._idle, self._most = items, work, idle, most
        self._pool = ThreadPoolExecutor(max_workers=1)
        self._coming: deque[Future[tuple[Item] | None]] = deque()
        self._begun: Generator[None, None, Ready] | None = None
        self._done: list[Ready] = []
        self._error: BaseException | None = None
        self._order()

    def close(self) -> None:
        """Wait for no more items."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def __iter__(self) -> Iterator[list[Ready]]:
        """What is there by then, in order and done: at least one, at most `most`. Raises what
        the items or the work raise, at their place in the order."""
        while self._await():
            while self.piece():
                pass
            if found := self._done:
                self._done = []
                self._order()
                yield found

    def piece(self) -> bool:
        """Do one more piece of work; says whether there was one that need not be waited for."""
        if self._begun is None:
            item = self._next_item()
            if item is None:
                return False
            self._begun = self._work(item[0])
        try:
            next(self._begun)
        except StopIteration as end:
            self._done.append(end.value)
            self._begun = None
        except BaseException as error:
            # An error is raised at its place, behind what came before it; Ctrl-C at once.
            self._error, self._begun = error, None
            if not isinstance(error, Exception):
                raise
        return True

    def _next_item(self) -> tuple[Item] | None:
        """The next one that is there; None while there is none, of an error, and of the end."""
        if self._error is not None or not self._coming or not self._coming[0].done():
            return None
        if self._coming[0].exception() is not None:
            return None
        item = self._coming[0].result()
        if item is not None:
            self._coming.popleft()
        return item

    def _await(self) -> bool:
        """Whether there is anything left to take, if need be after a wait."""
        if self._done or self._begun is not None:
            return True
        if self._error is not None:
            raise self._error
        while not wait([self._coming[0]], timeout=IDLE_SECONDS).done:
            self._idle()
        return self._coming[0].result() is not None

    def _order(self) -> None:
        while len(self._coming) < self._most:
            self._coming.append(self._pool.submit(self._take))

    def _take(self) -> tuple[Item] | None:
        for item in self._items:
            return (item,)
        return None
