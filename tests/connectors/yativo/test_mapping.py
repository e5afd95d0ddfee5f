import json
from datetime import UTC, datetime

import msgspec
import pytest

from connectors.errors import UnreadableRecordError
from connectors.records import Address, CustomerRecord, Name
from connectors.yativo.countries import alpha2, alpha3
from connectors.yativo.mapping import create_body, to_record, update_body
from tests.connectors.support import rows_of, sample

LUCIA, OBI = (to_record(json.loads(row)) for row in rows_of("yativo", "list_first", "data"))
BARE = to_record(json.loads(rows_of("yativo", "list_last", "data")[0]))
ADDRESS = Address(
    street="Rua Exemplo",
    number="10",
    city="São Paulo",
    state="SP",
    postal_code="01000-000",
    country="BR",
)


def test_the_pages_own_customer() -> None:
    assert LUCIA.external_id == "0b8f6f0e-5a0d-4c53-9a51-1f1b7c1f0001"
    assert LUCIA.name == Name(full="Lucía Prado")
    assert LUCIA.phone == "+5511900000001"
    assert LUCIA.address == ADDRESS
    assert LUCIA.owned == {"customer_status": "pending", "can_create_vc": 0, "can_create_va": 1}
    assert (LUCIA.created_at, LUCIA.updated_at, LUCIA.kind) == (None, None, None)


def test_the_newer_customer_has_a_country_and_no_address() -> None:
    """The country may be a name; a status that no page lists breaks nothing."""
    assert OBI.address == Address(country="NG")
    assert OBI.created_at == datetime(2026, 4, 2, 10, tzinfo=UTC)
    assert OBI.owned == {"customer_status": "suspended", "customer_kyc_status": "manual_review"}


def test_what_is_absent_was_not_said() -> None:
    assert CustomerRecord(external_id="0b8f6f0e-5a0d-4c53-9a51-1f1b7c1f0003") == BARE


@pytest.mark.parametrize(
    ("kind", "ours"), [("individual", "person"), ("business", "company"), ("trust", None)]
)
def test_the_type_is_the_kind(kind: str, ours: str | None) -> None:
    assert to_record({"customer_id": "a", "customer_type": kind}).kind == ours


@pytest.mark.parametrize("empty", [None, [], ""])
def test_an_address_that_is_empty_says_that_there_is_none(empty: object) -> None:
    assert to_record({"customer_id": "a", "customer_address": empty}).address == Address()


@pytest.mark.parametrize("odd", ["Rua 1", [1], 5])
def test_an_address_that_is_no_object_is_unreadable(odd: object) -> None:
    with pytest.raises(UnreadableRecordError):
        to_record({"customer_id": "a", "customer_address": odd})


def test_a_create_says_the_type_and_never_mails_the_person() -> None:
    record = msgspec.structs.replace(LUCIA, kind="company")
    assert create_body(record, "") == {
        "customer_name": "Lucía Prado",
        "customer_email": "lucia.prado@example.com",
        "customer_phone": "+5511900000001",
        "customer_country": "BRA",
        "customer_type": "business",
        "send_kyc_mail": False,
        "customer_address": {
            "street": "Rua Exemplo",
            "number": "10",
            "city": "São Paulo",
            "state": "SP",
            "zipcode": "01000-000",
            "country": "BRA",
        },
    }


def test_a_create_without_an_address_has_the_default_country() -> None:
    body = create_body(CustomerRecord(external_id="", name=Name("Ana", "Paz")), "ec")
    assert (body["customer_country"], body["customer_name"]) == ("ECU", "Ana Paz")
    assert "customer_address" not in body
    assert body["customer_type"] == "individual"


def test_an_update_keeps_what_is_not_stated() -> None:
    current = json.loads(sample("yativo", "get_one"))["data"]
    address = Address(street="Calle 1", complement="piso 2", city="Quito", country="EC")
    body = update_body(CustomerRecord(external_id="x", email="new@example.com"), current)
    moved = update_body(CustomerRecord(external_id="x", address=address), current)
    assert body == {
        key: value
        for key, value in (current | {"customer_email": "new@example.com"}).items()
        if key not in ("can_create_vc", "can_create_va", "customer_status")
    }
    assert moved["customer_address"]["street"] == "Calle 1, piso 2"
    assert moved["customer_country"] == moved["customer_address"]["country"] == "ECU"


@pytest.mark.parametrize(
    ("written", "two", "three"),
    [
        ("BRA", "BR", "BRA"), ("br", "BR", "BRA"), ("Brasil", "BR", "BRA"), ("México", "MX", "MEX"),
        ("AZE", "AZ", "AZE"), ("United States", "US", "USA"), ("Nigeria", "NG", "NGA"),
        ("Atlantis", "Atlantis", ""), ("", "", ""),
    ],
)  # fmt: skip
def test_a_country_comes_as_a_code_or_a_name(written: str, two: str, three: str) -> None:
    assert (alpha2(written), alpha3(written)) == (two, three)
