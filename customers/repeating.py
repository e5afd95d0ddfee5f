"""Repeats a transaction that lost a race for locks; it was undone whole."""

import random
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError

P = ParamSpec("P")
R = TypeVar("R")

ATTEMPTS = 10
FIRST_PAUSE = 0.02  # seconds at most, twice as long each time
LONGEST_PAUSE = 1.0


class RepeatError(Exception):
    """What was read before the locks is no longer so: do it again."""


def repeated(work: Callable[P, R]) -> Callable[P, R]:
    """The function, called again when a deadlock, a lock time-out or a `RepeatError` undid
    its transaction; what the last attempt raises is raised."""

    @wraps(work)
    def attempts(*args: P.args, **kwargs: P.kwargs) -> R:
        for number in range(ATTEMPTS - 1):
            try:
                return work(*args, **kwargs)
            except RepeatError:
                pass
            except OperationalError as error:
                if not lock_trouble(error):
                    raise
            longest = min(FIRST_PAUSE * 2**number, LONGEST_PAUSE)
            time.sleep(random.uniform(0, longest))  # noqa: S311 so that two do not meet again
        return work(*args, **kwargs)

    return attempts


def lock_trouble(error: OperationalError) -> bool:
    """A deadlock, a serialization failure or a lock time-out, on either database."""
    state = getattr(error.__cause__, "sqlstate", None)
    return state in ("40P01", "40001", "55P03") or "locked" in str(error)
