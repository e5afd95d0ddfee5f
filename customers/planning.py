"""What each vendor is to be told: worked out wherever a customer's value or a pair changes,
and planned in the same transaction.

`plan` is called by the writer for all; nobody else needs it. A link has at most one open
update; what it says is worked out again when it is claimed, so later edits join it.
"""

from collections.abc import Iterable, Iterator

from django.db.models import Q
from django.utils import timezone
from msgspec import Struct, field

from customers.golden import Golden, parsed_stamp
from customers.merging import FELL_BACK, FIRST_LINK, Outcome, Pair, Sides, merge
from customers.models import OPEN, EventKind, LinkState, Run, Write, WriteKind, WriteState
from customers.outlets import Outlet, outlets
from customers.ringing import push_soon
from customers.settling import UNIQUE_FIELDS, is_second, pair_of, settle
from customers.values import EMPTY, NOT_SAID, Value, canonical, same
from customers.workspace import LinkWork, NewEvent, Workspace

# Apart because nobody has moved there yet: what is empty may be filled.
_FILLABLE = frozenset({FIRST_LINK, FELL_BACK})


class OpenWrite(Struct, frozen=True):
    """A link's update that is under way already."""

    id: int
    state: str
    run_id: int | None


class Telling(Struct):
    """What one link would be told: field to `[the vendor's value, ours]`. `apart`: fields
    that stay apart, since another vendor's value may not go there. `write`: the update that
    will say it, where one is open."""

    link: LinkWork
    fields: dict[str, list[Value]] = field(default_factory=dict)
    apart: dict[str, Pair] = field(default_factory=dict)
    write: OpenWrite | None = None


def tellings(work: Workspace) -> list[Telling]:
    """For every customer in the workspace that was touched, what its links would be told as
    things stand. Writes nothing; a fixed number of queries, none where no connection is
    written to."""
    return [one for one in _looked(work, _touched(work)) if one.fields]


def telling(work: Workspace, link: LinkWork) -> Telling:
    """The same of one link, touched or not."""
    return next(iter(_looked(work, [link])), Telling(link))


def plan(work: Workspace, user_id: int | None) -> None:
    """Plan the updates that follow from what changed, inside the writer's transaction.

    Settles apart what may not be told, and a create whose record has come to be linked."""
    _linked(work)
    found = _looked(work, _touched(work))
    for one in found:
        for name, pair in one.apart.items():
            settle(one.link, name, pair)
    told = [one for one in found if one.fields]
    if told:
        _plan(work, told, user_id)


# Looking


def _touched(work: Workspace) -> list[LinkWork]:
    """The links, written to, of the customers whose value or pair changed."""
    if not work.written_to and not work.outlets:
        return []
    return [
        link
        for golden in work.customers.values()
        for link in work.links_of.get(golden.id, ())
        if golden.dirty
        or golden.id in work.considered
        or any(map(_changed, work.links_of[golden.id]))
    ]


def _changed(link: LinkWork) -> bool:
    return link.dirty or link.read or link.new


def _looked(work: Workspace, links: Iterable[LinkWork]) -> list[Telling]:
    found = list(_look(work, links))
    told = {one.link.id: one for one in found if one.fields}
    for link_id, write, refused in _writes(told):
        one = told[link_id]
        if write is not None:
            one.write = write
        for name, sent in refused.items():
            if name in one.fields and same(name, one.fields[name][1], sent):
                del one.fields[name]
    return found


def _look(work: Workspace, links: Iterable[LinkWork]) -> Iterator[Telling]:
    asked = {(one.link_id, one.field) for one in work.conflicts if one.kind == "field"}
    asked |= set(work.open_fields)
    missing = work.written_to - set(work.outlets)
    if missing:
        work.outlets |= outlets(missing)
    for link in links:
        outlet = work.outlets.get(link.connection_id)
        golden = work.customers.get(link.customer_id)
        if outlet is None or golden is None or link.state != LinkState.ACTIVE.value:
            continue
        one = Telling(link)
        for name in sorted(outlet.fields):
            if (link.id, name) not in asked:
                _look_at(work, golden, outlet, one, name)
        if one.fields or one.apart:
            yield one


def _look_at(work: Workspace, golden: Golden, outlet: Outlet, one: Telling, name: str) -> None:
    """Whether one field is to be told, stays apart, or neither."""
    link, hub = one.link, golden.value(name)
    if not outlet.takes(name, hub) or (name in UNIQUE_FIELDS and is_second(work, link)):
        return
    sides = Sides(
        field=name,
        hub=hub,
        vendor=link.stated.get(name, NOT_SAID),
        pair=pair_of(link, name),
        by_person=golden.by_person(name),
        tellable=True,
    )
    outcome = merge(sides)
    if _tells(sides, outcome, outlet.fill_empty) or _unsaid(golden, link, sides):
        one.fields[name] = [sides.vendor, hub]
    elif outcome.step == "apart" and outcome.pair is not None:
        one.apart[name] = outcome.pair


