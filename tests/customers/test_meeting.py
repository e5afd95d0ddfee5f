"""A page of records meets the customers."""

from customers.blocking import block_keys
from customers.comparing import EMAIL
from customers.default_weights import DEFAULTS
from customers.meeting import Page
from customers.profiles import Profile
from tests.customers.people import CPF, OTHER_CPF, who

MAIL = {"email": "ana@example.com"}
ANA = who("Ana Prado", **MAIL)


def page(records: list[Profile], **known: Profile) -> Page:
    customers = {int(name[1:]): one for name, one in known.items()}
    pairs = [(place, customer) for place in range(len(records)) for customer in customers]
    return Page(records, [block_keys(one) for one in records], customers, pairs, DEFAULTS)


def test_a_record_finds_its_customer_among_those_named() -> None:
    meeting = page([ANA], c7=who("Ana", **MAIL), c8=who("Rita Lima"))
    best = meeting.verdict(0).best
    assert best is not None
    assert (best.customer, best.shared) == (7, EMAIL)


def test_a_record_finds_the_one_before_it_where_that_was_placed() -> None:
    meeting = page([ANA, ANA])
    assert meeting.verdict(0).best is None
    assert meeting.verdict(1).best is None
    meeting.place(0, 70)
    best = meeting.verdict(1).best
    assert best is not None
    assert best.customer == 70


def test_who_is_known_not_to_be_the_same_is_not_asked_about_again() -> None:
    meeting = page([ANA], c7=who("Ana", **MAIL))
    verdict = meeting.verdict(0, never={7})
    assert (verdict.best, verdict.asked) == (None, ())


def test_what_a_page_added_to_a_customer_forbids_what_the_customer_alone_did_not() -> None:
    phone = {"phone": "+5511987654321"}
    customer = who("Ana Prado", **MAIL, **phone)
    meeting = page([who("Ana Prado", cpf=CPF, **MAIL), who("Ana P.", cpf=OTHER_CPF, **phone)],
                   c7=customer)  # fmt: skip
    first = meeting.verdict(0).best
    assert first is not None
    meeting.place(0, 7)
    verdict = meeting.verdict(1)
    assert verdict.best is None
    assert [one.customer for one in verdict.asked] == [7]


def test_a_page_without_records_or_customers_is_no_trouble() -> None:
    page([], c7=ANA)
    assert page([ANA]).verdict(0).best is None
