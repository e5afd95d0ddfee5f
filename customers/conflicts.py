"""Deciding questions about a field: ours, theirs, or another value.

A question is looked at again at the moment of decision: had either side moved since it was
shown, nothing is decided, and it is asked again as it stands.
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from msgspec import Struct

from customers import editing
from customers.golden import Golden
from customers.merging import Pair, Sides, kept, merge
from customers.models import Conflict, ConflictKind, Decision, EventKind, LinkState
from customers.normalise import Key
from customers.outlets import Outlet, outlets
from customers.repeating import RepeatError, repeated
from customers.settling import look_again, pair_of, settle, sides_of
from customers.values import EMPTY, Value, same
from customers.workspace import Decided, LinkWork, NewEvent, OpenConflict, Workspace, blocks
from customers.writing import Writer

Seen = tuple[Value, Value]
"""Our value and theirs, as they were shown to whoever decides."""

WORDS = {
    Decision.HUB: "ours was kept",
    Decision.VENDOR: "theirs was taken",
    Decision.OTHER: "another value was typed",
}


class MovedError(Exception):
    """A side moved since the question was shown; nothing was decided. `seen`: both now."""

    def __init__(self, seen: Seen) -> None:
        super().__init__("a side moved since the question was shown")
        self.seen = seen


class ClosedError(Exception):
    """The question was closed meanwhile; nothing was decided."""


class Resolved(Struct):
    """What became of many questions: ids decided, asked again since a side moved, and closed
    meanwhile."""

    decided: list[int]
    moved: list[int]
    closed: list[int]


class Answer(Struct, frozen=True):
    """A person's decision. `value`: the one typed, of `other`; `keys`: its match keys."""

    decision: Decision
    user: Any
    value: Value = EMPTY
    keys: tuple[Key, ...] = ()


def resolve(
    conflict_id: int,
    decision: str,
    user: Any,
    seen: Seen,
    *,
    value: Value = EMPTY,
    region: str = "",
) -> None:
    """Decide one open question for `hub`, `vendor` or `other` (then `value` is a person's
    edit). Raises MovedError, ClosedError."""
    found = _resolve(conflict_id, Decision(decision), user, seen, value, region)
    if isinstance(found, MovedError | ClosedError):
        raise found


@repeated
def _resolve(
    conflict_id: int, decision: Decision, user: Any, seen: Seen, value: Value, region: str
) -> MovedError | ClosedError | None:
    """What is asked again must be committed, so errors are given, not raised."""
    rows = Conflict.objects.filter(pk=conflict_id, kind=ConflictKind.FIELD)
    customer_id, name = rows.values_list("link__customer_id", "field").get()
    answer = Answer(decision, user)
    if decision == Decision.OTHER:
        typed = editing.tidy({name: value}, region)
        answer = Answer(decision, user, typed[name], editing.edit_keys(customer_id, typed))
    with transaction.atomic():
        work = Workspace()
        work.lock_keys(answer.keys)
        found = _decide(work, {conflict_id: seen}, answer)
        Writer(work, None, None, user.pk).write()
    if found.closed:
        return ClosedError("the question was closed meanwhile")
    if found.moved:
        now = Conflict.objects.get(pk=conflict_id)
        return MovedError((now.hub, now.vendor))
    return None


def resolve_many(seen: Mapping[int, Seen], decision: str, user: Any) -> Resolved:
    """Decide many open questions (id to what was shown) for `hub` or `vendor`, in blocks."""
    answer = Answer(Decision(decision), user)
    if answer.decision not in (Decision.HUB, Decision.VENDOR):
        raise ValueError("many questions are decided for ours or for theirs")
    found = Resolved([], [], [])
    for block in blocks(sorted(seen)):
        one = _resolve_block({key: seen[key] for key in block}, answer)
        found.decided += one.decided
        found.moved += one.moved
        found.closed += one.closed
    return found


@repeated
def _resolve_block(seen: dict[int, Seen], answer: Answer) -> Resolved:
    with transaction.atomic():
        work = Workspace()
        found = _decide(work, seen, answer)
        Writer(work, None, None, answer.user.pk).write()
    return found


