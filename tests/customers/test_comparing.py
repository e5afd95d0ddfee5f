"""How like two people are, field by field."""

from typing import Any

import numpy as np
import pytest

from connectors.records import Address
from customers.columns import columns_of
from customers.comparing import BIRTH_DATE, DOCUMENT, EMAIL, PHONE, Compared, compare
from customers.levels import FIELDS, LEVELS
from customers.profiles import Profile
from tests.customers.people import CPF, OTHER_CPF, who


def compared(one: Profile, other: Profile) -> Compared:
    left, right = np.array([0], dtype=np.int32), np.array([1], dtype=np.int32)
    return compare(columns_of((one, other)), left, right)


def levels(one: Profile, other: Profile) -> dict[str, str]:
    found = compared(one, other).levels[0]
    return {field: LEVELS[field][at - 1] for field, at in zip(FIELDS, found, strict=True) if at}


@pytest.mark.parametrize(
    ("one", "other", "given", "family"),
    [
        ("Ana Prado", "ANA PRADO", "same", "same"),
        ("João da Silva", "Joao Silva", "same", "same"),
        ("Ana García López", "Ana García López", "same", "two the same"),
        ("Ana García López", "Ana García", "same", "same"),
        ("Ana García López", "Ana López", "same", "same"),
        ("Ana García L.", "Ana García López", "same", "same"),
        ("García López, Ana", "Ana García López", "same", "two the same"),
        ("José García", "Pepe García", "short form", "same"),
        ("Beto García", "Roberto García", "short form", "same"),
        ("José Luis García", "Luis García", "another of theirs", "same"),
        ("J. García", "José García", "initial", "same"),
        ("Gabriela García", "Gabriella García", "one slip", "same"),
        ("Ana Gonzalez", "Ana Gonsalez", "same", "one slip"),
        ("Ana Gonzalez Pérez", "Ana Gonsalez Pérez", "same", "one slip"),
        ("Prado Ana", "Ana Prado", "swapped", "swapped"),
        ("Prado Anabela", "Anabella Prado", "swapped", "swapped"),
        ("Mario Silva", "Maria Silva", "differs", "same"),
        ("Juan Silva", "Juana Silva", "differs", "same"),
        ("Ana García López", "Ana García Pérez", "same", "one of two"),
        ("Ana Prado 1", "Ana Prado 10", "same", "one of two"),
        ("Ana Tatiane Prado", "Ana Souza Prado", "same", "one of two"),
        ("Ana Souzaprado", "Ana Souza Prado", "same", "one slip"),
        ("Ana Souza Prado", "Ana Souz Aprado", "same", "one slip"),
        ("Ana Souza Prado", "Ana Pouza Srado", "same", "one slip"),
        ("Prado Souza Ana", "Ana Prado Souza", "same", "two the same"),
        ("Prado Souza Tatiane", "Tatiane Prado Souza", "swapped", "swapped"),
        ("Ana Prado", "Carlos Souza", "differs", "differs"),
        ("Ana Prado", f"Ana {'x' * 5000}", "same", "differs"),
        (f"Ana {'x' * 40_000}", f"Ana {'x' * 39_999}", "same", "one slip"),
    ],
)
def test_names_have_levels(one: str, other: str, given: str, family: str) -> None:
    found = levels(who(one), who(other))
    assert (found["given"], found["family"]) == (given, family)


def test_where_the_second_given_name_ends_the_other_side_may_tell() -> None:
    one_string, parts = who("Ana Tatiane Prado"), who(given="Ana Tatiane", family="Lima Prado")
    assert levels(one_string, parts)["family"] == "same"
    assert levels(parts, one_string)["family"] == "same"


@pytest.mark.parametrize(("one", "other"), [("Prado", "Ana Prado"), ("Prado", "Prado")])
def test_a_name_of_one_word_may_be_either(one: str, other: str) -> None:
    assert "same" in levels(who(one), who(other)).values()
    assert "differs" not in levels(who(one), who(other)).values()


def test_a_company_s_ending_does_not_count() -> None:
    found = levels(who(company="Comercial Aurora Ltda"), who("Comercial Aurora S.A."))
    assert found == {"family": "two the same", "kind": "same"}


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [("José Silva Filho", "José Silva", "one has it"),
     ("José Silva Filho", "José Silva Júnior", "same"),
     ("José Silva Filho", "José Silva Neto", "differs")],
)  # fmt: skip
def test_a_son_is_told_from_his_father(one: str, other: str, level: str) -> None:
    assert levels(who(one), who(other))["generation"] == level


