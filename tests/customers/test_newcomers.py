"""New records meet whom the hub knows, and each other: as pages of a pull are stored."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext

from connectors.records import Address, CustomerRecord, Document, Name
from customers import bulk
from customers.blocking import MAX_BLOCK
from customers.candidates import in_blocks, profiles_of
from customers.editing import add_customer
from customers.linking import Place, Row
from customers.models import (
    BlockHolder,
    Conflict,
    Connection,
    Customer,
    CustomerLink,
    KeyHolder,
    MatchKey,
    NotSame,
)
from customers.normalise import state, texts
from customers.standing import blocks_of
from customers.uniting import merge
from customers.unmerging import unmerge
from customers.workspace import Workspace
from customers.writing import Writer
from tests.customers.merging_tables import say, shop
from tests.customers.people import CPF, HOME, OTHER_CPF

pytestmark = pytest.mark.django_db

BORN = {"birth_date": "1980-02-03"}


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_user("ana")


@pytest.fixture
def web() -> Connection:
    return shop("web")


@pytest.fixture
def till() -> Connection:
    return shop("till", "clopos")


def row_of(record: CustomerRecord) -> Row:
    statement = state(record, "BR")
    return Row.of(record, statement, "{}", texts(record, statement), b"x")


def put(connection: Connection, *records: CustomerRecord) -> list[str]:
    """Store new records of one page; says what became of each."""
    rows = [row_of(one) for one in records]
    with transaction.atomic():
        work = Workspace()
        work.lock_keys({key for row in rows for key in row.statement.keys})
        place = Place(work, connection.pk, None, 20)
        held = {one for key in work.keys.values() for one in key.holders}
        work.load_customers(held | place.expect(rows))
        place.customer_ids = bulk.new_ids(Customer, len(rows))[::-1]
        place.link_ids = bulk.new_ids(CustomerLink, len(rows))[::-1]
        found = [place.put(row) for row in rows]
        Writer(work, connection.pk, None).write()
    return found


def record(external_id: str, name: str = "", cpf: str = "", **said: Any) -> CustomerRecord:
    if name:
        said["name"] = Name(full=name)
    if cpf:
        said["document"] = Document("cpf", cpf)
    return CustomerRecord(external_id=external_id, **said)


def standing() -> set[tuple[int, int]]:
    return set(BlockHolder.objects.values_list("block", "customer_id"))


def wanted() -> set[tuple[int, int]]:
    ids = list(Customer.objects.values_list("pk", flat=True))
    return {(block, one) for one, found in blocks_of(ids).items() for block in found}


def test_a_second_e_mail_does_not_keep_a_person_apart(web: Connection, till: Connection) -> None:
    one = say(web, "1", name="José Ezcurra", email="jose@example.com", address=HOME, **BORN)
    other = say(till, "1", name="Pepe Ezcurra", email="pe.ez@example.org", address=HOME, **BORN)
    assert other.customer == one.customer
    assert other.reason == "Alike in name, birth date and address" or "name" in other.reason
    assert other.weight is not None
    assert other.weight > 8
    assert other.evidence is not None
    assert ["email", "pe.ez@example.org", "jose@example.com"] in [row[:3] for row in other.evidence]
    assert other.weight == pytest.approx(sum(row[3] for row in other.evidence), abs=0.5)


def test_a_phone_that_lost_a_digit_does_not_either(web: Connection, till: Connection) -> None:
    one = say(web, "1", name="Ana Ezcurra Iturbe", phone="+593990123456", **BORN)
    other = say(till, "1", name="Ana Ezcurra", phone="+59399012346", **BORN)
    assert other.customer == one.customer


def test_whoever_writes_the_address_in_one_line_is_found_at_home(
    web: Connection, till: Connection
) -> None:
    line = Address(street="Rua das Flores 12, Recife")
    one = say(web, "1", name="Ana Ezcurra Iturbe", phone="+5511987654321", address=HOME)
    say(till, "1", name="Ana Ezcurra Iturbe", email="ana@example.com", address=line)
    asked = Conflict.objects.get(kind="duplicate")
    assert asked.customer == one.customer
    assert asked.reason == "Alike in name and address"


def test_a_rare_whole_name_alone_is_asked_about(web: Connection, till: Connection) -> None:
    one = say(web, "1", name="Teodora Ezcurra Iturbe", email="teo@example.com")
    name = Name(full="Ezcurra Iturbe, Teodora")
    other = say(till, "1", name=name, phone="+5511987654321")
    asked = Conflict.objects.get(kind="duplicate")
    assert {asked.customer, asked.other} == {one.customer, other.customer}


def test_a_family_that_shares_an_e_mail_is_not_joined(web: Connection, till: Connection) -> None:
    said = {"email": "casa@example.com", "address": HOME}
    one = say(web, "1", name="Maria Prado", **said)
    other = say(till, "1", name="Carlos Prado", **said)
    assert other.customer != one.customer


def test_what_forbids_makes_a_question_that_explains_itself(
    web: Connection, till: Connection
) -> None:
    said = {"name": "Ana Prado", "email": "ana@example.com"}
    one = say(web, "1", document=CPF, **said).customer
    other = say(till, "1", document=OTHER_CPF, **said).customer
    asked = Conflict.objects.get(kind="duplicate")
    assert (asked.customer, asked.other) == (one, other)
    assert asked.reason.endswith("but their documents differ")
    assert asked.weight is not None
    assert {row[0] for row in asked.evidence or ()} >= {"name", "email", "document"}


def test_a_third_who_has_the_key_too_asks_nobody_any_more(
    web: Connection, till: Connection
) -> None:
    say(web, "1", name="Ana Prado", email="casa@example.com")
    say(till, "1", name="Bruno Teixeira", email="casa@example.com")
    assert Conflict.objects.count() == 1
    say(till, "2", name="Carla Dias", email="casa@example.com")
    assert Conflict.objects.count() == 1


def test_an_office_s_address_asks_nobody(web: Connection, till: Connection) -> None:
    say(web, "1", name="Ana Prado", email="oficina@example.com")
    say(till, "1", name="Bruno Teixeira", email="oficina@example.com")
    assert not Conflict.objects.exists()


def test_records_of_one_page_meet_each_other(web: Connection) -> None:
    found = put(
        web,
        record("1", "José Ezcurra", email="jose@example.com", address=HOME, **BORN),
        record("2", "Clara Lima", email="clara@example.com"),
        record("3", "Pepe Ezcurra", email="pe.ez@example.org", address=HOME, **BORN),
    )
    assert found == ["created", "created", "linked"]
    assert standing() == wanted()


def test_whoever_is_linked_on_the_page_may_forbid_the_next(web: Connection) -> None:
    """The second and the third have nothing in common but the customer that both might be."""
    say(web, "0", name="Ana Prado", email="ana@example.com", phone="+5511987654321")
    found = put(
        web,
        record("1", "Ana Prado", CPF, email="ana@example.com"),
        record("2", "Ana Prado", OTHER_CPF, phone="+5511987654321"),
    )
    assert found == ["linked", "created"]
    assert Conflict.objects.filter(kind="duplicate").count() == 1


def test_a_merged_customer_is_nobody_s_match(web: Connection, till: Connection) -> None:
    said = {"name": "José Ezcurra", "address": HOME, **BORN}
    one = say(web, "1", **said).customer
    other = say(till, "9", name="Zoe Luz", email="zoe@example.com").customer
    merge(other.pk, [one.pk])
    assert profiles_of([one.pk]) == {}
    assert {owner for _, owner in standing()} == {other.pk}
    assert say(till, "1", **said).customer != one
    unmerge(one.pk)
    assert standing() == wanted()


def test_an_erased_customer_is_nobody_s_match(web: Connection, till: Connection) -> None:
    said = {"name": "José Ezcurra", "address": HOME, **BORN}
    one = say(web, "1", **said).customer
    Customer.objects.filter(pk=one.pk).update(erased_at=one.created_at)
    assert say(till, "1", **said).customer != one


def test_those_known_apart_are_not_asked_about(web: Connection, till: Connection) -> None:
    one = say(web, "1", name="Ana Prado", document=CPF, phone="+5511987654321").customer
    other = say(till, "1", name="Ana Prado", document=OTHER_CPF, email="a@example.com").customer
    NotSame.objects.create(one=one, other=other)
    say(till, "2", name="Ana Prado", document=CPF, email="a@example.com")
    assert not Conflict.objects.filter(kind="duplicate").exists()


def test_a_retired_key_is_no_evidence(web: Connection, till: Connection) -> None:
    one = say(web, "1", name="Ana Prado", email="loja@example.com").customer
    MatchKey.objects.update(retired_at=one.created_at)
    assert say(till, "1", name="Ana Prado", email="loja@example.com").customer != one


def test_blocks_follow_what_a_customer_says_and_holds(web: Connection) -> None:
    say(web, "1", name="José Ezcurra", email="jose@example.com", address=HOME, **BORN)
    before = standing()
    assert before == wanted()
    say(web, "1", name="José Iturbe", email="other@example.com", **BORN)
    assert standing() == wanted() != before


def test_who_was_typed_by_a_person_and_has_no_link_is_met_too(web: Connection, ana: User) -> None:
    typed = {"name": {"given": "Ana", "family": "Prado"}, "email": "ana@example.com"}
    one = add_customer(typed, ana)
    assert standing() == wanted()
    assert say(web, "1", name="Ana Prado", email="ana@example.com").customer == one


def test_a_crowded_block_is_passed_over_and_not_read_to_its_end() -> None:
    BlockHolder.objects.bulk_create(
        [BlockHolder(block=7, customer_id=number) for number in range(MAX_BLOCK + 40)]
        + [BlockHolder(block=9, customer_id=number) for number in range(MAX_BLOCK)]
    )
    found = in_blocks([7, 8, 9])
    assert set(found) == {9}
    assert sorted(found[9]) == list(range(MAX_BLOCK))


def test_a_page_asks_the_same_queries_whoever_is_known(web: Connection, till: Connection) -> None:
    def queries(page: int, size: int) -> int:
        records = [
            record(f"{page}-{at}", f"Ana Ezcurra{at:03}", email=f"a{page}.{at}@example.com",
                   phone=f"+5511{page}8765{at:04}", address=HOME, **BORN)
            for at in range(size)
        ]  # fmt: skip
        with CaptureQueriesContext(database) as asked:
            put(till, *records)
        return len([one for one in asked.captured_queries if "COPY" not in (one["sql"] or "COPY")])

    for number in range(30):
        say(web, str(number), name=f"Ana Ezcurra{number:03}", **BORN)
    queries(8, 10)
    few, many = queries(5, 10), queries(6, 30)
    assert KeyHolder.objects.count() > 60
    assert many <= few + 1
