"""The page on which a person has one record deleted at its vendor."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from customers import removing
from customers.admin.base import DeskAdmin
from customers.admin.engine_words import say
from customers.models import Customer, CustomerLink


def remove_page(desk: DeskAdmin, request: HttpRequest, customer: Customer) -> HttpResponse:
    """Asked first, then planned: the link is named in the address and again in the form."""
    links = CustomerLink.objects.filter(customer=customer).select_related("connection", "customer")
    sent: Any = request.POST if request.method == "POST" else request.GET
    link = desk.found(links, sent.get("link", ""))
    if request.method == "POST":
        return _plan(desk, request, link)
    refused = removing.refusal(link)
    return desk.page(
        request,
        "remove.html",
        _("Delete the record at %(connection)s?") % {"connection": link.connection},
        link=link,
        vendor=link.connection.get_vendor_display(),
        refused=say(refused) if refused else "",
    )


def _plan(desk: DeskAdmin, request: HttpRequest, link: CustomerLink) -> HttpResponse:
    try:
        removing.plan(link.pk, request.user)
        desk.say(request, _("Planned. What the vendor says is on the timeline within moments."))
    except removing.RefusedError as error:
        desk.say(request, say(str(error)), messages.ERROR)
    return desk.back(link.customer_id)
