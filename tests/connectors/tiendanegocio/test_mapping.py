import json
from datetime import UTC, datetime

from connectors.records import CustomerRecord, Document, Name
from connectors.tiendanegocio.mapping import from_record, to_record
from tests.connectors.support import rows_of, sample

ANA, BETO = (to_record(json.loads(row)) for row in rows_of("tiendanegocio", "list_last", "results"))


def test_the_pages_own_customer() -> None:
    assert ANA.external_id == "901"
    assert ANA.name == Name("Ana", "Suárez")
    assert ANA.phone == "541122334455"  # as the vendor writes it: no plus
    assert ANA.document == Document("dni", "30111222")
    assert ANA.notes == "Cliente VIP"
    assert ANA.accepts_marketing is False
    assert ANA.updated_at == datetime(2026, 1, 11, 9, 30, tzinfo=UTC)


def test_nulls_and_empty_texts_say_that_there_is_none() -> None:
    assert BETO.name == Name("Beto")
    assert BETO.email == BETO.phone == BETO.notes == ""
    assert BETO.document == Document()


def test_an_address_of_undocumented_keys_is_shown_and_not_read() -> None:
    assert BETO.address is None
    assert BETO.owned["address"] == {"calle": "Ejemplo 1", "localidad": "Rosario"}
    assert "address" not in ANA.owned  # an empty object
    created = to_record(json.loads(sample("tiendanegocio", "created")))
    assert "address" not in created.owned  # null


def test_what_was_spent_is_the_vendors() -> None:
    assert ANA.owned["total_spent"] == "1250.50"
    assert ANA.owned["orders_count"] == 3
    assert BETO.owned == {
        "total_spent": "0.00",
        "orders_count": 0,
        "address": BETO.owned["address"],
    }


def test_a_missing_key_was_not_said() -> None:
    record = to_record({"id": 0})
    assert record == CustomerRecord(external_id="0")


def test_an_update_sends_every_field_and_never_a_password() -> None:
    current = json.loads(sample("tiendanegocio", "get_one")) | {"password": "x"}
    record = CustomerRecord(external_id="901", phone="+54 11 2233-4400", company_name="Ejemplo SA")
    assert from_record(record, current) == {
        "name": "Ana",
        "last_name": "Suárez",
        "email": "ana.suarez@example.com",
        "phone": "541122334400",
        "identification": "30111222",
        "identification_type": "DNI",
        "note": "Cliente VIP",
        "company": "Ejemplo SA",
    }


def test_a_document_is_written_with_its_type_in_capitals() -> None:
    record = CustomerRecord(external_id="", document=Document("cuit", "20-30111222-3"))
    assert from_record(record, {}) == {
        "identification": "20-30111222-3",
        "identification_type": "CUIT",
    }
