"""Match everything anew: plan what follows from all pairs, then merge and ask, step by step.

One run of the hub at a time. Its row holds the plan and how far it came, so that a run that
was killed goes on where it was; a step that was taken already is not taken twice.
"""

import os
import socket
import time
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from django.db import IntegrityError, transaction
from django.utils import timezone
from msgspec import Struct

from customers import standing
from customers.candidates import profiles_of
from customers.comparing import DOCUMENT
from customers.deciding import meet
from customers.editing import StaleError
from customers.evidence import Evidence, evidences
from customers.families import CannotMergeError
from customers.learning import discreet
from customers.leases import LeaseLostError
from customers.lessons import learnt_from_records
from customers.models import (
    UNFINISHED,
    Customer,
    EventKind,
    MatchSettings,
    Merge,
    Run,
    RunKind,
    RunState,
)
from customers.newcomers import table_of
from customers.repeating import repeated
from customers.surveying import Plan, Step, Survey
from customers.thresholds import current, of_settings
from customers.uniting import merge
from customers.weighing import Weights
from customers.workspace import NewEvent, Workspace, blocks
from customers.writing import Writer

LEASE_SECONDS = 900  # planning a large hub takes minutes


class MatchBusyError(Exception):
    """Another worker is matching everything."""


class Result(Struct):
    """What a run did, or (dry) would do. `customers` and `pairs` were looked at; `left`:
    steps that were not taken, since one of the two changed meanwhile."""

    state: str
    customers: int = 0
    pairs: int = 0
    merged: int = 0
    asked: int = 0
    left: int = 0
    seconds: float = 0.0


Progress = Callable[[str, int, int], object]


def match(
    *,
    dry: bool = False,
    learn: bool = False,
    progress: Progress = lambda what, done, total: None,
    tell: Callable[[str, Step], object] = lambda what, step: None,
    stopping: Callable[[], bool] = lambda: False,
) -> Result:
    """Examine all customers again: merge whom the weights link, ask about whom they leave
    open. With `learn`, the weights are learnt first, from what vendors' records say. With
    `dry` nothing is written. `tell` hears of each step of the plan; `stopping` asks whether to
    leave off. Raises MatchBusyError, LeaseLostError."""
    started = time.perf_counter()
    if dry:
        plan = _planned(_weights(Survey(), learn, dry=True), progress, tell)
        found = Result("complete", plan.customers, plan.pairs, len(plan.merges))
        found.asked = len(plan.questions)
    else:
        found = _Matching(_claim(), progress, stopping).go(learn, tell)
    found.seconds = round(time.perf_counter() - started, 2)
    return found


def due() -> bool:
    """Whether a run was begun, and nobody is at it."""
    run = _unfinished()
    return run is not None and not _held(run)


def under_way() -> bool:
    """Whether a worker is at it."""
    run = _unfinished()
    return run is not None and _held(run)


def _unfinished() -> Run | None:
    runs = Run.objects.filter(kind=RunKind.MATCH, connection=None, state__in=UNFINISHED)
    return runs.first()


# The lease: who is at it, since when


def _token() -> str:
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{time.time():.3f}"


def _held(run: Run) -> bool:
    """Whether the worker that a run's row names is still at it."""
    host, _, rest = run.settings.partition(":")
    pid, _, since = rest.partition(":")
    if not since or time.time() - float(since) > LEASE_SECONDS:
        return False
    return host != socket.gethostname()[:30] or int(pid) == os.getpid() or _alive(int(pid))


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _claim() -> Run:
    run, token = _unfinished(), _token()
    if run is None:
        try:
            with transaction.atomic():
                return Run.objects.create(kind=RunKind.MATCH, connection=None, settings=token)
        except IntegrityError:
            raise MatchBusyError("another worker is matching everything") from None
    mine = Run.objects.filter(pk=run.pk, settings=run.settings, state__in=UNFINISHED)
    if _held(run) or not mine.update(settings=token, state=RunState.RUNNING, error=""):
        raise MatchBusyError("another worker is matching everything")
    return Run.objects.get(pk=run.pk)


