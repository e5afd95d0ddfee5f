"""Rings for a connection's writes once the transaction that planned them is committed.

By the task's name, so that whoever plans a write need not know the tasks. A bell that nobody
hears loses nothing: the tick rings again for whatever is due.
"""

from collections.abc import Iterable
from functools import partial

from celery import current_app
from django.conf import settings
from django.db import transaction

PUSH = "customers.push_connection"


def push_soon(connection_ids: Iterable[int]) -> None:
    """Let each connection's due writes be looked at after the commit."""
    for connection_id in sorted(set(connection_ids)):
        transaction.on_commit(partial(_ring, connection_id), robust=True)


def _ring(connection_id: int) -> None:
    current_app.send_task(PUSH, (connection_id,), expires=4 * settings.TICK_SECONDS)
