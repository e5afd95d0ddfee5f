"""Undo a person's own last decision in the queue of questions, whatever it was about.

Each kind is taken back where it is decided: `reopening` (fields), `duplicates`, `gone`, `ruling`.
"""

from typing import Any

from django.db import transaction
from msgspec import Struct, field

from customers import duplicates, gone, ruling
from customers.families import CannotMergeError
from customers.models import Conflict, ConflictKind, FieldRule
from customers.putting_back import Field
from customers.reopening import reopen
from customers.values import EMPTY

NOT_LAST = "this is not your last decision any more"


class NotLastError(Exception):
    """It was taken back already, or the person decided something else since."""


class Last(Struct, frozen=True):
    """A decision: the questions that it answered at once, and the rule that was born of it."""

    questions: tuple[int, ...]
    kind: str
    rule: int | None = None


class TakenBack(Struct):
    """What is asked again; what stays as it is, and why; the run that puts back what a rule
    had decided."""

    asked: list[int] = field(default_factory=list)
    left: list[Field] = field(default_factory=list)
    run: int | None = None


def last(user: Any) -> Last | None:
    """A person's last decision that stands, None if there is none."""
    rows = Conflict.objects.filter(decided_by=user, closed_at__isnull=False)
    row = rows.order_by("-closed_at", "-pk").first()
    rules = FieldRule.objects.filter(created_by=user, enabled=True, born_of__isnull=False)
    if row is not None:
        rules = rules.filter(created_at__gt=row.closed_at)
    rule = rules.order_by("-pk").first()
    if rule is not None:
        return Last((rule.born_of_id or 0,), ConflictKind.FIELD, rule.pk)
    if row is None:
        return None
    together = rows.filter(kind=row.kind, closed_at=row.closed_at).order_by("-pk")
    return Last(tuple(together.values_list("pk", flat=True)), row.kind)


def undo(question_id: int, user: Any) -> TakenBack:
    """Take back a person's last decision, which `question_id` is of. What somebody moved since
    stays. Raises NotLastError; RefusedError while it cannot be done."""
    found = last(user)
    if found is None or question_id not in found.questions:
        raise NotLastError(NOT_LAST)
    if found.rule is not None:
        return _undo_rule(found.rule, question_id, user)
    if found.kind == ConflictKind.FIELD:
        return TakenBack(*reopen(found.questions, user.pk))
    try:
        if found.kind == ConflictKind.DUPLICATE:
            return TakenBack([question_id], duplicates.take_back(question_id, user.pk))
        gone.take_back(question_id, user.pk)
    except (CannotMergeError, duplicates.AnsweredError, gone.MovedError) as error:
        customer = Conflict.objects.values_list("customer_id", flat=True).get(pk=question_id)
        return TakenBack(left=[Field(customer, "", EMPTY, EMPTY, str(error))])
    return TakenBack([question_id])


def _undo_rule(rule_id: int, question_id: int, user: Any) -> TakenBack:
    """The rule is off, its question open at once; the run puts back what else it decided."""
    with transaction.atomic():
        run = ruling.undo(rule_id, user)
        _asked, left = reopen([question_id], user.pk)
    asked = Conflict.objects.filter(pk=question_id, closed_at__isnull=True)
    return TakenBack(list(asked.values_list("pk", flat=True)), left, run.pk)
