"""Takes everything that is known of a person out of the hub's tables. The row of each customer
stays, blank, so that old addresses say that the person was erased."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from msgspec import Struct

from customers import bulk, erased, search_index
from customers.golden import COLUMNS, Golden, values_of
from customers.models import (
    BlockHolder,
    Conflict,
    Connection,
    Customer,
    CustomerLink,
    Event,
    EventKind,
    KeyHolder,
    MatchKey,
    Merge,
    NotSame,
    Plan,
    Run,
    RunPage,
    SetAside,
    Write,
)
from customers.normalise import Key
from customers.repeating import repeated
from customers.values import to_json
from customers.workspace import Workspace, blocks

# Fewer letters and digits than this could be anybody's.
TELLING = 7
_BLANK = (*COLUMNS, "merged_into_id", "erased_at")


class Traces(Struct):
    """What there is of a person beside customers and links, counted."""

    events: int
    questions: int
    writes: int
    merges: int
    keys: int
    set_aside: int


def traces(ids: Sequence[int], links: Sequence[CustomerLink]) -> Traces:
    return Traces(
        events=Event.objects.filter(customer__in=ids).count(),
        questions=_questions(ids, links).count(),
        writes=_writes(ids, links).count(),
        merges=_merges(ids).count(),
        keys=KeyHolder.objects.filter(customer__in=ids).values("key").distinct().count(),
        set_aside=len(_set_aside(ids, links)),
    )


def locked_keys(ids: Sequence[int]) -> set[Key]:
    """The match keys that customers hold, under lock."""
    held = KeyHolder.objects.filter(customer__in=ids).values_list("key__kind", "key__value")
    keys = {Key(kind, value) for kind, value in held}
    Workspace().lock_keys(keys)
    return keys


def forget(versions: Mapping[int, int], links: Sequence[CustomerLink], keys: set[Key]) -> None:
    """Remove every value of these customers (id to version), all of them under lock, with the
    `keys` that they hold. Inside the caller's transaction."""
    ids = list(versions)
    SetAside.objects.filter(pk__in=_set_aside(ids, links)).delete()
    _blank_pages(links)
    records = [(link.connection_id, link.external_id) for link in links]
    blank_words(records, set(_telling(ids, links)))
    _cut_plans(ids, links)
    _writes(ids, links).delete()
    _forget_merges(ids, links)
    _questions(ids, links).delete()
    Event.objects.filter(customer__in=ids).delete()
    KeyHolder.objects.filter(customer__in=ids).delete()
    BlockHolder.objects.filter(customer__in=ids).delete()
    bulk.delete(CustomerLink, ("id",), [(link.pk,) for link in links])
    _drop_unheld(keys)
    _blank(versions)
    search_index.forget()


def _blank(versions: Mapping[int, int]) -> None:
    now = timezone.now()
    rows = [
        (*Golden(one, {}, {}, version=version + 1).row(now), None, now, one)
        for one, version in versions.items()
    ]
    bulk.update(Customer, _BLANK, rows)


# Rows of their own


def _writes(ids: Sequence[int], links: Sequence[CustomerLink]) -> "QuerySet[Write]":
    return Write.objects.filter(Q(customer__in=ids) | Q(link__in=links))


def _questions(ids: Sequence[int], links: Sequence[CustomerLink]) -> "QuerySet[Conflict]":
    return Conflict.objects.filter(Q(customer__in=ids) | Q(other__in=ids) | Q(link__in=links))


def _merges(ids: Sequence[int]) -> "QuerySet[Merge]":
    return Merge.objects.filter(Q(survivor__in=ids) | Q(merged__in=ids))


def _forget_merges(ids: Sequence[int], links: Sequence[CustomerLink]) -> None:
    """Merges that were undone told the person's values on the timeline of somebody else, and
    a link of the person's was on that timeline for a while."""
    pairs = [
        *_merges(ids).values_list("survivor", "merged"),
        *_questions(ids, links).filter(other__isnull=False).values_list("customer", "other"),
    ]
    others = {one for pair in pairs for one in pair} - set(ids)
    theirs = Event.objects.filter(customer__in=others)
    theirs.filter(link__in=[link.pk for link in links]).delete()
    theirs.filter(kind__in=[EventKind.MERGED, EventKind.UNMERGED]).update(changes={}, note="")
    _merges(ids).delete()
    NotSame.objects.filter(Q(one__in=ids) | Q(other__in=ids)).delete()


# Parts of rows that belong to others too


def _cut_plans(ids: Sequence[int], links: Sequence[CustomerLink]) -> None:
    writes = dict(_writes(ids, links).values_list("pk", "connection_id"))
    gone = set(ids), {link.pk for link in links}, set(writes)
    told = {*writes.values(), *(link.connection_id for link in links)}
    plans = Plan.objects.select_for_update().filter(connection__in=told).order_by("pk")
    for plan in plans.iterator(chunk_size=50):
        kept = [line for line in plan.lines if not _is_of(line, *gone)]
        if len(kept) != len(plan.lines):
            plan.lines = kept
            plan.save(update_fields=["lines"])


