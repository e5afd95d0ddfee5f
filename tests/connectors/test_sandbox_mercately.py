"""Mercately's fake against its page."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from connectors.sandbox import serve
from tests.connectors.sandbox_client import Client

ANA = {"first_name": "Ana", "last_name": "Teste", "email": "ana@example.com"}


@pytest.fixture
def chat() -> Iterator[Client]:
    with serve() as server:
        fake = server.vendor("mercately")
        yield Client(fake, {"api-key": fake.credentials["api_key"]})


def test_the_key_is_needed(chat: Client) -> None:
    answer = chat.get("/customers", api_key="wrong")
    assert (answer.status, answer.json["message"]) == (401, "Unauthorized")
    chat.vendor.unauthorized_status = 400  # type: ignore[attr-defined]
    assert chat.get("/customers", api_key="wrong").status == 400


@pytest.mark.parametrize(("rows", "pages"), [(0, 1), (1, 1), (99, 1), (100, 2), (101, 2)])
def test_a_whole_number_of_pages_counts_an_empty_one(chat: Client, rows: int, pages: int) -> None:
    chat.vendor.fill(rows)
    answer = chat.get("/customers", {"page": 1, "per_page": 10}).json
    assert (answer["results"], answer["total_pages"]) == (rows, pages)
    assert len(answer["customers"]) == min(rows, 100)
    assert len(chat.get("/customers", {"page": pages}).json["customers"]) == rows - 100 * (
        pages - 1
    )
    assert chat.get("/customers", {"page": pages + 1}).json["customers"] == []


def test_a_changed_row_moves(chat: Client) -> None:
    chat.vendor.fill(3)
    first = next(iter(chat.vendor.rows))
    chat.vendor.edit(first, notes="called")
    assert chat.get("/customers").json["customers"][-1]["id"] == first


def test_it_filters_by_document_date_and_platform(chat: Client) -> None:
    made = [
        chat.vendor.add(first_name="A", created_at="2024-01-15T23:59:59.000Z", id_type="ruc"),
        chat.vendor.add(first_name="B", created_at="2024-02-01T00:00:00.000Z", id_number="17"),
        chat.vendor.add(first_name="C", created_at="2024-03-01T00:00:00.000Z", platform="whatsapp"),
    ]

    def found(**query: str) -> list[str]:
        return [row["id"] for row in chat.get("/customers", query).json["customers"]]

    assert found(start_date="2024-01-15", end_date="2024-02-01") == made[:2]
    assert found(id_type="ruc") == made[:1]
    assert found(id_number="17") == made[1:2]
    assert found(platform="whatsapp") == made[2:]


def test_one_is_found_by_id_phone_and_email(chat: Client) -> None:
    key = chat.vendor.add(**ANA, phone="+593990000001")
    for who in (key, "+593990000001", "593990000001", "ana@example.com"):
        answer = chat.get(f"/customers/{quote(who, safe='')}")
        assert answer.json["customer"]["id"] == key
        assert answer.json["message"] == "Customer found successfully"
    answer = chat.get("/customers/nobody")
    assert (answer.status, answer.json) == (404, {"message": "Customer not found"})


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_create_is_taken_flat_or_wrapped(chat: Client, wrapped: bool) -> None:
    body = {**ANA, "customer_addresses_attributes": [{"address": "Calle 1", "city": "Quito"}]}
    answer = chat.send("POST", "/customers", body={"customer": body} if wrapped else body)
    assert answer.status == 200
    made = answer.json["customer"]
    assert (made["first_name"], made["city"]) == ("Ana", "Quito")
    assert chat.vendor.rows[made["id"]]["address"] == "Calle 1"


def test_a_refusal_is_a_302(chat: Client) -> None:
    chat.vendor.add(**ANA, phone="+593990000001")
    for body in (
        {"first_name": "Ana"},
        {**ANA, "email": ""},
        {**ANA, "email": "ANA@example.com"},
        {**ANA, "email": "eva@example.com", "phone": "593990000001"},
    ):
        answer = chat.send("POST", "/customers", body=body)
        assert answer.status == 302
        assert answer.json["errors"]
        assert "Location" not in answer.headers
    assert len(chat.vendor.rows) == 1


def test_phones_are_rewritten(chat: Client) -> None:
    for sent, country, kept in (
        ("0990000001", "EC", "+593990000001"),
        ("+525550000001", None, "+5215550000001"),
        ("+593990000002", None, "+593990000002"),
    ):
        body = {"first_name": "Ana", "last_name": "B", "phone": sent, "country_id": country}
        assert chat.send("POST", "/customers", body=body).json["customer"]["phone"] == kept


def test_an_update_changes_what_is_sent_and_answers_without_the_customer(chat: Client) -> None:
    key = chat.vendor.add(**ANA, notes="old")
    tags = [{"name": "VIP", "value": True}]
    contents = [{"field_name": "puntos", "field_content": "7"}]
    body = {"notes": "new", "tags": tags, "custom_fields": contents}
    answer = chat.send("PUT", f"/customers/{key}", body=body)
    assert (answer.status, answer.json) == (200, {"message": "Customer updated successfully"})
    row = chat.get(f"/customers/{key}").json["customer"]
    assert (row["notes"], row["email"]) == ("new", "ana@example.com")
    assert row["tags"][0]["tag"] == "VIP"
    assert row["custom_fields"] == [{"field_name": "puntos", "field_content:": "7"}]


def test_nothing_is_deleted(chat: Client) -> None:
    key = chat.vendor.add(**ANA)
    assert chat.send("DELETE", f"/customers/{key}").status == 405
    assert key in chat.vendor.rows
