"""Giving a merged customer back, whatever was merged before it and since.

The links that moved with it go back, and those made since whose keys are its own. Fields are
what they were, unless they were edited since; what its vendors said since is taken over.
Pairs are left as they are: what each vendor is to be told follows from them.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext

from django.db import transaction
from django.utils import timezone
from msgspec import Struct, field

from customers import knowing_apart, moving, pair_questions, standing
from customers.editing import StaleError
from customers.families import (
    CannotMergeError,
    Families,
    Record,
    move_links,
    opened,
    refresh_search,
    root_of,
    save_rows,
)
from customers.golden import Golden
from customers.layers import Entry, Layer, Sheet, Stack, Token, take_out
from customers.models import UNDECIDED, Conflict, Customer, CustomerLink, EventKind, Merge
from customers.normalise import Key
from customers.planning import Telling, tellings
from customers.repeating import RepeatError, repeated
from customers.restoring import catch_up, fall_back, review, told_since
from customers.values import EMPTY, Value, Values
from customers.workspace import LinkWork, NewEvent, Workspace
from customers.writing import Writer


class Parting(Struct):
    """What an unmerge does, or would. `survivor`: who keeps the rest; `links`: those that go
    with the one given back, `staying` the others; `changes`: the survivor's fields, `given`:
    the other's, as its row had kept them, `[before, after]`; `values`: both, afterwards."""

    survivor: int
    merged: int
    versions: dict[int, int] = field(default_factory=dict)
    links: list[LinkWork] = field(default_factory=list)
    staying: list[LinkWork] = field(default_factory=list)
    changes: dict[str, list[Value]] = field(default_factory=dict)
    given: dict[str, list[Value]] = field(default_factory=dict)
    values: dict[int, Values] = field(default_factory=dict)
    tellings: list[Telling] = field(default_factory=list)


@repeated
def unmerge(
    merged: int,
    user_id: int | None = None,
    *,
    survivor: int | None = None,
    versions: Mapping[int, int] | None = None,
    reason: str = "",
    ask: Conflict | None = None,
    dry: bool = False,
) -> Parting:
    """Give `merged` back, and remember that the two are not one person; or `ask` again the
    question that had led to the merge.

    `survivor`: from whom, if that is to be made sure of. `versions`: those that the person
    saw. With `dry` nothing is written. Raises CannotMergeError, StaleError.
    """
    with nullcontext() if dry else transaction.atomic():
        work = Workspace(keep=dry)
        root = root_of(merged)
        if root == merged:
            raise CannotMergeError(f"customer {merged} was not merged into another")
        found = opened(work, [root])
        layer = found.stack.above(merged)
        if layer is None or found.stack.root(merged) != root:
            raise RepeatError("it was merged or unmerged meanwhile")
        if survivor is not None and survivor not in (layer.survivor, root):
            raise CannotMergeError(f"customer {merged} was not merged into {survivor}")
        _check_versions(work, versions or {})
        parting = _part(found, layer, root)
        if not dry:
            _write(found, layer, parting, user_id, reason, ask)
    return parting


def _check_versions(work: Workspace, versions: Mapping[int, int]) -> None:
    for customer_id, version in versions.items():
        if customer_id not in work.customers or work.customers[customer_id].version != version:
            raise StaleError("somebody saved one of these customers meanwhile")


# In memory


