"""Who is this? Linked at once, asked about, or somebody new."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.records import CustomerRecord, Document, Name
from customers.matching import (
    Candidate,
    Person,
    Verdict,
    carrier,
    compatible,
    decide,
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


def meet(record: Statement, *known: Statement) -> Verdict:
    """Decide on a record where customers 1, 2, ... are known; only sharers are candidates."""
    candidates = []
    for number, one in enumerate(known, start=1):
        shared = sorted(set(record.keys) & set(one.keys))
        if shared:
            candidates.append(Candidate(number, person(one), shared))
    return decide(person(record), candidates)


def test_a_valid_document_links_at_once_whatever_the_names() -> None:
    verdict = meet(stated("Ana Prado", cpf=CPF), stated("Carlos Souza", cpf=CPF))
    assert (verdict.customer, verdict.reason, verdict.questions) == (1, "The same document", ())


@pytest.mark.parametrize("known", ["Ana Prado", "ANA PRADO LIMA", "Ana", "Prado, Ana", ""])
@pytest.mark.parametrize("said", [{"email": "ana@example.com"}, {"phone": "(11) 98765-4321"}])
def test_an_e_mail_or_a_phone_links_where_the_names_agree_or_one_is_missing(
    known: str, said: dict[str, str]
) -> None:
    verdict = meet(stated("Ana Prado", **said), stated(known, **said))
    assert verdict.customer == 1
    assert verdict.questions == ()


@pytest.mark.parametrize("said", [{"email": "casa@example.com"}, {"phone": "(11) 98765-4321"}])
def test_two_names_on_one_e_mail_or_phone_are_two_customers_and_a_question(
    said: dict[str, str],
) -> None:
    verdict = meet(stated("Ana Prado", **said), stated("Carlos Souza", **said))
    assert verdict.customer is None
    (question,) = verdict.questions
    assert question.customer == 1
    assert question.reason.endswith("but the names differ")


def test_different_documents_of_one_type_veto_though_all_else_agrees() -> None:
    said = {"email": "ana@example.com", "phone": "(11) 98765-4321"}
    verdict = meet(stated("Ana Prado", cpf=CPF, **said), stated("Ana Prado", cpf=OTHER_CPF, **said))
    assert verdict.customer is None
    assert verdict.questions[0].reason == (
        "The same e-mail and phone, but their documents differ (CPF)"
    )


def test_different_birth_dates_veto_even_a_shared_document() -> None:
    verdict = meet(
        stated("Ana Prado", cpf=CPF, birth_date="1990-01-01"),
        stated("Ana Prado", cpf=CPF, birth_date="1991-01-01"),
    )
    assert verdict.customer is None
    assert "birth dates differ" in verdict.questions[0].reason


def test_documents_of_two_types_do_not_veto() -> None:
    email = {"email": "ana@example.com"}
    company = stated("Ana Prado", document=Document("cnpj", "11222333000181"), **email)
    assert meet(stated("Ana Prado", cpf=CPF, **email), company).customer == 1


def test_an_invalid_document_neither_links_nor_vetoes() -> None:
    email = {"email": "ana@example.com"}
    wrong = stated("Ana Prado", cpf="52998224726", **email)
    assert meet(wrong, stated("Carlos Souza", cpf="52998224726")).customer is None
    assert meet(wrong, stated("Ana Prado", cpf=CPF, **email)).customer == 1


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


def test_the_tills_customer_takes_nobody_in() -> None:
    said = {"email": "till@example.com", "phone": "(11) 98765-4321"}
    verdict = meet(stated("Ana Prado", **said), stated("Consumidor Final", **said))
    assert (verdict.customer, verdict.questions) == (None, ())


@pytest.mark.parametrize(
    ("region", "one", "other"),
    [
        ("BR", "(11) 98765-4321", "(11) 8765-4321"),
        ("MX", "+5215512345678", "+525512345678"),
        ("AR", "+5491123456789", "+541123456789"),
    ],
)
def test_a_digit_that_comes_and_goes_does_not_keep_a_person_apart(
    region: str, one: str, other: str
) -> None:
    verdict = meet(stated("Ana Prado", region, phone=one), stated("Ana Prado", region, phone=other))
    assert verdict.customer == 1


def test_among_several_a_document_comes_first_then_more_keys_then_age() -> None:
    record = stated("Ana Prado", cpf=CPF, email="ana@example.com", phone="(11) 98765-4321")
    by_mail = stated("Ana Prado", email="ana@example.com")
    by_both = stated("Ana Prado", email="ana@example.com", phone="(11) 98765-4321")
    by_document = stated("Ana Prado", cpf=CPF)
    verdict = meet(record, by_mail, by_both, by_document)
    assert verdict.customer == 3
    assert [question.customer for question in verdict.questions] == [2, 1]
    assert meet(record, by_mail, by_both).customer == 2
    assert meet(record, by_mail, by_mail).customer == 1


def test_whom_it_cannot_be_is_asked_about_beside_whom_it_is() -> None:
    email = {"email": "casa@example.com"}
    verdict = meet(
        stated("Ana Prado", cpf=CPF, **email), stated("Carlos Souza", **email), stated(cpf=CPF)
    )
    assert verdict.customer == 2
    assert [question.customer for question in verdict.questions] == [1]


def test_nobody_with_a_key_is_somebody_new() -> None:
    verdict = meet(stated("Ana Prado", email="ana@example.com"))
    assert verdict == Verdict(None, "no record with the same keys", (), ())


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


@given(st.permutations(range(4)))
def test_the_verdict_does_not_depend_on_the_candidates_order(order: list[int]) -> None:
    record = stated("Ana Prado", cpf=CPF, email="ana@example.com")
    known = [
        stated("Ana Prado", email="ana@example.com"),
        stated("Carlos Souza", email="ana@example.com"),
        stated("Ana Prado", cpf=OTHER_CPF, email="ana@example.com"),
        stated(cpf=CPF),
    ]
    candidates = [
        Candidate(at, person(known[at]), sorted(set(known[at].keys) & set(record.keys)))
        for at in order
    ]
    verdict = decide(person(record), candidates)
    assert verdict.customer == 3
    assert {question.customer for question in verdict.questions} == {0, 1, 2}
