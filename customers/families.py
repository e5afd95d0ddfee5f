"""Customers with all that were merged into them, loaded under lock for whoever merges or
unmerges."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Q
from msgspec import Struct, field

from customers.layers import Layer, Sheet, Stack, entries_json, entries_of
from customers.models import Customer, KeyHolder, Merge, NotSame
from customers.normalise import Key, search_text
from customers.repeating import RepeatError
from customers.settling import pair_of
from customers.workspace import LinkWork, Workspace


class CannotMergeError(Exception):
    """The customers cannot be merged or unmerged as asked; why, in words."""


class Record(Struct):
    """What a merge's row keeps beside its layer. `pairs`: link to field to pair, as the links
    of both stood then. `questions`: those that moved, id to `[customer, other]`. `closed`:
    those that the merge closed, by id: `[link, field]` of a field's, nothing of a pair's.
    `creates`: the writes that moved and have no link yet."""

    at: Any = None
    pairs: dict[int, dict[str, list[Any]]] = field(default_factory=dict)
    questions: dict[int, list[int]] = field(default_factory=dict)
    closed: dict[int, list[Any]] = field(default_factory=dict)
    creates: list[int] = field(default_factory=list)


class Families(Struct):
    """The families at hand: their stack of merges, and what the merges' rows keep."""

    work: Workspace
    stack: Stack
    records: dict[int, Record]
    keys: set[Key]


def root_of(customer_id: int) -> int:
    """The customer that stands for this one: itself, or the end of its chain of merges."""
    while True:
        above = Customer.objects.filter(pk=customer_id).values_list("merged_into", flat=True)
        found = above.first()
        if found is None:
            return customer_id
        customer_id = found


def merged_into(ids: Iterable[int]) -> set[int]:
    """These customers, with all that were merged into them."""
    found, last = set(ids), set(ids)
    while last:
        rows = Customer.objects.filter(merged_into__in=last).values_list("pk", flat=True)
        last = set(rows) - found
        found |= last
    return found


def _related(ids: Collection[int]) -> set[int]:
    """Whom merging these touches: their families, and those known to be somebody else, with
    whoever stands for them now."""
    found = merged_into(ids)
    pairs = NotSame.objects.filter(Q(one__in=found) | Q(other__in=found))
    others = {one for pair in pairs.values_list("one", "other") for one in pair} - found
    while others:
        found |= others
        above = Customer.objects.filter(pk__in=others, merged_into__isnull=False)
        others = {one for one in above.values_list("merged_into", flat=True) if one} - found
    return found


def opened(work: Workspace, ids: Collection[int]) -> Families:
    """Load customers that stand for themselves, with their families: keys, then customers
    under lock, and what was read before the locks once more. Raises CannotMergeError."""
    related, keys = _related(ids), _keys_of(ids)
    work.lock_keys(keys)
    work.load_customers(related)
    missing = set(ids) - set(work.customers)
    if missing:
        raise CannotMergeError(f"there is no customer {min(missing)}")
    if not work.keep and (_related(ids) != related or not _keys_of(ids) <= keys):
        raise RepeatError("a customer changed before it was locked")
    family = merged_into(ids)
    found = Families(work, Stack(), {}, keys)
    for row in Customer.objects.filter(pk__in=family):
        _check(row, ids)
        found.stack.sheets[row.pk] = Sheet(work.customers[row.pk])
    for merge in Merge.objects.filter(survivor__in=family, undone_at__isnull=True):
        found.stack.layers[merge.pk] = _layer(merge)
        found.records[merge.pk] = _record(merge)
    work.load_links_keys([link.id for one in ids for link in work.links_of.get(one, ())])
    return found


def _keys_of(ids: Collection[int]) -> set[Key]:
    rows = KeyHolder.objects.filter(customer__in=ids).values_list("key__kind", "key__value")
    return {Key(*row) for row in rows.distinct()}


def _check(row: Customer, ids: Collection[int]) -> None:
    if row.pk in ids and row.merged_into_id:
        raise CannotMergeError(f"customer {row.pk} was merged into {row.merged_into_id}")
    if row.pk in ids and row.erased_at:
        raise CannotMergeError(f"customer {row.pk} was erased")


def _layer(merge: Merge) -> Layer:
    return Layer(
        merge.pk,
        merge.survivor_id,
        merge.merged_id,
        entries_of(merge.changes),
        [(group, name, one) for group, name, one in merge.kept.get("gained", ())],
        list(merge.links),
    )


def _record(merge: Merge) -> Record:
    kept = merge.kept
    return Record(
        merge.at,
        {int(one): pairs for one, pairs in kept.get("pairs", {}).items()},
        {int(one): pair for one, pair in kept.get("questions", {}).items()},
        {int(one): about for one, about in kept.get("closed", {}).items()},
        kept.get("creates", []),
    )


def row_of(layer: Layer, record: Record) -> dict[str, Any]:
    """The columns of a merge's row that keep its layer."""
    return {
        "links": layer.links,
        "changes": entries_json(layer),
        "kept": {
            "gained": [list(item) for item in layer.gained],
            "pairs": record.pairs,
            "questions": record.questions,
            "closed": record.closed,
            "creates": record.creates,
        },
    }


def save_rows(found: Families) -> None:
    """Write what became of the standing merges' rows."""
    for layer in found.stack.layers.values():
        record = found.records[layer.id]
        Merge.objects.filter(pk=layer.id).update(**row_of(layer, record))


def pairs_of(link: LinkWork) -> dict[str, list[Any]]:
    """The pairs of a link as a merge's row keeps them."""
    found = {name: pair_of(link, name) for name in {*link.stated, *link.base}}
    return {name: [pair.hub, pair.vendor, pair.apart] for name, pair in found.items() if pair}


def move_links(work: Workspace, links: Iterable[LinkWork], to: int) -> None:
    """Give links to another customer."""
    for link in list(links):
        work.links_of[link.customer_id].remove(link)
        link.customer_id, link.dirty = to, True
        work.links_of.setdefault(to, []).append(link)
    work.links_of.setdefault(to, []).sort(key=lambda one: one.id)
    moved = {link.id for link in links}
    for question in work.open_fields.values():
        if question.link_id in moved:
            question.customer_id = to


def refresh_search(work: Workspace, customer_id: int) -> None:
    golden, links = work.customers[customer_id], work.links_of.get(customer_id, [])
    golden.search_text = search_text(
        [golden.values, *(link.stated for link in links)],
        [golden.others, *(link.also for link in links)],
    )
    golden.dirty = True