def foretell(conflict_id: int, decision: str, user: Any) -> list[tuple[int, Value]]:
    """Whom a decision for `hub` or `vendor` would tell, as things stand: (link, value). Writes
    nothing."""
    customer_id, link_id, name = Conflict.objects.values_list(
        "link__customer_id", "link_id", "field"
    ).get(pk=conflict_id)
    work = Workspace(keep=True)
    work.load_customers([customer_id])
    found = work.open_fields.get((link_id, name))
    if found is None:
        return []
    golden, links = work.customers[customer_id], work.links_of[customer_id]
    told = outlets({link.connection_id for link in links})
    seen = (golden.value(name), work.links[link_id].stated.get(name))
    answer, outlet = Answer(Decision(decision), user), told.get(work.links[link_id].connection_id)
    _decide_one(work, work.links[link_id], found, seen, answer, outlet)
    return [
        (link.id, golden.value(name))
        for link in links
        if _takes(link, golden, name, told.get(link.connection_id))
        and (link.id, name) not in work.open_fields
        and merge(sides_of(work, golden, link, name, pair_of(link, name), tellable=True)).step
        == "tell"
    ]


def _takes(link: LinkWork, golden: Golden, name: str, outlet: Outlet | None) -> bool:
    active = link.state == LinkState.ACTIVE.value
    return active and outlet is not None and outlet.takes(name, golden.value(name))


# Under lock


def _decide(work: Workspace, seen: dict[int, Seen], answer: Answer) -> Resolved:
    rows = Conflict.objects.filter(
        pk__in=sorted(seen), kind=ConflictKind.FIELD, closed_at__isnull=True
    ).order_by("pk")
    asked = list(rows.values_list("pk", "link_id", "field", "link__customer_id"))
    work.load_customers(row[3] for row in asked)
    if any(link_id not in work.links for _, link_id, _, _ in asked):
        raise RepeatError("a link moved to another customer")
    told = outlets({work.links[row[1]].connection_id for row in asked})
    result = Resolved([], [], [])
    for conflict_id, link_id, name, _ in asked:
        found = work.open_fields.get((link_id, name))
        if found is None or found.id != conflict_id:
            continue
        link = work.links[link_id]
        outlet = told.get(link.connection_id)
        moved = not _decide_one(work, link, found, seen[conflict_id], answer, outlet)
        (result.moved if moved else result.decided).append(conflict_id)
    result.closed = sorted(set(seen) - set(result.moved) - set(result.decided))
    return result


def _decide_one(
    work: Workspace,
    link: LinkWork,
    found: OpenConflict,
    seen: Seen,
    answer: Answer,
    outlet: Outlet | None,
) -> bool:
    """Decide a question, unless a side moved since it was shown."""
    name, golden = found.field, work.customers[link.customer_id]
    sides = sides_of(work, golden, link, name, pair_of(link, name))
    if not (same(name, seen[0], sides.hub) and same(name, seen[1], sides.vendor)):
        found.hub, found.vendor = sides.hub, sides.vendor
        work.reasked.append(found)
        return False
    del work.open_fields[link.id, name]
    before = golden.value(name)
    if answer.decision == Decision.VENDOR:
        _take(golden, link, sides, answer)
    else:
        _keep(work, golden, link, sides, answer, outlet)
    how = WORDS[answer.decision]
    changes = {name: [before, golden.value(name)]}
    work.decided.append(Decided(found.id, how, answer.decision.value, answer.user.pk))
    work.events.append(NewEvent(golden.id, EventKind.DECIDED.value, link.id, changes, how))
    for other in work.links_of[golden.id]:
        if other.id != link.id:
            look_again(work, golden, other, name)
    return True


def _take(golden: Golden, link: LinkWork, sides: Sides, answer: Answer) -> None:
    """Theirs, by a person's word: other links may be told of it."""
    if golden.by_person(sides.field):
        golden.keep(sides.field)
    golden.set(sides.field, sides.vendor, editing.typed_by(answer.user))
    golden.heed(sides.field, sides.vendor)
    settle(link, sides.field, Pair(sides.vendor, sides.vendor))


def _keep(
    work: Workspace,
    golden: Golden,
    link: LinkWork,
    sides: Sides,
    answer: Answer,
    outlet: Outlet | None,
) -> None:
    """Ours, or another value: the vendor is told where it can be."""
    name, pair = sides.field, sides.pair
    changes = {}
    if answer.decision == Decision.OTHER:
        changes = editing.changed(golden, {name: answer.value})
        editing.apply(work, golden, changes, answer.keys, answer.user)
    tellable = _takes(link, golden, name, outlet)
    if tellable and not changes:
        golden.set(name, golden.value(name), editing.typed_by(answer.user))
    settle(link, name, kept(sides_of(work, golden, link, name, pair, tellable=tellable)))
