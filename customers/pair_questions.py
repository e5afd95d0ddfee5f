"""Open `duplicate` questions when one of their customers is merged, or given back."""

from collections.abc import Collection
from typing import Any

from django.db.models import Q, QuerySet

from customers.families import Record, root_of
from customers.knowing_apart import known, ordered
from customers.models import UNDECIDED, Conflict, ConflictKind, Decision

MERGED = "merged"
ASKED_ALREADY = "asked of the survivor already"
KNOWN = "known not to be the same person"


def open_pairs(customer_id: int) -> "QuerySet[Conflict]":
    """The open questions on this customer and another."""
    mine = Q(customer=customer_id) | Q(other=customer_id)
    return Conflict.objects.filter(
        mine, kind=ConflictKind.DUPLICATE, closed_at__isnull=True, other__isnull=False
    ).order_by("id")


def move(merged: int, survivor: int, record: Record, user_id: int | None) -> None:
    """The merged customer's questions become the survivor's; those that the merge answers
    are closed. Call when what is known apart was handed on."""
    apart = known([survivor])
    for row in open_pairs(merged):
        third = row.other_id if row.customer_id == merged else row.customer_id
        pair = ordered(survivor, third or 0)
        if third == survivor:
            close(row, MERGED, record.at, Decision.SAME, user_id)
        elif pair in apart:
            record.closed[row.pk] = []
            close(row, KNOWN, record.at)
        elif open_pairs(survivor).filter(customer=pair[0], other=pair[1]).exists():
            record.closed[row.pk] = []
            close(row, ASKED_ALREADY, record.at)
        else:
            record.questions[row.pk] = [row.customer_id, row.other_id or 0]
            Conflict.objects.filter(pk=row.pk).update(customer=pair[0], other=pair[1])


def give_back(merged: int, root: int, record: Record, link_ids: Collection[int], now: Any) -> None:
    """What was asked of the merged customer, or because of its links, is asked of it again."""
    mine = Q(pk__in=record.questions) | Q(link__in=link_ids)
    for row in open_pairs(root).filter(mine):
        ask_of(row, merged, row.other_id if row.customer_id == root else row.customer_id, now)
    again = Conflict.objects.filter(
        pk__in=record.closed, kind=ConflictKind.DUPLICATE, decision="", other__isnull=False
    )
    for row in again.exclude(closed_at=None):
        third = row.other_id if row.customer_id == merged else row.customer_id
        ask_of(row, merged, third, now)


def ask_of(row: Conflict, customer_id: int, third: int | None, now: Any) -> bool:
    """Make it an open question on these two, unless it is asked already, or is answered; says
    whether it is."""
    pair = ordered(customer_id, root_of(third or 0))
    double = open_pairs(customer_id).filter(customer=pair[0], other=pair[1]).exclude(pk=row.pk)
    if pair[0] == pair[1] or pair in known([customer_id]) or double.exists():
        if row.closed_at is None:
            close(row, KNOWN, now)
        return False
    Conflict.objects.filter(pk=row.pk).update(customer=pair[0], other=pair[1], **UNDECIDED)
    return True


def close(
    row: Conflict, how: str, now: Any, decision: str = "", user_id: int | None = None
) -> None:
    Conflict.objects.filter(pk=row.pk, closed_at__isnull=True).update(
        closed_at=now, closing=how, decision=decision, decided_by=user_id
    )
