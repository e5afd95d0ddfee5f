"""Search from anywhere: whom it finds, and what it says of why."""

from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.finding import find
from customers.models import Connection, Customer
from tests.customers.admin.conftest import MakeCustomer, MakeLink

FIND = "/admin/customers/customer/find/"


def why(text: str) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Who is found, and (field, value, whose) of each reason."""
    found, _more = find(text)
    return [
        (
            str(one.customer),
            [(w.field, str(w.value), str(w.link.connection) if w.link else "") for w in one.why],
        )
        for one in found
    ]


@pytest.fixture
def known(make_customer: MakeCustomer, make_link: MakeLink) -> Customer:
    customer = make_customer("José Núñez", email="jose@example.com", phone="+593991234567")
    make_link(
        customer,
        external_id="V-77",
        stated={"email": "pepe@example.org", "phone": "+593991234567", "notes": ""},
        also={"emails": ["old@example.net"], "phone_as_written": "0991 234567"},
    )
    return customer


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("nunez", [("name", "{'given': 'José', 'family': 'Núñez'}", "")]),
        ("JOSE@exa", [("email", "jose@example.com", "")]),
        ("099 123 4567", [("phone", "+593991234567", "")]),
        ("pepe", [("email", "pepe@example.org", "Main shop")]),
        ("old@example", [("email", "old@example.net", "Main shop")]),
        ("V-77", [("id", "V-77", "Main shop")]),
        (
            "nunez pepe",
            [
                ("name", "{'given': 'José', 'family': 'Núñez'}", ""),
                ("email", "pepe@example.org", "Main shop"),
            ],
        ),
    ],
)
def test_it_says_whose_value_fits(known: Customer, text: str, reasons: list[Any]) -> None:
    assert why(text) == [("José Núñez", reasons)]


@pytest.mark.parametrize("text", ["", " ", "%", "nobody", "#0", "#99999999999999999999", "\x00"])
def test_it_finds_nobody_by_nothing(known: Customer, text: str) -> None:
    assert find(text) == ([], False)


def test_a_customers_own_number_finds_it(known: Customer) -> None:
    assert why(f"#{known.pk}") == [("José Núñez", [])]


def test_who_was_merged_away_or_erased_is_not_found(
    known: Customer, make_customer: MakeCustomer
) -> None:
    other = make_customer("José Núñez")
    Customer.objects.filter(pk=other.pk).update(merged_into=known)
    assert [str(one.customer.pk) for one in find("nunez")[0]] == [str(known.pk)]
    assert find(f"#{other.pk}") == ([], False)


def test_it_asks_as_often_for_one_as_for_many(
    known: Customer, make_customer: MakeCustomer, make_link: MakeLink
) -> None:
    with CaptureQueriesContext(database) as few:
        find("nunez")
    for number in range(20):
        make_link(make_customer(f"Eva Núñez {number}"), f"n{number}")
    with CaptureQueriesContext(database) as many:
        found, more = find("nunez")
    assert len(many) == len(few) <= 6
    assert len(found) == 8
    assert more


def test_the_page_and_its_parts_come_from_one_address(desk: Client, known: Customer) -> None:
    page = desk.get(FIND, {"q": "pepe"}).content.decode()
    assert "<form" in page
    for part in ("palette", "results"):
        answer = desk.get(FIND, {"q": "pepe"}, headers={"X-Desk-Part": part})
        text = answer.content.decode()
        assert ("<dialog" in text) == (part == "palette")
        assert "<html" not in text
        assert "as Main shop has it" in text
        assert reverse("admin:customers_customer_change", args=[known.pk]) in text
        assert "X-Desk-Part" in answer["Vary"]
        assert "no-cache" in answer["Cache-Control"]
    assert desk.get(FIND, {"q": "V-77"}).content.decode().count("Id at the vendor") == 1


def test_a_whole_page_of_results_costs_at_most_twelve_queries(
    as_role: Any, make_customer: MakeCustomer, make_link: MakeLink
) -> None:
    for number in range(20):
        make_link(make_customer(f"Eva Paz {number}"), f"n{number}")
    client = as_role("viewer")
    with CaptureQueriesContext(database) as queries:
        client.get(FIND, {"q": "paz"}, headers={"X-Desk-Part": "results"})
    assert len(queries) <= 12


def test_documents_are_masked_for_who_may_not_see_them(
    as_role: Any, make_customer: MakeCustomer
) -> None:
    make_customer("Ana Paz", document={"type": "cpf", "number": "52998224725"})
    text = as_role("viewer").get(FIND, {"q": "529.982"}).content.decode()
    assert "CPF •••25" in text
    assert "52998224725" not in text
    assert "529.982.247-25" in as_role("steward").get(FIND, {"q": "529982"}).content.decode()


def test_every_page_leads_to_it_for_who_may_see_customers(
    as_role: Any, connection: Connection
) -> None:
    viewer = as_role("viewer")
    for path in ("", "customers/customer/", "customers/run/", "customers/connection/"):
        assert "data-palette" in viewer.get(f"/admin/{path}").content.decode(), path
    assert "data-palette" not in as_role("clerk_without_a_role").get("/admin/").content.decode()


def test_hostile_text_is_only_text(desk: Client, make_customer: MakeCustomer) -> None:
    make_customer("<script>alert(1)</script>x")
    for part in ("palette", "results", ""):
        answer = desk.get(FIND, {"q": "script"}, headers={"X-Desk-Part": part})
        assert "<script>alert" not in answer.content.decode()
