"""What would be sent to one vendor, word for word: shown, stored as a plan, approved by a
person, and then sent as it was shown or not at all."""

from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from connectors.base import Connector
from connectors.declare import Fetched
from connectors.errors import ConnectorError
from connectors.http import Request
from customers.carrying import body_text, digest, record_of
from customers.creating import creatable, survivor, waits_for
from customers.deleting import target
from customers.models import Connection, CustomerLink, Plan, Run, Write, WriteKind, WriteState
from customers.planning import telling
from customers.scheduling import ready_writes
from customers.sending import released_guard
from customers.storing import Store
from customers.updating import record_for, released
from customers.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Line:
    """One write as it would be sent now; `note` says why it would not be."""

    write: int
    link: int | None
    customer: int
    method: str = ""
    path: str = ""
    body: str = ""
    digest: str = ""
    note: str = ""


def lines(connection: Connection, connector: Connector) -> list[Line]:
    """Each due write of the connection as it would be sent now. The vendor is read, nothing
    is written and nothing stored."""
    found = Write.objects.filter(ready_writes(), connection=connection, state=WriteState.PLANNED)
    store = Store(connection, connector, Run(), None, released_guard(), dry=True)
    return [_line(connector, store, write) for write in found.order_by("due_at", "id")]


def _line(connector: Connector, store: Store, write: Write) -> Line:
    try:
        request = _REQUESTS[WriteKind(write.kind)](connector, store, write)
    except ConnectorError as error:
        return Line(write.pk, write.link_id, write.customer_id, note=str(error))
    if request is None:
        return Line(write.pk, write.link_id, write.customer_id, note="nothing is to be said")
    body = body_text(request, connector)
    return Line(
        write.pk, write.link_id, write.customer_id, request.method, request.path, body,
        digest(request.method, request.path, body),
    )  # fmt: skip


def _update(connector: Connector, store: Store, write: Write) -> Request | None:
    link = CustomerLink.objects.get(pk=write.link_id or 0)
    fetched = Fetched(link.raw.encode() or b"{}", timezone.now())
    if connector.can("get"):
        fetched = connector.get(link.external_id)
        store.single(fetched.body, fetched.sent_at)
    store.memory.load_customers([link.customer_id])
    known = store.memory.links[link.pk]
    fields = telling(store.memory, known).fields
    golden = store.memory.customers[known.customer_id]
    free, _ = released(connector, golden, fields)
    if not free:
        return None
    record = record_for(connector, golden, free)
    return connector.prepare_update(link.external_id, record, fetched.body, str(write.key))


def _create(connector: Connector, store: Store, write: Write) -> Request | None:
    customer = survivor(write)
    work = Workspace(keep=True)
    work.load_customers([customer])
    values = creatable(connector, work.customers[customer].values)
    if waits_for(work.customers[customer], values):
        return None
    return connector.prepare_create(record_of(values), str(write.key))


def _delete(connector: Connector, store: Store, write: Write) -> Request | None:
    return connector.prepare_delete(target(write))


_REQUESTS = {WriteKind.UPDATE: _update, WriteKind.CREATE: _create, WriteKind.DELETE: _delete}


def keep(connection: Connection, found: list[Line], user_id: int | None) -> Plan:
    """Store what was shown; its writes wait until somebody approves it."""
    with transaction.atomic():
        shown = _to_approve(found)
        plan = Plan.objects.create(
            connection=connection, lines=[_kept(one) for one in shown], created_by_id=user_id
        )
        waiting = Write.objects.filter(pk__in=[one.write for one in shown])
        waiting.filter(state=WriteState.PLANNED).update(plan=plan, digest="")
    return plan


def _to_approve(found: list[Line]) -> list[Line]:
    """Not what an erasure asks for: that was decided, and is to be kept nowhere else."""
    decided = Write.objects.filter(pk__in=[one.write for one in found], erasure_line__isnull=False)
    erasing = set(decided.values_list("pk", flat=True))
    return [one for one in found if one.method and one.write not in erasing]


def _kept(one: Line) -> dict[str, Any]:
    found = asdict(one)
    del found["note"]
    return found


def approve(plan_id: int, user_id: int | None) -> Plan:
    """Let a plan's writes go as they were shown. Raises Plan.DoesNotExist."""
    with transaction.atomic():
        there = Plan.objects.filter(connection__in=Connection.present.all())
        plan = there.select_for_update(of=("self",)).get(pk=plan_id)
        for line in plan.lines:
            waiting = Write.objects.filter(pk=line["write"], plan=plan, state=WriteState.PLANNED)
            waiting.update(digest=line["digest"], due_at=timezone.now(), message="")
        plan.approved_at, plan.approved_by_id = timezone.now(), user_id
        plan.save(update_fields=["approved_at", "approved_by"])
    return plan


def mark_executed(connection_id: int) -> None:
    """Approved plans of which nothing waits any more are done."""
    waiting = Write.objects.filter(state=WriteState.PLANNED, plan__isnull=False)
    Plan.objects.filter(
        connection_id=connection_id, approved_at__isnull=False, executed_at__isnull=True
    ).exclude(pk__in=waiting.values("plan_id")).update(executed_at=timezone.now())
