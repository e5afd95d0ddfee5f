"""Questions about a field, decided: one by one, or many of a kind at once."""

import json
from typing import Any

from django.contrib import messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers import conflicts
from customers.admin.access import RESOLVE
from customers.admin.base import DeskAdmin, typed
from customers.admin.customer_fields import FORM_NAMES, CustomerForm, initial
from customers.admin.question_words import question_of
from customers.admin.reviewing import on, skip
from customers.admin.taking_back import offer
from customers.admin.words import ago, label, number, shown
from customers.conflicts import ClosedError, MovedError
from customers.models import Conflict, ConflictKind, Connection, Customer, Decision
from customers.values import EMPTY, Value, to_json

MANY = 200
GROUPS = 6


class FieldForm(CustomerForm):
    """The inputs of one field."""

    def __init__(self, name: str, customer: Customer, data: Any = None) -> None:
        super().__init__(data, initial=initial(customer))
        self.name = name
        for other in set(self.fields) - set(FORM_NAMES[name]):
            del self.fields[other]

    def value(self) -> Value:
        return self._value(self.name)


def addresses(desk: DeskAdmin) -> list[URLPattern]:
    def decide(request: HttpRequest, object_id: int) -> HttpResponse:
        return decide_view(desk, request, object_id)

    def many(request: HttpRequest) -> HttpResponse:
        return many_view(desk, request)

    return [desk.button("decide", decide, RESOLVE), desk.own_page("many/", "many", many)]


def asked() -> QuerySet[Conflict]:
    return Conflict.objects.filter(kind=ConflictKind.FIELD, closed_at__isnull=True)


# One


def question_page(
    desk: DeskAdmin, request: HttpRequest, conflict: Conflict, form: FieldForm | None = None
) -> HttpResponse:
    """The sides beside each other, and the ways to decide."""
    link = conflict.link
    assert link is not None  # noqa: S101 a question about a field is about a link's
    alike = asked().filter(field=conflict.field, link__connection=link.connection_id)
    customer = link.customer
    return desk.page(
        request,
        "question.html",
        _("%(field)s of %(customer)s") % {"field": label(conflict.field), "customer": customer},
        question=question_of(conflict, link, request.user),
        customer=customer,
        connection=link.connection,
        field=label(conflict.field),
        form=form or FieldForm(conflict.field, customer),
        opened=ago(conflict.opened_at),
        alike=alike.exclude(pk=conflict.pk)[: MANY + 1].count(),
        skip=skip(conflict.pk),
        take_back=offer(request.user),
        may_resolve=request.user.has_perm(RESOLVE),
        may_rule=request.user.has_perm("customers.add_fieldrule"),
    )


def decide_view(desk: DeskAdmin, request: HttpRequest, object_id: int) -> HttpResponse:
    """Decide a question, and go on to the next."""
    rows = Conflict.objects.filter(kind=ConflictKind.FIELD, link__isnull=False).select_related(
        "customer", "link__connection", "link__customer"
    )
    conflict = desk.found(rows, str(object_id))
    decision, seen = request.POST.get("decision", ""), _seen(request.POST.get("seen", ""))
    if decision not in (Decision.HUB, Decision.VENDOR, Decision.OTHER) or seen is None:
        return desk.back(object_id)
    value: Value = EMPTY
    if decision == Decision.OTHER:
        form = FieldForm(conflict.field, conflict.customer, typed(request))
        if not form.is_valid():
            return question_page(desk, request, conflict, form)
        value = form.value()
    try:
        conflicts.resolve(
            conflict.pk, decision, request.user, seen, value=value, region=_region(conflict)
        )
    except MovedError:
        words = _("Nothing was decided: one side moved since you looked. This is how it is now.")
        desk.say(request, words, messages.WARNING)
        return desk.back(object_id)
    except ClosedError:
        desk.say(request, _("This question was closed meanwhile."), messages.INFO)
        return on(conflict.pk)
    desk.say(request, _decided(conflict, decision))
    return on(conflict.pk)


