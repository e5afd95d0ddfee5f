"""Works on the next items in another thread while these are stored."""

import sys
from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

Item = TypeVar("Item")
Ready = TypeVar("Ready")

IDLE_SECONDS = 5.0
# Whoever was waiting for the database gets the interpreter back after so long, and asks it the
# next thing. Python's own 5 ms are longer than most answers take.
SWITCH_SECONDS = 0.001


def look_ahead(
    items: Iterator[Item],
    work: Callable[[Item], Ready],
    idle: Callable[[], object],
    most: int = 1,
) -> Generator[list[Ready], None, None]:
    """`work` of each item in order, up to `most` items ahead of whoever takes them. Gives what
    is ready by then: at least one, at most `most`.

    `idle` is called in the caller's thread every few seconds of waiting. Raises what the
    items or the work raise, at their place in the order.
    """
    pool = ThreadPoolExecutor(max_workers=1)
    interval = sys.getswitchinterval()

    def step() -> tuple[Ready] | None:
        for item in items:
            return (work(item),)
        return None

    try:
        sys.setswitchinterval(SWITCH_SECONDS)
        coming = deque(pool.submit(step) for _ in range(most))
        while (first := _wait(coming.popleft(), idle)) is not None:
            found = [first[0]]
            while coming and (following := _ready(coming[0])) is not None:
                coming.popleft()
                found.append(following[0])
            coming.extend(pool.submit(step) for _ in found)
            yield found
    finally:
        sys.setswitchinterval(interval)
        pool.shutdown(wait=False, cancel_futures=True)


def _wait(future: Future[tuple[Ready] | None], idle: Callable[[], object]) -> tuple[Ready] | None:
    while not wait([future], timeout=IDLE_SECONDS).done:
        idle()
    return future.result()


def _ready(future: Future[tuple[Ready] | None]) -> tuple[Ready] | None:
    """What is done; None while it is not, of an error, and of the end: they have their turn."""
    if not future.done() or future.exception() is not None:
        return None
    return future.result()
