"""What a person types: a new customer, or other values for one. The same locks, in the same
order, as a page of records takes."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils import timezone
from msgspec import Struct

from customers import bulk
from customers.blocking import block_keys
from customers.deciding import APART, MAX_QUESTIONS
from customers.documents import classify
from customers.evidence import evidence, evidences
from customers.golden import BESIDE, EVERYTHING, Golden, stamp, values_of
from customers.matching import carrier
from customers.models import Customer, EventKind, KeyHolder
from customers.newcomers import Meeting, Newcomer, table_of
from customers.normalise import Key, all_keys, search_text
from customers.phones import e164
from customers.profiles import profile
from customers.repeating import repeated
from customers.settling import look_again
from customers.thresholds import current
from customers.values import EMPTY, Value, Values, same
from customers.workspace import NewEvent, Workspace
from customers.writing import Writer


class StaleError(Exception):
    """Somebody saved this customer meanwhile; nothing was written."""


class ErasedError(Exception):
    """This customer was erased; nothing was written."""


class Match(Struct, frozen=True):
    """An existing customer that may be the one being typed, and why: in words, in bits, and as
    a table of `[field, typed, known, bits]`."""

    customer: Customer
    reason: str
    weight: float = 0.0
    evidence: tuple[list[Any], ...] = ()


def find_matches(values: Values, region: str = "") -> list[Match]:
    """Customers that typed values may be of, likeliest first, and then whoever else shares a
    key with them. Locks nothing."""
    values = tidy(values, region)
    work = Workspace(keep=True)
    keys = all_keys(values, {})
    work.lock_keys(keys)
    who = profile(values, keys)
    meeting = Meeting(work, [Newcomer(values, keys, who, block_keys(who))], current())
    likely = meeting.likely()
    work.load_customers({*likely, *(one for key in keys for one in work.keys[key].holders)})
    found = meeting.find(0, {})
    best = [found.verdict.best] if found.verdict.best else []
    told = dict.fromkeys(one.customer for one in (*best, *found.verdict.asked))
    told |= dict.fromkeys(meeting.sharers(0)[:MAX_QUESTIONS])
    why = evidences(
        [who, *map(work.profile, told)], [(0, at) for at in range(1, len(told) + 1)], current()
    )
    customers = Customer.objects.in_bulk(list(told))
    return [
        Match(customers[one], said.reason, round(said.weight, 1), tuple(table_of(said)))
        for one, said in zip(told, why, strict=True)
    ]


@repeated
def add_customer(values: Values, user: Any, region: str = "") -> Customer:
    """A customer typed by a person. Matching is theirs to look at first (`find_matches`)."""
    values = tidy(values, region)
    keys = all_keys(values, {})
    with transaction.atomic():
        work = Workspace()
        work.lock_keys(keys)
        golden = Golden(bulk.new_ids(Customer, 1)[0], {}, {}, new=True)
        golden.values = {name: value for name, value in values.items() if value != EMPTY}
        golden.provenance = {EVERYTHING: typed_by(user)}
        golden.search_text = search_text([golden.values], [])
        work.add_customer(golden)
        work.hold_typed(keys, golden.id, carrier(golden.values, keys))
        work.events.append(NewEvent(golden.id, EventKind.CREATED.value, None, {}, ""))
        Writer(work, None, None, user.pk).write()
    return Customer.objects.get(pk=golden.id)


@repeated
def edit(
    customer_id: int, values: Mapping[str, Value], user: Any, version: int, region: str = ""
) -> Customer:
    """Give fields the values that a person typed; fields not named stay as they are.

    A replaced e-mail, phone or document is kept beside the new one, and stays a match key.
    `version` is the one that the person saw: raises StaleError when it is no longer so, and
    ErasedError where nobody is left.
    """
    values = tidy(dict(values), region)
    keys = edit_keys(customer_id, values)
    with opened(customer_id, user, version, keys) as (work, golden):
        changes = changed(golden, values)
        if changes:
            apply(work, golden, changes, keys, user)
            work.events.append(NewEvent(golden.id, EventKind.EDITED.value, None, changes, ""))
    return Customer.objects.get(pk=customer_id)


@contextmanager
def opened(
    customer_id: int, user: Any, version: int, keys: tuple[Key, ...] = ()
) -> Iterator[tuple[Workspace, Golden]]:
    """A customer under lock for a person's change, written at the end of the block.

    `version` is the one that the person saw: raises StaleError when it is no longer so."""
    with transaction.atomic():
        work = Workspace()
        work.lock_keys(keys)
        work.load_customers({customer_id, *_some_holders(work, keys)})
        golden = work.customers.get(customer_id)
        if golden is None or golden.version != version:
            raise StaleError("somebody saved this customer meanwhile")
        yield work, golden
        Writer(work, None, None, user.pk).write()


def edit_keys(customer_id: int, values: Values) -> tuple[Key, ...]:
    """The keys of the typed values and of those that they replace. No lock is held yet: if
    somebody else's save comes between, the version says so."""
    row = Customer.objects.get(pk=customer_id)
    if row.merged_into_id:
        raise StaleError("this customer was merged into another")
    if row.erased_at is not None:
        raise ErasedError("this customer was erased")
    before = values_of(vars(row))
    named = {"name": values.get("name", before.get("name", EMPTY))}
    replaced = {name: before[name] for name in BESIDE if name in before.keys() & values}
    return tuple(sorted({*all_keys(named | values, {}), *all_keys(named | replaced, {})}))