def _is_of(line: Mapping[str, Any], ids: set[int], links: set[int], writes: set[int]) -> bool:
    return line.get("customer") in ids or line.get("link") in links or line.get("write") in writes


def _blank_pages(links: Sequence[CustomerLink]) -> None:
    """A run's pages keep the ids that they showed, to be counted: a stand-in does for that."""
    for connection_id in sorted({link.connection_id for link in links}):
        names = {
            link.external_id: erased.stand_in(connection_id, link.external_id)
            for link in links
            if link.connection_id == connection_id
        }
        pages = RunPage.objects.filter(run__connection_id=connection_id).values_list("pk", "ids")
        rows = [
            (to_json([names.get(one, one) for one in seen]), pk)
            for pk, seen in pages.iterator(chunk_size=500)
            if not names.keys().isdisjoint(seen)
        ]
        bulk.update(RunPage, ("ids",), rows)


def blank_words(records: Sequence[tuple[int, str]], wanted: Collection[str] = ()) -> None:
    """What went wrong with a run or a connection is told in the vendor's words, which may name
    the record (connection, external id) that was asked for, or quote what is `wanted` of it."""
    paths = [re.compile(rf"/{re.escape(external_id)}\b") for _, external_id in records]
    connections = {connection_id for connection_id, _ in records}
    runs = Run.objects.filter(connection__in=connections)
    theirs = Connection.objects.filter(pk__in=connections)
    for rows, column in ((runs, "error"), (theirs, "health_note"), (theirs, "write_note")):
        texts = rows.exclude(**{column: ""}).values_list("pk", column)
        found = [
            pk
            for pk, text in texts
            if _speaks_of(wanted, text) or any(path.search(text) for path in paths)
        ]
        rows.filter(pk__in=found).update(**{column: ""})


def _set_aside(ids: Sequence[int], links: Sequence[CustomerLink]) -> list[int]:
    """Records set aside that are the person's: by their id, or since they hold the person's
    e-mail, phone or document."""
    known = {(link.connection_id, link.external_id) for link in links}
    wanted = set(_telling(ids, links))
    rows = SetAside.objects.values_list("pk", "connection_id", "external_id", "text", "reason")
    return [
        pk
        for pk, connection_id, external_id, text, reason in rows.iterator(chunk_size=200)
        if (connection_id, external_id) in known or _speaks_of(wanted, f"{text} {reason}")
    ]


def _speaks_of(wanted: Iterable[str], text: str) -> bool:
    squeezed = _squeezed(text)
    return any(one in squeezed for one in wanted)


def _telling(ids: Sequence[int], links: Sequence[CustomerLink]) -> Iterator[str]:
    """The letters and digits of every e-mail, phone and document of a person."""
    for values, beside in _stated(ids, links):
        document = values.get("document") or {}
        found = [values.get("email", ""), document.get("number", ""), *beside.get("emails", ())]
        found += [one.get("number", "") for one in beside.get("documents", ())]
        phones = [values.get("phone", ""), *beside.get("phones", ())]
        found += [_squeezed(phone)[-TELLING:] for phone in phones]  # without its country
        yield from (one for text in found if len(one := _squeezed(str(text))) >= TELLING)


def _stated(
    ids: Sequence[int], links: Sequence[CustomerLink]
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for customer in Customer.objects.filter(pk__in=ids):
        yield values_of(vars(customer)), customer.others
    for link in links:
        yield link.stated, link.also


def _squeezed(text: str) -> str:
    return re.sub(r"[\W_]", "", text.casefold())


# Keys that nobody holds


def sweep_keys() -> None:
    """Take away the match keys that nobody holds any more: some are what an erased person once
    gave. A few at a time, each under its lock."""
    for block in blocks(list(_unheld(MatchKey.objects.all()))):
        _sweep(block)


@repeated
def _sweep(ids: list[int]) -> None:
    with transaction.atomic():
        keys = MatchKey.objects.filter(pk__in=ids).order_by("kind", "value").select_for_update()
        _drop(keys.values_list("pk", flat=True))


def _drop_unheld(keys: set[Key]) -> None:
    for block in blocks(sorted(keys)):
        named = MatchKey.objects.filter(value__in=[key.value for key in block])
        rows = named.values_list("pk", "kind", "value")
        _drop(pk for pk, kind, value in rows if Key(kind, value) in keys)


def _drop(locked: Iterable[int]) -> None:
    """Of keys under lock, those that nobody holds: looked at anew, since whoever had the lock
    before may hold one now."""
    mine = MatchKey.objects.filter(pk__in=list(locked))
    MatchKey.objects.filter(pk__in=list(_unheld(mine))).delete()


def _unheld(keys: "QuerySet[MatchKey]") -> "QuerySet[MatchKey, int]":
    held = KeyHolder.objects.filter(key=OuterRef("pk"))
    return keys.filter(~Exists(held)).values_list("pk", flat=True)
