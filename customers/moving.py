"""What hangs on a customer and goes with its links, or with its merge: questions, writes,
match keys. Call with the keys and the customers under lock."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from customers import bulk
from customers.golden import BESIDE
from customers.layers import Sheet
from customers.matching import carrier
from customers.models import (
    OPEN,
    Conflict,
    KeyHolder,
    MatchKey,
    Write,
    WriteKind,
    WriteState,
)
from customers.normalise import Key, all_keys
from customers.values import EMPTY


def move_rows(link_ids: Collection[int], to: int) -> None:
    """Links' own questions and open writes go where the links went."""
    Conflict.objects.filter(link__in=link_ids, closed_at__isnull=True, other__isnull=True).update(
        customer=to
    )
    Write.objects.filter(link__in=link_ids, state__in=OPEN).update(customer=to)


def move_holders(merged: int, survivor: int) -> list[int]:
    """All keys of a merged customer become its survivor's, and so do its creates, which are
    given. Of two at one connection the one that may have been carried out is kept."""
    typed = KeyHolder.objects.filter(customer=survivor, link=None).values("key")
    KeyHolder.objects.filter(customer=merged, link=None, key__in=typed).delete()
    KeyHolder.objects.filter(customer=merged).update(customer=survivor)
    return _move_creates(merged, survivor)


def _move_creates(merged: int, survivor: int) -> list[int]:
    creates = Write.objects.filter(kind=WriteKind.CREATE, state__in=OPEN)
    planned = creates.filter(state=WriteState.PLANNED)
    dropped = {"state": WriteState.DROPPED, "settled_at": timezone.now()}
    sent = creates.filter(customer=merged).exclude(state=WriteState.PLANNED).values("connection")
    planned.filter(customer=survivor, connection__in=sent).update(**dropped)
    there = creates.filter(customer=survivor).values("connection")
    mine = creates.filter(customer=merged).exclude(connection__in=there)
    moved = list(mine.values_list("pk", flat=True))
    Write.objects.filter(pk__in=moved).update(customer=survivor)
    planned.filter(customer=merged).update(**dropped)
    return moved


def give_creates_back(ids: Collection[int], at: datetime, merged: int) -> set[int]:
    """Creates that came with a merged customer `at` that moment, and have no link yet, are its
    own again; gives those. What was sent since speaks of its survivor, and is the survivor's."""
    creates = Write.objects.filter(kind=WriteKind.CREATE)
    there = creates.filter(customer=merged, state__in=OPEN).values("connection")
    unsent = Q(state__in=[WriteState.PLANNED, WriteState.REFUSED])
    own = Q(state__in=OPEN, sent_at__lt=at)
    going = creates.filter(unsent | own, pk__in=ids).exclude(connection__in=there)
    found = set(going.values_list("pk", flat=True))
    Write.objects.filter(pk__in=found).update(customer=merged)
    return found


def move_holders_of(link_ids: Collection[int], to: int) -> None:
    """The keys that links hold go where the links went."""
    KeyHolder.objects.filter(link__in=link_ids).update(customer=to)


def typed_keys(sheet: Sheet) -> set[Key]:
    """The keys that a customer holds by a person's word."""
    golden = sheet.golden
    typed: dict[str, Any] = {
        name: golden.value(name)
        for name in BESIDE
        if golden.by_person(name) and golden.value(name) != EMPTY
    }
    if golden.value("name"):
        typed["name"] = golden.value("name")
    return set(all_keys(typed, golden.others))


def part_typed_keys(survivor: Sheet, given_back: Sheet) -> None:
    """Give the one its typed keys back, and leave the other its own."""
    mine, theirs = typed_keys(given_back), typed_keys(survivor)
    drop_typed(survivor.golden.id, mine - theirs)
    held = KeyHolder.objects.filter(customer=given_back.golden.id, link=None)
    missing = mine - {Key(*row) for row in held.values_list("key__kind", "key__value")}
    who = carrier(given_back.golden.values, all_keys(given_back.golden.values, {}))
    bulk.insert(
        KeyHolder,
        ("key_id", "customer_id", "link_id", "carrier"),
        [(one, given_back.golden.id, None, who) for one in _ids(missing)],
    )


def drop_typed(customer_id: int, keys: Iterable[Key]) -> None:
    """A customer holds these keys by a person's word no more."""
    KeyHolder.objects.filter(customer=customer_id, link=None, key__in=_ids(keys)).delete()


def _ids(keys: Iterable[Key]) -> list[int]:
    """The ids of keys, which are there."""
    wanted = set(keys)
    rows = MatchKey.objects.filter(value__in={key.value for key in wanted})
    return [pk for pk, kind, value in rows.values_list("pk", "kind", "value")
            if Key(kind, value) in wanted]  # fmt: skip