class _Matching:
    """One call of `match`, for the run whose row names this worker."""

    def __init__(self, run: Run, progress: Progress, stopping: Callable[[], bool]) -> None:
        self.run, self.progress, self.stopping = run, progress, stopping
        self.since = time.perf_counter()

    def go(self, learn: bool, tell: Callable[[str, Step], object]) -> Result:
        try:
            plan = self._plan(learn, tell)
            self._take(plan)
        except LeaseLostError:
            raise
        except BaseException:
            self._end(RunState.PARTIAL)
            raise
        run = self.run
        return Result(
            str(run.state), plan.customers, plan.pairs, run.linked, run.asked, run.unchanged
        )

    def _plan(self, learn: bool, tell: Callable[[str, Step], object]) -> Plan:
        run = self.run
        if run.place is not None:
            return msgspec.convert(run.place, Plan)
        survey = Survey()
        plan = _planned(_weights(survey, learn, seen=self._stand), self.progress, tell)
        run.place, run.seen = msgspec.to_builtins(plan), plan.customers
        self._save("place", "seen")
        return plan

    def _stand(self, rows: Iterable[tuple[int, tuple[int, ...]]]) -> None:
        """Hubs older than blocks get theirs."""
        with transaction.atomic():
            self._save()
            standing.fill(rows)

    def _take(self, plan: Plan) -> None:
        run, merges = self.run, len(plan.merges)
        total = merges + len(plan.questions)
        for step in plan.merges[run.linked + run.unchanged :]:
            if self.stopping():
                return self._end(RunState.PARTIAL)
            if self._merge(step):
                run.linked += 1
            else:
                run.unchanged += 1
            self._save("linked", "unchanged")
            self.progress("merging", run.linked + run.unchanged, total)
        done = run.linked + run.unchanged + run.asked - merges
        for lot in blocks(plan.questions[max(done, 0) :]):
            if self.stopping():
                return self._end(RunState.PARTIAL)
            self._ask(lot)
            self.progress("asking", run.linked + run.unchanged + run.asked, total)
        run.place = msgspec.to_builtins(msgspec.structs.replace(plan, merges=[], questions=[]))
        run.finished_at = timezone.now()
        self._save("place", "finished_at")
        return self._end(RunState.COMPLETE)

    def _merge(self, step: Step) -> bool:
        """Says whether it was, now or by this run before it was killed."""
        found = profiles_of([step.one, step.other])
        version = Customer.objects.filter(pk=step.other).values_list("version", flat=True).first()
        if len(found) < 2 or version != step.versions[1]:
            mine = Merge.objects.filter(run=self.run, merged=step.other, undone_at=None)
            return mine.exists()
        both = (found[step.one], found[step.other])
        (known,) = meet(both, [(0, 1, step.one)], self.weights)
        if known.vetoes & DOCUMENT:
            return False
        (why,) = evidences(both, [(0, 1)], self.weights)
        try:
            merge(
                step.one,
                [step.other],
                versions={step.other: step.versions[1]},
                reason=why.reason,
                run_id=self.run.pk,
                weight=round(why.weight, 1),
                evidence=table_of(why),
            )
        except (CannotMergeError, StaleError):
            return False
        return True

    @repeated
    def _ask(self, steps: list[Step]) -> None:
        """Ask about a block of pairs, in one transaction with the run's counts."""
        run = self.run
        asked, left = run.asked, run.unchanged
        with transaction.atomic():
            work = Workspace()
            work.load_customers({one for step in steps for one in (step.one, step.other)})
            for step, why in self._reasons(work, steps):
                new = why is not None and work.ask_pair(
                    step.one, step.other, None, why.reason, round(why.weight, 1), table_of(why)
                )
                if new and why is not None:
                    asked += 1
                    told = NewEvent(step.one, EventKind.ASKED.value, None, {}, why.reason)
                    work.events.append(told)
                else:
                    left += 1
            Writer(work, None, run.pk).write()
            self._save(asked=asked, unchanged=left)
        run.asked, run.unchanged = asked, left

    def _reasons(self, work: Workspace, steps: list[Step]) -> list[tuple[Step, Evidence | None]]:
        """Each step with its evidence as it is under lock; None where one does not stand."""
        standing_ = [
            step for step in steps
            if work.may_be_matched(step.one) and work.may_be_matched(step.other)
        ]  # fmt: skip
        table = [work.profile(one) for step in standing_ for one in (step.one, step.other)]
        pairs = [(2 * at, 2 * at + 1) for at in range(len(standing_))]
        why = dict(zip(standing_, evidences(table, pairs, self.weights), strict=True))
        return [(step, why.get(step)) for step in steps]

    @property
    def weights(self) -> Weights:
        if not hasattr(self, "_weights"):
            self._weights = current()
        return self._weights

    def _save(self, *names: str, **values: Any) -> None:
        """Renew the lease, and write columns of the run, if it is still ours."""
        run, token = self.run, _token()
        values |= {name: getattr(run, name) for name in names}
        mine = Run.objects.filter(pk=run.pk, settings=run.settings)
        if not mine.update(settings=token, **values):
            raise LeaseLostError("another worker goes on with matching everything")
        run.settings = token

    def _end(self, state: RunState) -> None:
        run = self.run
        seconds = run.busy_seconds + time.perf_counter() - self.since
        mine = Run.objects.filter(pk=run.pk, settings=run.settings)
        mine.update(state=state, busy_seconds=seconds, settings="")
        run.state = state


def _weights(
    survey: Survey, learn: bool, *, dry: bool = False, seen: Any = lambda rows: None
) -> tuple[Survey, Weights]:
    """A survey with every customer in it, and the weights to compare them by."""
    survey.load(seen)
    if learn:
        found = discreet(learnt_from_records())
        settings = MatchSettings.objects.filter(pk=1).first() or MatchSettings(pk=1)
        settings.learnt, settings.learnt_at = msgspec.to_builtins(found), timezone.now()
        if not dry:
            settings.save()
        return survey, of_settings(settings)
    return survey, current()


def _planned(
    loaded: tuple[Survey, Weights], progress: Progress, tell: Callable[[str, Step], object]
) -> Plan:
    survey, weights = loaded
    progress("comparing", 0, len(survey.ids))
    plan = survey.plan(weights)
    progress("comparing", len(survey.ids), len(survey.ids))
    for step in plan.merges:
        tell("merge", step)
    for step in plan.questions:
        tell("ask", step)
    return plan