@pytest.mark.parametrize(
    ("field", "one", "other", "level"),
    [
        ("email", "ana@example.com", "ANA@example.com", "same"),
        ("email", "ana@example.com", "ana@example.org", "same name elsewhere"),
        ("email", "prado@example.com", "prdo@example.com", "one slip"),
        ("email", "ana@example.com", "carlos@example.com", "differs"),
        ("phone", "+5511987654321", "+551187654321", "same"),
        ("phone", "+593990123456", "+59399012346", "one slip"),
        ("phone", "+593990123456", "+593990123465", "one slip"),
        ("phone", "+593990123456", "+593990123756", "one slip"),
        ("phone", "+593990123456", "+593987654321", "differs"),
        ("birth_date", "1980-02-03", "1980-02-03", "same"),
        ("birth_date", "1980-02-03", "1980-03-02", "one slip"),
        ("birth_date", "1980-02-03", "1980-02-08", "one slip"),
        ("birth_date", "1980-02-03", "1908-02-03", "one slip"),
        ("birth_date", "1980-02-03", "1980-02-18", "two parts of three"),
        ("birth_date", "1980-02-03", "1971-11-18", "differs"),
    ],
)
def test_contacts_and_days_have_levels(field: str, one: str, other: str, level: str) -> None:
    assert levels(who(**{field: one}), who(**{field: other}))[field] == level


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"street": "Av. Bolívar", "number": "12", "city": "Quito"},
         {"street": "Avenida Bolivar", "number": "12", "city": "quito"}, ("same", "city")),
        ({"street": "Rua das Acácias", "number": "12"}, {"street": "R. das Acacia", "number": "12"},
         ("alike, same number", "")),
        ({"street": "Rua A", "number": "12"}, {"street": "Rua A", "number": "14"},
         ("another number", "")),
        ({"street": "Rua das Flores"}, {"street": "Rua das Flores", "number": "14"},
         ("same, no number", "")),
        ({"city": "Recife", "postal_code": "50010-000"}, {"city": "Recife",
         "postal_code": "50010000"}, ("", "same")),
        ({"city": "Recife", "postal_code": "50010000"}, {"city": "Recife",
         "postal_code": "50011000"}, ("", "city, slip in the postal code")),
        ({"city": "Recife", "state": "PE"}, {"city": "Olinda", "state": "PE"}, ("", "state")),
        ({"city": "Recife"}, {"city": "Quito"}, ("", "differs")),
    ],
)  # fmt: skip
def test_addresses_have_levels(
    one: dict[str, Any], other: dict[str, Any], expected: tuple[str, str]
) -> None:
    found = levels(who(address=Address(**one)), who(address=Address(**other)))
    assert (found.get("street", ""), found.get("place", "")) == expected


def test_of_several_the_best_counts() -> None:
    one = who(email="a1@example.com", other_emails=("b2@example.com",))
    other = who(email="c3@example.com", other_emails=("d4@example.com", "b2@example.com"))
    assert levels(one, other)["email"] == "same"
    assert levels(other, one)["email"] == "same"


def test_keys_in_common_are_told() -> None:
    said = {"cpf": CPF, "email": "ana@example.com", "phone": "+5511987654321"}
    assert compared(who(**said), who(**said)).shared[0] == DOCUMENT | EMAIL | PHONE
    assert compared(who(cpf="52998224752"), who(cpf="52998224752")).shared[0] == 0


def test_what_forbids_is_told() -> None:
    found = compared(
        who(cpf=CPF, birth_date="1980-02-03"), who(cpf=OTHER_CPF, birth_date="1980-02-04")
    )
    assert found.vetoes[0] == DOCUMENT | BIRTH_DATE


def test_a_document_of_another_kind_or_without_proof_forbids_nothing() -> None:
    assert compared(who(cpf=CPF), who(passport="AB123457")).vetoes[0] == 0
    assert levels(who(cpf=CPF), who(passport="AB123457")) == {}
    assert compared(who(cpf=CPF), who(cpf="52998224752")).vetoes[0] == 0
    assert levels(who(cpf=CPF), who(cpf="52998224752")) == {"document": "one slip"}


def test_what_is_not_said_has_no_level() -> None:
    assert levels(who("Ana Prado", email="ana@example.com"), who(phone="+5511987654321")) == {}
