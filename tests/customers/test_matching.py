"""Who is this? Linked at once, asked about, or somebody new."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.records import CustomerRecord, Document, Name
from customers.matching import (
    Person,
    carrier,
    compatible,
    names_agree,
    veto,
)
from customers.normalise import Statement, state
from tests.customers.strategies import texts

CPF, OTHER_CPF = "52998224725", "11144477735"


def stated(name: str = "", region: str = "BR", cpf: str = "", **said: Any) -> Statement:
    if name:
        said["name"] = Name(full=name)
    if cpf:
        said["document"] = Document("cpf", cpf)
    return state(CustomerRecord(external_id="1", **said), region)


def person(*statements: Statement) -> Person:
    found = Person()
    for one in statements:
        found.add(one.values, one.keys)
    return found


@pytest.mark.parametrize(
    "said",
    [
        {"cpf": "11111111111"},
        {"cpf": "12345678909"},
        {"email": "test@example.com"},
        {"phone": "(11) 99999-9999"},
        {"phone": "9999999999"},
    ],
)
def test_placeholders_bring_nobody_together(said: dict[str, str]) -> None:
    assert stated("Ana Prado", **said).keys == ()


def test_all_that_was_ever_said_of_a_customer_counts() -> None:
    known = person(stated("A. P.", birth_date="1990-01-01"), stated("Ana Prado", cpf=CPF))
    assert veto(person(stated(cpf=OTHER_CPF)), known)
    assert veto(person(stated(birth_date="1991-01-01")), known)
    assert not veto(person(stated(cpf=CPF, birth_date="1990-01-01")), known)
    both = person(stated(cpf=CPF), stated(cpf=OTHER_CPF))
    assert not veto(both, known)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("José Pérez", "Jose Perez"),
        ("Ana Maria Prado", "Prado Ana"),
        ("A. Prado", "Ana Prado"),
        ("Ana de la Torre", "Ana Torre"),
        ("Gonzalez", "Gonzales"),
        ("Padaria Sol Ltda", "PADARIA SOL"),
        ("Jefferson Oliveira", "Jeferson Oliveira"),
        ("J. Juan", "Juan José"),
        ("Juan José", "José J."),
        ("", "Ana Prado"),
        ("...", "Ana Prado"),
    ],
)
def test_two_spellings_of_one_name_are_compatible(one: str, other: str) -> None:
    assert compatible(one, other)
    assert compatible(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ana Prado", "Carlos Prado"),
        ("Ana Prado", "Ana Souza"),
        ("Ana Ana", "Ana Prado"),
        ("B. Prado", "Ana Prado"),
        ("Ana", "Eva"),
        # Brothers, sisters and couples share phones, surnames and most of their letters.
        ("Maria Lopez", "Mario Lopez"),
        ("Juan Lopez", "Juana Lopez"),
        ("Fernando Lopez", "Fernanda Lopez"),
        ("Gabriel Lopez", "Gabriela Lopez"),
        ("Luis Lopez", "Luisa Lopez"),
        ("Carlos Lopez", "Carla Lopez"),
    ],
)
def test_two_names_are_not(one: str, other: str) -> None:
    assert not compatible(one, other)
    assert not compatible(other, one)


name_parts = st.sampled_from(
    ["ana", "anna", "a", "j", "juan", "jose", "josé", "juana", "maria", "marie", "marina", "de"]
)


@given(st.lists(name_parts, max_size=4), st.lists(name_parts, max_size=4))
def test_compatibility_is_symmetric_and_knows_no_order(ones: list[str], others: list[str]) -> None:
    one, other = " ".join(ones), " ".join(others)
    assert compatible(one, other) == compatible(other, one)
    assert compatible(" ".join(reversed(ones)), other) == compatible(one, other)


@given(texts)
def test_a_name_is_compatible_with_itself(name: str) -> None:
    assert compatible(name, name)
    assert compatible(name.upper(), name) or not name.isascii()


def test_a_missing_name_agrees_with_all() -> None:
    assert names_agree(set(), {"Ana"})
    assert names_agree({"Ana", "Carlos"}, {"Carlos Souza"})
    assert not names_agree({"Ana"}, {"Carlos"})


def test_a_carrier_is_the_document_else_the_names_parts_in_any_order() -> None:
    def who(one: Statement) -> str:
        return carrier(one.values, one.keys)

    assert who(stated("Ana Prado", cpf=CPF)) == f"BR:cpf:{CPF}"
    assert who(stated("Ana Prado")) == who(stated("PRADO, Aná")) == "ana prado"
    assert who(stated(company_name="Sol Ltda")) == "sol"
    assert who(stated(email="ana@example.com")) == ""
    assert len(who(stated("a" * 900))) <= 255
