"""What waits at a connection, how fresh it is, and what went wrong there, each cause once."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Count, Max, Min
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connectors.registry import vendors
from customers.admin.engine_words import say
from customers.admin.run_words import causes
from customers.admin.words import ago, ahead, number, span, told
from customers.models import (
    OPEN,
    Connection,
    CustomerLink,
    LinkState,
    Run,
    Write,
    WriteState,
)

MOST = 1000  # counted no further
GROUPS = 10


@dataclass
class Trouble:
    """A cause, how often and since when it was met, and the button that mends it: its address's
    name, its words, and what it sends."""

    words: str
    count: str = ""
    last: str = ""
    button: str = ""
    button_words: str = ""
    key: str = ""
    value: str = ""
    link: int | None = None


def facts(connection: Connection, last: Run | None) -> list[tuple[str, str]]:
    """(what, in words) about a connection's freshness, backlog, schedule and allowance."""
    if connection.removed_at is not None:
        archived = CustomerLink.objects.filter(connection=connection, state=LinkState.ARCHIVED)
        return [(_("Archived records"), _bounded(archived))]
    waiting = Write.objects.filter(connection=connection, state__in=OPEN)
    reread = CustomerLink.objects.filter(connection=connection, reread_at__isnull=False)
    oldest = waiting.order_by().aggregate(Min("planned_at"))["planned_at__min"]
    found = [
        (_("Changes known up to"), ago(connection.cursor) if connection.cursor else ""),
        (_("Last complete scan"), ago(connection.scanned_at)),
        (_("Next pull"), ahead(connection.due_at) if connection.enabled else _("paused")),
        (_("Pulled"), _every(connection.pull_minutes)),
        (_("Writes that wait"), _bounded(waiting)),
        (_("The oldest waits since"), ago(oldest) if oldest else ""),
        (_("Records to be read again"), _bounded(reread)),
        (_("Records set aside"), _bounded(connection.set_aside.all())),
        (_("Requests"), _requests(connection, last)),
        (_("Quota left"), _quota(connection)),
    ]
    return [(name, words) for name, words in found if words]


def _bounded(rows: Any) -> str:
    found = len(rows.order_by().values_list("pk")[: MOST + 1])
    return number(found) if found <= MOST else f"{number(MOST)}+"


def _every(minutes: int) -> str:
    return ngettext("every minute", "every %(n)s minutes", minutes) % {"n": number(minutes)}


def _requests(connection: Connection, last: Run | None) -> str:
    """What the vendor allows, and what the last run took of it."""
    connector = vendors().get(connection.vendor)
    usual = connector.requests_per_minute if connector else None
    allowed = connection.requests_per_minute or usual
    words = []
    if allowed:
        words.append(_("%(n)s a minute at most") % {"n": number(allowed)})
    if last is not None and last.busy_seconds >= 1:
        rate = 60 * last.requests / max(last.busy_seconds, 60)
        words.append(_("the last run: %(n)s a minute") % {"n": number(round(rate))})
    return ", ".join(words)


def _quota(connection: Connection) -> str:
    """What the vendor's own headers last said is left, `""` where it never did."""
    found = connection.quota
    if not found:
        return ""
    seen, until = (datetime.fromtimestamp(found[name], UTC) for name in ("seen", "until"))
    left = _("%(n)s of %(all)s requests") if found["limit"] else _("%(n)s requests")
    words = left % {"n": number(found["left"]), "all": number(found["limit"] or 0)}
    if until > timezone.now():
        whole = _("%(left)s, whole again in %(time)s")
        return whole % {"left": words, "time": span((until - timezone.now()).total_seconds())}
    return _("%(left)s when last asked, %(when)s; whole again since") % {
        "left": words,
        "when": ago(seen),
    }


def troubles(connection: Connection) -> list[Trouble]:
    """What went wrong, the same cause once, with the button that mends it."""
    found = []
    if connection.health_note:
        found.append(_mend(say(connection.health_note)))
    if connection.write_note:
        found.append(_mend(say(connection.write_note)))
    for cause in causes(connection=connection):
        again = ("retry", _("Retry these"), "reason", cause.reason)
        found.append(Trouble(cause.words, cause.count, cause.last, *again))
    return found + _refused(connection)


def _mend(words: str) -> Trouble:
    return Trouble(words, button="check", button_words=_("Check"))


def _refused(connection: Connection) -> list[Trouble]:
    """Writes that the vendor refused, by its words, with a customer of each."""
    rows = (
        Write.objects.filter(connection=connection, state=WriteState.REFUSED)
        .order_by()
        .values("message")
        .annotate(n=Count("pk"), last=Max("planned_at"), one=Max("customer"))
        .order_by("-n", "message")[:GROUPS]
    )
    refused = _("Refused by the vendor: %(words)s")
    return [
        Trouble(
            refused % {"words": told(row["message"]) or _("no reason given")},
            number(row["n"]),
            ago(row["last"]),
            link=row["one"],
        )
        for row in rows
    ]
