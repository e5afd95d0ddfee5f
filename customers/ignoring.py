"""Ignoring a value: it stays on its link and is shown, and never becomes the golden one."""

from typing import Any

from django.utils import timezone

from customers.choosing import fall, rechoose
from customers.editing import opened
from customers.golden import stamp
from customers.merging import FELL_BACK, IGNORED, WAS_IGNORED, Pair
from customers.models import EventKind
from customers.repeating import repeated
from customers.settling import look_again, pair_of, settle
from customers.values import Value, canonical, same
from customers.workspace import NewEvent


@repeated
def ignore(
    customer_id: int, field: str, value: Value, user: Any, version: int, why: str = ""
) -> None:
    """Ignore a value of a field. Where it is the golden one, the pin is taken off and the best
    remaining value takes over, or none.

    `version` is the one that the person saw. Raises StaleError; ValueError for no value."""
    if canonical(field, value) == "":
        raise ValueError("there is no value to ignore")
    with opened(customer_id, user, version) as (work, golden):
        if golden.ignores(field, value):
            return
        golden.ignore(field, [value, user.pk, stamp(timezone.now()), why])
        if same(field, golden.value(field), value):
            if golden.pinned(field):
                golden.pin(field, None)
            if golden.by_person(field):
                golden.keep(field)
            fall(work, golden, field, FELL_BACK)
        changes = {field: [value, golden.value(field)]}
        work.events.append(NewEvent(golden.id, EventKind.IGNORED.value, None, changes, why))
        for link in work.links_of[golden.id]:
            look_again(work, golden, link, field)


@repeated
def heed(customer_id: int, field: str, value: Value, user: Any, version: int) -> None:
    """Let an ignored value count again: it wins where nobody moved and it is the best.
    Raises StaleError."""
    with opened(customer_id, user, version) as (work, golden):
        if not golden.heed(field, value):
            return
        for link in work.links_of[golden.id]:
            pair = pair_of(link, field)
            if pair is not None and pair.apart == IGNORED and same(field, pair.vendor, value):
                settle(link, field, Pair(pair.hub, pair.vendor, WAS_IGNORED))
        before = golden.value(field)
        rechoose(work, golden, field, WAS_IGNORED)
        changes = {field: [before, golden.value(field)]}
        work.events.append(NewEvent(golden.id, EventKind.HEEDED.value, None, changes, ""))
