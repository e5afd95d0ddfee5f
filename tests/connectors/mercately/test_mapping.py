import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.errors import UnreadableRecordError
from connectors.mercately.mapping import VOLATILE, from_record, to_record
from connectors.records import Address, CustomerRecord, Document, Name
from tests.connectors.support import rows_of

ROSA = CustomerRecord(
    external_id="",
    name=Name("Rosa", "Andrade"),
    email="rosa.andrade@example.com",
    phone="+593990000001",
    document=Document("passport", "AB123456"),
    address=Address(street="Calle Ejemplo", number="1", neighbourhood="Centro", city="Quito"),
    notes="",
)


def of(name: str, key: str = "customers", place: int = 0) -> CustomerRecord:
    return to_record(json.loads(rows_of("mercately", name, key)[place]))


def test_the_pages_own_customer() -> None:
    record = of("list_page")
    assert record.external_id == "12345"
    assert record.name == Name("Rosa", "Andrade")
    assert record.document == Document("cedula", "1710034065")
    assert record.address == Address(
        street="Calle Ejemplo 1", city="Quito", state="Pichincha", postal_code="170101"
    )
    assert record.created_at == datetime(2026, 1, 15, 10, 30, tzinfo=UTC)
    assert record.updated_at == datetime(2026, 1, 20, 15, 45, tzinfo=UTC)
    assert record.accepts_whatsapp is None


def test_a_chat_contact_as_clients_meet_it() -> None:
    """An id of letters, no name, creation_date, no updated_at, a phone without plus."""
    record = of("list_real")
    assert record.external_id == "77abcde502"
    assert record.name == Name()
    assert record.email == ""
    assert record.phone == "593990000002"
    assert record.document == Document()
    assert record.accepts_whatsapp is True
    assert record.created_at == datetime(2026, 2, 1, 8, tzinfo=UTC)
    assert record.updated_at is None


def test_the_newest_of_several_addresses() -> None:
    assert of("list_real").address == Address(
        street="Av. Nueva 10", city="Cuenca", state="Azuay", postal_code="010101", country="EC"
    )


def test_custom_fields_are_read_under_the_key_that_ends_in_a_colon() -> None:
    owned = of("list_real").owned
    assert owned["custom_fields"] == {"puntos": "10", "talla": "M"}
    assert owned["tags"] == ["VIP", "mayorista"]


def test_the_conversation_is_no_part_of_the_customer() -> None:
    raw = json.loads(rows_of("mercately", "list_real", "customers")[0])
    assert set(raw) >= VOLATILE
    moved = raw | dict.fromkeys(VOLATILE, "moved")
    assert to_record(moved) == to_record(raw)


def test_what_is_absent_was_not_said() -> None:
    record = of("list_real", place=1)
    assert record.name == Name("Iván")
    assert record.phone is None
    assert record.address is None
    assert record.document == Document("passport", "AB123456")


def test_an_empty_list_of_addresses_says_that_there_is_none() -> None:
    record = of("list_real", place=2)
    assert record.address == Address()
    assert record.document == Document("", "X-1")


def test_addresses_under_the_name_for_writing() -> None:
    record = to_record({"id": 1, "customer_addresses_attributes": [{"address": "Calle 9"}]})
    assert record.address == Address(street="Calle 9")


@pytest.mark.parametrize(
    "raw", [{}, {"id": None}, {"id": 1, "email": {}}, {"id": 1, "customer_addresses": "Calle"}]
)
def test_an_unreadable_customer_says_so(raw: dict[str, Any]) -> None:
    with pytest.raises(UnreadableRecordError):
        to_record(raw)


def test_a_flat_body_nests_the_address() -> None:
    assert from_record(ROSA, None, nested_address=True) == {
        "first_name": "Rosa",
        "last_name": "Andrade",
        "email": "rosa.andrade@example.com",
        "phone": "+593990000001",
        "notes": "",
        "id_type": "pasaporte",
        "id_number": "AB123456",
        "customer_addresses_attributes": [
            {"address": "Calle Ejemplo 1, Centro", "city": "Quito", "state": "", "zip_code": ""}
        ],
    }


def test_an_address_is_changed_by_its_id_and_not_added() -> None:
    current = json.loads(rows_of("mercately", "list_real", "customers")[0])
    body = from_record(ROSA, current, nested_address=True)
    assert body["customer_addresses_attributes"][0]["id"] == 4


def test_only_what_is_stated_is_sent() -> None:
    assert from_record(
        CustomerRecord(external_id="1", email="a@example.com"), {}, nested_address=True
    ) == {"email": "a@example.com"}


def test_a_document_of_a_type_that_they_do_not_know_is_not_sent() -> None:
    record = CustomerRecord(external_id="", document=Document("cpf", "52998224725"))
    assert from_record(record, None, nested_address=True) == {}


def test_a_document_can_be_taken_away() -> None:
    record = CustomerRecord(external_id="", document=Document())
    assert from_record(record, None, nested_address=True) == {"id_type": None, "id_number": ""}
