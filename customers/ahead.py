"""Works on the next item in another thread while this one is stored."""

import sys
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import TypeVar

Item = TypeVar("Item")
Ready = TypeVar("Ready")

IDLE_SECONDS = 5.0
# Whoever was waiting for the database gets the interpreter back after so long, and asks it the
# next thing while the other thread goes on. Python's own 5 ms are longer than most answers take.
SWITCH_SECONDS = 0.001


def look_ahead(
    items: Iterator[Item], work: Callable[[Item], Ready], idle: Callable[[], object]
) -> Generator[Ready, None, None]:
    """`work` of each item in order, one item ahead of whoever takes them.

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
        coming = pool.submit(step)
        while (found := _wait(coming, idle)) is not None:
            coming = pool.submit(step)
            yield found[0]
    finally:
        sys.setswitchinterval(interval)
        pool.shutdown(wait=False, cancel_futures=True)


def _wait(future: Future[tuple[Ready] | None], idle: Callable[[], object]) -> tuple[Ready] | None:
    while not wait([future], timeout=IDLE_SECONDS).done:
        idle()
    return future.result()
