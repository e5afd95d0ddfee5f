"""Search from anywhere: a page that finds, and the part of it that the palette shows.

`/` opens the palette on every page (static/customers/palette.js); without the script the same
address is a page with a form.
"""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from customers.admin.base import DeskAdmin, address
from customers.admin.words import label, shown
from customers.finding import Found, Why, find
from customers.models import Customer
from customers.phones import formatted

PART = "X-Desk-Part"  # sent by the script: `palette` asks for the dialog, `results` for the list


@dataclass
class Line:
    """A customer that was found. `why`: (field, value, whose), where the name does not say."""

    link: str
    title: str
    beside: str
    why: list[tuple[str, str, str]]


def palette_view(desk: DeskAdmin) -> Any:
    """The view of the palette, for who may see customers."""

    @never_cache
    @require_safe
    def view(request: HttpRequest) -> HttpResponse:
        desk.demand(desk.has_view_permission(request))
        query = request.GET.get("q", "")
        found, more = find(query)
        context = {"query": query.strip(), "lines": [line(one) for one in found], "more": more}
        part = request.headers.get(PART, "")
        if part in ("palette", "results"):
            answer: HttpResponse = TemplateResponse(request, f"customers/{part}.html", context)
        else:
            answer = desk.page(request, "find.html", _("Find a customer"), **context)
        patch_vary_headers(answer, [PART])
        return answer

    return view


def line(found: Found) -> Line:
    customer = found.customer
    title = str(customer)
    told = [_told(one) for one in found.why if not _is_title(one, customer)]
    values = {(label(field), value) for field, value, _whose in told}
    beside = [
        value
        for field, value in ((label("email"), customer.email), (label("phone"), _phone(customer)))
        if value and value != title and (field, value) not in values
    ]
    return Line(address("customer", customer.pk), title, " · ".join(beside), told)


def _is_title(why: Why, customer: Customer) -> bool:
    return why.link is None and shown(why.field, why.value) == str(customer)


def _told(why: Why) -> tuple[str, str, str]:
    whose = str(why.link.connection) if why.link else ""
    if why.field == "id":
        return _("Id at the vendor"), str(why.value), whose
    return label(why.field), shown(why.field, why.value), whose


def _phone(customer: Customer) -> str:
    return formatted(customer.phone) if customer.phone else ""
