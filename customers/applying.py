"""Applies a change of rules to the customers that it concerns, block by block, in a run of
its own: a rule that was added, a connection that is trusted otherwise, a rule taken back.

The run's row says what is to be done and how far it has come. It is locked for each block, so
a doubled task does nothing twice and a kill loses at most the block that was under way.
"""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import msgspec
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from msgspec import Struct

from customers.choosing import claims, rechoose
from customers.golden import Golden, stamp
from customers.merging import BY_RULE, BY_TRUST, Pair, merge
from customers.models import (
    Conflict,
    ConflictKind,
    CustomerLink,
    Decision,
    EventKind,
    Run,
    RunKind,
    RunState,
)
from customers.repeating import repeated
from customers.settling import close_by_rule, look_again, pair_of, settle, sides_of
from customers.survivorship import choose
from customers.values import Value
from customers.workspace import BLOCK, LinkWork, NewEvent, RuleWork, Workspace
from customers.writing import Writer

IDLE = timedelta(seconds=60)
APPLYING = "rules are being applied; one change is applied at a time"


class BusyError(Exception):
    """Rules are being applied already; one change of rules is applied at a time."""


class Job(Struct, kw_only=True):
    """What a run of the rules does. `what`: `rule` (a rule was added) or `trust` (the
    connection is trusted otherwise). `words` names it. `decided`: questions that it decided.
    `after`: the last customer that was looked at; `at`: when a block was last done."""

    what: str
    connection: int
    fields: list[str]
    words: str
    rule: int | None = None
    decided: int = 0
    after: int = 0
    at: str = ""


class Change(Struct, frozen=True):
    """What a change of rules does to one field of one customer."""

    customer_id: int
    field: str
    before: Value
    after: Value


def begin(job: Job, user: Any) -> Run:
    """A run that does the job. Raises BusyError while another one is under way."""
    job.at = timezone.now().isoformat()
    try:
        with transaction.atomic():
            return Run.objects.create(
                kind=RunKind.RULES,
                by=user,
                place=msgspec.to_builtins(job),
                total_first=concerned(job).values("customer_id").distinct().count(),
                released_at=timezone.now(),
            )
    except IntegrityError:
        raise BusyError(APPLYING) from None


def job_of(run: Run) -> Job:
    return msgspec.convert(run.place, Job)


def due() -> list[int]:
    """Runs of the rules that nobody is doing."""
    found = Run.objects.filter(kind=RunKind.RULES, state=RunState.RUNNING)
    quiet = (timezone.now() - IDLE).isoformat()
    return [run.pk for run in found if job_of(run).at < quiet]


def apply(run_id: int, stopping: Callable[[], bool] = lambda: False) -> str:
    """Do the run's job, or go on with it; gives the run's state."""
    while not stopping() and apply_block(run_id):
        pass
    return Run.objects.values_list("state", flat=True).get(pk=run_id)


@repeated
def apply_block(run_id: int) -> bool:
    """Do the next block of a run in one transaction; says whether more may follow."""
    started = time.monotonic()
    with transaction.atomic():
        run = Run.objects.select_for_update().get(pk=run_id, kind=RunKind.RULES)
        if run.state != RunState.RUNNING:
            return False
        job = job_of(run)
        ids = next_ids(job)
        if ids:
            _do(run, job, ids)
        else:
            run.state, run.finished_at = RunState.COMPLETE, timezone.now()
        run.busy_seconds += time.monotonic() - started
        run.place = msgspec.to_builtins(job)
        run.save(update_fields=_SAVED)
    return bool(ids)


_SAVED = ["state", "finished_at", "place", "seen", "changed", "unchanged", "busy_seconds"]


def _do(run: Run, job: Job, ids: list[int]) -> None:
    work = Workspace()
    work.load_customers(ids)
    changed = changed_by(look_at(work, job, run.pk))
    job.decided += len(work.decided)
    Writer(work, None, run.pk).write()
    run.seen += len(ids)
    run.changed += changed
    run.unchanged += len(ids) - changed
    job.after, job.at = ids[-1], timezone.now().isoformat()


