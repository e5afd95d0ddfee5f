"""The question about a record that a vendor has no more, and a person's two or three ways."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from customers import gone
from customers.admin.access import RESOLVE
from customers.admin.base import DeskAdmin, address
from customers.admin.engine_words import say
from customers.admin.reviewing import on, skip
from customers.admin.taking_back import offer
from customers.admin.words import ago, label, moment, shown
from customers.models import Conflict, ConflictKind, CustomerLink, Decision, LinkState

WAYS = {"keep": Decision.KEEP, "let_go": Decision.LET_GO}


def addresses(desk: DeskAdmin) -> list[URLPattern]:
    def found(object_id: int) -> Conflict:
        asked = Conflict.objects.filter(kind=ConflictKind.DELETED).select_related("link")
        one: Conflict = desk.found(asked, str(object_id))
        return one

    def shown(request: HttpRequest, object_id: int) -> HttpResponse:
        desk.demand(desk.has_view_permission(request))
        return gone_page(desk, request, found(object_id))

    def decided(request: HttpRequest, object_id: int) -> HttpResponse:
        return decide_view(desk, request, found(object_id))

    return [
        desk.own_page("<int:object_id>/gone/", "gone", shown),
        desk.button("decide_gone", decided, RESOLVE),
    ]


def gone_page(desk: DeskAdmin, request: HttpRequest, conflict: Conflict) -> HttpResponse:
    found = gone.shown(conflict)
    links = CustomerLink.objects.select_related("connection", "customer")
    link = links.filter(conflicts=conflict).first()
    if found is None or link is None:
        return HttpResponseRedirect(address("customer", conflict.customer_id))
    return desk.page(
        request,
        "gone.html",
        str(link.customer),
        conflict=conflict,
        skip=skip(conflict.pk),
        take_back=offer(request.user),
        link=link,
        vendor=link.connection.get_vendor_display(),
        anonymized=link.state == LinkState.ANONYMIZED,
        said=say(conflict.reason),
        since=ago(conflict.opened_at),
        when=moment(conflict.opened_at),
        read=moment(link.read_at),
        seen=found.seen,
        may_decide=request.user.has_perm(RESOLVE),
        falling=[
            (label(one.field), shown(one.field, one.before), shown(one.field, one.after))
            for one in found.falling
        ],
    )


def decide_view(desk: DeskAdmin, request: HttpRequest, conflict: Conflict) -> HttpResponse:
    """Keep the customer, or let the record go."""
    decision: Any = WAYS.get(request.POST.get("way", ""))
    customer = address("customer", conflict.customer_id)
    if decision is None:
        return HttpResponseRedirect(customer)
    try:
        gone.decide(conflict.pk, decision, request.user, request.POST.get("seen", ""))
    except gone.MovedError as error:
        desk.say(request, say(str(error)), messages.WARNING)
        return HttpResponseRedirect(page_of(conflict))
    kept = decision == Decision.KEEP
    told = _("Kept. Nothing changes.") if kept else _("Let go. It is on the timeline.")
    desk.say(request, told)
    return on(conflict.pk)


def decide_link(conflict: Conflict) -> str:
    """The way to the question's page, for a list."""
    words = _("Keep or let go…")
    return format_html('<a class="desk-link" href="{}">{}</a>', page_of(conflict), words)


def page_of(conflict: Conflict) -> str:
    return reverse("admin:customers_conflict_gone", args=[conflict.pk])
