"""A run in words: what it did, how fast, why records were set aside, against the run before."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.admin.connection_words import counts
from customers.admin.customer_page import pretty
from customers.admin.engine_words import say
from customers.admin.rule_words import run_counts, run_words
from customers.admin.words import ago, moment, number, span, told
from customers.models import UNFINISHED, Run, RunKind, RunState, SetAside

COLOURS = {
    RunState.RUNNING: "info",
    RunState.PARTIAL: "warning",
    RunState.COMPLETE: "success",
    RunState.HELD: "warning",
    RunState.FAILED: "danger",
}
COUNTED = (
    "seen",
    "created",
    "linked",
    "changed",
    "unchanged",
    "set_aside",
    "quarantined",
    "asked",
    "requests",
)
SHOWN = 50
CAUSES = 20


@dataclass
class RunLine:
    """A run in words."""

    run: Run
    what: str
    state: str
    colour: str
    counts: str
    started: str
    when: str
    took: str
    wrong: str
    live: bool


def run_line(run: Run) -> RunLine:
    return RunLine(
        run=run,
        what=what(run),
        state=str(run.get_state_display()),
        colour=COLOURS[RunState(run.state)],
        counts=did(run),
        started=ago(run.started_at),
        when=moment(run.started_at),
        took=span(run.busy_seconds),
        wrong=say(run.error) if run.error else "",
        live=run.state in UNFINISHED,
    )


def what(run: Run) -> str:
    """A pull by what it asked for, rules and what took them back by name; any other run by
    its kind."""
    if run.kind == RunKind.PULL:
        return str(run.get_mode_display())
    if run.kind == RunKind.RULES:
        return run_words(run)
    if run.undoes is not None and run.undoes.kind == RunKind.RULES:
        return _("Taken back: %(rule)s") % {"rule": run_words(run.undoes)}
    return str(run.get_kind_display())


def title(run: Run) -> str:
    told_of = run.connection or run.get_kind_display()
    return _("Run %(number)s of %(connection)s") % {"number": f"#{run.pk}", "connection": told_of}


def did(run: Run) -> str:
    """What it counted, without what is zero."""
    if run.kind == RunKind.PULL:
        return counts(run)
    if run.kind == RunKind.RULES:
        return run_counts(run)
    found = [
        f"{number(getattr(run, name))} {figure_name(name)}"
        for name in COUNTED
        if getattr(run, name)
    ]
    return ", ".join(found) if found else _("nothing")


def figure_name(name: str) -> str:
    field: Any = Run._meta.get_field(name)
    return str(field.verbose_name)


# Progress


@dataclass
class Progress:
    """How far and how fast. `share`: of the vendor's own count, None where it counts nothing."""

    share: int | None
    words: str
    speed: str


def progress(run: Run) -> Progress:
    total = run.total_last or run.total_first
    share = min(100, round(100 * run.seen / total)) if total else None
    rate = run.seen / run.busy_seconds if run.busy_seconds > 0 else 0.0
    words = _seen(run.seen, total)
    left = (total or 0) - run.seen
    if run.state in UNFINISHED and rate and left > 0:
        words = _("%(words)s, about %(time)s to go") % {"words": words, "time": span(left / rate)}
    speed = (
        _("%(n)s records a second") % {"n": number(round(rate) if rate >= 10 else round(rate, 1))}
        if rate
        else ""
    )
    return Progress(share, words, speed)


def _seen(seen: int, total: int | None) -> str:
    if total:
        return _("%(seen)s of %(total)s records") % {"seen": number(seen), "total": number(total)}
    return ngettext("%(n)s record", "%(n)s records", seen) % {"n": number(seen)}


def silent(run: Run) -> bool:
    """Whether a run says that it runs but has not been heard of for long."""
    heard = run.connection.lease_until if run.connection else None
    return (
        run.state == RunState.RUNNING
        and run.kind in (RunKind.PULL, RunKind.PUSH)
        and (heard is None or heard < timezone.now() - timedelta(minutes=1))
    )


# Against the run before


def before(run: Run) -> Run | None:
    """The last finished run of the same kind that came before."""
    same = Run.objects.filter(
        connection=run.connection_id, kind=run.kind, mode=run.mode, state=RunState.COMPLETE
    )
    return same.filter(pk__lt=run.pk).order_by("-id").first()


def compared(run: Run, earlier: Run | None) -> list[tuple[str, str, str, str]]:
    """(what, this run, the run before, the difference) of every figure."""
    found = []
    for name in COUNTED:
        now, then = getattr(run, name), getattr(earlier, name) if earlier else 0
        found.append(
            (
                figure_name(name).capitalize(),
                number(now),
                number(then) if earlier else "",
                f"{'+' if now > then else ''}{number(now - then)}"
                if earlier and now != then
                else "",
            )
        )
    taken = span(earlier.busy_seconds) if earlier else ""
    return [*found, (_("Time taken"), span(run.busy_seconds), taken, "")]


# What it set aside


@dataclass
class Cause:
    """Why records were set aside: the same reason once."""

    words: str
    count: str
    last: str
    reason: str


def causes(**of: Any) -> list[Cause]:
    """The reasons of records set aside, most first. `of`: a run or a connection."""
    rows = (
        SetAside.objects.filter(**of)
        .order_by()
        .values("reason")
        .annotate(n=Count("pk"), last=Max("last_at"))
        .order_by("-n", "reason")[:CAUSES]
    )
    return [
        Cause(told(say(row["reason"])), number(row["n"]), ago(row["last"]), row["reason"])
        for row in rows
    ]


def aside_line(found: SetAside) -> dict[str, Any]:
    """A record set aside, with its text as this reader may see it."""
    return {
        "pk": found.pk,
        "external_id": found.external_id,
        "reason": told(say(found.reason)),
        "text": pretty(found.text),
    }
