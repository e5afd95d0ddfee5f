"""The first page: what needs a person now, then how the hub is doing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.admin import reviewing
from customers.admin.connections import overview
from customers.admin.doing import doing
from customers.admin.erasures import BY_HAND, by_hand
from customers.admin.words import ago, number
from customers.models import (
    Conflict,
    ConflictKind,
    Health,
    Run,
    RunState,
    SetAside,
    Write,
    WriteState,
)

MOST = 1000  # counted no further
SHOWN = 5
BROKEN = (Health.STOPPED, Health.OTHER_SHOP)
AGES = (timedelta(days=1), timedelta(days=7))


@dataclass
class Waiting:
    """Something that waits for a person. `oldest`: since when the first does; `ages`: how many
    wait for less than a day, less than a week, longer."""

    words: str
    count: str
    link: str
    oldest: str = ""
    ages: tuple[str, ...] = ()


def home(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The first page's context, each part only for those who may see it."""
    may = request.user.has_perm
    rows = overview() if may("customers.view_connection") else []
    broken = [row for row in rows if row[0].health in BROKEN or row[0].write_note]
    waiting = [
        *(_questions() if may("customers.view_conflict") else []),
        *(_held() if may("customers.view_run") else []),
        *(_set_aside() if may("customers.view_setaside") else []),
        *(_erasures() if may("customers.view_erasure") else []),
    ]
    writes = _writes() if may("customers.view_write") else None
    return context | {
        "waiting": waiting,
        "review": reviewing.way_in(request.user),
        "writes": writes,
        "broken": broken,
        "quiet": not (waiting or writes or broken),
        "rows": rows,
        "doing": doing(rows) if may("customers.view_customer") else None,
        "may_connections": may("customers.view_connection"),
        "may_change": may("customers.change_connection"),
        "may_add": may("customers.add_connection"),
        "may_customers": may("customers.view_customer"),
    }


def counted(moments: QuerySet[Any, datetime]) -> tuple[list[datetime], str]:
    """The oldest moments, up to a bound, and how many there are in words."""
    found = list(moments[: MOST + 1])
    return found[:MOST], number(len(found)) if len(found) <= MOST else f"{number(MOST)}+"


def _questions() -> list[Waiting]:
    """The open questions of each kind, by their age."""
    where = reverse("admin:customers_conflict_changelist")
    found = []
    for kind in ConflictKind:
        rows = Conflict.objects.filter(closed_at__isnull=True, kind=kind).order_by("opened_at")
        opened, count = counted(rows.values_list("opened_at", flat=True))
        if opened:
            link = f"{where}?kind__exact={kind.value}"
            words = str(QUESTIONS[kind])
            found.append(Waiting(words, count, link, ago(opened[0]), _ages(opened)))
    return found


QUESTIONS: dict[ConflictKind, Any] = {
    ConflictKind.FIELD: gettext_lazy("Two values: which one?"),
    ConflictKind.DUPLICATE: gettext_lazy("Two customers: the same person?"),
    ConflictKind.DELETED: gettext_lazy("Gone at a vendor: what now?"),
}


def _ages(opened: list[datetime]) -> tuple[str, ...]:
    now = timezone.now()
    young = sum(now - one < AGES[0] for one in opened)
    middle = sum(AGES[0] <= now - one < AGES[1] for one in opened)
    return number(young), number(middle), number(len(opened) - young - middle)


def _held() -> list[Waiting]:
    rows = Run.objects.filter(state=RunState.HELD).order_by("started_at")
    started, count = counted(rows.values_list("started_at", flat=True))
    link = reverse("admin:customers_run_changelist") + "?state__exact=held"
    if not started:
        return []
    return [Waiting(_("Runs held: look before they go on"), count, link, ago(started[0]))]


def _set_aside() -> list[Waiting]:
    moments, count = counted(SetAside.objects.order_by().values_list("first_at", flat=True))
    link = reverse("admin:customers_setaside_changelist")
    words = _("Records set aside: they could not be read")
    return [Waiting(words, count, link, ago(min(moments)))] if moments else []


def _erasures() -> list[Waiting]:
    """People to be forgotten, of whom a vendor still has to be told by hand."""
    rows = by_hand().order_by("opened_at")
    opened, count = counted(rows.values_list("opened_at", flat=True))
    link = reverse("admin:customers_erasure_changelist") + f"?state={BY_HAND}"
    words = _("Erasures: something is to be done by hand at a vendor")
    return [Waiting(words, count, link, ago(opened[0]))] if opened else []


def _writes() -> dict[str, Any] | None:
    """What was sent to a vendor and refused, or never answered: the oldest, and how many."""
    asking = Write.objects.filter(state__in=[WriteState.REFUSED, WriteState.UNKNOWN])
    rows = asking.order_by("state", "planned_at")
    _moments, count = counted(rows.values_list("planned_at", flat=True))
    first = list(rows.select_related("customer", "connection").defer("body", "before")[:SHOWN])
    return {"count": count, "first": [_write(one) for one in first]} if first else None


def _write(found: Write) -> dict[str, Any]:
    return {
        "customer": found.customer,
        "where": found.connection,
        "what": found.get_kind_display(),
        "state": found.get_state_display(),
        "refused": found.state == WriteState.REFUSED,
        "words": found.message,
        "when": ago(found.planned_at),
    }


admin.site.index_title = gettext_lazy("Start")
admin.site.index_template = "customers/home.html"
