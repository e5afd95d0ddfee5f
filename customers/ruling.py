"""Rules for fields: added, foreseen, switched off, taken back. `applying` does what they say
to the customers that there are already."""

from collections.abc import Iterator
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from msgspec import Struct, field

from customers import undoing
from customers.applying import (
    APPLYING,
    BusyError,
    Change,
    Job,
    begin,
    changed_by,
    look_at,
    next_ids,
)
from customers.models import (
    UNFINISHED,
    Conflict,
    ConflictKind,
    Connection,
    Customer,
    CustomerLink,
    Decision,
    FieldRule,
    LinkState,
    Run,
    RunKind,
)
from customers.workspace import RuleWork, Workspace

FIELDS = (
    "kind name company_name state_registration email phone document birth_date gender address "
    "notes accepts_marketing accepts_whatsapp"
).split()
MOST = 5000
SAMPLE = 10


class Preview(Struct):
    """What a change of rules would do. `looked`: customers looked at, all that it concerns
    where `complete`. `changed`: those whose value would change; `decided`: questions that it
    would decide; `sample`: some of the changes, with the customers' names."""

    looked: int = 0
    changed: int = 0
    decided: int = 0
    complete: bool = True
    sample: list[tuple[str, Change]] = field(default_factory=list)


class Foresight(Struct):
    """What a rule would have decided of the field's past questions: as people did, or
    otherwise (`otherwise`: those questions, newest first)."""

    alike: int = 0
    otherwise: list[Conflict] = field(default_factory=list)


# Changing the rules


def add_rule(
    name: str, connection_id: int, user: Any, note: str = "", born_of: int | None = None
) -> tuple[FieldRule, Run]:
    """Give a field to a connection, in place of the rule that the field may have had; the run
    applies it. Raises BusyError."""
    connection = Connection.objects.get(pk=connection_id)
    try:
        return _add_rule(name, connection, user, note, born_of)
    except IntegrityError:
        raise BusyError("somebody gave the field a rule at the same moment") from None


def _add_rule(
    name: str, connection: Connection, user: Any, note: str, born_of: int | None
) -> tuple[FieldRule, Run]:
    with transaction.atomic():
        for had in FieldRule.objects.select_for_update().filter(field=name, enabled=True):
            _end(had, user)
        rule = FieldRule.objects.create(
            field=name,
            connection=connection,
            note=note,
            born_of_id=born_of,
            created_by=user,
        )
        run = begin(_job(name, connection, rule.pk), user)
    return rule, run


def switch_off(rule_id: int, user: Any) -> None:
    """End a rule. What it has decided stays."""
    with transaction.atomic():
        _end(FieldRule.objects.select_for_update().get(pk=rule_id), user)


def undo(rule_id: int, user: Any) -> Run:
    """End a rule and undo the run that applied it; the run that is given does so (see
    `undoing`). Raises undoing.RefusedError."""
    with transaction.atomic():
        rule = FieldRule.objects.select_for_update().get(pk=rule_id)
        _end(rule, user)
        run = _applied(rule).order_by("pk").first()
        if run is None:
            raise undoing.RefusedError("the rule was never applied: switch it off")
        if run.state in UNFINISHED:
            raise undoing.RefusedError(APPLYING)
        return undoing.start(run.pk, user)


def trust(connection_id: int, user: Any) -> Run:
    """Let survivorship look again at a connection that is trusted otherwise now; the run does
    so. Raises BusyError."""
    return begin(_trust_job(Connection.objects.get(pk=connection_id)), user)


def runs_of(rule: FieldRule) -> list[Run]:
    """The run that applied a rule, and those that took it back, newest first."""
    found = Run.objects.filter(Q(pk__in=_applied(rule)) | Q(undoes__in=_applied(rule)))
    return list(found.select_related("undoes").order_by("-id"))


def _applied(rule: FieldRule) -> "QuerySet[Run]":
    return Run.objects.filter(kind=RunKind.RULES, place__rule=rule.pk)


def _end(rule: FieldRule, user: Any) -> None:
    if rule.enabled:
        rule.enabled, rule.ended_at, rule.ended_by = False, timezone.now(), user
        rule.save(update_fields=["enabled", "ended_at", "ended_by"])


def _job(name: str, connection: Connection, rule_id: int | None) -> Job:
    words = f"{name} belongs to {connection.name}"
    return Job(what="rule", connection=connection.pk, fields=[name], words=words, rule=rule_id)


def _trust_job(connection: Connection) -> Job:
    words = f"{connection.name} is trusted otherwise"
    return Job(what="trust", connection=connection.pk, fields=FIELDS, words=words)


# Looking ahead


def preview(name: str, connection_id: int, most: int = MOST) -> Preview:
    """What a rule would do to the customers that there are. Writes nothing."""
    connection = Connection.objects.get(pk=connection_id)
    rule = RuleWork(0, name, connection.pk, connection.name)
    job, found = _job(name, connection, None), Preview()
    while ids := next_ids(job):
        if found.looked >= most:
            found.complete = False
            break
        job.after = ids[-1]
        work = Workspace(keep=True)
        work.load_customers(ids)
        work.suppose(rule)
        _count(found, len(ids), look_at(work, job, None))
        found.decided += len(work.decided)
    return found


def _count(found: Preview, looked: int, changes: list[Change]) -> None:
    found.looked += looked
    found.changed += changed_by(changes)
    more = [one for one in changes if one.before != one.after][: SAMPLE - len(found.sample)]
    names = Customer.objects.in_bulk([one.customer_id for one in more])
    found.sample += [(str(names[one.customer_id]), one) for one in more]


def foresee(name: str, connection_id: int, most: int = 1000) -> Foresight:
    """Hold a rule against what people decided of the field's past questions."""
    found = Foresight()
    for conflict, would in _past(name, connection_id, most):
        if conflict.decision == would:
            found.alike += 1
        else:
            found.otherwise.append(conflict)
    return found


def _past(name: str, connection_id: int, most: int) -> Iterator[tuple[Conflict, str]]:
    """Past questions that people decided and the rule would have decided too, and how: for
    its own vendor, or for ours against another where its vendor states the field."""
    states = CustomerLink.objects.filter(
        customer_id=OuterRef("customer_id"),
        connection_id=connection_id,
        state=LinkState.ACTIVE,
        stated__has_key=name,
    )
    rows = (
        Conflict.objects.filter(
            kind=ConflictKind.FIELD, field=name, decided_by__isnull=False, rule__isnull=True
        )
        .exclude(decision="")
        .annotate(spoken=Exists(states))
        .select_related("customer", "link__connection", "decided_by")
        .order_by("-closed_at")[:most]
    )
    for conflict in rows:
        own = conflict.link is not None and conflict.link.connection_id == connection_id
        if own or conflict.spoken:
            yield conflict, (Decision.VENDOR if own else Decision.HUB).value