def _decided(conflict: Conflict, decision: str) -> str:
    words = {
        Decision.HUB: _("%(field)s of %(customer)s: ours."),
        Decision.VENDOR: _("%(field)s of %(customer)s: theirs."),
        Decision.OTHER: _("%(field)s of %(customer)s: as you typed it."),
    }[Decision(decision)]
    return words % {"field": label(conflict.field), "customer": conflict.customer}


def _region(conflict: Conflict) -> str:
    """Where a phone typed without its country is read."""
    if conflict.customer.country or conflict.link is None:
        return conflict.customer.country
    return conflict.link.connection.country


def _seen(sent: str) -> conflicts.Seen | None:
    """Both sides as they were shown."""
    try:
        hub, vendor = json.loads(sent)
    except (ValueError, TypeError):
        return None
    return hub, vendor


# Many


def groups() -> list[dict[str, Any]]:
    """Where several questions are of a kind: the same field, at the same connection."""
    rows = (
        asked()
        .order_by()
        .values("field", "link__connection", "link__connection__name")
        .annotate(count=Count("pk"))
        .filter(count__gt=1)
        .order_by("-count", "field")[:GROUPS]
    )
    return [
        {
            "field": row["field"],
            "label": label(row["field"]),
            "connection": row["link__connection"],
            "name": row["link__connection__name"],
            "count": number(row["count"]),
        }
        for row in rows
    ]


def many_view(desk: DeskAdmin, request: HttpRequest) -> HttpResponse:
    """Questions of a kind in one table, decided at once."""
    desk.demand(request.user.has_perm(RESOLVE))
    name = request.GET.get("field", "")
    connection = desk.found(Connection.present.all(), request.GET.get("connection", ""))
    if request.method == "POST":
        return _decide_many(desk, request)
    rows = asked().filter(field=name, link__connection=connection)
    found = rows.select_related("customer").order_by("-id")[:MANY]
    return desk.page(
        request,
        "questions.html",
        _("%(field)s at %(connection)s") % {"field": label(name), "connection": connection},
        rows=[_row(one) for one in found],
        connection=connection,
        field=label(name),
        most=MANY,
    )


def _row(conflict: Conflict) -> dict[str, Any]:
    return {
        "conflict": conflict,
        "ours": shown(conflict.field, conflict.hub),
        "theirs": shown(conflict.field, conflict.vendor),
        "sent": to_json([conflict.hub, conflict.vendor]),
        "opened": ago(conflict.opened_at),
    }


def _decide_many(desk: DeskAdmin, request: HttpRequest) -> HttpResponse:
    decision = request.POST.get("decision", "")
    seen = {
        int(one): sides
        for one in request.POST.getlist("question")[:MANY]
        if one.isdecimal() and (sides := _seen(request.POST.get(f"seen-{one}", ""))) is not None
    }
    if decision in (Decision.HUB, Decision.VENDOR) and seen:
        _report(desk, request, conflicts.resolve_many(seen, decision, request.user))
    else:
        desk.say(request, _("Tick the questions that you want to decide."), messages.WARNING)
    return HttpResponseRedirect(reverse("admin:customers_conflict_changelist"))


def _report(desk: DeskAdmin, request: HttpRequest, found: conflicts.Resolved) -> None:
    decided, moved, closed = len(found.decided), len(found.moved), len(found.closed)
    words = ngettext("%(n)s question was decided.", "%(n)s questions were decided.", decided)
    desk.say(request, words % {"n": number(decided)})
    if moved:
        words = ngettext(
            "%(n)s was not: one of its sides moved since you looked.",
            "%(n)s were not: one of their sides moved since you looked.",
            moved,
        )
        desk.say(request, words % {"n": number(moved)}, messages.WARNING)
    if closed:
        words = ngettext("%(n)s was closed meanwhile.", "%(n)s were closed meanwhile.", closed)
        desk.say(request, words % {"n": number(closed)}, messages.INFO)
