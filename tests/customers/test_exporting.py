"""Every customer with its links, for scripts and for spreadsheets."""

import csv
import json
import tracemalloc
from datetime import UTC, datetime
from io import StringIO
from itertools import islice
from typing import Any

import pytest
from django.core.management import call_command

from connectors.sandbox import SandboxServer
from customers import exporting
from customers.editing import add_customer, edit
from customers.models import Connection, Customer, CustomerLink
from customers.pulling import pull
from tests.customers.conftest import Connect

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 5, 1, 12, 30, 15, 123456, tzinfo=UTC)
ROW = [
    "id", "kind", "name", "given_name", "family_name", "company_name", "state_registration",
    "email", "phone", "document_type", "document_number", "document_country", "birth_date",
    "gender", "address", "notes", "accepts_marketing", "accepts_whatsapp", "other_emails",
    "other_phones", "links", "updated_at",
]  # fmt: skip


def exported(format_: str = "jsonl") -> str:
    out = StringIO()
    call_command("export", format=format_, stdout=out)
    return out.getvalue()


def link(customer: Customer, shop: Connection, external_id: str, **more: Any) -> CustomerLink:
    return CustomerLink.objects.create(
        customer=customer, connection=shop, external_id=external_id, read_at=NOW, **more
    )


def test_a_customer_is_one_line_in_the_published_shape(db: None) -> None:
    shop = Connection.objects.create(name="Shop", vendor="yampi")
    till = Connection.objects.create(name="Till", vendor="clopos")
    one = Customer.objects.create(
        kind="person", name="José Ñandú", given_name="José", family_name="Ñandú",
        email="jose@example.com", phone="+593991234567", document_type="cedula",
        document_number="1710034065", document_country="EC", birth_date="1990-02-01",
        address={"city": "Quito"}, accepts_marketing=False, updated_at=NOW,
        others={"emails": ["old@example.com"]},
    )  # fmt: skip
    link(one, shop, "0", stated={"email": "JOSE@example.com"}, also={"phones": ["+593987654321"]})
    link(one, till, "b7", state="quarantined", stated={"email": "till@example.com"})
    (line,) = exported().splitlines()
    assert "José Ñandú" in line
    assert list(json.loads(line)) == ROW
    assert json.loads(line) == {
        "id": one.pk, "kind": "person", "name": "José Ñandú", "given_name": "José",
        "family_name": "Ñandú", "company_name": "", "state_registration": "",
        "email": "jose@example.com", "phone": "+593991234567", "document_type": "cedula",
        "document_number": "1710034065", "document_country": "EC", "birth_date": "1990-02-01",
        "gender": "", "address": {"city": "Quito"}, "notes": "", "accepts_marketing": False,
        "accepts_whatsapp": None, "other_emails": ["old@example.com", "till@example.com"],
        "other_phones": ["+593987654321"],
        "links": [
            {"connection": "Shop", "vendor": "yampi", "external_id": "0", "state": "active"},
            {"connection": "Till", "vendor": "clopos", "external_id": "b7",
             "state": "quarantined"},
        ],
        "updated_at": "2026-05-01T12:30:15.123456+00:00",
    }  # fmt: skip


def test_a_bare_customer_has_the_same_shape() -> None:
    Customer.objects.create()
    found = json.loads(exported())
    assert list(found) == ROW
    assert (found["address"], found["birth_date"], found["links"]) == ({}, "", [])


def test_every_customer_is_there_once_in_order_with_its_own_links(
    connect: Connect, vendors: SandboxServer, admin_user: Any
) -> None:
    vendors.populate(60)
    for slug in vendors.vendors:
        pull(connect(slug).pk)
    one = add_customer({"name": {"full": "Typed"}, "email": "a@example.com"}, admin_user)
    edit(one.pk, {"email": "b@example.com"}, admin_user, one.version)
    found = [json.loads(line) for line in exported().splitlines()]
    assert [row["id"] for row in found] == list(
        Customer.objects.order_by("pk").values_list("pk", flat=True)
    )
    links = {(one["connection"], one["external_id"]) for row in found for one in row["links"]}
    assert links == set(CustomerLink.objects.values_list("connection__name", "external_id"))
    assert sum(len(row["links"]) for row in found) == len(links)
    assert found[-1]["other_emails"] == ["a@example.com"]


def test_no_secret_and_no_raw_answer_is_exported(connect: Connect, vendors: SandboxServer) -> None:
    vendors.vendor("yampi").fill(5)
    pull(connect("yampi").pk)
    text = exported() + exported("csv")
    for secret in vendors.vendor("yampi").credentials.values():
        assert secret not in text
    assert "login_url" not in text


def cells(**said: Any) -> dict[str, str]:
    Customer.objects.create(**said)
    (row,) = csv.DictReader(StringIO(exported("csv")))
    return row


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_is_a_formula(start: str) -> None:
    row = cells(name=f"{start}HYPERLINK(1)", notes=f"{start}1", address={"city": f"{start}A1"})
    start = start.replace("\r", "\n")
    assert row["name"] == f"'{start}HYPERLINK(1)"
    assert row["notes"] == f"'{start}1" or start == "+"
    assert row["address_city"] == f"'{start}A1"


def test_a_carriage_return_ends_no_row() -> None:
    row = cells(notes="a\r=cmd", name="b\r\nc")
    assert (row["notes"], row["name"]) == ("a\n=cmd", "b\nc")


def test_a_connections_name_is_no_formula_either() -> None:
    shop = Connection.objects.create(name="=cmd", vendor="yampi")
    link(Customer.objects.create(), shop, "1")
    (row,) = csv.DictReader(StringIO(exported("csv")))
    assert row["links"] == "'=cmd:1"


def test_a_phone_keeps_its_plus_and_text_its_lines_and_quotes() -> None:
    row = cells(
        phone="+593991234567", notes='one, "two"\nthree; 4', accepts_marketing=True, name="a=b"
    )
    assert row["phone"] == "+593991234567"
    assert row["notes"] == 'one, "two"\nthree; 4'
    assert (row["accepts_marketing"], row["accepts_whatsapp"], row["name"]) == ("yes", "", "a=b")


def test_a_spreadsheet_of_nobody_has_its_headings() -> None:
    (heading,) = exported("csv").splitlines()
    columns = heading.split(",")
    assert columns[:3] == ["id", "kind", "name"]
    assert {"address_city", "other_emails", "links"} <= set(columns)
    assert exported() == ""


def test_the_export_holds_a_chunk_at_a_time(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    monkeypatch.setattr(exporting, "CHUNK", 100)
    Customer.objects.bulk_create(Customer(name=f"Ana {at}", notes="x" * 2000) for at in range(1000))
    with django_assert_num_queries(2):
        list(islice(exporting.rows(), 100))
    tracemalloc.start()
    try:
        assert sum(1 for _ in exporting.rows()) == 1000
        assert tracemalloc.get_traced_memory()[1] < 2_500_000
    finally:
        tracemalloc.stop()
