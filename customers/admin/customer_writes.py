"""What is done at vendors from a customer's page, or for many at once: push now, add to a
vendor."""

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connectors.base import Connector
from connectors.errors import ConfigurationError
from connectors.registry import vendors
from customers import adding, intervening
from customers.adding import Prospect
from customers.admin.base import DeskAdmin
from customers.admin.engine_words import say
from customers.admin.words import FIELD_LABELS, PART_LABELS, number
from customers.connecting import connect
from customers.models import Connection, Customer
from customers.secrets import UnreadableSecretsError

MOST = 500


def push_view(screen: DeskAdmin, request: HttpRequest, object_id: int) -> HttpResponse:
    """Send what is planned for a customer, without waiting for its turn."""
    found = intervening.hurry(object_id)
    told = ngettext(
        "Asked. %(n)s write is sent within moments.",
        "Asked. %(n)s writes are sent within moments.",
        found,
    )
    nothing = _("Nothing is waiting to be sent for this customer.")
    screen.say(request, told % {"n": number(found)} if found else nothing)
    return screen.back(object_id)


# Added to a vendor


@dataclass
class ProspectRow:
    """A customer that may be added, and what stands in the way."""

    customer: Customer
    able: bool
    words: str


def add_to_action(
    screen: DeskAdmin, request: HttpRequest, rows: "QuerySet[Customer]"
) -> HttpResponse:
    """From the list: first the vendor is chosen, and what is lacking named."""
    ids = ",".join(str(one) for one in rows.values_list("pk", flat=True)[:MOST])
    return HttpResponseRedirect(f"{reverse('admin:customers_customer_add_to')}?ids={ids}")


def add_to_view(screen: DeskAdmin, request: HttpRequest) -> HttpResponse:
    screen.demand(screen.has_change_permission(request))
    ids = _ids(request.GET.get("ids", ""))
    choices = [one for one in Connection.present.filter(writes=True, enabled=True) if _takes(one)]
    chosen = next((one for one in choices if str(one.pk) == request.GET.get("connection")), None)
    if chosen is None:
        return _page(screen, request, ids, choices, None, [])
    try:
        connector = connect(chosen)
    except (ConfigurationError, UnreadableSecretsError) as error:
        screen.say(request, say(str(error)), messages.ERROR)
        return _page(screen, request, ids, choices, None, [])
    try:
        return _chosen(screen, request, ids, choices, chosen, connector)
    finally:
        connector.http.close()


def _chosen(
    screen: DeskAdmin,
    request: HttpRequest,
    ids: list[int],
    choices: list[Connection],
    chosen: Connection,
    connector: Connector,
) -> HttpResponse:
    if request.method == "POST":
        added = adding.add(ids, chosen, connector, request.user.pk or 0)
        told = ngettext(
            "%(n)s customer is being added to %(where)s.",
            "%(n)s customers are being added to %(where)s.",
            added,
        )
        screen.say(request, told % {"n": number(added), "where": chosen})
        if len(ids) == 1:
            return screen.back(ids[0])
        return HttpResponseRedirect(reverse("admin:customers_write_changelist"))
    rows = [_row(one) for one in adding.look(ids, chosen, connector)]
    return _page(screen, request, ids, choices, chosen, rows)


def _page(
    screen: DeskAdmin,
    request: HttpRequest,
    ids: list[int],
    choices: list[Connection],
    chosen: Connection | None,
    rows: list[ProspectRow],
) -> HttpResponse:
    title = _("Add to %(where)s") % {"where": chosen} if chosen else _("Add to a vendor")
    return screen.page(
        request,
        "add_to.html",
        title,
        ids=",".join(map(str, ids)),
        count=len(ids),
        choices=choices,
        chosen=chosen,
        rows=rows,
        able=sum(one.able for one in rows),
    )


def _row(one: Prospect) -> ProspectRow:
    lacks = ", ".join(
        str(FIELD_LABELS.get(name) or PART_LABELS.get(name, name)) for name in one.lacks
    )
    words = {
        "": _("can be added"),
        "known": _("is known there already"),
        "waiting": _("is being added already"),
        "anonymized": _("was anonymised there: not added again"),
        "gone": _("was merged or erased here"),
        "lacking": _("lacks what the vendor requires: %(fields)s") % {"fields": lacks},
    }
    return ProspectRow(one.customer, one.able, words[one.obstacle])


def _takes(connection: Connection) -> bool:
    known = connection.vendor in vendors()
    return known and connection.connector_class.is_on("create", connection.options)


def _ids(text: str) -> list[int]:
    found = [int(one) for one in text.split(",") if one.isdecimal() and len(one) < 19]
    return list(dict.fromkeys(found))[:MOST]
