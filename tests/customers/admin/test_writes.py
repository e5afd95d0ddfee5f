"""What is told to vendors, on the screens: per field, per write, and the switch."""

from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from connectors.sandbox import SandboxServer
from connectors.sandbox_vendor import VendorSandbox
from customers.models import Connection, Customer, CustomerLink, Write, WriteState
from customers.pulling import pull
from customers.pushing import push
from tests.customers.conftest import Connect
from tests.customers.pushes import create_at, edit, hurry, later, open_to, typed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def fake(vendors: SandboxServer) -> VendorSandbox:
    return vendors.vendor("mercately")


@pytest.fixture
def shop(connect: Connect, fake: VendorSandbox) -> Connection:
    fake.add(first_name="Ana", last_name="Paz", email="ana@example.com", phone="+593990000001")
    found = connect("mercately")
    pull(found.pk)
    return found


@pytest.fixture
def someone(shop: Connection) -> Customer:
    return Customer.objects.get()


def page(client: Client, row: Any) -> str:
    address = f"admin:customers_{row._meta.model_name}_change"
    return client.get(reverse(address, args=[row.pk])).content.decode()


def press(client: Client, name: str, row: Any, **sent: Any) -> str:
    address = reverse(f"admin:customers_{name}", args=[row.pk])
    return client.post(address, sent, follow=True).content.decode()


def test_each_field_of_a_link_says_how_it_stands(
    desk: Client, shop: Connection, someone: Customer, fake: VendorSandbox
) -> None:
    edit(someone, notes="Hello", gender="female")
    assert "writing to this vendor is off" in page(desk, someone)
    open_to(shop)
    edit(someone, notes="Hello again")
    assert "Waiting" in page(desk, someone)
    fake.misbehave("drop", method="PUT")
    push(shop.pk)
    assert "Unknown" in page(desk, someone)
    later(shop)
    later(shop)
    assert "Confirmed" in page(desk, someone)
    fake.rewrite = lambda row: {**row, "notes": "Hello again"}
    edit(someone, notes="Ignored")
    push(shop.pk)
    text = page(desk, someone)
    assert "Not taken" in text
    assert "The vendor did not take our value" in text


def test_a_refusal_is_shown_in_the_vendors_words_beside_the_field(
    desk: Client, shop: Connection, someone: Customer, fake: VendorSandbox
) -> None:
    open_to(shop)
    fake.add(first_name="Eva", last_name="Sol", email="eva@example.com")
    edit(someone, email="eva@example.com")
    push(shop.pk)
    text = page(desk, someone)
    assert "Refused" in text
    assert "Email has already been taken" in text
    write = Write.objects.get()
    assert "Email has already been taken" in page(desk, write)
    press(desk, "write_retry", write)
    assert Write.objects.get().state == WriteState.PLANNED
    press(desk, "write_drop", write)
    assert Write.objects.get().state == WriteState.DROPPED
    text = press(desk, "write_retry", write)
    assert "moved this write on" in text


def test_a_vendor_that_cannot_be_told_says_so(
    desk: Client, connect: Connect, vendors: SandboxServer
) -> None:
    vendors.vendor("clopos").add(name="Ana Paz", email="ana@example.com")
    shop = open_to(connect("clopos"))
    pull(shop.pk)
    someone = Customer.objects.get()
    edit(someone, email="new@example.com")
    assert "this vendor cannot be told" in page(desk, someone)


def test_push_now_hurries_what_waits(
    desk: Client, shop: Connection, someone: Customer, fake: VendorSandbox
) -> None:
    open_to(shop)
    assert "Nothing is waiting" in press(desk, "customer_push", someone)
    edit(someone, notes="Hello")
    assert "1 write is sent" in press(desk, "customer_push", someone)


def test_the_list_of_writes_filters_and_teaches(
    desk: Client, shop: Connection, someone: Customer
) -> None:
    address = reverse("admin:customers_write_changelist")
    assert "Nothing was told to a vendor yet" in desk.get(address).content.decode()
    open_to(shop)
    edit(someone, notes="Hello")
    push(shop.pk)
    assert "Confirmed" in desk.get(f"{address}?state__exact=confirmed").content.decode()
    assert "Nothing was found" in desk.get(f"{address}?state__exact=refused").content.decode()
    assert "Notes" in desk.get(f"{address}?connection__id__exact={shop.pk}").content.decode()


