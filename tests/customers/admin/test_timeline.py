"""A customer's timeline: everything, narrowed, in pages that cost the same however long it is."""

import json
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.admin.customer_timeline import MOST, WINDOW, Filter, timeline
from customers.models import Connection, Customer, Event, EventKind
from tests.customers.admin.conftest import MakeCustomer, MakeLink

EVERYTHING = Filter()


@pytest.fixture
def customer(make_customer: MakeCustomer) -> Customer:
    found = make_customer("Ana Paz")
    Event.objects.all().delete()
    return found


def happen(customer: Customer, number: int, **fields: Any) -> None:
    fields = {"kind": "changed", "changes": {"notes": ["", "x"]}} | fields
    Event.objects.bulk_create(Event(customer=customer, **fields) for _ in range(number))


def pages(customer: Customer, wanted: Filter = EVERYTHING) -> list[int]:
    """How many lines each page has, following the way to older ones."""
    found = []
    while True:
        lines, older = timeline(customer.pk, wanted)
        found.append(len(lines))
        if not older:
            return found
        before = int(older.rpartition("before=")[2])
        wanted = Filter(wanted.field, wanted.connection, before)


@pytest.mark.parametrize("number", [0, 1, MOST, MOST + 1, 2 * MOST + 3])
def test_the_pages_show_every_event_once(customer: Customer, number: int) -> None:
    happen(customer, number)
    found = pages(customer)
    assert sum(found) == number
    assert all(one == MOST for one in found[:-1])


def test_it_is_narrowed_by_field_and_by_vendor(
    customer: Customer, connection: Connection, make_customer: MakeCustomer
) -> None:
    happen(customer, 3, changes={"email": ["a@x.org", "b@x.org"]}, connection=connection)
    happen(customer, 2, changes={"phone": ["", "+593991234567"]}, connection=connection)
    happen(customer, 4, changes={"email": ["b@x.org", ""]})
    happen(make_customer("Eva Paz"), 7, changes={"email": ["", "e@x.org"]}, connection=connection)
    assert pages(customer, Filter("email")) == [7]
    assert pages(customer, Filter("", connection.pk)) == [5]
    assert pages(customer, Filter("email", connection.pk)) == [3]
    assert pages(customer, Filter("address")) == [0]


def test_a_rare_event_is_found_behind_any_number_of_others(customer: Customer) -> None:
    happen(customer, 1, changes={"email": ["", "a@x.org"]})
    happen(customer, 2 * WINDOW)
    found = pages(customer, Filter("email"))
    assert sum(found) == 1
    assert len(found) <= 4


def test_the_page_narrows_and_goes_on(desk: Client, customer: Customer) -> None:
    happen(customer, MOST + 5, changes={"email": ["old@x.org", "new@x.org"]})
    happen(customer, 1, changes={"phone": ["", "+593991234567"]})
    address = reverse("admin:customers_customer_timeline", args=[customer.pk])
    text = desk.get(address, {"field": "email"}).content.decode()
    assert text.count("desk-timeline-head") == MOST
    assert "+593 99 123 4567" not in text
    older = text.partition('href="?')[2].partition('"')[0].replace("&amp;", "&")
    assert desk.get(f"{address}?{older}").content.decode().count("desk-timeline-head") == 5


@pytest.mark.parametrize("query", ["field=x", "connection=x", "before=x", "before=" + "9" * 30])
def test_a_senseless_query_asks_for_everything(
    desk: Client, customer: Customer, query: str
) -> None:
    happen(customer, 2)
    address = reverse("admin:customers_customer_timeline", args=[customer.pk])
    text = desk.get(f"{address}?{query}").content.decode()
    assert text.count("desk-timeline-head") == 2


def test_those_merged_into_a_customer_tell_their_events_too(
    customer: Customer, make_customer: MakeCustomer
) -> None:
    other = make_customer("Ana Pas")
    Event.objects.all().delete()
    for _ in range(MOST):
        happen(customer, 1)
        happen(other, 1)
    Customer.objects.filter(pk=other.pk).update(merged_into=customer)
    assert pages(customer) == [MOST, MOST]


def test_every_kind_of_event_has_its_line(desk: Client, customer: Customer) -> None:
    for kind in EventKind:
        happen(customer, 1, kind=kind, note="why")
    lines, _older = timeline(customer.pk)
    assert {one.icon for one in lines}.isdisjoint({"history"})


def test_an_event_names_the_person_and_the_vendor(
    customer: Customer, connection: Connection, ana: Any
) -> None:
    happen(customer, 1, kind="pushed", user=ana, connection=connection)
    happen(customer, 1)
    assert [one.who for one in timeline(customer.pk)[0]] == ["by itself", "ana · Main shop"]


def events_read(statements: list[str]) -> int:
    """Rows that the database took from the events and what it read with them (the other tables
    hold a handful here, and are read in whole or not as the database likes). SQLite tells only
    how it would go about it: there no step may walk a table or sort."""
    total = 0
    for statement in statements:
        if not statement.startswith("SELECT") or 'FROM "customers_event"' not in statement:
            continue
        with database.cursor() as cursor:
            if database.vendor == "sqlite":
                cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
                steps = [row[3] for row in cursor.fetchall()]
                assert not [one for one in steps if "TEMP B-TREE" in one], statement
                small = Event.objects.count() < WINDOW  # then reading it all is cheapest
                assert small or not [one for one in steps if one.startswith("SCAN")], statement
                cursor.execute(statement)
                total += len(cursor.fetchall())
            else:
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
                found = cursor.fetchone()[0]
                total += _scanned((json.loads(found) if isinstance(found, str) else found)[0])
    return total


def _scanned(node: Any) -> int:
    if isinstance(node, list):
        return sum(map(_scanned, node))
    if not isinstance(node, dict):
        return 0
    own = "Scan" in node.get("Node Type", "") and "Plans" not in node
    rows = (node.get("Actual Rows", 0) + node.get("Rows Removed by Filter", 0)) if own else 0
    return round(rows * node.get("Actual Loops", 1)) + sum(map(_scanned, node.values()))


def test_the_page_costs_the_same_with_ten_thousand_events_as_with_ten(
    desk: Client, customer: Customer, make_link: MakeLink
) -> None:
    make_link(customer)
    address = reverse("admin:customers_customer_change", args=[customer.pk])
    narrow = reverse("admin:customers_customer_timeline", args=[customer.pk]) + "?field=email"
    happen(customer, 40)
    desk.get(address)
    costs = []
    for more in (0, 10_000):
        happen(customer, more)
        with database.cursor() as cursor:
            cursor.execute("ANALYZE customers_event")
        with CaptureQueriesContext(database) as queries:
            assert desk.get(address).status_code == 200
        statements = [one["sql"] for one in queries.captured_queries if one["sql"]]
        with CaptureQueriesContext(database) as narrowed:
            assert desk.get(narrow).status_code == 200
        filtered = events_read([one["sql"] for one in narrowed.captured_queries if one["sql"]])
        costs.append(len(statements))
    # Of a few the database may read all: it is the many that it must not.
    assert 0 < events_read(statements) <= 100
    assert filtered <= 3 * WINDOW
    assert costs[1] == costs[0]
