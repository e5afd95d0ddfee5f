"""Link, ask, or leave apart."""

from typing import Any

import pytest

from connectors.records import Address
from customers.comparing import BIRTH_DATE, DOCUMENT, EMAIL
from customers.deciding import APART, ASK, LINK, Known, Verdict, decide, meet
from customers.default_weights import DEFAULTS
from customers.evidence import HOUSEHOLD, PRIOR, evidence
from customers.profiles import Profile
from tests.customers.people import CPF, HOME, OTHER_CPF, who

MAIL = {"email": "ana@example.com"}
PHONE = {"phone": "(11) 98765-4321"}


def outcome(one: Profile, other: Profile) -> int:
    found = evidence(one, other, DEFAULTS)
    turned = evidence(other, one, DEFAULTS)
    assert (found.outcome, found.weight, found.reason) == (
        turned.outcome, turned.weight, turned.reason,
    )  # fmt: skip
    return found.outcome


def test_a_valid_document_links_at_once_whatever_the_names() -> None:
    assert outcome(who("Ana Prado", cpf=CPF), who("Carlos Souza", cpf=CPF)) == LINK


@pytest.mark.parametrize("said", [MAIL, PHONE])
@pytest.mark.parametrize(
    "known", ["Ana Prado", "ANA PRADO LIMA", "Ana", "Prado, Ana", "Prado Ana", "A. Prado", ""]
)
def test_an_e_mail_or_a_phone_links_where_the_names_agree_or_one_is_missing(
    known: str, said: dict[str, Any]
) -> None:
    assert outcome(who("Ana Prado", **said), who(known, **said)) == LINK


@pytest.mark.parametrize("said", [MAIL, PHONE, MAIL | PHONE])
@pytest.mark.parametrize("known", ["Carlos Prado", "Mario Prado", "Clara Prado"])
def test_a_family_that_shares_its_mail_and_its_house_is_not_joined(
    known: str, said: dict[str, Any]
) -> None:
    one, other = who("Maria Prado", address=HOME, **said), who(known, address=HOME, **said)
    assert outcome(one, other) == APART


def test_father_and_son_are_not_linked_by_name_house_and_phone() -> None:
    said: dict[str, Any] = {"address": HOME, **PHONE}
    assert outcome(who("José Prado", **said), who("José Prado Filho", **said)) != LINK
    assert outcome(who("José Prado", address=HOME), who("José Prado", address=HOME)) != LINK


def test_a_second_mail_does_not_keep_a_person_apart() -> None:
    said: dict[str, Any] = {"birth_date": "1980-02-03", "address": HOME}
    one = who("José Ezcurra", email="jose@example.com", **said)
    assert outcome(one, who("Pepe Ezcurra", email="pe.ez@example.org", **said)) == LINK


def test_a_phone_that_lost_a_digit_counts_with_the_rest() -> None:
    one = who("Ana Ezcurra Iturbe", phone="+593990123456", birth_date="1980-02-03")
    other = who("Ana Ezcurra", phone="+59399012346", birth_date="1980-02-03")
    assert outcome(one, other) == LINK


def test_a_name_alone_links_nobody() -> None:
    assert outcome(who("Ana Ezcurra Iturbe"), who("Ana Ezcurra Iturbe")) != LINK
    assert outcome(who("Maria Silva"), who("Maria Silva")) == APART


def test_different_documents_of_one_type_make_a_question_of_anything() -> None:
    said: dict[str, Any] = {"birth_date": "1980-02-03", "address": HOME, **MAIL, **PHONE}
    one, other = who("Ana Prado", cpf=CPF, **said), who("Ana Prado", cpf=OTHER_CPF, **said)
    assert outcome(one, other) == ASK


@pytest.mark.parametrize("born", ["1980-03-02", "1980-02-04", "1961-12-30"])
def test_another_birth_date_makes_a_question_of_anything(born: str) -> None:
    said: dict[str, Any] = {"cpf": CPF, "address": HOME, **MAIL, **PHONE}
    one = who("Ana Prado", birth_date="1980-02-03", **said)
    assert outcome(one, who("Ana Prado", birth_date=born, **said)) == ASK


def test_two_people_who_share_nothing_are_apart() -> None:
    assert outcome(who("Ana Prado", **MAIL), who("Ana Prado", phone="+5511987654321")) == APART


def test_evidence_is_a_small_table_whose_lines_make_the_sum() -> None:
    one = who("José Ezcurra", birth_date="1980-02-03", cpf=CPF, address=HOME)
    other = who("Pepe Ezcurra", birth_date="1980-02-03", address=Address(city="Recife"))
    found = evidence(one, other, DEFAULTS)
    assert [line.field for line in found.lines] == [
        "name", "birth_date", "address", PRIOR, HOUSEHOLD,
    ]  # fmt: skip
    assert found.lines[0].left == "José Ezcurra"
    assert found.lines[0].how == "short form; same"
    assert found.weight == pytest.approx(sum(line.weight for line in found.lines))
    assert found.reason == "Alike in name and birth date"


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        (who(cpf=CPF, **MAIL), who(cpf=CPF, **MAIL), "The same document and e-mail"),
        (who("Ana Prado", **MAIL), who("Carlos Souza", **MAIL),
         "The same e-mail, but the names differ"),
        (who("Ana Prado", cpf=CPF, **MAIL), who("Ana Prado", cpf=OTHER_CPF, **MAIL),
         "The same e-mail, alike in name, but their documents differ"),
        (who(birth_date="1980-02-03", **MAIL), who(birth_date="1961-12-30", **MAIL),
         "The same e-mail, but their birth dates differ"),
    ],
)  # fmt: skip
def test_evidence_says_why_in_a_sentence(one: Profile, other: Profile, reason: str) -> None:
    assert evidence(one, other, DEFAULTS).reason == reason


def test_a_page_is_compared_at_once() -> None:
    record, one, other = who("Ana Prado", **MAIL), who("Ana", **MAIL), who("Clara Lima")
    same, stranger = meet([record, one, other], [(0, 1, 7), (0, 2, 8)], DEFAULTS)
    assert (same.customer, same.outcome, same.shared) == (7, LINK, EMAIL)
    assert (stranger.customer, stranger.outcome, stranger.vetoes) == (8, APART, 0)
    assert meet([record], [], DEFAULTS) == []


def known(customer: int, weight: float, outcome: int, shared: int = 0, vetoes: int = 0) -> Known:
    return Known(customer, weight, outcome, shared, vetoes)


def test_nobody_known_is_somebody_new() -> None:
    assert decide([]) == Verdict(None, ())
    assert decide([known(1, -3, APART)]) == Verdict(None, ())


def test_a_document_comes_first_then_the_weight_then_the_oldest() -> None:
    heavy, paper = known(1, 30, LINK), known(2, 20, LINK, DOCUMENT)
    mail, twin = known(3, 25, LINK, EMAIL), known(4, 25, LINK, EMAIL)
    assert decide([heavy, twin, mail, paper]) == Verdict(paper, (heavy, mail, twin))
    assert decide([heavy, twin, mail]).best == mail


def test_one_veto_among_a_customer_s_own_is_a_veto() -> None:
    first, later = known(1, 20, LINK), known(1, -2, ASK, vetoes=BIRTH_DATE)
    assert decide([first, later]) == Verdict(None, (first,))


def test_questions_are_bounded_and_the_likeliest_are_asked() -> None:
    found = decide([known(n, float(n), ASK) for n in range(1, 31)])
    assert [one.customer for one in found.asked] == list(range(30, 20, -1))
