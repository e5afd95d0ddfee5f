"""Customers added to a vendor by a person: each is looked at before anything is sent."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction

from connectors.base import Connector
from customers.carrying import record_of
from customers.creating import creatable
from customers.golden import values_of
from customers.models import (
    OPEN,
    Connection,
    Customer,
    CustomerLink,
    Event,
    EventKind,
    LinkState,
    Write,
    WriteKind,
)
from customers.ringing import push_soon

_HERE = (LinkState.ACTIVE, LinkState.QUARANTINED)


@dataclass(frozen=True, slots=True)
class Prospect:
    """A customer that may be added. `obstacle`: `""` none, `known` the vendor has a record,
    `waiting` it is being added, `anonymized` it was erased there, `lacking` what the vendor
    requires (`lacks`), `gone` it was merged or erased here."""

    customer: Customer
    obstacle: str = ""
    lacks: tuple[str, ...] = ()

    @property
    def able(self) -> bool:
        return not self.obstacle


def look(
    customer_ids: Collection[int], connection: Connection, connector: Connector
) -> list[Prospect]:
    """What stands in the way of each, in a fixed number of queries."""
    links: dict[int, set[str]] = {}
    here = CustomerLink.objects.filter(connection=connection, customer_id__in=customer_ids)
    for customer_id, state in here.values_list("customer_id", "state"):
        links.setdefault(customer_id, set()).add(state)
    waiting = set(
        Write.objects.filter(
            connection=connection, customer_id__in=customer_ids, kind=WriteKind.CREATE,
            state__in=OPEN,
        ).values_list("customer_id", flat=True)
    )  # fmt: skip
    found = []
    for customer in Customer.objects.filter(pk__in=customer_ids).order_by("pk"):
        states = links.get(customer.pk, set())
        obstacle, lacks = _obstacle(customer, states, customer.pk in waiting, connector)
        found.append(Prospect(customer, obstacle, lacks))
    return found


def _obstacle(
    customer: Customer, states: set[str], waiting: bool, connector: Connector
) -> tuple[str, tuple[str, ...]]:
    if customer.merged_into_id is not None or customer.erased_at is not None:
        return "gone", ()
    if states & set(_HERE):
        return "known", ()
    if LinkState.ANONYMIZED in states:
        return "anonymized", ()
    if waiting:
        return "waiting", ()
    lacks = connector.lacking(record_of(creatable(connector, values_of(vars(customer)))))
    return ("lacking" if lacks else ""), tuple(lacks)


def add(
    customer_ids: Collection[int], connection: Connection, connector: Connector, user_id: int
) -> int:
    """Plan a create for each that can be added; gives how many."""
    with transaction.atomic():
        list(Customer.objects.filter(pk__in=customer_ids).order_by("pk").select_for_update())
        able = [one.customer for one in look(customer_ids, connection, connector) if one.able]
        Write.objects.bulk_create(
            [
                Write(kind=WriteKind.CREATE, customer=one, connection=connection, user_id=user_id)
                for one in able
            ],
            ignore_conflicts=True,
        )
        Event.objects.bulk_create(
            [
                Event(
                    customer=one, kind=EventKind.PLANNED, connection=connection, user_id=user_id,
                    note="to be added there",
                )
                for one in able
            ]
        )  # fmt: skip
        push_soon([connection.pk])
    return len(able)
