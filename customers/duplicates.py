"""Deciding `duplicate` questions: are these one person?

One on two customers leads to a merge, or is remembered as "not the same". One on a single
link, whose key alone had linked it and is no key any more, keeps the link or takes it out.
"""

from collections.abc import Iterable, Mapping

from django.db import transaction
from django.utils import timezone

from customers import knowing_apart, pair_questions
from customers.families import CannotMergeError, opened
from customers.models import (
    UNDECIDED,
    Conflict,
    ConflictKind,
    Customer,
    CustomerLink,
    Decision,
    Event,
    EventKind,
    Merge,
    NotSame,
)
from customers.putting_back import TOUCHED, Field
from customers.reopening import TAKEN_BACK
from customers.repeating import repeated
from customers.splitting import split
from customers.uniting import Effect, merge
from customers.unmerging import unmerge
from customers.values import EMPTY
from customers.workspace import Workspace

DECIDED = "decided"
GIVEN_BACK = "it was given back since"
SAID_BY_ANOTHER = "somebody else says so too"
_BY_PEOPLE = (EventKind.EDITED, EventKind.DECIDED)


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


# Taking it back


def take_back(question_id: int, user_id: int) -> list[Field]:
    """Take a person's answer back: what was merged is given back, a record that was taken out is
    put back, "not the same" is forgotten, and the question is open again. Gives what stays as
    it is, since it was edited meanwhile. Raises AnsweredError, CannotMergeError."""
    question = Conflict.objects.get(pk=question_id, kind=ConflictKind.DUPLICATE)
    left = []
    if question.other_id is None:
        _take_back_link(question, user_id)
    elif question.decision == Decision.SAME:
        left = _take_back_merge(question, user_id)
    else:
        _take_back_apart(question, question.other_id, user_id)
    if not Conflict.objects.filter(pk=question_id, closed_at__isnull=True).exists():
        raise AnsweredError(pair_questions.ASKED_ALREADY)
    return left


def _take_back_merge(question: Conflict, user_id: int) -> list[Field]:
    pair = [question.customer_id, question.other_id]
    merges = Merge.objects.filter(survivor__in=pair, merged__in=pair, undone_at__isnull=True)
    row = merges.first()
    if row is None or row.at != question.closed_at:
        raise CannotMergeError(GIVEN_BACK)
    parting = unmerge(row.merged_id, user_id, survivor=row.survivor_id, ask=question)
    edits = Event.objects.filter(
        customer=parting.survivor, at__gt=row.at, kind__in=_BY_PEOPLE, user__isnull=False
    )
    names = {name for changes in edits.values_list("changes", flat=True) for name in changes}
    return [Field(parting.survivor, name, EMPTY, EMPTY, TOUCHED) for name in sorted(names)]


@repeated
def _take_back_apart(question: Conflict, other: int, user_id: int) -> None:
    one = question.customer_id
    with transaction.atomic():
        opened(Workspace(), [one, other])
        _still_decided(question)
        said = NotSame.objects.filter(one=one, other=other, via=None)
        if said.exclude(user=user_id).exists():
            raise CannotMergeError(SAID_BY_ANOTHER)
        knowing_apart.forget(one, other)
        if pair_questions.ask_of(question, one, other, timezone.now()):
            _say_taken_back((one, other), None, user_id)


@repeated
def _take_back_link(question: Conflict, user_id: int) -> None:
    """The customer that was made of the record, if one was, is merged into its old one."""
    one = question.customer_id
    with transaction.atomic():
        owner = CustomerLink.objects.values_list("customer_id", flat=True).get(
            conflicts=question.pk
        )
        if owner != one:
            if CustomerLink.objects.filter(customer=owner).count() > 1:
                raise CannotMergeError(TOUCHED)
            knowing_apart.forget(one, owner)
            merge(one, [owner], user_id, reason=TAKEN_BACK)
        else:
            opened(Workspace(), [one])
        _still_decided(question)
        Conflict.objects.filter(pk=question.pk).update(**UNDECIDED)
        _say_taken_back((one,), question.link_id, user_id)


def _still_decided(question: Conflict) -> None:
    """Under lock: nobody was faster."""
    rows = Conflict.objects.filter(pk=question.pk, closed_at=question.closed_at)
    if not rows.exists():
        raise AnsweredError(pair_questions.ASKED_ALREADY)


def _say_taken_back(customers: Iterable[int], link_id: int | None, user_id: int) -> None:
    Event.objects.bulk_create(
        Event(
            customer_id=one,
            kind=EventKind.UNDONE,
            link_id=link_id,
            user_id=user_id,
            note=TAKEN_BACK,
        )
        for one in customers
    )


# The steps of deciding


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