# Whom it concerns


def concerned(job: Job) -> "QuerySet[CustomerLink]":
    """Links of the connection whose customers another vendor knows too, or of whom the field
    is asked about: nobody else's value can change."""
    links = CustomerLink.objects.filter(connection_id=job.connection)
    same = CustomerLink.objects.filter(customer_id=OuterRef("customer_id"))
    asked = Conflict.objects.filter(
        customer_id=OuterRef("customer_id"), kind=ConflictKind.FIELD, closed_at__isnull=True
    )
    return links.filter(Exists(same.exclude(pk=OuterRef("pk"))) | Exists(asked))


def next_ids(job: Job) -> list[int]:
    rows = concerned(job).filter(customer_id__gt=job.after).order_by("customer_id")
    return list(rows.values_list("customer_id", flat=True).distinct()[:BLOCK])


# What it does


def changed_by(changes: list[Change]) -> int:
    """How many customers have another value by these changes."""
    return len({one.customer_id for one in changes if one.before != one.after})


def look_at(work: Workspace, job: Job, run_id: int | None) -> list[Change]:
    """Change in memory what the job changes of the customers loaded, and say what."""
    return [
        change
        for golden in work.customers.values()
        for name in job.fields
        for change in _look_at(work, golden, name, job, run_id)
    ]


def _look_at(
    work: Workspace, golden: Golden, name: str, job: Job, run_id: int | None
) -> Iterator[Change]:
    rule = work.rules().get(name)
    if job.what == "rule":
        if rule is None or rule.connection_id != job.connection:
            return  # switched off, or replaced, since the run began
        yield from _questions(work, golden, rule, run_id)
    before, winner = golden.value(name), choose(name, claims(work, golden, name))
    by_rule = rule is not None and winner is not None and winner.chosen
    if rechoose(work, golden, name, BY_RULE if by_rule else BY_TRUST, run_id):
        after = golden.value(name)
        words = rule.words if rule is not None and by_rule else job.words
        link_id = winner.link if winner else None
        changes = {name: [before, after]}
        work.events.append(NewEvent(golden.id, EventKind.RULED.value, link_id, changes, words))
        yield Change(golden.id, name, before, after)


def _questions(
    work: Workspace, golden: Golden, rule: RuleWork, run_id: int | None
) -> Iterator[Change]:
    """The open questions on the rule's field, which a person need not decide any more: those
    of its own vendor first, since its value is then the one that holds."""
    links = work.links_of[golden.id]
    for link in sorted(links, key=lambda one: one.connection_id != rule.connection_id):
        pair = pair_of(link, rule.field)
        if (link.id, rule.field) not in work.open_fields or pair is None:
            continue
        before = golden.value(rule.field)
        outcome = merge(sides_of(work, golden, link, rule.field, pair))
        if outcome.step == "take" and outcome.by_rule:
            _take(work, golden, link, rule, run_id)
            changes = {rule.field: [before, golden.value(rule.field)]}
            event = NewEvent(golden.id, EventKind.DECIDED.value, link.id, changes, rule.words)
            work.events.append(event)
        elif outcome.step == "apart":
            look_again(work, golden, link, rule.field)
        else:
            continue
        yield Change(golden.id, rule.field, before, golden.value(rule.field))


def _take(
    work: Workspace, golden: Golden, link: LinkWork, rule: RuleWork, run_id: int | None
) -> None:
    name = rule.field
    close_by_rule(work, link, name, Decision.VENDOR.value, rule)
    if golden.by_person(name):
        golden.keep(name)
    value = link.stated[name]
    golden.set(name, value, ["link", link.id, run_id, stamp(timezone.now())])
    settle(link, name, Pair(value, value))
    for other in work.links_of[golden.id]:
        if other.id != link.id:
            look_again(work, golden, other, name)
