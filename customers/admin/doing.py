"""How the hub is doing, as pictures with their figures beside them."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers import figures
from customers.admin.charts import Column, Row, columns, rows
from customers.admin.words import ago, number
from customers.figures import DAYS, Day, Told
from customers.models import Connection
from customers.models.connection import vendor_choices

SETS = 8  # of vendors, shown; the rest is summed up
STEP, ROW, BARS = 26.0, 26.0, 200.0
WIDTH, HEIGHT = 420.0, 110.0


@dataclass
class Vendors:
    """A set of vendors, and how many customers just these know."""

    names: str
    count: str
    share: str


@dataclass
class Overlap:
    vendors: list[tuple[str, float]]  # name, and where its dots stand
    sets: list[Vendors]
    rows: list[Row]
    width: float
    height: float
    summary: str
    rest: str = ""


@dataclass
class Changes:
    columns: list[Column]
    table: list[tuple[str, str, str, str]]
    width: float
    height: float
    summary: str


def doing(connections: list[tuple[Connection, Any, Any]]) -> dict[str, Any] | None:
    """The second half of the first page; None while nothing was counted."""
    told = figures.told()
    if told is None or not told.customers:
        return {"counted": told is not None}
    total = sum(told.links.values())
    return {
        "counted": True,
        "at": ago(told.at),
        "customers": number(told.customers),
        "links": number(total),
        "shared": _shared(told),
        "connections": [_connection(row, told, total) for row in connections],
        "overlap": overlap(told),
        "changes": changes(told),
    }


def _shared(told: Told) -> str:
    """The share of customers that more than one vendor knows."""
    known = sum(count for _slugs, count in told.together)
    several = sum(count for slugs, count in told.together if len(slugs) > 1)
    return _share(several, known)


def _share(part: int, whole: int) -> str:
    return _("%(n)s%%") % {"n": number(round(100 * part / whole))} if whole else "–"


def _connection(row: tuple[Connection, Any, Any], told: Told, total: int) -> dict[str, Any]:
    """Links and freshness of a connection."""
    connection, state, last = row
    links = told.links.get(connection.pk, 0)
    list_of = reverse("admin:customers_customer_changelist")
    return {
        "connection": connection,
        "vendor": connection.get_vendor_display(),
        "link": f"{list_of}?vendor={connection.vendor}",
        "links": number(links),
        "width": round(100 * links / max(1, total), 1),
        "fresh": ago(last.run.finished_at or last.run.started_at) if last else _("never"),
        "state": state,
    }


def overlap(told: Told) -> Overlap | None:
    """Which sets of vendors know the same customers; None with fewer than two vendors."""
    labels = dict(vendor_choices())
    slugs = sorted({slug for known, _count in told.together for slug in known})
    if len(slugs) < 2:
        return None
    top, rest = told.together[:SETS], told.together[SETS:]
    known = sum(count for _slugs, count in told.together)
    left = sum(count for _slugs, count in rest)
    start = len(slugs) * STEP + 12
    return Overlap(
        vendors=[
            (labels.get(slug, slug), (place + 0.5) * STEP) for place, slug in enumerate(slugs)
        ],
        sets=[
            Vendors(
                " + ".join(labels.get(slug, slug) for slug in found),
                number(count),
                _share(count, known),
            )
            for found, count in top
        ],
        rows=rows(
            [[slug in found for slug in slugs] for found, _count in top],
            [count for _found, count in top],
            step=STEP,
            bar_from=start,
            width=BARS,
            height=ROW,
        ),
        width=start + BARS,
        height=len(top) * ROW,
        summary=_("%(share)s of the customers are known to more than one vendor.")
        % {"share": _shared(told)},
        rest=ngettext(
            "%(n)s customer is known to another set of vendors.",
            "%(n)s customers are known to other sets of vendors.",
            left,
        )
        % {"n": number(left)}
        if left
        else "",
    )


def changes(told: Told) -> Changes:
    """What changed on each of the last days, and by whom."""
    today = timezone.localdate()
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    found = [told.days.get(day.isoformat(), Day()) for day in days]
    total = sum(one.pulled + one.edited + one.pushed for one in found)
    return Changes(
        columns=columns(
            [(one.pulled, one.edited, one.pushed) for one in found],
            [str(day.day) for day in days],
            width=WIDTH,
            height=HEIGHT,
        ),
        table=[
            (_day(day), number(one.pulled), number(one.edited), number(one.pushed))
            for day, one in reversed(list(zip(days, found, strict=True)))
        ],
        width=WIDTH,
        height=HEIGHT,
        summary=ngettext(
            "%(n)s change in the last %(days)s days.",
            "%(n)s changes in the last %(days)s days.",
            total,
        )
        % {"n": number(total), "days": DAYS},
    )


def _day(day: date) -> str:
    return date_format(day, "SHORT_DATE_FORMAT")