def _tells(sides: Sides, outcome: Outcome, fill_empty: bool) -> bool:
    """What the table says, and what an empty field there may take: the value of another
    vendor only where the connection is to be filled, a person's always."""
    empty = sides.vendor is not NOT_SAID and canonical(sides.field, sides.vendor) == ""
    if outcome.step == "tell":
        return sides.by_person or fill_empty or not empty
    apart = sides.pair is not None and sides.pair.apart in _FILLABLE
    blank = canonical(sides.field, sides.hub) == ""
    return fill_empty and empty and apart and not blank and outcome.step in ("nothing", "apart")


def _unsaid(golden: Golden, link: LinkWork, sides: Sides) -> bool:
    """A field of which the vendor never spoke: what a person typed since the link was made."""
    if sides.pair is not None or not sides.by_person or sides.hub == EMPTY:
        return False
    typed = parsed_stamp(golden.source(sides.field)[3])
    since = link.created_at
    return typed is not None and since is not None and typed >= since.replace(microsecond=0)


def _writes(told: dict[int, Telling]) -> Iterator[tuple[int, OpenWrite | None, dict[str, Value]]]:
    """Each link's open update, and what it was refused: (link, open, field to value). A field
    that was refused waits for a person, or for another value."""
    if not told:
        return
    rows = Write.objects.filter(
        Q(state__in=OPEN) | Q(state=WriteState.REFUSED), kind=WriteKind.UPDATE, link_id__within=told
    ).values_list("link_id", "id", "state", "run_id", "fields", "field_messages")
    for link_id, write_id, state, run_id, fields, messages in rows:
        if state != WriteState.REFUSED:
            yield link_id, OpenWrite(write_id, state, run_id), {}
            continue
        blamed = set(fields) & set(messages) or set(fields)
        yield link_id, None, {name: fields[name][1] for name in blamed}


# Planning


def _plan(work: Workspace, told: list[Telling], user_id: int | None) -> None:
    now = timezone.now()
    runs = _unreleased_runs(work, told)
    new, hurried = [], []
    for one in told:
        run_id = runs.get(one.link.id)
        if one.write is None:
            new.append(_write(one.link, run_id, user_id))
            event = (one.link.customer_id, EventKind.PLANNED.value, one.link.id, one.fields, "")
            work.events.append(NewEvent(*event))
        elif run_id is None and (user_id is not None or one.write.run_id is not None):
            hurried.append(one.write.id)
    if new:
        Write.objects.bulk_create(new, ignore_conflicts=True)
    if hurried:
        waiting = Write.objects.filter(pk__in=hurried, state=WriteState.PLANNED)
        waiting.update(run=None, due_at=now)
    push_soon(one.link.connection_id for one in told if one.link.id not in runs)


def _write(link: LinkWork, run_id: int | None, user_id: int | None) -> Write:
    return Write(
        kind=WriteKind.UPDATE,
        customer_id=link.customer_id,
        connection_id=link.connection_id,
        link_id=link.id,
        run_id=run_id,
        user_id=user_id,
    )


def _unreleased_runs(work: Workspace, told: list[Telling]) -> dict[int, int]:
    """Link to the run whose release its whole telling waits for, where there is one."""
    taken = {one.link.id: runs_of(work, one) for one in told}
    waiting = unreleased({run for runs in taken.values() for run in runs if run is not None})
    return {
        link_id: max(run for run in runs if run is not None)
        for link_id, runs in taken.items()
        if runs <= waiting
    }


def runs_of(work: Workspace, one: Telling) -> set[int | None]:
    """The runs that took the values told; None for what no run took."""
    golden = work.customers[one.link.customer_id]
    return {golden.source(name)[2] for name in one.fields}


def unreleased(run_ids: Iterable[int]) -> set[int]:
    """The pulls among the runs whose values may not be told yet."""
    wanted = list(run_ids)
    if not wanted:
        return set()
    held = Run.pulls.filter(pk__in=wanted, released_at__isnull=True)
    return set(held.values_list("pk", flat=True))


# Creates


def _linked(work: Workspace) -> None:
    """A record that has come to be linked settles the create that waited for it."""
    new = [
        link
        for link in work.links.values()
        if link.new and link.connection_id in work.written_to and _met(work, link)
    ]
    if not new:
        return
    rows = Write.objects.filter(
        kind=WriteKind.CREATE,
        state__in=OPEN,
        customer_id__within=sorted({link.customer_id for link in new}),
    )
    places = {(link.customer_id, link.connection_id): link for link in new}
    for write in rows:
        link = places.get((write.customer_id, write.connection_id))
        if link is not None:
            _settle_create(work, write, link)


def _met(work: Workspace, link: LinkWork) -> bool:
    golden = work.customers.get(link.customer_id)
    return golden is not None and not golden.new


def _settle_create(work: Workspace, write: Write, link: LinkWork) -> None:
    sent = write.state != WriteState.PLANNED
    write.state = WriteState.CONFIRMED if sent else WriteState.DROPPED
    write.link_id, write.external_id = link.id, link.external_id
    write.settled_at = timezone.now()
    write.save(update_fields=["state", "link", "external_id", "settled_at"])
    if sent:
        kind = EventKind.PUSHED.value
        work.events.append(NewEvent(link.customer_id, kind, link.id, write.fields, ""))
