"""Celery's doors: each loads by id, calls one function, and says what came of it.

The database is the queue of record, the broker a doorbell: a task carries one id, and the
tick rings again for whatever is due or whose lease ran out. Nothing is lost with a message.
"""

import logging
from multiprocessing import get_context
from typing import Any

from celery import shared_task
from celery.signals import worker_shutting_down

from customers import applying, erasing, figures, pursuing, rematching, scheduling, undoing
from customers.leases import BusyError, LeaseLostError
from customers.pulling import pull
from customers.pushing import push
from customers.ringing import PUSH

log = logging.getLogger(__name__)
# Made before the pool forks, so that its children see what the parent is told.
_stopping = get_context("fork").Event()


@worker_shutting_down.connect
def _leave_off(**kwargs: Any) -> None:
    """A warm shutdown ends a long scan at its next page."""
    _stopping.set()


@shared_task(name="customers.tick", ignore_result=True)
def tick() -> None:
    """Ring for every connection that is due, and for whatever was left off."""
    for connection_id in pursuing.due():
        pursue_erasures.delay(connection_id)
    for erasure_id in erasing.unclosed():
        close_erasure.delay(erasure_id)
    for undo_id in undoing.unfinished():
        undo_run.delay(undo_id)
    for connection_id in scheduling.due():
        pull_connection.delay(connection_id)
    if rematching.due():
        match_everything.delay()
    for run_id in applying.due():
        apply_rules.delay(run_id)
    _ring_for_writes()
    if figures.stale():
        count_figures.delay()


@shared_task(name="customers.apply_rules", ignore_result=True)
def apply_rules(run_id: int) -> None:
    """Apply a change of rules, or go on with it."""
    log.info("rules, run %s: %s", run_id, applying.apply(run_id, _stopping.is_set))


@shared_task(name="customers.count_figures", ignore_result=True)
def count_figures() -> None:
    """Count what the start page shows; a doubled or stale message does nothing."""
    figures.recount()


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
    _ring_for_writes()


@shared_task(name="customers.pursue_erasures", ignore_result=True)
def pursue_erasures(connection_id: int) -> None:
    """Ask one vendor for the deletions that are due, and look whether they were done."""
    try:
        confirmed = pursuing.pursue(connection_id)
    except LeaseLostError as error:
        log.info("connection %s: %s", connection_id, error)
        return
    log.info("connection %s: %s erasures confirmed", connection_id, confirmed)


@shared_task(name="customers.close_erasure", ignore_result=True)
def close_erasure(erasure_id: int) -> None:
    """The last step of a case that was cut off."""
    erasing.close_if_done(erasure_id)


@shared_task(name="customers.undo_run", ignore_result=True)
def undo_run(undo_id: int) -> None:
    """Go on with undoing a run."""
    done = undoing.go_on(undo_id)
    log.info("undo %s: %s put back, %s left", undo_id, len(done.back), len(done.left))


@shared_task(name=PUSH, ignore_result=True)
def push_connection(connection_id: int) -> None:
    """Push one connection's due writes, if there are any: a doubled or stale message does
    nothing."""
    if connection_id not in scheduling.due_writes():
        return
    try:
        done = push(connection_id, stopping=_stopping.is_set)
    except (BusyError, LeaseLostError) as error:
        log.info("connection %s: %s", connection_id, error)
        return
    log.info("%s: %s, %s sent %s", done.connection, done.state, done.sent, done.note)


def _ring_for_writes() -> None:
    """A pull that ended has released what it took, for other vendors too."""
    for connection_id in scheduling.due_writes():
        push_connection.delay(connection_id)


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
