"""What a run did to a customer's values, read off the timeline, and what was there before. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec import Struct, structs

from customers.golden import stamp
from customers.models import EventKind
from customers.values import EMPTY, Value

# Events whose `changes` are of golden values: `[before, after]`. What a rule decided in a run
# carries the run; what a person decided carries none.
BY_RUNS = frozenset(
    {EventKind.CHANGED, EventKind.LINKED, EventKind.RULED, EventKind.DECIDED, EventKind.UNDONE}
)
SETTING = BY_RUNS | {EventKind.EDITED, EventKind.MERGED, EventKind.UNMERGED}


class Step(Struct, frozen=True):
    """One event of a customer, oldest first in a history."""

    kind: str
    at: datetime
    changes: dict[str, list[Value]]
    link_id: int | None = None
    user_id: int | None = None
    run_id: int | None = None


class Taken(Struct, frozen=True):
    """What a run made of a field: from `before` to `after`. `by`: the step that had set the
    value before, None where the timeline does not tell."""

    before: Value
    after: Value
    by: Step | None


def taken(history: Iterable[Step], run_id: int) -> dict[str, Taken]:
    """What a run last made of each field, in one go: where somebody else set the field in
    between, only what the run did after that. Whether the value still is the run's, its
    provenance tells."""
    found: dict[str, Taken] = {}
    setter: dict[str, Step] = {}
    created: Step | None = None
    for step in history:
        created = step if step.kind == EventKind.CREATED else created
        for name, (before, after) in _set_by(step).items():
            last = setter.get(name, created)
            setter[name] = step
            if not _is_by(step, run_id):
                continue
            if name in found and last is not None and _is_by(last, run_id):
                found[name] = structs.replace(found[name], after=after)
            else:
                found[name] = Taken(before, after, last)
    return found


def setter(history: Iterable[Step], name: str) -> Step | None:
    """Who had set a field at the end of a history, None where it does not tell. A decision that
    was taken back had set nothing."""
    found: list[Step] = []
    created: Step | None = None
    for step in history:
        created = step if step.kind == EventKind.CREATED else created
        if name not in _set_by(step):
            continue
        if found and found[-1].kind == EventKind.DECIDED and _takes_back(step):
            found.pop()
        else:
            found.append(step)
    return found[-1] if found else created


def _takes_back(step: Step) -> bool:
    return step.kind == EventKind.UNDONE and step.run_id is None


def _is_by(step: Step, run_id: int) -> bool:
    return step.run_id == run_id and step.kind in BY_RUNS


def _set_by(step: Step) -> dict[str, list[Value]]:
    return step.changes if step.kind in SETTING else {}


def source_before(one: Taken, run_id: int, user_id: int | None, now: datetime) -> list[Any]:
    """The provenance of a value that is put back by the run `run_id`: whose it was, and when;
    the person's who puts it back where nobody can tell."""
    if one.before == EMPTY:
        return ["", None, run_id, stamp(now)]
    if one.by is not None and one.by.user_id is not None:
        return ["person", one.by.user_id, run_id, stamp(one.by.at)]
    if one.by is not None and one.by.link_id is not None:
        return ["link", one.by.link_id, run_id, stamp(one.by.at)]
    return ["person", user_id, run_id, stamp(now)]
