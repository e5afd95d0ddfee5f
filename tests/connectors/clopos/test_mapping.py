import json
from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.clopos.mapping import from_record, to_record
from connectors.errors import UnreadableRecordError
from connectors.records import Address, CustomerRecord, Name
from tests.connectors.support import rows_of, sample

LEYLA, RASHAD = (
    to_record(json.loads(row)) for row in rows_of("clopos", "list_newest_first", "data")
)


def test_a_customer_with_its_group() -> None:
    assert LEYLA.external_id == "31"
    assert LEYLA.name == Name(full="Leyla Demo")
    assert LEYLA.email == LEYLA.notes == ""
    assert (LEYLA.gender, LEYLA.birth_date) == ("female", "1991-04-05")
    assert LEYLA.updated_at == datetime(2026, 1, 3, 3, 4, 5, tzinfo=UTC)
    assert LEYLA.owned["group"] == {"id": 2, "name": "VIP"}
    assert (LEYLA.owned["spent"], LEYLA.owned["receipt_count"], LEYLA.owned["code"]) == (
        12.5,
        1,
        "C31",
    )


def test_further_phones_without_the_one_that_repeats_the_first() -> None:
    assert LEYLA.phone == "+994500000000"
    assert LEYLA.other_phones == ("+994 50 000 00 09",)


def test_a_phone_that_stands_in_the_list_only() -> None:
    assert RASHAD.phone == "+994705401040"
    assert RASHAD.other_phones == ()


@pytest.mark.parametrize(
    ("raw", "phone", "others"),
    [
        ({}, None, ()),
        ({"phone": None}, "", ()),
        ({"phone": None, "phones": None}, "", ()),
        ({"phones": []}, None, ()),
        ({"phones": ["1", 2, "1"]}, "1", ("2",)),
        ({"phone": "1", "phones": [{"odd": 1}, "", "3", "2"]}, "1", ("3", "2")),
    ],
)
def test_phones_in_every_state(
    raw: dict[str, Any], phone: str | None, others: tuple[str, ...]
) -> None:
    record = to_record({"id": 1, **raw})
    assert (record.phone, record.other_phones) == (phone, others)


def test_an_address_is_one_line_or_the_first_of_the_entries() -> None:
    assert LEYLA.address == Address(street="Demo street 1")
    assert RASHAD.address == Address(street="Nizami 5")
    assert to_record({"id": 1, "address": None, "address_data": []}).address == Address()
    assert to_record({"id": 1, "address_data": None}).address == Address()
    assert to_record({"id": 1}).address is None


def test_the_till_does_not_say_what_is_null() -> None:
    assert RASHAD.gender == RASHAD.birth_date == ""
    assert to_record({"id": 1}).gender is None
    assert to_record({"id": 1, "gender": 3}).gender is None


def test_older_keys_are_not_part_of_the_customer() -> None:
    assert not {"balance", "cashback_balance", "phone_verified_at"} & set(RASHAD.owned)


@pytest.mark.parametrize(
    "raw", [{}, {"id": 1, "phones": "123"}, {"id": 1, "date_of_birth": "soon"}]
)
def test_an_unreadable_customer_says_so(raw: dict[str, Any]) -> None:
    with pytest.raises(UnreadableRecordError):
        to_record(raw)


def test_a_create_sends_what_its_table_lists() -> None:
    record = CustomerRecord(
        external_id="",
        name=Name("Leyla", "Demo"),
        email="",
        phone="+994500000000",
        notes="from hub",
        gender="female",
        birth_date="1991-04-05",
        address=Address(street="Demo street 1"),
    )
    assert from_record(record) == {
        "name": "Leyla Demo",
        "email": None,
        "phone": "+994500000000",
        "description": "from hub",
        "gender": 2,
        "date_of_birth": "1991-04-05",
    }


def test_a_created_customer_reads_back() -> None:
    record = to_record(json.loads(sample("clopos", "created"))["data"])
    assert (record.external_id, record.notes, record.email) == (
        "32",
        "from hub",
        "leyla@example.com",
    )
