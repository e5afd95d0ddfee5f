"""Pinning a field: no vendor moves its value until a person unpins it."""

from typing import Any

from django.utils import timezone

from customers.choosing import rechoose
from customers.editing import opened
from customers.golden import Golden, stamp
from customers.merging import BY_RULE, PINNED, WAS_PINNED, Pair
from customers.models import EventKind
from customers.repeating import repeated
from customers.settling import look_again, pair_of, settle
from customers.workspace import NewEvent, Workspace


@repeated
def pin(customer_id: int, field: str, user: Any, version: int, why: str = "") -> None:
    """Pin a field at its golden value, be it none. Its open questions are settled apart.

    `version` is the one that the person saw. Raises StaleError."""
    with opened(customer_id, user, version) as (work, golden):
        golden.pin(field, [user.pk, stamp(timezone.now()), why])
        _say(work, golden, EventKind.PINNED, field, why)
        for link in work.links_of[golden.id]:
            look_again(work, golden, link, field)


@repeated
def unpin(customer_id: int, field: str, user: Any, version: int) -> None:
    """Let vendors change a field again. The value stays as it is, unless a rule gives the
    field to another. Raises StaleError."""
    with opened(customer_id, user, version) as (work, golden):
        if golden.pinned(field):
            golden.pin(field, None)
            _say(work, golden, EventKind.UNPINNED, field, "")
            _release(work, golden, field)


def _release(work: Workspace, golden: Golden, field: str) -> None:
    for link in work.links_of[golden.id]:
        pair = pair_of(link, field)
        if pair is not None and pair.apart == PINNED:
            settle(link, field, Pair(pair.hub, pair.vendor, WAS_PINNED))
    rule, before = work.rules().get(field), golden.value(field)
    if rule is not None and rechoose(work, golden, field, BY_RULE):
        changes = {field: [before, golden.value(field)]}
        event = NewEvent(golden.id, EventKind.RULED.value, None, changes, rule.words)
        work.events.append(event)


def _say(work: Workspace, golden: Golden, kind: EventKind, field: str, why: str) -> None:
    changes = {field: [golden.value(field), golden.value(field)]}
    work.events.append(NewEvent(golden.id, kind.value, None, changes, why))
