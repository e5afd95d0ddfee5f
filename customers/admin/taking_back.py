"""The button that undoes a person's own last decision, on every page of the queue."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from customers import undoing_decisions
from customers.admin.access import MERGE, RESOLVE
from customers.admin.base import DeskAdmin, address
from customers.admin.engine_words import say
from customers.admin.rule_words import rule_words
from customers.admin.words import label, number
from customers.models import Conflict, ConflictKind, Customer, FieldRule
from customers.putting_back import Field
from customers.tasks import undo_run
from customers.undoing import RefusedError
from customers.undoing_decisions import Last, NotLastError, TakenBack

SHOWN = 3


@dataclass
class Offer:
    """What the button would take back: the question that it is of, and in words."""

    question: int
    words: str


def addresses(desk: DeskAdmin) -> list[URLPattern]:
    @require_POST
    def pressed(request: HttpRequest, object_id: int) -> HttpResponse:
        question = desk.found(Conflict.objects.all(), str(object_id))
        found = undoing_decisions.last(request.user)
        desk.demand(_may(request.user, found or Last((), question.kind)))
        return _take_back(desk, request, question)

    return [desk.own_page("<int:object_id>/take_back/", "take_back", pressed)]


def offer(user: Any) -> Offer | None:
    """A person's own last decision, where they may still decide such questions."""
    found = undoing_decisions.last(user)
    if found is None or not _may(user, found):
        return None
    return Offer(found.questions[0], _words(found))


def _may(user: Any, found: Last) -> bool:
    """Whether they might decide it."""
    needed = MERGE if found.kind == ConflictKind.DUPLICATE else RESOLVE
    may_rule = found.rule is None or user.has_perm("customers.change_fieldrule")
    return bool(user.has_perm(needed) and may_rule)


def _words(found: Last) -> str:
    if found.rule is not None:
        return rule_words(FieldRule.objects.select_related("connection").get(pk=found.rule))
    rows = Conflict.objects.select_related("customer", "other")
    question = rows.get(pk=found.questions[0])
    who = [question.customer, question.other] if question.other else [question.customer]
    about = [label(question.field)] if question.field else []
    words = " · ".join([*about, *map(str, who)])
    more = f" (+{number(len(found.questions) - 1)})" if found.questions[1:] else ""
    return f"{words}: {question.get_decision_display()}{more}"


def _take_back(desk: DeskAdmin, request: HttpRequest, question: Conflict) -> HttpResponse:
    """Back to the question, open again; where it is not, to the page from which one came."""
    try:
        found = undoing_decisions.undo(question.pk, request.user)
    except (NotLastError, RefusedError) as error:
        desk.say(request, say(str(error)), messages.WARNING)
        return _stay(request)
    if found.run is not None:
        undo_run.delay_on_commit(found.run)
    _report(desk, request, found)
    if found.asked:
        return HttpResponseRedirect(address("conflict", found.asked[0]))
    return _stay(request)


def _stay(request: HttpRequest) -> HttpResponse:
    stay = request.POST.get("stay", "")
    if stay.isdecimal():
        return HttpResponseRedirect(address("conflict", stay))
    return HttpResponseRedirect(reverse("admin:customers_conflict_changelist"))


def _report(desk: DeskAdmin, request: HttpRequest, found: TakenBack) -> None:
    asked = len(found.asked)
    if asked:
        words = ngettext(
            "Taken back: the question is open again.",
            "Taken back: %(n)s questions are open again.",
            asked,
        )
        desk.say(request, words % {"n": number(asked)})
    elif not found.left:
        words = _("Taken back: vendors that were told are told back. There is nothing left to ask.")
        desk.say(request, words)
    if found.run is not None:
        words = _("The rule is off. What else it decided is put back, in run %(number)s.")
        desk.say(request, words % {"number": f"#{found.run}"})
    customers = Customer.objects.in_bulk([one.customer_id for one in found.left])
    for one in found.left[:SHOWN]:
        desk.say(request, _stays(one, customers[one.customer_id]), messages.WARNING)
    more = len(found.left) - SHOWN
    if more > 0:
        words = ngettext("%(n)s more stays as it is.", "%(n)s more stay as they are.", more)
        desk.say(request, words % {"n": number(more)}, messages.WARNING)


def _stays(one: Field, customer: Customer) -> str:
    words = _("%(what)s stays as it is: %(why)s.")
    what = _("%(field)s of %(customer)s") % {"field": label(one.name), "customer": customer}
    why = say(one.why)
    return words % {
        "what": what if one.name else _("The decision about %(customer)s") % {"customer": customer},
        "why": why[:1].lower() + why[1:],
    }
