"""Celery's doors: each loads by id, calls one function, and says what came of it.

The database is the queue of record, the broker a doorbell: a task carries one id, and the
tick rings again for whatever is due or whose lease ran out. Nothing is lost with a message.
"""

import logging
from multiprocessing import get_context
from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down

from customers import rematching, scheduling
from customers.leases import LeaseLostError
from customers.pulling import BusyError, pull

log = logging.getLogger(__name__)
# Made before the pool forks, so that its children see what the parent is told.
_stopping = get_context("fork").Event()


@worker_shutting_down.connect
def _leave_off(**kwargs: Any) -> None:
    """A warm shutdown ends a long scan at its next page."""
    _stopping.set()


@shared_task(name="customers.tick", ignore_result=True)
def tick() -> None:
    """Ring for every connection that is due."""
    for connection_id in scheduling.due():
        pull_connection.delay(connection_id)
    if rematching.due():
        match_everything.delay()


@shared_task(name="customers.pull_connection", ignore_result=True)
def pull_connection(connection_id: int) -> None:
    """Pull one connection, if it is still due: a doubled or stale message does nothing."""
    if connection_id not in scheduling.due():
        return
    try:
        result = pull(
            connection_id, full=scheduling.wants_scan(connection_id), quick=True,
            stopping=_stopping.is_set,
        )  # fmt: skip
    except (BusyError, LeaseLostError) as error:
        log.info("connection %s: %s", connection_id, error)
        return
    log.info("%s: %s, %s seen %s", result.connection, result.state, result.seen, result.note)


@shared_task(name="customers.match_everything", ignore_result=True)
def match_everything(learn: bool = False) -> None:
    """Match everything anew, or go on with it. A second message while one is at it does
    nothing."""
    try:
        found = rematching.match(learn=learn, stopping=_stopping.is_set)
    except (rematching.MatchBusyError, LeaseLostError) as error:
        log.info("matching everything: %s", error)
        return
    log.info("matching everything: %s, %s merged, %s asked", found.state, found.merged, found.asked)
