"""Vendors' records as pulls would leave them, without a vendor, for tests of merging."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from django.db import transaction

from connectors.records import Address, CustomerRecord, Document, Name
from customers import bulk
from customers.linking import Place, Row
from customers.models import (
    Conflict,
    Connection,
    Customer,
    CustomerLink,
    Event,
    KeyHolder,
    NotSame,
)
from customers.normalise import state
from customers.workspace import Workspace
from customers.writing import Writer

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
    record = CustomerRecord(external_id=external_id, **values)
    statement = state(record, "BR")
    row = Row.of(record, statement, "{}", external_id.encode())
    row.sent_at = sent_at
    with transaction.atomic():
        work = Workspace()
        known = CustomerLink.objects.filter(connection=connection, external_id=external_id)
        link_ids = list(known.values_list("pk", flat=True))
        work.load_links_keys(link_ids)
        had = {key for one in link_ids for key in work.keys_of_link[one]}
        work.lock_keys({*statement.keys, *had})
        held = {one for key in work.keys.values() for one in key.holders}
        place = Place(work, connection.pk, None, 20)
        likely = set() if link_ids else place.expect([row])
        work.load_customers({*held, *likely, *known.values_list("customer", flat=True)})
        place.customer_ids = bulk.new_ids(Customer, 1)
        place.link_ids = bulk.new_ids(CustomerLink, 1)
        place.put(row)
        Writer(work, connection.pk, None).write()
    return known.select_related("customer").get()


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
