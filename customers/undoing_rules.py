"""Puts back what a change of rules changed and nobody touched since."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils import timezone

from customers.choosing import follow
from customers.golden import EVERYTHING, Golden, stamp
from customers.merging import UNDONE
from customers.models import Event, EventKind
from customers.settling import SPEAKING
from customers.values import Value, canonical, same
from customers.workspace import NewEvent, Workspace

_BY_RULES = (EventKind.RULED, EventKind.DECIDED)
_BY_PEOPLE = (EventKind.EDITED, EventKind.DECIDED)


def put_back(
    work: Workspace, runs: Sequence[int], fields: Sequence[str], words: str
) -> tuple[set[int], set[int]]:
    """Put back, for the customers loaded, what these runs changed; gives the ids of those put
    back and of those left, since somebody touched them meanwhile.

    The links are settled at the value that came back, so that neither a pull nor a push
    reverses it."""
    done, left = set(), set()
    typists = _typists(work.customers)
    for customer_id, changes in _events(work.customers, runs):
        golden = work.customers[customer_id]
        for name in changes.keys() & set(fields):
            before, after = changes[name]
            if same(name, before, after) or same(name, golden.value(name), before):
                continue
            source = _source(work, golden, name, before, typists)
            if source is not None and _untouched(work, golden, name, after, runs):
                golden.set(name, before, source)
                follow(work, golden, name, UNDONE)
                event = (customer_id, EventKind.UNDONE.value, None, {name: [after, before]})
                work.events.append(NewEvent(*event, words))
                done.add(customer_id)
            else:
                left.add(customer_id)
    return done, left - done


def _events(
    customer_ids: Iterable[int], runs: Sequence[int]
) -> Iterable[tuple[int, dict[str, list[Value]]]]:
    """What the runs did, the last thing first."""
    rows = Event.objects.filter(
        customer_id__within=sorted(customer_ids), run_id__in=runs, kind__in=_BY_RULES
    )
    return rows.order_by("-id").values_list("customer_id", "changes")


def _untouched(
    work: Workspace, golden: Golden, name: str, after: Value, runs: Sequence[int]
) -> bool:
    """Whether the value is still the one that a run took."""
    asked = any((link.id, name) in work.open_fields for link in work.links_of[golden.id])
    by_run = golden.source(name)[2] in runs
    return (
        by_run and not asked and not golden.pinned(name) and same(name, golden.value(name), after)
    )


def _source(
    work: Workspace, golden: Golden, name: str, value: Value, typists: dict[tuple[int, str], int]
) -> list[Any] | None:
    """Where the value that comes back is from: the link that states it, else who typed it;
    None where nobody says it any more."""
    now = stamp(timezone.now())
    if canonical(name, value) == "":
        return ["", None, None, now]
    for link in work.links_of[golden.id]:
        if link.state in SPEAKING and same(name, link.stated.get(name), value):
            return ["link", link.id, None, now]
    typist = typists.get((golden.id, name))
    if typist is not None:
        return ["person", typist, None, now]
    first = golden.provenance.get(EVERYTHING)
    return first if first and first[0] == "person" else None


def _typists(customer_ids: Iterable[int]) -> dict[tuple[int, str], int]:
    """Who last typed each field of each customer."""
    rows = Event.objects.filter(
        customer_id__within=sorted(customer_ids), kind__in=_BY_PEOPLE, user_id__isnull=False
    )
    found: dict[tuple[int, str], int] = {}
    for customer_id, user_id, changes in rows.order_by("id").values_list(
        "customer_id", "user_id", "changes"
    ):
        for name in changes:
            found[customer_id, name] = user_id
    return found
