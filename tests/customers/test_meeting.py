"""A page of records meets the customers."""

from customers.blocking import block_keys
from customers.comparing import EMAIL
from customers.deciding import ASK, Known
from customers.default_weights import DEFAULTS
from customers.meeting import Page
from customers.profiles import Profile
from tests.customers.people import CPF, OTHER_CPF, who

MAIL = {"email": "ana@example.com"}
ANA = who("Ana Prado", **MAIL)


def page(records: list[Profile], **known: Profile) -> Page:
    """Every record is compared with every customer, and with those whose blocks it shares."""
    customers = {int(name[1:]): [one] for name, one in known.items()}
    pairs = [(place, customer) for place in range(len(records)) for customer in customers]
    found = Page(records, DEFAULTS)
    found.compare(customers, pairs, [block_keys(one) for one in records])
    return found


def test_a_record_finds_its_customer_among_those_named() -> None:
    found = page([ANA], c7=who("Ana", **MAIL), c8=who("Rita Lima")).find(0, {})
    best = found.verdict.best
    assert best is not None
    assert (best.customer, best.shared) == (7, EMAIL)
    assert found.why[7].reason == "The same e-mail, alike in name"


def test_a_record_finds_the_one_before_it_where_that_was_placed() -> None:
    meeting = page([ANA, ANA])
    assert meeting.find(0, {}).verdict.best is None
    assert meeting.find(1, {}).verdict.best is None
    best = meeting.find(1, {0: 70}).verdict.best
    assert best is not None
    assert best.customer == 70


def test_a_customer_is_found_by_any_name_that_it_goes_by() -> None:
    rita = who("Rita Lima Prado", phone="+5511987654321")
    meeting = Page([rita], DEFAULTS)
    other = who("Bruno Sá", phone="+5511987654321")
    meeting.compare({7: [other]}, [(0, 7)], [()])
    assert meeting.find(0, {}).verdict.best is None
    meeting.compare({7: [other, rita]}, [(0, 7)], [()])
    best = meeting.find(0, {}).verdict.best
    assert best is not None
    assert meeting.sharers(0) == [7]


def test_what_a_page_added_to_a_customer_forbids_what_the_customer_alone_did_not() -> None:
    phone = {"phone": "+5511987654321"}
    customer = who("Ana Prado", **MAIL, **phone)
    meeting = page([who("Ana Prado", cpf=CPF, **MAIL), who("Ana P.", cpf=OTHER_CPF, **phone)],
                   c7=customer)  # fmt: skip
    assert meeting.find(0, {}).verdict.best is not None
    verdict = meeting.find(1, {0: 7}).verdict
    assert verdict.best is None
    assert [one.customer for one in verdict.asked] == [7]


def test_whoever_doubts_has_the_last_word() -> None:
    asked: list[tuple[int, int]] = []

    def doubted(at: int, found: Known) -> Known:
        asked.append((at, found.customer))
        return Known(found.customer, 0.0, ASK, 0, 0)

    meeting = Page([ANA], DEFAULTS, doubted)
    meeting.compare({7: [ANA]}, [(0, 7)], [()])
    verdict = meeting.find(0, {}).verdict
    assert asked == [(0, 7)]
    assert verdict.best is None
    assert [one.customer for one in verdict.asked] == [7]


def test_a_page_without_records_or_customers_is_no_trouble() -> None:
    page([], c7=ANA)
    assert page([ANA]).find(0, {}).verdict.best is None
