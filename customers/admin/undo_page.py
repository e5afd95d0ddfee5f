"""The page on which a run is undone: what would be put back, what would be left, and why."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _

from customers import undoing
from customers.admin.base import DeskAdmin
from customers.admin.engine_words import say
from customers.admin.words import label, shown
from customers.models import Connection, Customer, Run
from customers.putting_back import Field, Told, Undone
from customers.tasks import undo_run

MOST_BLOCKS = 5  # of a hundred events, looked at before the page is shown
MOST_LINES = 100


def addresses(desk: DeskAdmin) -> list[URLPattern]:
    def shown(request: HttpRequest, object_id: int) -> HttpResponse:
        desk.demand(desk.has_change_permission(request))
        return undo_page(desk, request, desk.found(Run.objects.all(), str(object_id)))

    def pressed(request: HttpRequest, object_id: int) -> HttpResponse:
        return undo_view(desk, request, desk.found(Run.objects.all(), str(object_id)))

    return [
        desk.own_page("<int:object_id>/undo/", "undo", shown),
        desk.button("undo_now", pressed),
    ]


def undo_page(desk: DeskAdmin, request: HttpRequest, run: Run) -> HttpResponse:
    refused = undoing.refusal(run)
    found = Undone() if refused else undoing.preview(run, most=MOST_BLOCKS)
    names = Customer.objects.in_bulk({one.customer_id for one in _shown(found)})
    return desk.page(
        request,
        "undo.html",
        _("Undo run %(number)s?") % {"number": f"#{run.pk}"},
        run=run,
        refused=say(refused) if refused else "",
        counted=found,
        back=[_line(one, names) for one in found.back[:MOST_LINES]],
        left=[_line(one, names) for one in found.left[:MOST_LINES]],
        told=_told(found.told[:MOST_LINES], names),
        made=[
            {"customer": names[one.customer_id], "kind": one.kind}
            for one in found.made[:MOST_LINES]
        ],
        most=MOST_LINES,
    )


def _shown(found: Undone) -> list[Any]:
    parts: list[Sequence[Any]] = [found.back, found.left, found.told, found.made]
    return [one for part in parts for one in part[:MOST_LINES]]


def _line(one: Field, names: dict[int, Customer]) -> dict[str, Any]:
    return {
        "customer": names[one.customer_id],
        "field": label(one.name),
        "now": shown(one.name, one.now),
        "back": shown(one.name, one.back),
        "why": say(one.why) if one.why else "",
    }


def _told(found: Sequence[Told], names: dict[int, Customer]) -> list[dict[str, Any]]:
    connections = Connection.objects.in_bulk({one.connection_id for one in found})
    return [
        {
            "customer": names[one.customer_id],
            "connection": connections[one.connection_id],
            "field": label(one.name),
            "now": shown(one.name, one.now),
            "back": shown(one.name, one.back),
        }
        for one in found
    ]


def undo_view(desk: DeskAdmin, request: HttpRequest, run: Run) -> HttpResponse:
    try:
        undo = undoing.start(run.pk, request.user, tell="tell" in request.POST)
    except undoing.RefusedError as error:
        desk.say(request, say(str(error)), messages.ERROR)
        return desk.back(run.pk)
    undo_run.delay_on_commit(undo.pk)
    desk.say(request, _("It is being undone. What it did is on this page within moments."))
    return desk.back(undo.pk)