def _part(found: Families, layer: Layer, root: int) -> Parting:
    work, stack = found.work, found.stack
    own, other = stack.sheets[layer.merged], stack.sheets[root]
    before, kept = dict(other.golden.values), dict(own.golden.values)
    tokens = {name: other.token(name) for name in other.names()}
    parting = Parting(root, layer.merged)
    parting.versions = {one: work.customers[one].version for one in (root, layer.merged)}
    record = found.records[layer.id]
    parting.links = departing(found, layer, root)
    told = told_since(work.links_of.get(root, ()), record.at)
    take_out(stack, layer)
    _forget_links(found, layer, parting.links)
    move_links(work, parting.links, layer.merged)
    parting.staying = list(work.links_of.get(root, ()))
    _part_from(found, layer, {link.id for link in parting.links})
    back = {name for name in other.names() | set(tokens)
            if other.token(name) != tokens.get(name, Token())}  # fmt: skip
    catch_up(work, other, record.pairs, told, back)
    catch_up(work, own, record.pairs, told)
    own.golden.dirty = other.golden.dirty = True
    parting.changes = _differences(before, other.golden.values)
    parting.given = _differences(kept, own.golden.values)
    parting.values = {root: dict(other.golden.values), layer.merged: dict(own.golden.values)}
    for one in (root, layer.merged):
        refresh_search(work, one)
    _note(work, parting)
    _ask(found, layer, parting)
    parting.tellings = tellings(work)
    return parting


def departing(found: Families, layer: Layer, root: int) -> list[LinkWork]:
    """The links that go with the merged customer: those that came with it and are still
    there, and those made since whose keys are its own and nobody else's there."""
    work, stack = found.work, found.stack
    here = work.links_of.get(root, [])
    came = [link for link in here if link.id in layer.links]
    path = {one.id for one in stack.path(layer.survivor)}
    spoken = {
        link_id
        for one in stack.layers.values()
        if one.id != layer.id and one.id not in path
        for link_id in one.links
    }
    new = [
        link
        for link in here
        if link.id not in found.records[layer.id].pairs and link.id not in spoken
    ]
    rest = [link for link in here if link not in came and link not in new]
    mine = _keys(work, came) | moving.typed_keys(stack.sheets[layer.merged])
    others = _keys(work, rest) | moving.typed_keys(_without(found, layer))
    return [*came, *(link for link in new if _belongs(work, link, mine, others))]


def _keys(work: Workspace, links: Collection[LinkWork]) -> set[Key]:
    return {key for link in links for key in work.keys_of_link.get(link.id, ())}


def _belongs(work: Workspace, link: LinkWork, mine: set[Key], others: set[Key]) -> bool:
    keys = set(work.keys_of_link.get(link.id, ()))
    return bool(keys & mine) and not keys & others


def _without(found: Families, layer: Layer) -> Sheet:
    """The survivor's sheet, less what the layer had put beside its fields or in them."""
    sheet = found.stack.sheets[found.stack.root(layer.survivor)]
    golden = sheet.golden
    gained = {name: [one for group, kind, one in layer.gained if (group, kind) == ("others", name)]
              for name in golden.others}  # fmt: skip
    others = {
        name: [one for one in kept if one not in gained[name]]
        for name, kept in golden.others.items()
    }
    came = {
        name
        for name, entry in layer.entries.items()
        if entry.after != entry.before and sheet.token(name) == entry.after
    }
    values = {name: value for name, value in golden.values.items() if name not in came}
    return Sheet(Golden(golden.id, values, golden.provenance, others))


def _forget_links(found: Families, layer: Layer, links: Sequence[LinkWork]) -> None:
    """The merges by which the survivor was merged on brought these links too; no more."""
    gone = {link.id for link in links}
    questions = set(found.records[layer.id].questions)
    for one in found.stack.path(layer.survivor):
        one.links = [link_id for link_id in one.links if link_id not in gone]
        record = found.records[one.id]
        record.pairs = {key: kept for key, kept in record.pairs.items() if key not in gone}
        record.questions = {
            key: kept for key, kept in record.questions.items() if key not in questions
        }


def _part_from(found: Families, layer: Layer, gone: set[int]) -> None:
    """Fields that hold what a link said which goes, in everyone the merged customer reached:
    they are what they were before the merge, or else the best of what the remaining say."""
    work, stack = found.work, found.stack
    for one in (layer, *stack.path(layer.survivor)):
        sheet = stack.sheets[one.survivor]
        later = (each.entries for each in stack.upon(one.survivor, one.id))
        for name in sorted(sheet.names().union(*later)):
            token = _rid(stack, layer, one, name, gone)
            if _said_by(sheet.offered(name), gone):
                sheet.put(name, fall_back(work, sheet, name) if token.value == EMPTY else token)


