import json
from typing import Any

import pytest

from connectors.errors import UnreadableRecordError
from connectors.records import Address, CustomerRecord, Document, Name
from connectors.yampi.mapping import from_record, to_record
from tests.connectors.support import rows_of, sample

ANA, FIRM, GONE = (to_record(json.loads(row)) for row in rows_of("yampi", "list_page", "data"))


def test_the_pages_own_customer() -> None:
    assert ANA.external_id == "9001"
    assert ANA.name == Name("Ana", "Teste")
    assert ANA.phone == "11900000000"  # an object, without the country's code
    assert (ANA.kind, ANA.document) == ("person", Document("cpf", "52998224725", "BR"))
    assert (ANA.birth_date, ANA.accepts_marketing, ANA.accepts_whatsapp) == (
        "1990-02-03",
        True,
        False,
    )
    assert ANA.owned["last_order_value"] == "10.00"
    assert ANA.anonymized is False


def test_the_address_that_was_changed_last_by_its_date_object() -> None:
    """02:04 UTC of the next day, in São Paulo still the 2nd: the zone counts."""
    assert ANA.address == Address(
        street="Rua B",
        number="7",
        complement="ap 2",
        neighbourhood="Lapa",
        city="Rio de Janeiro",
        state="RJ",
        postal_code="20010000",
        country="BR",
    )


def test_a_company_with_both_documents_and_an_address_as_one_object() -> None:
    assert (FIRM.kind, FIRM.company_name, FIRM.state_registration) == (
        "company",
        "Exemplo Ltda",
        "123",
    )
    assert FIRM.document == Document("cnpj", "11222333000181", "BR")
    assert FIRM.other_documents == (Document("cpf", "11144477735", "BR"),)
    assert FIRM.phone == "16981875668"  # area code and number
    assert FIRM.address == Address(
        street="Rua C", number="3", city="Franca", state="SP", country="BR"
    )


def test_an_anonymized_customer_carries_the_sign() -> None:
    assert GONE.anonymized is True
    assert GONE.name == Name(full="Anônimo")
    assert GONE.address == Address()


def test_addresses_that_were_not_included_were_not_said() -> None:
    assert to_record({"id": 1}) == CustomerRecord(external_id="1")


@pytest.mark.parametrize(
    "raw", [{"id": 1, "addresses": "x"}, {"id": 1, "addresses": [1]}, {"id": []}]
)
def test_an_unreadable_customer_says_so(raw: dict[str, Any]) -> None:
    with pytest.raises(UnreadableRecordError):
        to_record(raw)


def test_a_write_uses_the_read_objects_names_and_a_local_phone() -> None:
    record = CustomerRecord(
        external_id="",
        name=Name(full="Bia Lima"),
        phone="+5516981875668",
        document=Document("cnpj", "11222333000181"),
        company_name="Exemplo Ltda",
        birth_date="1990-02-03",
        accepts_marketing=False,
    )
    assert from_record(record, {}) == {
        "first_name": "Bia",
        "last_name": "Lima",
        "phone": {"full_number": "16981875668"},
        "cnpj": "11222333000181",
        "razao_social": "Exemplo Ltda",
        "birthday": "1990-02-03",
        "newsletter": False,
    }


def test_an_update_keeps_what_is_not_stated() -> None:
    current = json.loads(sample("yampi", "get_one"))["data"]
    body = from_record(CustomerRecord(external_id="9001", notes="VIP"), current)
    assert body["notes"] == "VIP"
    assert body["email"] == "ana@example.com"
    assert not {"token", "ip", "login_url", "anonymized"} & set(body)