def test_a_lost_create_is_a_persons_to_decide(
    desk: Client, shop: Connection, fake: VendorSandbox
) -> None:
    open_to(shop)
    eva = typed(name={"given": "Eva", "family": "Sol"}, email="eva@example.com")
    write = create_at(shop, eva)
    fake.misbehave("drop", method="POST")
    push(shop.pk)
    assert "Being added" in page(desk, eva)
    for _ in range(6):
        later(shop)
    text = page(desk, write)
    assert "Was it created?" in text
    assert "Decide" in text
    key = fake.add(first_name="Eva", last_name="Luna", email="luna@example.com")
    assert "Say which record" in press(desk, "write_recognise", write)
    press(desk, "write_recognise", write, external_id=key)
    hurry()
    assert push(shop.pk).confirmed == 1
    assert CustomerLink.objects.get(external_id=key).customer_id == eva.pk


@pytest.mark.parametrize(
    ("button", "state"), [("again", WriteState.PLANNED), ("give_up", WriteState.DROPPED)]
)
def test_a_lost_create_is_made_again_or_given_up(
    desk: Client, shop: Connection, fake: VendorSandbox, button: str, state: str
) -> None:
    open_to(shop)
    write = create_at(shop, typed(name={"given": "Eva", "family": "Sol"}, email="e@example.com"))
    fake.misbehave("drop", method="POST")
    push(shop.pk)
    press(desk, f"write_{button}", write)
    write.refresh_from_db()
    assert write.state == state


def test_writing_is_switched_on_after_showing_what_would_be_sent(
    desk: Client, shop: Connection, someone: Customer
) -> None:
    edit(someone, notes="While it was off")
    address = reverse("admin:customers_connection_writing", args=[shop.pk])
    text = desk.get(address).content.decode()
    assert "1 record there would be told something" in text
    assert "While it was off" in text
    assert "Ana Paz" in text
    desk.post(address, {"writes": "on"})
    shop.refresh_from_db()
    assert (shop.writes, shop.fill_empty) == (True, False)
    assert push(shop.pk).confirmed == 1
    desk.post(address, {"fill_empty": "on"})
    shop.refresh_from_db()
    assert (shop.writes, shop.fill_empty) == (True, True)
    desk.post(address, {"writes": "off"})
    shop.refresh_from_db()
    assert not shop.writes
    assert "Writing to the vendor" in page(desk, shop)


def test_customers_are_added_from_the_list_where_nothing_is_lacking(
    desk: Client, connect: Connect, vendors: SandboxServer
) -> None:
    shop = open_to(connect("yativo"))
    whole = typed(
        name={"given": "Ana"}, email="ana@example.com", phone="+593990000001",
        address={"country": "EC"},
    )  # fmt: skip
    bare = typed(name={"given": "Eva"}, email="eva@example.com")
    answer = desk.post(
        reverse("admin:customers_customer_changelist"),
        {"action": "add_to_vendor", "_selected_action": [whole.pk, bare.pk]},
    )
    assert answer.status_code == 302
    address = answer["Location"]
    assert str(shop) in desk.get(address).content.decode()
    text = desk.get(f"{address}&connection={shop.pk}").content.decode()
    assert "1 of 2 can be added" in text
    assert "lacks what the vendor requires: Phone, Country" in text
    desk.post(f"{address}&connection={shop.pk}")
    assert Write.objects.get().customer_id == whole.pk
    assert push(shop.pk).confirmed == 1


def test_the_customers_page_costs_the_same_with_many_writes(
    desk: Client, shop: Connection, someone: Customer
) -> None:
    open_to(shop)
    counts = []
    for number in range(2):
        for more in range(1 + 5 * number):
            edit(someone, notes=f"Note {number} {more}")
            push(shop.pk)
        with CaptureQueriesContext(database) as seen:
            page(desk, someone)
        counts.append(len(seen))
    assert counts[0] == counts[1]
