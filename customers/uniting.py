"""Merging customers: two or more become one, nothing is deleted, and what would happen is the
same computation as what happens."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from msgspec import Struct, field

from customers import bulk, knowing_apart, pair_questions, standing
from customers.editing import StaleError
from customers.families import (
    CannotMergeError,
    Families,
    Record,
    move_links,
    opened,
    pairs_of,
    refresh_search,
    row_of,
)
from customers.layers import Layer, lay
from customers.matching import VETOES, veto
from customers.models import Customer, EventKind, Merge
from customers.moving import move_holders, move_rows
from customers.normalise import document_keys
from customers.planning import Telling, tellings
from customers.proposing import Offer, Proposal, propose
from customers.repeating import repeated
from customers.restoring import ask_field
from customers.settling import ruled
from customers.values import EMPTY, Value, Values, same
from customers.workspace import LinkWork, NewEvent, Workspace
from customers.writing import Writer

MOST = 20
VETOED = ("document", "birth_date")


class Effect(Struct):
    """What a merge does, or would. `values`: each customer's fields, `versions` the ones that
    were looked at; `proposals`: field to whose value survivorship would take; `chosen`: field
    to whose value is taken; `changes`: the survivor's fields that change, `[before, after]`;
    `links`: those that move; `double`: connections at which the person then stands more than
    once; `vetoes`: what speaks against it, in words; `known_apart`: a person said that two of
    them are not one; `questions`: how many are answered by it."""

    survivor: int
    others: list[int]
    versions: dict[int, int] = field(default_factory=dict)
    values: dict[int, Values] = field(default_factory=dict)
    proposals: dict[str, Proposal] = field(default_factory=dict)
    chosen: dict[str, int] = field(default_factory=dict)
    changes: dict[str, list[Value]] = field(default_factory=dict)
    links: list[LinkWork] = field(default_factory=list)
    tellings: list[Telling] = field(default_factory=list)
    double: list[int] = field(default_factory=list)
    vetoes: list[str] = field(default_factory=list)
    known_apart: bool = False
    questions: int = 0


@repeated
def merge(
    survivor: int,
    others: Sequence[int],
    user_id: int | None = None,
    *,
    choices: Mapping[str, int] | None = None,
    versions: Mapping[int, int] | None = None,
    reason: str = "",
    run_id: int | None = None,
    weight: float | None = None,
    evidence: Any = None,
    dry: bool = False,
) -> Effect:
    """Merge `others` into `survivor`, one after the other, in one transaction.

    `choices`: field to the customer whose value is taken; survivorship proposes the rest.
    `versions`: those that the person saw. With `dry` nothing is written. Raises
    CannotMergeError, StaleError.
    """
    ids = [survivor, *others]
    _check(ids)
    with nullcontext() if dry else transaction.atomic():
        work = Workspace(keep=dry)
        found = opened(work, ids)
        _check_versions(work, versions or {})
        effect = _look(found, ids, choices or {})
        layers = [_unite(found, effect, other) for other in ids[1:]]
        _finish(found, effect, layers)
        if not dry:
            why = {"reason": reason, "run_id": run_id, "weight": weight, "evidence": evidence}
            _write(found, layers, user_id, why)
    return effect


def _check(ids: Sequence[int]) -> None:
    if len(ids) < 2:
        raise CannotMergeError("a merge takes two customers or more")
    if len(ids) > MOST:
        raise CannotMergeError(f"no more than {MOST} customers are merged at once")
    if len(set(ids)) != len(ids):
        raise CannotMergeError("a customer cannot be merged with itself")


def _check_versions(work: Workspace, versions: Mapping[int, int]) -> None:
    for customer_id, version in versions.items():
        if customer_id in work.customers and work.customers[customer_id].version != version:
            raise StaleError("somebody saved one of these customers meanwhile")


# Looking


def _look(found: Families, ids: Sequence[int], choices: Mapping[str, int]) -> Effect:
    work = found.work
    effect = Effect(ids[0], list(ids[1:]))
    effect.versions = {one: work.customers[one].version for one in ids}
    effect.values = {one: dict(work.customers[one].values) for one in ids}
    names = sorted({name for values in effect.values.values() for name in values})
    for name in names:
        effect.proposals[name] = propose(name, [_offer(found, one, name) for one in ids])
        chosen = choices.get(name, effect.proposals[name].customer)
        if chosen is not None and effect.values.get(chosen, {}).get(name, EMPTY) != EMPTY:
            effect.chosen[name] = chosen
    effect.vetoes = _vetoes(work, ids)
    pairs = {knowing_apart.ordered(one, other) for one in ids for other in ids if one != other}
    effect.known_apart = bool(pairs & knowing_apart.known(ids))
    effect.questions = len(pairs & work.open_pairs)
    return effect


def _offer(found: Families, customer_id: int, name: str) -> Offer:
    sheet, work = found.stack.sheets[customer_id], found.work
    source, when = sheet.golden.source(name), None
    link = work.links.get(source[1]) if source[0] == "link" else None
    stamp = link.changed.get(name, source[3]) if link else source[3]
    if stamp:
        when = datetime.fromisoformat(stamp)
    return Offer(
        customer_id,
        sheet.golden.value(name),
        pinned=sheet.golden.pinned(name),
        typed=sheet.golden.by_person(name),
        trust=work.trust(link.connection_id) if link else 0,
        ruled=link is not None and ruled(work, link, name) is not None,
        at=when,
    )


def _vetoes(work: Workspace, ids: Sequence[int]) -> list[str]:
    """What forbids that any two are one person."""
    people = [work.person(one) for one in ids]
    found = [veto(one, other) for place, one in enumerate(people) for other in people[place + 1 :]]
    return [one for one in dict.fromkeys(found) if one]


# Uniting, in memory


def _unite(found: Families, effect: Effect, other: int) -> Layer:
    work, survivor = found.work, effect.survivor
    against = _vetoes(work, [survivor, other])
    moved = list(work.links_of.get(other, ()))
    layer = Layer(_new_id(work), survivor, other, links=[link.id for link in moved])
    both = [*work.links_of.get(survivor, ()), *moved]
    found.records[layer.id] = Record(timezone.now(), {link.id: pairs_of(link) for link in both})
    lay(found.stack, layer, [name for name, one in effect.chosen.items() if one == other])
    move_links(work, moved, survivor)
    effect.links += moved
    golden = work.customers[survivor]
    for name, entry in layer.entries.items():
        if entry.before.value != entry.after.value:
            effect.changes.setdefault(name, [entry.before.value, EMPTY])[1] = entry.after.value
    _ask_anew(found, layer)
    for why in against:
        _ask_vetoed(work, survivor, why)
    changes = {
        name: [entry.before.value, entry.after.value]
        for name, entry in layer.entries.items()
        if entry.before.value != entry.after.value
    }
    work.events.append(
        NewEvent(survivor, EventKind.MERGED.value, None, changes, f"customer {other} came in")
    )
    work.events.append(NewEvent(other, EventKind.MERGED.value, None, {}, f"into {survivor}"))
    golden.dirty = True
    return layer


def _new_id(work: Workspace) -> int:
    return work.virtual_ids(1)[0] if work.keep else bulk.new_ids(Merge, 1)[0]


def _ask_anew(found: Families, layer: Layer) -> None:
    """The open questions on fields are the survivor's now, and compare with its values; one
    whose sides agree is closed, its pair left as it is."""
    work, golden = found.work, found.work.customers[layer.survivor]
    for (link_id, name), question in list(work.open_fields.items()):
        if question.customer_id != golden.id or link_id not in work.links:
            continue
        hub = golden.value(name)
        if same(name, hub, question.vendor):
            del work.open_fields[link_id, name]
            work.closed.append((question.id, "the two sides agree now"))
            found.records[layer.id].closed[question.id] = [link_id, name]
        elif hub != question.hub:
            question.hub = hub
            work.reasked.append(question)


def _ask_vetoed(work: Workspace, survivor: int, why: str) -> None:
    """A person merged what a veto forbids: where a vendor still says otherwise, they are
    asked whose value it is to be."""
    name = VETOED[VETOES.index(next(one for one in VETOES if why.startswith(one)))]
    golden = work.customers[survivor]
    asked = {(one.link_id, one.field) for one in work.conflicts if one.kind == "field"}
    for link in work.links_of.get(survivor, ()):
        value = link.stated.get(name)
        if not value or same(name, value, golden.value(name)):
            continue
        if name == "document" and not document_keys({name: value}, {}):
            continue
        if (link.id, name) not in work.open_fields and (link.id, name) not in asked:
            ask_field(work, golden, link, name, why)


def _finish(found: Families, effect: Effect, layers: Collection[Layer]) -> None:
    work = found.work
    refresh_search(work, effect.survivor)
    for layer in layers:
        del work.customers[layer.merged]
    effect.changes = {name: pair for name, pair in effect.changes.items() if pair[0] != pair[1]}
    places = [link.connection_id for link in work.links_of.get(effect.survivor, ())]
    effect.double = sorted({one for one in places if places.count(one) > 1})
    effect.tellings = tellings(work)


# Writing


def _write(
    found: Families, layers: Sequence[Layer], user_id: int | None, why: dict[str, Any]
) -> None:
    survivor = layers[0].survivor
    was = standing.blocks_of([survivor, *(layer.merged for layer in layers)])
    Writer(found.work, None, why["run_id"], user_id).write()
    for layer in layers:
        record = found.records[layer.id]
        Customer.objects.filter(pk=layer.merged).update(
            merged_into=survivor, version=F("version") + 1, updated_at=record.at
        )
        Merge.objects.create(
            pk=layer.id,
            survivor_id=survivor,
            merged_id=layer.merged,
            at=record.at,
            user_id=user_id,
            **why,
        )
        move_rows(layer.links, survivor)
        record.creates = move_holders(layer.merged, survivor)
    standing.move(was)
    knowing_apart.hand_on([survivor])
    for layer in layers:
        record = found.records[layer.id]
        pair_questions.move(layer.merged, survivor, record, user_id)
        Merge.objects.filter(pk=layer.id).update(**row_of(layer, record))