def changed(golden: Golden, values: Values) -> dict[str, list[Value]]:
    return {
        name: [golden.value(name), value]
        for name, value in values.items()
        if golden.value(name) != value
    }


def apply(
    work: Workspace,
    golden: Golden,
    changes: dict[str, list[Value]],
    keys: tuple[Key, ...],
    user: Any,
) -> None:
    """Give fields what a person typed; the keys are under lock. What is typed is ignored no
    longer."""
    by = typed_by(user)
    for name, (old, new) in changes.items():
        if not same(name, old, new):
            golden.keep(name)
        golden.set(name, new, by)
        golden.heed(name, new)
    links = work.links_of.get(golden.id, [])
    golden.search_text = search_text(
        [golden.values, *(link.stated for link in links)],
        [golden.others, *(link.also for link in links)],
    )
    typed = KeyHolder.objects.filter(customer=golden.id, link=None)
    held = {Key(*row) for row in typed.values_list("key__kind", "key__value")}
    who = carrier(golden.values, all_keys(golden.values, {}))
    new = [key for key in keys if key not in held]
    _ask_about_holders(work, golden, new)
    work.hold_typed(new, golden.id, who)
    for link in links:
        for name in changes:
            look_again(work, golden, link, name)


def _some_holders(work: Workspace, keys: Iterable[Key]) -> set[int]:
    """Whoever else a person may be asked about."""
    return {one for key in keys for one in sorted(work.keys[key].holders)[: MAX_QUESTIONS + 1]}


def _ask_about_holders(work: Workspace, golden: Golden, keys: list[Key]) -> None:
    """What was typed is another customer's too: are they one?"""
    weights = current()
    mine = profile(golden.values, {*work.keys_of[golden.id], *keys})
    for key in (key for key in keys if not work.keys[key].retired):
        others = sorted(set(work.keys[key].holders) - {golden.id})
        for other in filter(work.may_be_matched, others[:MAX_QUESTIONS]):
            why = evidence(mine, work.profile(other), weights)
            if why.outcome != APART and work.ask_pair(
                golden.id, other, None, why.reason, why.weight, table_of(why)
            ):
                work.events.append(NewEvent(golden.id, EventKind.ASKED.value, None, {}, why.reason))


def tidy(values: Values, region: str) -> Values:
    """Typed values in the hub's form: phones in E.164, checked documents compact."""
    found = {name: _tidy(value) for name, value in values.items()}
    if found.get("phone"):
        found["phone"] = e164(found["phone"], region or "")
    document = found.get("document")
    if document and not document.get("number"):
        found["document"] = EMPTY
    elif document:
        country = str(document.get("country", ""))
        kind, number, country, _ = classify(
            str(document.get("type", "")), str(document["number"]), country, country or region
        )
        parts = {"type": kind, "number": number, "country": country}
        found["document"] = {part: text for part, text in parts.items() if text}
    return found


def _tidy(value: Value) -> Value:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Mapping):
        kept = {part: str(text).strip() for part, text in value.items() if str(text or "").strip()}
        return kept or EMPTY
    return EMPTY if value is None else value


def typed_by(user: Any) -> list[Any]:
    """A person as the source of a value."""
    return ["person", user.pk, None, stamp(timezone.now())]
