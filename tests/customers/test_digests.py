"""When a record counts as changed."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from msgspec.structs import replace

from connectors.records import Address, CustomerRecord, Document, Name
from customers.digests import Digester
from customers.normalise import state, texts
from tests.customers.strategies import records, regions

ANA = CustomerRecord(
    external_id="1",
    name=Name(given="Ana", family="Prado"),
    email="ana@example.com",
    phone="(11) 98765-4321",
    document=Document("cpf", "529.982.247-25"),
    accepts_marketing=True,
    owned={"orders": 3, "group": "gold"},
    updated_at=datetime(2026, 5, 1, tzinfo=UTC),
)


def digest(record: CustomerRecord, version: int = 1, region: str = "BR") -> bytes:
    return Digester(version, region).canonical(record, texts(record, state(record, region)))


@pytest.mark.parametrize(
    "changes",
    [
        {"external_id": "2"},
        {"name": Name(given="Ana", family="Prada")},
        {"name": Name()},
        {"name": None},
        {"email": ""},
        {"email": None},
        {"phone": "(11) 98765-4322"},
        {"document": Document("cpf", "111.444.777-35")},
        {"accepts_marketing": False},
        {"accepts_marketing": None},
        {"address": Address(city="Lima")},
        {"other_emails": ("second@example.com",)},
        {"other_phones": ("(11) 98765-0000",)},
        {"owned": {"orders": 4, "group": "gold"}},
        {"anonymized": True},
        {"birth_date": "1990-01-01"},
    ],
)
def test_what_changes_the_meaning_changes_the_digest(changes: dict[str, Any]) -> None:
    assert digest(replace(ANA, **changes)) != digest(ANA)


@pytest.mark.parametrize(
    "changes",
    [
        {"updated_at": datetime(2026, 6, 1, tzinfo=UTC)},
        {"created_at": datetime(2020, 6, 1, tzinfo=UTC)},
        {"owned": {"group": "gold", "orders": 3}},
        {"document": Document("cpf", "52998224725", "BR")},
    ],
)
def test_times_order_and_spelling_of_a_document_do_not(changes: dict[str, Any]) -> None:
    assert digest(replace(ANA, **changes)) == digest(ANA)


def test_another_mapping_or_region_reads_every_record_anew() -> None:
    assert len({digest(ANA), digest(ANA, version=2), digest(ANA, region="EC")}) == 3
    row = b'{"id": 1}'
    raws = {Digester(*one).raw(row) for one in [(1, "BR"), (2, "BR"), (1, "EC")]}
    assert len(raws) == 3
    assert Digester(1, "BR").raw(row) == Digester(1, "BR").raw(row)
    assert Digester(1, "BR").raw(row) != Digester(1, "BR").raw(row + b" ")


@given(records, records, regions)
def test_two_records_have_one_digest_only_if_they_mean_the_same(
    one: Any, other: Any, region: str
) -> None:
    a, b = state(one, region), state(other, region)
    same = (a.values, a.also) == (b.values, b.also)
    assert (digest(one, region=region) == digest(other, region=region)) == same


def test_what_is_stored_today_is_known_tomorrow() -> None:
    """Whoever changes these reads every record of every customer anew."""
    assert digest(ANA).hex() == "41505bf0b8a0d0fcc77bdf11f642bec4"
    assert Digester(1, "BR").raw(b'{"id": 1}').hex() == "4b1cf8c7f79b3617d666fa99e71a5468"