def _rid(stack: Stack, layer: Layer, one: Layer, name: str, gone: set[int]) -> Token:
    """Rid a merge, and those laid upon it, of what the links that go had said of a field; gives
    what the field is then. Of `layer`, which is taken out, only what was before counts."""
    entry = one.entries.get(name, Entry())
    if one is layer:
        token = entry.before
    elif _said_by(entry.after, gone):
        offered = stack.sheets[one.merged].offered(name)
        token = entry.after = entry.before if offered.value == EMPTY else offered
    else:
        token = entry.after
    for each in stack.upon(one.survivor, one.id):
        entry = each.entries.get(name, Entry())
        entry.before = token if _said_by(entry.before, gone) else entry.before
        entry.after = entry.before if _said_by(entry.after, gone) else entry.after
        token = entry.after
    return token


def _said_by(token: Token, links: set[int]) -> bool:
    return bool(token.source and token.source[0] == "link" and token.source[1] in links)


def _differences(before: Values, after: Values) -> dict[str, list[Value]]:
    return {
        name: [before.get(name, EMPTY), after.get(name, EMPTY)]
        for name in sorted({*before, *after})
        if before.get(name, EMPTY) != after.get(name, EMPTY)
    }


def _note(work: Workspace, parting: Parting) -> None:
    kind = EventKind.UNMERGED.value
    root, merged = parting.survivor, parting.merged
    note = f"customer {merged} was given back"
    work.events.append(NewEvent(root, kind, None, parting.changes, note))
    work.events.append(NewEvent(merged, kind, None, parting.given, f"given back by {root}"))


def _ask(found: Families, layer: Layer, parting: Parting) -> None:
    """Field questions of both, as they stand now; those that the merge had closed are opened
    again where they are open still."""
    record = found.records[layer.id]
    closed = {(about[0], about[1]): question for question, about in record.closed.items() if about}
    again = [
        question
        for one in (parting.survivor, parting.merged)
        for question in review(found.work, one, closed)
    ]
    record.closed = {
        question: about
        for question, about in record.closed.items()
        if not about or question in again
    }


# Writing


def _write(
    found: Families,
    layer: Layer,
    parting: Parting,
    user_id: int | None,
    reason: str,
    ask: Conflict | None,
) -> None:
    root, merged, now = parting.survivor, parting.merged, timezone.now()
    record = found.records.pop(layer.id)
    was = standing.blocks_of([root, merged])
    Writer(found.work, None, None, user_id).write()
    Customer.objects.filter(pk=merged).update(merged_into=None)
    Merge.objects.filter(pk=layer.id).update(undone_at=now, undone_by=user_id)
    gone = moving.give_creates_back(record.creates, record.at, merged)
    for one in found.stack.path(layer.survivor):
        kept = found.records[one.id]
        kept.creates = [write for write in kept.creates if write not in gone]
    save_rows(found)
    link_ids = [link.id for link in parting.links]
    _move(found, root, merged, link_ids)
    standing.move(was)
    if ask is None:
        knowing_apart.remember(merged, layer.survivor, user_id, reason)
    knowing_apart.hand_on([root, merged])
    reopen(record)
    pair_questions.give_back(merged, root, record, link_ids, now)
    if ask is not None:
        pair_questions.ask_of(ask, merged, layer.survivor, now)


def _move(found: Families, root: int, merged: int, link_ids: Collection[int]) -> None:
    moving.move_rows(link_ids, merged)
    moving.move_holders_of(link_ids, merged)
    moving.part_typed_keys(found.stack.sheets[root], found.stack.sheets[merged])


def reopen(record: Record) -> None:
    """Field questions that the merge had closed, and that are open again."""
    for question, about in record.closed.items():
        if about:
            owner = CustomerLink.objects.values_list("customer", flat=True).get(pk=about[0])
            Conflict.objects.filter(pk=question).update(customer=owner, **UNDECIDED)
