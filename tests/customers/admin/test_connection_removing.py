"""A connection is removed from its page: asked first, then shown, offered and pressed no more."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from customers import retiring
from customers.leases import claim
from customers.models import Connection, Customer, CustomerLink, FieldRule, Write
from tests.customers.admin.conftest import MakeCustomer, MakeLink

LIST = "/admin/customers/connection/"


def place(connection: Connection, name: str) -> str:
    return reverse(f"admin:customers_connection_{name}", args=[connection.pk])


def words(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


@pytest.fixture
def link(make_customer: MakeCustomer, make_link: MakeLink) -> CustomerLink:
    return make_link(make_customer("Ana Paz", email="ana@example.com"))


@pytest.fixture
def removed(link: CustomerLink, ana: User) -> Connection:
    retiring.remove(link.connection_id, ana)
    return Connection.objects.get()


def test_it_says_what_happens_and_wants_the_name(desk: Client, link: CustomerLink) -> None:
    shop = link.connection
    Write.objects.create(kind="update", customer=link.customer, connection=shop, link=link)
    FieldRule.objects.create(field="email", connection=shop)
    page = place(shop, "remove")
    assert page in words(desk.get(place(shop, "change")))
    told = words(desk.get(page))
    assert "1 record is archived: its customer stays" in told
    assert "1 waiting write is dropped" in told
    assert "1 rule that gives it a field is switched off" in told
    assert "could not be read" not in told
    assert "Type the connection&#x27;s name" in words(desk.post(page, {"name": "main"}))
    assert Connection.present.exists()
    answer = desk.post(page, {"name": " Main shop "})
    assert answer["Location"] == place(shop, "change")
    assert not Connection.present.exists()


def test_what_stands_against_it_is_said(desk: Client, link: CustomerLink) -> None:
    shop, page = link.connection, place(link.connection, "remove")
    lease = claim(shop.pk)
    assert lease is not None
    busy = words(desk.post(page, {"name": "Main shop"}, follow=True))
    assert "A worker is talking to this vendor at the moment" in busy
    lease.release()
    Write.objects.create(kind="create", customer=link.customer, connection=shop, state="unknown")
    why = "It is not known whether the vendor made a record of somebody"
    assert why in words(desk.get(page))
    assert why in words(desk.post(page, {"name": "Main shop"}, follow=True))
    assert Connection.present.exists()


def test_its_page_says_when_and_by_whom(desk: Client, removed: Connection) -> None:
    page = words(desk.get(place(removed, "change")))
    assert re.search(r"Removed .+ by ana\. Its customers stayed\.", page)
    assert "<dt>Archived records</dt><dd>1</dd>" in page
    for name in ("check", "pull", "scan", "pause", "resume", "settings", "remove", "writing"):
        assert place(removed, name) not in page
    Connection.objects.update(removed_by=None)
    assert "by the command line" in words(desk.get(place(removed, "change")))


def test_nothing_can_be_pressed_on_it(desk: Client, removed: Connection) -> None:
    before = Connection.objects.values().get()
    for name in ("check", "pull", "scan", "retry", "pause", "resume"):
        assert desk.post(place(removed, name)).status_code == 404, name
    for name in ("settings", "writing", "remove"):
        assert desk.get(place(removed, name)).status_code == 404, name
        sent = {"name": "Main shop", "writes": "on"}
        assert desk.post(place(removed, name), sent).status_code == 404, name
    assert Connection.objects.values().get() == before


def test_no_list_shows_or_offers_it(desk: Client, removed: Connection) -> None:
    Connection.objects.update(writes=True, enabled=True, options={"allow_create": True})
    ids = f"?ids={Customer.objects.get().pk}"
    for address in (
        "/admin/",
        LIST,
        "/admin/customers/conflict/",
        "/admin/customers/fieldrule/add/",
        "/admin/customers/run/",
        "/admin/customers/write/",
        "/admin/customers/setaside/",
        reverse("admin:customers_customer_add_to") + ids,
    ):
        answer = desk.get(address)
        assert answer.status_code == 200
        assert "Main shop" not in words(answer), address
    Connection.objects.update(removed_at=None)
    assert "Main shop" in words(desk.get(reverse("admin:customers_customer_add_to") + ids))


def test_its_runs_are_still_found_by_its_address(desk: Client, removed: Connection) -> None:
    removed.runs.create(mode="full", state="complete")
    found = desk.get(f"/admin/customers/run/?connection__id__exact={removed.pk}")
    assert found.context["cl"].result_list.count() == 1


def test_what_it_said_is_shown_as_archived(desk: Client, removed: Connection) -> None:
    link = CustomerLink.objects.get()
    page = words(desk.get(reverse("admin:customers_customer_change", args=[link.customer_id])))
    assert f'id="link-{link.pk}"' in page
    assert "Archived" in page
    assert "The connection was removed" in page
    assert "Pull this one now" not in page
    pulled = reverse("admin:customers_customer_pull", args=[link.customer_id])
    assert desk.post(pulled, {"link": link.pk}).status_code == 404
