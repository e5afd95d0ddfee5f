"""Who is known not to be the same person: a person's word, remembered for ever.

What was said of a merged customer is handed on to whoever stands for it, along its chain of
merges, and taken back when one of them is undone. Call with the families under lock.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from customers.families import merged_into
from customers.models import Customer, Merge, NotSame

Pair = tuple[int, int]


def ordered(one: int, other: int) -> Pair:
    return min(one, other), max(one, other)


def remember(one: int, other: int, user_id: int | None, reason: str = "") -> None:
    """Two customers are not one person."""
    first, second = ordered(one, other)
    NotSame.objects.update_or_create(
        one_id=first,
        other_id=second,
        defaults={"user_id": user_id, "reason": reason, "via": None},
    )


def forget(one: int, other: int) -> None:
    """Take that back: two customers may be one person after all."""
    first, second = ordered(one, other)
    NotSame.objects.filter(one=first, other=second, via=None).delete()
    hand_on([one, other])


def known(ids: Iterable[int]) -> set[Pair]:
    """The pairs that these customers are in."""
    wanted = list(ids)
    rows = NotSame.objects.filter(Q(one__within=wanted) | Q(other__within=wanted))
    return set(rows.values_list("one_id", "other_id"))


def hand_on(ids: Iterable[int]) -> None:
    """Make what is handed on right again, for these customers and their families."""
    family = merged_into(ids)
    said = set(
        NotSame.objects.filter(Q(one__in=family) | Q(other__in=family), via=None).values_list(
            "one_id", "other_id"
        )
    )
    chains = _chains({one for pair in said for one in pair})
    wanted: dict[Pair, int] = {}
    for one, other in sorted(said):
        for left, by_left in chains[one]:
            for right, by_right in chains[other]:
                via = by_left or by_right
                if left != right and via:
                    wanted.setdefault(ordered(left, right), via)
    touched = Q(one__in=family) | Q(other__in=family)
    NotSame.objects.filter(touched, via__isnull=False).delete()
    there = set(NotSame.objects.values_list("one_id", "other_id").filter(_any(wanted)))
    NotSame.objects.bulk_create(
        NotSame(one_id=one, other_id=other, via_id=via)
        for (one, other), via in wanted.items()
        if (one, other) not in there
    )


def _any(pairs: Iterable[Pair]) -> Q:
    return Q(one__in=[one for one, _ in pairs], other__in=[other for _, other in pairs])


def _chains(ids: set[int]) -> dict[int, list[tuple[int, int | None]]]:
    """Each customer with those who stand for it, and the merge by which."""
    above: dict[int, tuple[int, int]] = {}
    last = set(ids)
    while last:
        rows = Merge.objects.filter(merged__in=last, undone_at__isnull=True)
        found = {row[0]: row[1:] for row in rows.values_list("merged_id", "survivor_id", "id")}
        above |= found
        last = {survivor for survivor, _ in found.values()} - set(above)
    chains: dict[int, list[tuple[int, int | None]]] = {}
    for one in ids:
        chain: list[tuple[int, int | None]] = [(one, None)]
        while chain[-1][0] in above:
            chain.append(above[chain[-1][0]])
        chains[one] = chain
    return chains


def others_of(customer_id: int) -> list[tuple[Any, Customer]]:
    """The customers that this one is known not to be, with the row that says so."""
    rows = NotSame.objects.filter(Q(one=customer_id) | Q(other=customer_id))
    return [
        (row, row.other if row.one_id == customer_id else row.one)
        for row in rows.select_related("one", "other").order_by("-id")
    ]
