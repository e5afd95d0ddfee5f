"""Merging customers on the desk: side by side, a choice a field, the effect before."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.admin.badges import badges
from customers.admin.base import DeskAdmin
from customers.admin.engine_words import say
from customers.admin.words import FIELD_LABELS, label, moment, shown
from customers.editing import StaleError
from customers.families import CannotMergeError
from customers.models import Connection, Customer, CustomerLink
from customers.planning import Telling
from customers.uniting import Effect, merge
from customers.values import EMPTY, Value
from customers.workspace import LinkWork


def merge_address(ids: Iterable[int]) -> str:
    """The address of the page on which these customers are merged."""
    wanted = ",".join(str(one) for one in ids)
    return reverse("admin:customers_customer_merge") + f"?ids={wanted}"


def merge_page(desk: DeskAdmin, request: HttpRequest) -> HttpResponse:
    """Shows what would happen; with the button `merge` does it, unless somebody saved one of
    the customers meanwhile."""
    sent = request.POST if request.method == "POST" else request.GET
    ids = _ids(sent.get("ids", ""))
    survivor = _number(sent.get("survivor", "")) or _most_linked(ids)
    others = [one for one in ids if one != survivor]
    choices = _choices(request.POST, ids)
    try:
        if "merge" in request.POST:
            return _merge(desk, request, survivor, others, choices)
        effect = merge(survivor, others, choices=choices, dry=True)
    except StaleError:
        stale = _("Somebody saved one of these customers meanwhile. Look once more.")
        desk.say(request, stale, messages.WARNING)
        effect = merge(survivor, others, choices=choices, dry=True)
    except CannotMergeError as error:
        desk.say(request, say(str(error)), messages.ERROR)
        return HttpResponseRedirect(reverse("admin:customers_customer_changelist"))
    return desk.page(request, "merge.html", _("Merge customers"), **merge_context(effect, ids))


def _merge(
    desk: DeskAdmin,
    request: HttpRequest,
    survivor: int,
    others: list[int],
    choices: Mapping[str, int],
) -> HttpResponse:
    merge(survivor, others, request.user.pk, choices=choices, versions=versions(request.POST))
    desk.say(request, _("Merged. If it was a mistake, it can be undone on this page."))
    return desk.back(survivor)


def versions(sent: Mapping[str, str]) -> dict[int, int]:
    """The versions that the page was made of."""
    return {
        int(name.removeprefix("version_")): _number(value)
        for name, value in sent.items()
        if name.startswith("version_") and name.removeprefix("version_").isdecimal()
    }


def _ids(text: str) -> list[int]:
    return list(dict.fromkeys(one for one in map(_number, text.split(",")) if one))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _most_linked(ids: list[int]) -> int:
    """Who is proposed to stay: the one with the most links, else the oldest."""
    counts = dict.fromkeys(ids, 0)
    for one in CustomerLink.objects.filter(customer__in=ids).values_list("customer", flat=True):
        counts[one] += 1
    return min(ids, key=lambda one: (-counts[one], one), default=0)


def _choices(sent: Mapping[str, str], ids: list[int]) -> dict[str, int]:
    found = {name: _number(sent.get(f"choice_{name}", "")) for name in FIELD_LABELS}
    return {name: one for name, one in found.items() if one in ids}


# What is shown


def merge_context(effect: Effect, ids: list[int]) -> dict[str, Any]:
    customers = Customer.objects.prefetch_related("links__connection").in_bulk(ids)
    columns = [
        {
            "customer": customers[one],
            "badges": badges(customers[one].links.all()),
            "added": moment(customers[one].created_at),
            "stays": one == effect.survivor,
            "version": effect.versions[one],
        }
        for one in ids
    ]
    return {
        "columns": columns,
        "ids": ",".join(map(str, ids)),
        "rows": [_row(effect, ids, name) for name in FIELD_LABELS if name in effect.proposals],
        **effect_context(effect),
    }


def _row(effect: Effect, ids: list[int], name: str) -> dict[str, Any]:
    proposal = effect.proposals[name]
    cells = [
        {
            "id": one,
            "text": shown(name, effect.values[one].get(name, EMPTY)),
            "chosen": effect.chosen.get(name) == one,
            "proposed": proposal.customer == one,
        }
        for one in ids
    ]
    return {"name": name, "label": label(name), "cells": cells, "reason": say(proposal.reason)}


def effect_context(effect: Effect) -> dict[str, Any]:
    """The effect in the reader's words."""
    names = connection_names()
    return {
        "changes": change_rows(effect.changes),
        "moved": link_words(effect.links, names),
        "told": told_rows(effect.tellings, names),
        "double": [names.get(one, "") for one in effect.double],
        "vetoes": [say(one) for one in effect.vetoes],
        "known_apart": effect.known_apart,
        "answered": ngettext(
            "%(n)d open question is answered by it.",
            "%(n)d open questions are answered by it.",
            effect.questions,
        )
        % {"n": effect.questions}
        if effect.questions
        else "",
    }


def connection_names() -> dict[int, str]:
    return dict(Connection.objects.values_list("pk", "name"))


def link_words(links: Iterable[LinkWork], names: Mapping[int, str]) -> list[str]:
    return [f"{names.get(link.connection_id, '')} · {link.external_id}" for link in links]


def change_rows(changes: Mapping[str, list[Value]]) -> list[tuple[str, str, str]]:
    """Field, before, after."""
    return [
        (label(name), shown(name, changes[name][0]), shown(name, changes[name][1]))
        for name in FIELD_LABELS
        if name in changes
    ]


def told_rows(tellings: Iterable[Telling], names: Mapping[int, str]) -> list[dict[str, Any]]:
    """What each vendor would be told: where, and field by field."""
    return [
        {
            "where": f"{names.get(one.link.connection_id, '')} · {one.link.external_id}",
            "changes": change_rows(one.fields),
        }
        for one in tellings
    ]
