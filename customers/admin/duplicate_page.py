"""The page of a `duplicate` question: the two side by side, why it is asked, the evidence."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers import duplicates
from customers.admin.access import MERGE
from customers.admin.base import DeskAdmin, address
from customers.admin.engine_words import say
from customers.admin.merge_page import effect_context, merge_address, merge_context, versions
from customers.admin.reviewing import on, skip
from customers.admin.taking_back import offer
from customers.admin.words import FIELD_LABELS, ago, label, number, shown, told
from customers.editing import StaleError
from customers.evidence import HOUSEHOLD, PRIOR
from customers.families import CannotMergeError
from customers.golden import values_of
from customers.models import Conflict
from customers.uniting import merge
from customers.values import EMPTY, fold, same


def addresses(desk: DeskAdmin) -> list[URLPattern]:
    """The buttons that decide a question."""

    def same(request: HttpRequest, object_id: int) -> HttpResponse:
        return _pressed(desk, request, object_id, same=True)

    def not_same(request: HttpRequest, object_id: int) -> HttpResponse:
        return _pressed(desk, request, object_id, same=False)

    return [desk.button("same", same, MERGE), desk.button("not_same", not_same, MERGE)]


def duplicate_page(desk: DeskAdmin, request: HttpRequest, question: Conflict) -> HttpResponse:
    context: dict[str, Any] = {
        "question": question,
        "skip": skip(question.pk),
        "take_back": offer(request.user),
        "reason": say(question.reason),
        "when": ago(question.opened_at),
        "may_decide": request.user.has_perm(MERGE),
        "evidence": [_evidence(*row) for row in question.evidence or ()],
        "weight": "" if question.weight is None else number(round(question.weight, 1)),
    }
    try:
        context |= _of_link(question) if question.other_id is None else _of_pair(question)
    except CannotMergeError as error:
        desk.say(request, say(str(error)), messages.WARNING)
        return HttpResponseRedirect(address("customer", question.customer_id))
    context |= _turned(context["evidence"], context.get("columns"), context.get("rows", ()))
    return desk.page(request, "duplicate.html", _("Is this the same person?"), **context)


_BESIDE: dict[str, Any] = {
    PRIOR: gettext_lazy("Any two customers"),
    HOUSEHOLD: gettext_lazy("What relatives have in common too"),
}
"""The lines of the evidence that are about no field."""


def _evidence(field: str, left: str, right: str, weight: float) -> dict[str, Any]:
    return {
        "field": str(_BESIDE.get(field) or label(field)),
        "left": told(left),
        "right": told(right),
        "weight": f"{weight:+.1f}",
        "against": weight < 0,
    }


def _turned(evidence: list[dict[str, Any]], columns: Any, rows: Any) -> dict[str, Any]:
    """The evidence with its sides in the order of the columns, and those as `sides`: it was
    weighed the other way round as often as not, which its values tell. Without `sides` where they
    do not."""
    if not columns:
        return {}
    here, there = ({fold(row["cells"][at]["text"]) for row in rows} - {""} for at in (0, 1))
    texts = [(fold(one["left"]), fold(one["right"])) for one in evidence]
    straight = sum((left in here) + (right in there) for left, right in texts)
    crossed = sum((left in there) + (right in here) for left, right in texts)
    if crossed > straight:
        evidence = [one | {"left": one["right"], "right": one["left"]} for one in evidence]
    return {"evidence": evidence, "sides": columns if crossed != straight else ()}


def _of_pair(question: Conflict) -> dict[str, Any]:
    survivor, other = duplicates.survivor_and_other(question)
    effect = merge(survivor, [other], dry=True)
    return {
        **merge_context(effect, [survivor, other]),
        **effect_context(effect),
        "by_field": merge_address([survivor, other]),
    }


def _of_link(question: Conflict) -> dict[str, Any]:
    """The customer beside the record that may be somebody else's."""
    link, ours = question.link, values_of(vars(question.customer))
    stated = link.stated if link else {}
    rows = [
        {
            "label": label(name),
            "ours": shown(name, ours.get(name, EMPTY)),
            "theirs": shown(name, stated.get(name, EMPTY)),
            "differs": name in stated and not same(name, ours.get(name), stated[name]),
        }
        for name in FIELD_LABELS
        if name in ours or stated.get(name)
    ]
    return {"link": link, "link_rows": rows}


# Buttons


def _pressed(desk: DeskAdmin, request: HttpRequest, object_id: int, same: bool) -> HttpResponse:
    """Decide, and go on to the next question; what stands against it is said."""
    try:
        if same:
            duplicates.same_person(object_id, request.user.pk, versions=versions(request.POST))
            desk.say(request, _("Decided: the same person."))
        else:
            duplicates.not_the_same(object_id, request.user.pk)
            desk.say(request, _("Decided: not the same person. Nobody asks again."))
    except StaleError:
        stale = _("Somebody saved one of these customers meanwhile. Look once more.")
        desk.say(request, stale, messages.WARNING)
        return HttpResponseRedirect(address("conflict", object_id))
    except (duplicates.AnsweredError, CannotMergeError) as error:
        desk.say(request, say(str(error)), messages.WARNING)
    return on(object_id)
