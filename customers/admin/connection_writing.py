"""The page on which writing to a vendor is switched: first what would be sent is shown."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from connectors.registry import vendors
from customers import plans, switching
from customers.admin.access import WRITE_VENDORS
from customers.admin.base import DeskAdmin
from customers.admin.customer_page import pretty
from customers.admin.engine_words import say
from customers.admin.words import ahead, label, moment, number, shown
from customers.models import OPEN, Connection, Customer, Plan, Write, WriteKind, WriteState
from customers.planning import Telling
from customers.scheduling import MOST_SEARCHES
from customers.switching import Preview


@dataclass
class Example:
    """What one customer's record would be told."""

    customer: Customer
    changes: list[tuple[str, str, str]]


def writing_view(screen: DeskAdmin, request: HttpRequest, object_id: int) -> HttpResponse:
    screen.demand(request.user.has_perm(WRITE_VENDORS))
    connection = screen.found(Connection.present.all(), str(object_id))
    if request.method == "POST":
        return _switch(screen, request, connection)
    known = connection.vendor in vendors()
    able = connection.connector_class.carried("update", connection.options) if known else ()
    creates = known and connection.connector_class.is_on("create", connection.options)
    found = switching.preview(connection) if able else Preview()
    filled = switching.preview(connection, fill_empty=True) if able else Preview()
    return screen.page(
        request,
        "writing.html",
        _("Writing to %(name)s") % {"name": connection.name},
        connection=connection,
        able=[label(name) for name in sorted(able)],
        creates=creates,
        preview=found,
        counts=[(label(name), number(n)) for name, n in found.fields.most_common()],
        examples=_examples(found),
        more=filled.links if not connection.fill_empty else found.links,
        summary=summary(connection),
        plans=[_plan(one) for one in _waiting(connection)],
    )


def _switch(screen: DeskAdmin, request: HttpRequest, connection: Connection) -> HttpResponse:
    plan = request.POST.get("plan", "")
    if plan.isdecimal() and _waiting(connection).filter(pk=int(plan)).exists():
        plans.approve(int(plan), request.user.pk)
        screen.say(request, _("Approved. It is sent as it was shown."))
        return _here(connection)
    writes = request.POST.get("writes", "on" if connection.writes else "off") == "on"
    fill = request.POST.get("fill_empty", "on" if connection.fill_empty else "off") == "on"
    switching.switch(connection.pk, request.user.pk, writes=writes, fill_empty=fill)
    on = _("Writing is on. What differs is sent within moments.")
    screen.say(request, on if writes else _("Writing is off. Nothing is sent."))
    return _here(connection)


def _here(connection: Connection) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:customers_connection_writing", args=[connection.pk]))


def _waiting(connection: Connection) -> Any:
    """Plans that somebody stored and nobody approved yet."""
    return Plan.objects.filter(connection=connection, approved_at__isnull=True).order_by("-id")


def _plan(plan: Plan) -> dict[str, Any]:
    lines = [f"{one['method']} {one['path']}\n{pretty(one['body'])}" for one in plan.lines]
    return {"plan": plan, "made": moment(plan.created_at), "count": len(lines), "lines": lines}


def _examples(found: Preview) -> list[Example]:
    people = Customer.objects.in_bulk([one.link.customer_id for one in found.examples])
    return [
        Example(people[one.link.customer_id], _changes(one))
        for one in found.examples
        if one.link.customer_id in people
    ]


def _changes(one: Telling) -> list[tuple[str, str, str]]:
    return [
        (label(name), shown(name, theirs), shown(name, ours))
        for name, (theirs, ours) in one.fields.items()
    ]


def summary(connection: Connection) -> list[tuple[str, str]]:
    """What waits at a connection, what nobody knows, and what stops it: name and words."""
    rows = Write.objects.filter(connection=connection, state__in=[*OPEN, WriteState.REFUSED])
    counts = dict(rows.values_list("state").annotate(n=Count("pk")))
    lost = rows.filter(
        state=WriteState.UNKNOWN, kind=WriteKind.CREATE, searched__gte=MOST_SEARCHES
    ).count()
    on = _("on, empty fields are filled") if connection.fill_empty else _("on")
    found = [(_("Writing"), on if connection.writes else _("off"))]
    waiting = counts.get(WriteState.PLANNED, 0) + counts.get(WriteState.SENT, 0)
    found.append((_("Waiting to be sent"), number(waiting)))
    for words, count in (
        (_("Without an answer"), counts.get(WriteState.UNKNOWN, 0)),
        (_("For a person to decide"), lost),
        (_("Refused"), counts.get(WriteState.REFUSED, 0)),
    ):
        if count:
            found.append((words, number(count)))
    if connection.write_note:
        told = _("%(why)s; again %(when)s")
        when = ahead(connection.write_after)
        found.append((_("Resting"), told % {"why": say(connection.write_note), "when": when}))
    return found
