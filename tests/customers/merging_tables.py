"""Vendors' records as pulls would leave them, without a vendor, for tests of merging."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from connectors.records import Address, CustomerRecord, Document, Name
from customers.guarding import Guard, limits
from customers.models import (
    Conflict,
    Connection,
    Customer,
    CustomerLink,
    Event,
    KeyHolder,
    NotSame,
    Run,
)
from customers.storing import Store

_clock = count(1)
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def shop(name: str = "shop", vendor: str = "yampi", **more: Any) -> Connection:
    return Connection.objects.create(name=name, vendor=vendor, **more)


def say(connection: Connection, external_id: str, **values: Any) -> CustomerLink:
    """The vendor's record of a customer, as a pull would store it."""
    if isinstance(values.get("name"), str):
        given, _, family = values["name"].partition(" ")
        values["name"] = Name(given=given, family=family)
    if isinstance(values.get("document"), str):
        values["document"] = Document("cpf", values["document"])
    if isinstance(values.get("address"), str):
        values["address"] = Address(street=values["address"])
    sent_at = START + timedelta(minutes=next(_clock))
    mouth: Any = Mouth(CustomerRecord(external_id=external_id, **values))
    run, _ = Run.objects.get_or_create(connection=connection)
    guard = Guard(limits(), known=0, last_seen=None)
    Store(connection, mouth, run, None, guard).single(str(next(_clock)).encode(), sent_at)
    links = CustomerLink.objects.select_related("customer", "connection")
    return links.get(connection=connection, external_id=external_id)


class Mouth:
    """A connector that gives one record, whatever bytes come."""

    mapping_version = 1
    never_store: tuple[str, ...] = ()

    def __init__(self, record: CustomerRecord) -> None:
        self.record = record

    def row_id(self, row: bytes) -> str:
        return self.record.external_id

    def read_row(self, row: bytes) -> tuple[CustomerRecord, dict[str, str]]:
        return self.record, {}


def everything() -> dict[str, Any]:
    """All that merges and unmerges must give back, by id."""
    return {
        "customers": {
            row.pk: (
                row.name, row.email, row.phone, row.document_number, row.birth_date, row.notes,
                row.address, _sorted(row.others), _sources(row), row.pins, row.ignored,
                row.merged_into_id, set(row.search_text.split("\n")),
            )
            for row in Customer.objects.all()
        },
        "links": {
            row.pk: (row.customer_id, row.stated, row.base, row.state)
            for row in CustomerLink.objects.all()
        },
        "keys": sorted(
            (row.customer_id, row.link_id or 0, row.key_id)
            for row in KeyHolder.objects.all()
        ),
        "questions": {
            row.pk: (row.kind, row.customer_id, row.other_id, row.field, row.hub, row.vendor)
            for row in Conflict.objects.filter(closed_at=None)
        },
    }  # fmt: skip


def _sorted(lists: dict[str, list[Any]]) -> dict[str, list[str]]:
    return {name: sorted(map(repr, kept)) for name, kept in lists.items() if kept}


def _sources(row: Customer) -> dict[str, list[Any]]:
    default = row.provenance.get("*")
    return {name: kept for name, kept in row.provenance.items() if kept != default or name == "*"}


def known_apart() -> set[tuple[int, int]]:
    return set(NotSame.objects.values_list("one_id", "other_id"))


def events() -> set[int]:
    return set(Event.objects.values_list("pk", flat=True))


def holders(customer: Customer) -> list[str]:
    return sorted(customer.keys.values_list("key__value", flat=True))


def owners(links: Iterable[CustomerLink]) -> list[int]:
    return [CustomerLink.objects.get(pk=link.pk).customer_id for link in links]


def differences(before: dict[str, Any]) -> list[str]:
    """What is not as it was, a line each."""
    after = everything()
    found = [f"{name}: {before[name]} now {after[name]}" for name in ("keys",)
             if before[name] != after[name]]  # fmt: skip
    return found + [
        f"{name} {one}: {before[name].get(one)} now {after[name].get(one)}"
        for name in ("customers", "links", "questions")
        for one in sorted({*before[name], *after[name]})
        if before[name].get(one) != after[name].get(one)
    ]
