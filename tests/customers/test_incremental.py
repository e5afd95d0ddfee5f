"""Pulls of changes, of new customers, and of lists that hide rows, from the sandbox."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connectors.sandbox import SandboxServer, VendorSandbox, serve
from customers import accounts
from customers.models import Conflict, Connection, Customer, CustomerLink, Run
from customers.pulling import pull
from customers.scheduling import ask_for_pull, due, wants_scan
from tests.customers.conftest import Connect

pytestmark = pytest.mark.django_db


def test_a_vendor_that_tells_changes_is_asked_for_them_alone(
    connect: Connect, vendors: SandboxServer
) -> None:
    shop = connect("tiendanegocio", page_size="50")
    fake = vendors.vendor("tiendanegocio")
    fake.fill(180)
    pull(shop.pk)
    shop.refresh_from_db()
    assert shop.cursor is not None
    Connection.objects.update(cursor=timezone.now())
    one = next(iter(fake.rows))
    fake.edit(one, note="call after six")
    found = pull(shop.pk)
    assert (found.state, found.changed) == ("complete", 1)
    assert found.seen < 180
    assert Run.objects.first().mode == "changed"  # type: ignore[union-attr]
    assert Customer.objects.get(links__external_id=one).notes == "call after six"


def test_the_cursor_is_the_vendors_clock_less_an_overlap(
    connect: Connect, vendors: SandboxServer
) -> None:
    shop = connect("tiendanegocio")
    vendors.vendor("tiendanegocio").fill(3)
    pull(shop.pk)
    shop.refresh_from_db()
    run = Run.objects.get()
    assert run.clock_first is not None
    assert shop.cursor is not None
    assert shop.cursor == run.clock_first - shop.connector_class.overlap


def test_a_clock_that_is_ahead_of_ours_hides_no_change(settings: Any, db: None) -> None:
    ahead = timedelta(days=3)
    with serve(seed=7, clock=lambda: time.time() + ahead.total_seconds()) as server:
        settings.EXTRA_VENDOR_HOSTS = [server.address]
        fake = server.vendor("tiendanegocio")
        fake.fill(3)
        shop = accounts.add("tiendanegocio", "shop", {**fake.credentials, **fake.options}, 50)
        pull(shop.pk)
    shop.refresh_from_db()
    assert shop.cursor is not None
    assert shop.cursor < timezone.now()


def test_a_run_that_does_not_end_moves_no_cursor(connect: Connect, vendors: SandboxServer) -> None:
    shop = connect("tiendanegocio")
    vendors.vendor("tiendanegocio").fill(3)
    vendors.vendor("tiendanegocio").misbehave("html")
    assert pull(shop.pk).state == "failed"
    shop.refresh_from_db()
    assert shop.cursor is None


def test_a_scan_by_update_time_stops_at_its_watermark(
    connect: Connect, vendors: SandboxServer
) -> None:
    shop = connect("clopos", page_size="20")
    fake = vendors.vendor("clopos")
    fake.fill(200)
    pull(shop.pk)
    Connection.objects.update(cursor=timezone.now() + timedelta(seconds=1))
    one = list(fake.rows)[77]
    fake.edit(one, description="likes tea")
    asked = len(fake.requests)
    pull(shop.pk)
    assert len(fake.requests) - asked < 5
    assert Customer.objects.get(links__external_id=one).notes == "likes tea"


def test_a_window_of_new_customers_moves_no_cursor_and_finds_them(
    connect: Connect, vendors: SandboxServer
) -> None:
    shop = connect("mercately")
    fake = vendors.vendor("mercately")
    fake.fill(40)
    pull(shop.pk)
    fake.add(first_name="Ana", last_name="Prado", email="ana.prado@example.com")
    fake.add(first_name="Luz", last_name="Mora", email="luz.mora@example.com")
    found = pull(shop.pk, quick=True)
    assert Run.objects.first().mode == "new"  # type: ignore[union-attr]
    assert found.created + found.linked == 2
    shop.refresh_from_db()
    assert shop.cursor is None


def test_without_haste_a_vendor_that_cannot_tell_changes_is_scanned_whole(
    connect: Connect, vendors: SandboxServer
) -> None:
    shop = connect("mercately")
    fake = vendors.vendor("mercately")
    fake.fill(40)
    pull(shop.pk)
    fake.edit(next(iter(fake.rows)), notes="moved")
    assert pull(shop.pk).changed == 1


def test_a_list_that_hides_rows_quarantines_nobody(
    connect: Connect, vendors: SandboxServer
) -> None:
    shop = connect("yativo")
    fake = vendors.vendor("yativo")
    fake.fill(30)
    pull(shop.pk)
    for one in list(fake.rows)[:3]:
        fake.edit(one, customer_status="suspended")
    assert pull(shop.pk).state == "complete"
    assert not CustomerLink.objects.exclude(state="active").exists()
    assert not Conflict.objects.filter(kind="deleted").exists()


def test_an_expired_token_is_renewed_in_the_middle(
    connect: Connect, vendors: SandboxServer, settings: Any
) -> None:
    settings.PAGES_IN_FLIGHT = 1  # so that there is a middle
    for slug in ("yativo", "clopos"):
        shop = connect(slug, page_size="10")
        fake = vendors.vendor(slug)
        fake.fill(60)

        def expire(run: Run, fake: VendorSandbox = fake) -> None:
            if run.seen == 20:
                fake.expire_tokens()

        found = pull(shop.pk, progress=expire)
        assert (found.state, found.seen) == ("complete", 60)


def test_a_persons_wish_makes_a_connection_due(connect: Connect, vendors: SandboxServer) -> None:
    shop = connect("yativo")
    pull(shop.pk)
    assert due() == []
    assert not wants_scan(shop.pk)
    ask_for_pull(shop.pk, full=True)
    assert due() == [shop.pk]
    assert wants_scan(shop.pk)


def test_five_vendors_of_the_same_people_are_one_list(
    connect: Connect, vendors: SandboxServer
) -> None:
    vendors.populate(300)
    for slug in vendors.vendors:
        assert pull(connect(slug).pk).state == "complete"
    truth = vendors.truth()
    links = CustomerLink.objects.select_related("connection")
    met: dict[int, set[str]] = {}
    for link in links:
        person = truth.get((link.connection.vendor, link.external_id))
        if person:
            met.setdefault(link.customer_id, set()).add(person)
    wrong = [people for people in met.values() if len(people) > 1]
    assert len(wrong) <= len(met) / 200, "almost nobody is linked to somebody else"
    assert Customer.objects.count() < links.count()


def test_pulling_again_and_again_asks_no_question_twice(
    connect: Connect, vendors: SandboxServer
) -> None:
    vendors.populate(200)
    shops = [connect(slug) for slug in vendors.vendors]
    for shop in shops:
        pull(shop.pk)
    asked = Conflict.objects.count()
    CustomerLink.objects.update(raw_digest=b"", digest=b"")
    for shop in shops:
        assert pull(shop.pk, full=True).state in ("complete", "held")
    assert Conflict.objects.count() == asked
