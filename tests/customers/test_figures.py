"""How the hub is doing: counted rightly, seldom, and once."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from customers import figures
from customers.models import Connection, Customer, CustomerLink, Event, Figures


@pytest.fixture
def till(db: None) -> Connection:
    return Connection.objects.create(name="Till", vendor="clopos")


@pytest.fixture
def shop(db: None) -> Connection:
    return Connection.objects.create(name="Shop", vendor="yampi")


def known(*connections: Connection) -> Customer:
    customer = Customer.objects.create(name="Ana Paz")
    for connection in connections:
        CustomerLink.objects.create(
            customer=customer,
            connection=connection,
            external_id=str(customer.pk),
            read_at=timezone.now(),
        )
    return customer


def happened(customer: Customer, kind: str, days: int = 0, number: int = 1) -> None:
    at = timezone.now() - timedelta(days=days)
    Event.objects.bulk_create(Event(customer=customer, kind=kind, at=at) for _ in range(number))


def test_customers_links_and_who_is_known_to_whom(till: Connection, shop: Connection) -> None:
    second = Connection.objects.create(name="Second till", vendor="clopos")
    one = known(till)
    known(till, second)
    known(till, shop)
    known(second, shop)
    known(shop)
    known()
    merged, erased = known(), known()
    Customer.objects.filter(pk=merged.pk).update(merged_into=one)
    Customer.objects.filter(pk=erased.pk).update(erased_at=timezone.now())
    found = figures.count(None)
    assert found.customers == 6
    assert found.links == {till.pk: 3, second.pk: 2, shop.pk: 3}
    assert sorted(found.together) == [(["clopos"], 2), (["clopos", "yampi"], 2), (["yampi"], 1)]


def test_an_empty_hub_has_figures_too(db: None) -> None:
    found = figures.count(None)
    assert (found.customers, found.links, found.together, found.days) == (0, {}, [], {})


def test_changes_are_counted_by_day_and_by_whom(till: Connection) -> None:
    customer = known(till)
    happened(customer, "changed", 0, 3)
    happened(customer, "edited", 0)
    happened(customer, "pushed", 1, 2)
    happened(customer, "asked", 1)
    happened(customer, "changed", figures.DAYS + 2)
    today = timezone.localdate()
    found = figures.count(None).days
    assert found[today.isoformat()] == figures.Day(3, 1, 0)
    assert found[(today - timedelta(days=1)).isoformat()] == figures.Day(0, 0, 2)
    assert len(found) == 2


def test_a_later_count_takes_past_days_over_and_ends_the_same(till: Connection) -> None:
    customer = known(till)
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False):
        happened(customer, "changed", 0, 4)
        first = figures.count(None)
    with time_machine.travel("2026-03-02T12:00:00Z", tick=False):
        happened(customer, "edited", 0, 2)
        second = figures.count(first)
        assert second.days == figures.count(None).days
    with time_machine.travel("2026-03-03T12:00:00Z", tick=False):
        happened(customer, "changed", 0, 1)
        with CaptureQueriesContext(database) as queries:
            third = figures.count(second)
        assert third.days == figures.count(None).days
    assert third.days["2026-03-01"] == figures.Day(4)
    asked = [one["sql"] for one in queries if 'FROM "customers_event"' in one["sql"]]
    assert len(asked) == 1
    assert '"customers_event"."id" >=' in asked[0]


def test_figures_are_kept_counted_once_and_grow_old(till: Connection) -> None:
    known(till)
    assert figures.stale()
    assert figures.recount()
    assert not figures.stale()
    assert not figures.recount()
    row = Figures.objects.get()
    assert row.values["customers"] == 1
    Figures.objects.update(at=timezone.now() - figures.EVERY)
    assert figures.stale()
    Figures.objects.update(counting_until=timezone.now() + timedelta(minutes=1))
    assert not figures.stale()
    assert not figures.recount()
    Figures.objects.update(counting_until=timezone.now() - timedelta(seconds=1))
    assert figures.recount()


def test_what_is_kept_is_what_is_told(till: Connection, shop: Connection) -> None:
    happened(known(till, shop), "changed")
    figures.recount()
    kept = figures.told()
    assert kept is not None
    again = figures.count(None)
    again.at = kept.at
    assert kept == again


def test_a_small_hub_is_told_fresh_and_a_large_one_by_what_is_kept(
    till: Connection, monkeypatch: Any
) -> None:
    known(till)
    monkeypatch.setattr(figures, "SMALL", 1)
    assert figures.told() is not None
    known(till)
    assert figures.told() is None
    figures.recount()
    Figures.objects.update(at=timezone.now() - timedelta(days=1))
    known(till)
    kept = figures.told()
    assert kept is not None
    assert kept.customers == 2
