"""How the hub is doing: customers, links, who is known to whom, changes by day.

Counted by a task when the last count is older than `EVERY`, and kept in one row; the start page
reads the row. A small hub is counted while its page is made, so that its figures are never old.
"""

from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Count, Min, Q
from django.db.models.functions import TruncDate
from django.utils import timezone
from msgspec import Struct, convert, to_builtins
from msgspec import field as default

from customers.models import Connection, Customer, CustomerLink, Event, EventKind, Figures

EVERY = timedelta(minutes=5)
LONGEST = timedelta(minutes=10)  # a count that takes longer has died
DAYS = 14
SMALL = 5_000  # links that are counted at once

BY_PEOPLE = frozenset(
    {
        EventKind.EDITED,
        EventKind.DECIDED,
        EventKind.PINNED,
        EventKind.UNPINNED,
        EventKind.IGNORED,
        EventKind.HEEDED,
        EventKind.MERGED,
        EventKind.UNMERGED,
        EventKind.NOT_SAME,
        EventKind.UNDONE,
    }
)
TAKEN = frozenset({EventKind.CREATED, EventKind.LINKED, EventKind.CHANGED, EventKind.RULED})
TO_VENDORS = frozenset({EventKind.PUSHED, EventKind.REMOVED})


class Day(Struct):
    """What changed on a day: by vendors' records, by people, at vendors by us."""

    pulled: int = 0
    edited: int = 0
    pushed: int = 0


class Told(Struct):
    """The figures. `links`: of each connection. `together`: customers by the set of vendors that
    know them, as `[slugs in order, customers]`, most first. `days`: date to its changes, and
    `first_events`: date to the id of its first event, from where a later count goes on."""

    customers: int = 0
    links: dict[int, int] = default(default_factory=dict)
    together: list[tuple[list[str], int]] = default(default_factory=list)
    days: dict[str, Day] = default(default_factory=dict)
    first_events: dict[str, int] = default(default_factory=dict)
    at: datetime | None = None


def told() -> Told | None:
    """The figures to show; None when a hub too large to be counted meanwhile has none yet."""
    row = Figures.objects.filter(pk=1).first()
    if row is not None and row.at is not None and timezone.now() - row.at < EVERY:
        return _read(row)
    if len(CustomerLink.objects.order_by()[: SMALL + 1].values_list("pk")) <= SMALL:
        return count(None)
    return _read(row) if row is not None and row.at is not None else None


def stale() -> bool:
    """Whether somebody should count now."""
    return not Figures.objects.filter(
        Q(at__gt=timezone.now() - EVERY) | Q(counting_until__gt=timezone.now()), pk=1
    ).exists()


def recount() -> bool:
    """Count and keep the figures, unless somebody did just now or is doing it."""
    now = timezone.now()
    Figures.objects.get_or_create(pk=1)
    free = Q(counting_until__isnull=True) | Q(counting_until__lte=now)
    old = Q(at__isnull=True) | Q(at__lte=now - EVERY)
    if not Figures.objects.filter(free, old, pk=1).update(counting_until=now + LONGEST):
        return False
    row = Figures.objects.get(pk=1)
    found = count(_read(row) if row.at is not None else None)
    values = to_builtins(found, str_keys=True)
    Figures.objects.filter(pk=1).update(values=values, at=found.at, counting_until=None)
    return True


def count(before: Told | None) -> Told:
    """The figures as they are. `before`: an earlier count, whose past days are not counted
    again."""
    with transaction.atomic():
        found = Told(at=timezone.now())
        found.customers = Customer.objects.filter(
            merged_into__isnull=True, erased_at__isnull=True
        ).count()
        links = CustomerLink.objects.filter(connection__in=Connection.present.all()).order_by()
        found.links = dict(links.values_list("connection").annotate(Count("pk")))
        found.together = _together()
        _count_days(found, before)
    return found


def _read(row: Figures) -> Told:
    return convert(row.values, Told, str_keys=True)


def _together() -> list[tuple[list[str], int]]:
    """Customers by the set of vendors that know them: a bit for each vendor."""
    vendors: dict[str, list[int]] = {}
    for pk, slug in Connection.present.order_by("vendor").values_list("pk", "vendor"):
        vendors.setdefault(slug, []).append(pk)
    if not vendors:
        return []
    bits = " + ".join(
        f"{1 << number} * MAX(CASE WHEN connection_id IN ({', '.join(map(str, ids))}) "
        "THEN 1 ELSE 0 END)"
        for number, ids in enumerate(vendors.values())
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT known, COUNT(*) FROM (SELECT {bits} AS known FROM customers_customerlink "  # noqa: S608  numbers of ours alone
            "GROUP BY customer_id) AS customers GROUP BY known ORDER BY COUNT(*) DESC, known"
        )
        rows = cursor.fetchall()
    slugs = list(vendors)
    return [
        ([slug for number, slug in enumerate(slugs) if known >> number & 1], customers)
        for known, customers in rows
        if known  # else only removed connections did
    ]


def _count_days(found: Told, before: Told | None) -> None:
    """The changes of the last days. Past days are taken over; yesterday and today are counted
    anew, from the first event of yesterday on: an event may have been on its way meanwhile."""
    zone = timezone.get_default_timezone()
    today = timezone.localdate(timezone=zone)
    first = today - timedelta(days=DAYS - 1)
    yesterday = (today - timedelta(days=1)).isoformat()
    start = before.first_events.get(yesterday) if before else None
    if before and start:
        found.days = {day: one for day, one in before.days.items() if _kept(day, first, yesterday)}
        found.first_events = {
            day: one for day, one in before.first_events.items() if day in found.days
        }
    rows = Event.objects.order_by()
    if start:
        rows = rows.filter(pk__gte=start)
    for day, kind, number, lowest in (
        rows.annotate(day=TruncDate("at", tzinfo=zone))
        .values_list("day", "kind")
        .annotate(Count("pk"), Min("pk"))
    ):
        if day >= first:
            _add(found, day, kind, number, lowest)


def _kept(day: str, first: date, yesterday: str) -> bool:
    return first.isoformat() <= day < yesterday


def _add(found: Told, day: date, kind: str, number: int, lowest: int) -> None:
    key = day.isoformat()
    one = found.days.setdefault(key, Day())
    if kind in BY_PEOPLE:
        one.edited += number
    elif kind in TO_VENDORS:
        one.pushed += number
    elif kind in TAKEN:
        one.pulled += number
    found.first_events[key] = min(lowest, found.first_events.get(key, lowest))
