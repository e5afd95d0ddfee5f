"""Giving a merged customer back on the desk, and what a customer's page says of its merges."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from customers import knowing_apart
from customers.admin.base import DeskAdmin
from customers.admin.customer_timeline import person
from customers.admin.engine_words import say
from customers.admin.merge_page import (
    change_rows,
    connection_names,
    link_words,
    told_rows,
    versions,
)
from customers.admin.words import FIELD_LABELS, ago, label, moment, shown
from customers.editing import StaleError
from customers.families import CannotMergeError
from customers.models import Customer, Merge
from customers.unmerging import Parting, unmerge
from customers.values import EMPTY


def unmerge_page(desk: DeskAdmin, request: HttpRequest, customer: Customer) -> HttpResponse:
    """What each of the two would get; the button does it."""
    try:
        if request.method == "POST":
            unmerge(customer.pk, request.user.pk, versions=versions(request.POST))
            desk.say(request, _("%(name)s was given back.") % {"name": customer})
            return desk.back(customer.pk)
        parting = unmerge(customer.pk, dry=True)
    except StaleError:
        stale = _("Somebody saved one of these customers meanwhile. Look once more.")
        desk.say(request, stale, messages.WARNING)
        parting = unmerge(customer.pk, dry=True)
    except CannotMergeError as error:
        desk.say(request, say(str(error)), messages.ERROR)
        return desk.back(customer.pk)
    return desk.page(
        request,
        "unmerge.html",
        _("Unmerge %(name)s") % {"name": customer},
        **_context(parting, customer),
    )


def _context(parting: Parting, customer: Customer) -> dict[str, Any]:
    names = connection_names()
    survivor = Customer.objects.get(pk=parting.survivor)
    sides = [
        {
            "customer": one,
            "version": parting.versions[one.pk],
            "links": link_words(links, names),
            "changes": change_rows(changes),
        }
        for one, links, changes in (
            (survivor, parting.staying, parting.changes),
            (customer, parting.links, parting.given),
        )
    ]
    rows = [
        (label(name), *(shown(name, parting.values[one.pk].get(name, EMPTY)) for one in
                        (survivor, customer)))
        for name in FIELD_LABELS
        if any(name in values for values in parting.values.values())
    ]  # fmt: skip
    return {
        "customer": customer,
        "survivor": survivor,
        "sides": sides,
        "rows": rows,
        "told": told_rows(parting.tellings, names),
    }


def merges_context(customer: Customer) -> dict[str, Any]:
    """What a customer's page says of its merges, and of whom it is known not to be."""
    merges = Merge.objects.filter(survivor=customer, undone_at__isnull=True)
    return {
        "merges": [
            {
                "customer": one.merged,
                "when": ago(one.at),
                "moment": moment(one.at),
                "who": person(one.user),
                "reason": say(one.reason),
            }
            for one in merges.select_related("merged", "user")
        ],
        "not_same": [
            {"customer": other, "when": ago(row.at), "reason": say(row.reason)}
            for row, other in knowing_apart.others_of(customer.pk)
        ],
    }
