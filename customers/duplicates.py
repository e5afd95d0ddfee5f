"""Deciding `duplicate` questions: are these one person?

One on two customers leads to a merge, or is remembered as "not the same". One on a single
link, whose key alone had linked it and is no key any more, keeps the link or takes it out.
"""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from customers import knowing_apart, pair_questions
from customers.families import CannotMergeError, opened
from customers.models import (
    Conflict,
    ConflictKind,
    Customer,
    CustomerLink,
    Decision,
    Event,
    EventKind,
)
from customers.repeating import repeated
from customers.splitting import split
from customers.uniting import Effect, merge
from customers.workspace import Workspace

DECIDED = "decided"


class AnsweredError(Exception):
    """The question is not open any more; nothing was done."""


def open_question(question_id: int) -> Conflict:
    """Raises AnsweredError."""
    found = Conflict.objects.filter(
        pk=question_id, kind=ConflictKind.DUPLICATE, closed_at__isnull=True
    ).first()
    if found is None:
        raise AnsweredError("this question was answered meanwhile")
    return found


def survivor_and_other(question: Conflict) -> tuple[int, int]:
    """The two of a question, whom to keep first: the one with more links, else the older."""
    if question.other_id is None:
        raise CannotMergeError("the question is about one customer")
    pair = (question.customer_id, question.other_id)
    counts = {one: CustomerLink.objects.filter(customer=one).count() for one in pair}
    one, other = sorted(pair, key=lambda customer: (-counts[customer], customer))
    return one, other


def same_person(
    question_id: int,
    user_id: int | None,
    *,
    choices: Mapping[str, int] | None = None,
    versions: Mapping[int, int] | None = None,
) -> Effect | None:
    """Yes: merge the two, or keep the link where it is. Raises AnsweredError,
    CannotMergeError, StaleError."""
    question = open_question(question_id)
    if question.other_id is None:
        _keep(question_id, user_id)
        return None
    survivor, other = survivor_and_other(question)
    return merge(
        survivor,
        [other],
        user_id,
        choices=choices,
        versions=versions,
        reason=question.reason,
        weight=question.weight,
        evidence=question.evidence,
    )


def not_the_same(question_id: int, user_id: int | None, reason: str = "") -> int | None:
    """No: never ask again; gives the new customer's id where a link was taken out. Raises
    AnsweredError."""
    question = open_question(question_id)
    if question.other_id is not None:
        keep_apart(question.customer_id, question.other_id, user_id, reason)
        return None
    with transaction.atomic():
        _close(question_id, Decision.NOT_SAME, user_id)
        if question.link_id is None:
            return None
        try:
            with transaction.atomic():
                return split(question.link_id, user_id, reason)
        except CannotMergeError:
            return None  # it is all that the customer is: nobody to tell it from


@repeated
def keep_apart(one: int, other: int, user_id: int | None, reason: str = "") -> None:
    """Remember for ever that two customers are not one person."""
    with transaction.atomic():
        opened(Workspace(), [one, other])
        knowing_apart.remember(one, other, user_id, reason)
        knowing_apart.hand_on([one, other])
        pair = knowing_apart.ordered(one, other)
        now = timezone.now()
        for row in pair_questions.open_pairs(one).filter(customer=pair[0], other=pair[1]):
            pair_questions.close(row, DECIDED, now, Decision.NOT_SAME, user_id)
        Event.objects.bulk_create(
            Event(
                customer_id=customer,
                kind=EventKind.NOT_SAME,
                user_id=user_id,
                note=f"customer {somebody} is somebody else",
            )
            for customer, somebody in ((one, other), (other, one))
        )


def _keep(question_id: int, user_id: int | None) -> None:
    """The link stays, and no retired key is asked about again."""
    with transaction.atomic():
        question = Conflict.objects.get(pk=question_id)
        Customer.objects.select_for_update().get(pk=question.customer_id)
        _close(question_id, Decision.SAME, user_id)
        CustomerLink.objects.filter(conflicts=question).update(sole_key=None)
        Event.objects.create(
            customer_id=question.customer_id,
            kind=EventKind.DECIDED,
            link_id=question.link_id,
            user_id=user_id,
            note="the record is this person's",
        )


def _close(question_id: int, decision: Decision, user_id: int | None) -> None:
    rows = Conflict.objects.filter(pk=question_id, closed_at__isnull=True)
    closed = rows.update(
        closed_at=timezone.now(), closing=DECIDED, decision=decision, decided_by=user_id
    )
    if not closed:
        raise AnsweredError("this question was answered meanwhile")
