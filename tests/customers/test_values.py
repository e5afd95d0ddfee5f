"""How values are compared, shown and kept as JSON."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.records import FIELDS
from customers.normalise import state
from customers.values import (
    ADDRESS_PARTS,
    canonical,
    digits,
    fold,
    joined_name,
    plain,
    same,
    to_json,
)
from tests.customers.strategies import records, regions, texts

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("email", "Ana@Example.com", " ana@example.com"),
        ("name", {"given": "Ana", "family": "Prado"}, {"full": "ANA  PRADO"}),
        ("phone", "+593991234567", "+593991234567"),
        ("phone", "099 123-4567", "0991234567"),
        ("document", {"type": "cpf", "number": "529.982.247-25"}, {"number": "52998224725"}),
        ("document", {"number": "12.345.678-k"}, {"number": "12345678K"}),
        ("address", {"street": "Av. Sol", "number": "12"}, {"street": "av sol,", "number": "12"}),
        ("address", {"street": "Rua A, 5", "city": "Lima"}, {"street": "Rua A 5", "city": "LIMA"}),
        ("notes", "Cafe\u0301", "Café"),
        ("notes", "", None),
    ],
)
def test_spelling_is_no_difference(field: str, one: Any, other: Any) -> None:
    assert same(field, one, other)


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("name", {"full": "Jose Perez"}, {"full": "José Pérez"}),  # an accent is a correction
        ("name", {"full": "Ana Prado"}, {"full": "Prado Ana"}),
        ("phone", "+593991234567", "+593991234568"),
        ("accepts_marketing", False, ""),  # a no is an answer
        ("accepts_marketing", False, None),
        ("accepts_marketing", True, False),
        ("document", {"number": "0012345"}, {"number": "12345"}),
        ("email", "ana@example.com", ""),
    ],
)
def test_a_change_worth_keeping_is_a_difference(field: str, one: Any, other: Any) -> None:
    assert not same(field, one, other)


@given(records, regions)
def test_every_value_is_the_same_as_itself_read_from_json(record: Any, region: str) -> None:
    for field, value in state(record, region).values.items():
        assert same(field, value, json.loads(to_json(value)))


@given(st.sampled_from(FIELDS), texts, texts)
def test_sameness_is_symmetric_and_follows_the_canonical_form(
    field: str, one: str, other: str
) -> None:
    values = [{"name": {"full": one}, "document": {"number": one}, "address": {"city": one}}]
    values += [{"name": {"full": other}, "document": {"number": other}, "address": {"city": other}}]
    a, b = values[0].get(field, one), values[1].get(field, other)
    assert same(field, a, b) == same(field, b, a) == (canonical(field, a) == canonical(field, b))


@given(st.sampled_from(["email", "notes", "phone", "company_name"]), texts)
def test_canonical_text_is_its_own_canonical_form(field: str, text: str) -> None:
    assert canonical(field, canonical(field, text)) == canonical(field, text)


@given(json_values)
def test_json_gives_back_what_it_was_given(value: Any) -> None:
    assert json.loads(to_json(value)) == value


@given(st.dictionaries(texts, texts, min_size=2, max_size=5))
def test_equal_values_have_equal_json(value: dict[str, str]) -> None:
    assert to_json(value) == to_json(dict(reversed(value.items())))


@given(texts)
def test_folding_is_idempotent_and_leaves_no_capital_nor_double_space(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(text.upper()) == fold(text.lower()) or not text.isascii()
    assert "  " not in fold(text)


def test_folding_drops_accents() -> None:
    assert fold("  JOSÉ  Ñandú Gonçalves ") == "jose nandu goncalves"


def test_digits_are_the_ascii_ones_in_order() -> None:
    assert digits("+593 (99) 123-4567 ٣") == "593991234567"


@pytest.mark.parametrize(
    ("value", "joined"),
    [
        ("", ""),
        (None, ""),
        ({"given": "Ana"}, "Ana"),
        ({"family": "Prado"}, "Prado"),
        ({"given": "Ana", "family": "Prado"}, "Ana Prado"),
        ({"full": "Ana Prado"}, "Ana Prado"),
    ],
)
def test_a_name_is_one_string(value: Any, joined: str) -> None:
    assert joined_name(value) == joined


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        ("notes", "", ""),
        ("notes", None, ""),
        ("accepts_marketing", False, "no"),
        ("accepts_marketing", True, "yes"),
        ("name", {"given": "Ana", "family": "Prado"}, "Ana Prado"),
        ("document", {"type": "cpf", "number": "1", "country": "BR"}, "CPF BR 1"),
        ("document", {"number": "1"}, "1"),
        ("address", {"city": "Quito", "street": "Av. Sol"}, "Av. Sol, Quito"),
        ("birth_date", "1990-02-01", "1990-02-01"),
    ],
)
def test_a_value_is_shown_as_one_line(field: str, value: Any, shown: str) -> None:
    assert plain(field, value) == shown


@given(st.dictionaries(st.sampled_from(ADDRESS_PARTS), texts, max_size=8))
def test_an_address_is_compared_by_all_its_parts(address: dict[str, str]) -> None:
    for part, text in address.items():
        longer = {**address, part: text + " zz9"}
        assert not same("address", address, longer)


@given(st.text())
def test_folding_takes_away_what_is_written_above_and_below(text: str) -> None:
    parts = unicodedata.normalize("NFKD", text)
    letters = "".join(part for part in parts if not unicodedata.combining(part))
    assert fold(text) == " ".join(letters.casefold().split())


@given(st.text())
def test_only_the_ascii_digits_are_kept(text: str) -> None:
    assert digits(text) == "".join(one for one in text if one in "0123456789")
