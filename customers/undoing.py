"""Undo a run: what it changed, and nobody touched since, is put back and stays back.

The pairs are settled where the vendors stand now, so that neither a pull nor a push reverses
it. What was confirmed at other vendors meanwhile is told back only if a person asks. Customers
and links that the run made stay; they are listed. A rule is undone by undoing the run that
applied it (`ruling.undo`); there is no other way back.
"""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from customers.models import UNFINISHED, Run, RunKind, RunState
from customers.putting_back import Block, Undone, events_of
from customers.repeating import repeated

_KINDS = (RunKind.PULL, RunKind.RULES, RunKind.UNDO)


class RefusedError(Exception):
    """This run cannot be undone now; the text says why."""


def refusal(run: Run) -> str:
    """Why a run cannot be undone, `""` if it can."""
    if run.kind not in _KINDS:
        return "only a pull, the application of rules, or an undoing can be undone"
    if run.state not in (RunState.COMPLETE, RunState.FAILED):
        return "the run has not ended: end it first"
    return ""


def preview(run: Run, most: int | None = None) -> Undone:
    """What undoing would do; writes and locks nothing. Looks at `most` blocks of 100 events."""
    found, place, looked = Undone(), 0, 0
    while most is None or looked < most:
        block = Block(run, None, place, keep=True)
        if not block.events:
            return found
        found.add(block.look())
        place, looked = block.last, looked + 1
    found.more = bool(events_of(run, place))
    return found


def start(run_id: int, user: Any, *, tell: bool = False) -> Run:
    """The run that undoes another, to be gone on with by `go_on`. One that was begun and cut
    off is the same again. `tell`: vendors that were told meanwhile are told back.

    Raises RefusedError."""
    run = Run.objects.get(pk=run_id)
    why = refusal(run)
    if why:
        raise RefusedError(why)
    begun = Run.objects.filter(kind=RunKind.UNDO, state__in=UNFINISHED)
    found = begun.filter(undoes=run).first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return Run.objects.create(
                kind=RunKind.UNDO, undoes=run, by=user, place={"event": 0, "tell": tell}
            )
    except IntegrityError:
        raise RefusedError("another run is being undone: wait until that is done") from None


def unfinished() -> list[int]:
    """Undoings to go on with."""
    found = Run.objects.filter(kind=RunKind.UNDO, state__in=UNFINISHED)
    return list(found.order_by("pk").values_list("pk", flat=True))


def go_on(undo_id: int) -> Undone:
    """Undo, a block of events a transaction, from where it stands; two that do it at once
    share the work. Gives what this call did."""
    found = Undone()
    while (block := _step(undo_id)) is not None:
        found.add(block)
    return found


@repeated
def _step(undo_id: int) -> Undone | None:
    with transaction.atomic():
        undo = Run.objects.select_for_update().get(pk=undo_id)
        if undo.state not in UNFINISHED or undo.undoes is None or undo.place is None:
            return None
        block = Block(undo.undoes, undo, undo.place["event"])
        if not block.events:
            undo.state, undo.finished_at = RunState.COMPLETE, timezone.now()
            undo.save(update_fields=["state", "finished_at"])
            return None
        done = block.put_back(tell=undo.place["tell"])
        undo.place = {**undo.place, "event": block.last}
        undo.seen += len(block.events)
        undo.changed += len({one.customer_id for one in done.back})
        undo.unchanged += len({one.customer_id for one in done.left})
        undo.busy_seconds = (timezone.now() - undo.started_at).total_seconds()
        undo.save(update_fields=["place", "seen", "changed", "unchanged", "busy_seconds"])
        return done
