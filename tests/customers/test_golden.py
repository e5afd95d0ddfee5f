"""The golden record: its values in columns and back."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers import bulk
from customers.golden import (
    COLUMNS,
    EVERYTHING,
    LOADED,
    Golden,
    home_country,
    loaded,
    stamp,
    values_of,
)
from customers.models import Customer
from customers.normalise import search_text, state
from customers.values import EMPTY, same
from tests.customers.strategies import records, regions

NOW = datetime(2026, 5, 1, 12, 30, 15, 123456, tzinfo=UTC)
PERSON = ["person", 7, None, "2026-05-01T12:30:15+00:00"]


def golden(values: dict[str, Any], id: int = 1) -> Golden:  # noqa: A002
    return Golden(id, {k: v for k, v in values.items() if v != EMPTY}, {EVERYTHING: PERSON})


def stored(one: Golden) -> Golden:
    """Written by the bulk writer and read back as a page of records reads it."""
    with transaction.atomic():
        one.id = bulk.new_ids(Customer, 1)[0]
        bulk.insert(Customer, ("id", "created_at", *COLUMNS), [(one.id, NOW, *one.row(NOW))])
    return loaded(Customer.objects.filter(pk=one.id).values_list(*LOADED).get())


@pytest.mark.django_db
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records, regions)
def test_a_customer_reads_back_as_it_was_written(record: Any, region: str) -> None:
    found = state(record, region)
    one = golden(found.values)
    one.others = {"emails": ["second@example.com"]}
    one.search_text = search_text([found.values], [found.also])
    again = stored(one)
    assert set(again.values) == set(one.values)
    for field, value in one.values.items():
        assert same(field, again.values[field], value)
    assert (again.others, again.provenance) == (one.others, one.provenance)
    assert (again.search_text, again.version) == (one.search_text, one.version)
    assert again.values == stored(again).values


@pytest.mark.django_db
@pytest.mark.parametrize(
    "values",
    [
        {},
        {"name": {"given": "Ana"}},
        {"name": {"family": "Prado"}},
        {"name": {"given": "Ana", "family": "Prado"}},
        {"name": {"full": "Ana Prado"}},
        {"accepts_marketing": False, "accepts_whatsapp": True},
        {"document": {"number": "ABC-17"}},
        {"document": {"type": "cpf", "number": "52998224725", "country": "BR"}},
        {"birth_date": "0999-12-31"},
        {"address": {"city": "Lima", "country": "Perú"}},
        {"kind": "company", "company_name": "Sol", "state_registration": "1", "notes": "a\nb"},
    ],
    ids=str,
)
def test_each_field_keeps_its_value(values: dict[str, Any]) -> None:
    assert stored(golden(values)).values == values


@pytest.mark.django_db
def test_the_columns_are_what_people_and_lists_read() -> None:
    stored(
        golden(
            {
                "name": {"given": "Ana", "family": "Prado"},
                "document": {"type": "cpf", "number": "52998224725", "country": "BR"},
                "birth_date": "1990-02-01",
                "accepts_marketing": False,
            }
        )
    )
    one = Customer.objects.get()
    assert (one.name, one.given_name, one.family_name) == ("Ana Prado", "Ana", "Prado")
    assert (one.document_type, one.document_number) == ("cpf", "52998224725")
    assert (one.country, one.birth_date.isoformat()) == ("BR", "1990-02-01")  # type: ignore[union-attr]
    assert (one.accepts_marketing, one.accepts_whatsapp) == (False, None)
    assert (one.created_at, one.updated_at) == (NOW, NOW)
    assert values_of(vars(one)) == stored(golden(values_of(vars(one)))).values


def test_setting_a_field_keeps_who_did_and_blank_takes_it_away() -> None:
    one = golden({"notes": "a"})
    assert one.by_person("notes")
    one.set("notes", "b", ["link", 3, 4, "2026"])
    assert (one.value("notes"), one.source("notes")[:2], one.dirty) == ("b", ["link", 3], True)
    assert not one.by_person("notes")
    assert one.by_person("email")
    one.set("notes", "", PERSON)
    assert (one.value("notes"), "notes" in one.values, one.by_person("notes")) == ("", False, True)


def test_a_customer_without_a_story_is_nobodys() -> None:
    one = Golden(1, {}, {})
    assert one.source("notes") == ["", None, None, ""]
    assert not one.by_person("notes")


@pytest.mark.parametrize(
    ("values", "country"),
    [
        ({}, ""),
        ({"address": {"country": "ec"}, "phone": "+5511987654321"}, "EC"),
        ({"address": {"country": "Ecuador"}, "document": {"number": "1", "country": "BR"}}, "BR"),
        ({"phone": "+5511987654321"}, "BR"),
        ({"phone": "0991234567"}, ""),
        ({"address": {"country": "aß"}}, ""),
    ],
)
def test_a_country_is_the_addresss_else_the_documents_else_the_phones(
    values: dict[str, Any], country: str
) -> None:
    assert home_country(values) == country


@given(st.datetimes(min_value=datetime(1900, 1, 2)), st.integers(-12, 12))  # noqa: DTZ001
def test_a_moment_is_kept_in_utc_whatever_its_zone(moment: datetime, hours: int) -> None:
    utc = moment.replace(tzinfo=UTC)
    local = utc.astimezone(timezone(timedelta(hours=hours))) if moment.year < 9999 else utc
    assert stamp(local) == stamp(utc)
    assert stamp(utc).endswith("+00:00")
