"""What a person types."""

import threading
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection as database

from connectors.sandbox import SandboxServer
from customers.editing import StaleError, add_customer, edit, find_matches
from customers.models import Conflict, Connection, Customer, Event, KeyHolder, MatchKey
from customers.pulling import pull
from customers.search import matching
from tests.customers.conftest import Connect

pytestmark = pytest.mark.django_db

ANA = {
    "name": {"given": "Ana", "family": "Prado"},
    "email": "ana@example.com",
    "phone": "099 123 4567",
    "document": {"type": "cedula", "number": "171003406-5"},
}


@pytest.fixture
def paged(connect: Connect) -> Connection:
    return connect("yampi", paging="page")


def change(customer: Customer, user: User, **values: Any) -> Customer:
    customer.refresh_from_db()
    return edit(customer.pk, values, user, customer.version, "EC")


def keys_of(customer: Customer) -> list[str]:
    return list(customer.keys.order_by("key__value").values_list("key__value", flat=True))


def finds(text: str) -> list[int]:
    return [one.pk for one in matching(Customer.objects.all(), text)]


def test_a_typed_customer_is_kept_in_the_hubs_form(admin_user: User) -> None:
    one = add_customer(
        {**ANA, "notes": "  vip ", "gender": "", "company_name": None}, admin_user, "EC"
    )
    assert (one.name, one.email, one.notes) == ("Ana Prado", "ana@example.com", "vip")
    assert (one.phone, one.document_number, one.document_country) == (
        "+593991234567", "1710034065", "EC",
    )  # fmt: skip
    assert one.provenance["*"][:2] == ["person", admin_user.pk]
    assert keys_of(one) == ["+593991234567", "EC:cedula:1710034065", "ana@example.com"]


def test_adding_is_an_event_with_its_person(admin_user: User) -> None:
    one = add_customer(ANA, admin_user, "EC")
    event = one.events.get()
    assert (event.kind, event.user, event.connection) == ("created", admin_user, None)


@pytest.mark.parametrize(
    "text", ["prado", "ANA@exam", "099 123 4567", "99-123-4567", "171003406-5"]
)
def test_a_typed_customer_is_found(admin_user: User, text: str) -> None:
    one = add_customer(ANA, admin_user, "EC")
    assert finds(text) == [one.pk]


def test_who_may_be_the_same_is_shown_before_saving(admin_user: User) -> None:
    one = add_customer(ANA, admin_user, "EC")
    other = add_customer({"name": {"full": "Eva Luna"}, "email": "ana@example.com"}, admin_user)
    found = find_matches({"phone": "+593 99 123 4567", "email": "ANA@example.com"}, "EC")
    assert [match.customer for match in found] == [one, other]
    assert found[0].reason == "The same e-mail and phone"
    (stranger, _) = find_matches({"name": {"full": "Bob Smith"}, "email": "ana@example.com"})
    assert stranger.reason == "The same e-mail, but the names differ"


def test_looking_leaves_nothing_behind(admin_user: User) -> None:
    assert find_matches(ANA, "EC") == []
    assert not MatchKey.objects.exists()


def test_a_document_without_a_number_is_none(admin_user: User) -> None:
    one = add_customer({"name": {"full": "Ana"}, "document": {"type": "cpf"}}, admin_user, "BR")
    assert (one.document_type, one.document_number) == ("", "")


def test_an_edit_changes_what_was_named_and_says_so(admin_user: User) -> None:
    one = add_customer(ANA, admin_user, "EC")
    after = change(one, admin_user, notes="vip", email="ana@example.com")
    assert (after.notes, after.version) == ("vip", one.version + 1)
    event = after.events.get(kind="edited")
    assert (event.changes, event.user) == ({"notes": ["", "vip"]}, admin_user)
    assert after.provenance["notes"][:2] == ["person", admin_user.pk]


def test_an_edit_that_changes_nothing_leaves_no_trace(admin_user: User) -> None:
    one = add_customer(ANA, admin_user, "EC")
    after = change(one, admin_user, phone="+593 99 123 4567", notes="")
    assert after.version == one.version
    assert Event.objects.count() == 1


def test_whoever_saw_an_older_version_writes_nothing(admin_user: User) -> None:
    one = add_customer(ANA, admin_user, "EC")
    change(one, admin_user, notes="first")
    with pytest.raises(StaleError):
        edit(one.pk, {"notes": "second"}, admin_user, one.version)
    one.refresh_from_db()
    assert one.notes == "first"
    assert one.events.count() == 2


def test_a_replaced_value_is_kept_searched_and_matched(admin_user: User) -> None:
    one = add_customer(ANA, admin_user, "EC")
    after = change(
        one,
        admin_user,
        email="new@example.com",
        phone="0987654321",
        document={"type": "cedula", "number": "0541058756"},
    )
    assert after.others == {
        "emails": ["ana@example.com"],
        "phones": ["+593991234567"],
        "documents": [{"type": "cedula", "number": "1710034065", "country": "EC"}],
    }
    assert finds("ana@example.com") == finds("0991234567") == finds("1710034065") == [one.pk]
    assert len(keys_of(after)) == 6
    assert [match.customer for match in find_matches({"email": "ana@example.com"})] == [one]


def test_a_value_that_was_only_spelt_otherwise_is_not_kept_twice(admin_user: User) -> None:
    one = add_customer(ANA, admin_user, "EC")
    after = change(one, admin_user, email="Ana@Example.com")
    assert (after.email, after.others) == ("Ana@Example.com", {})
    change(after, admin_user, email="b@example.com")
    change(after, admin_user, email="Ana@Example.com")
    after = change(after, admin_user, email="b@example.com")
    assert after.others["emails"].count("Ana@Example.com") == 1


def test_a_blank_takes_a_value_away_and_keeps_it_beside(admin_user: User) -> None:
    one = add_customer({**ANA, "notes": "vip"}, admin_user, "EC")
    after = change(one, admin_user, email="", notes="")
    assert (after.email, after.notes, after.others["emails"]) == ("", "", ["ana@example.com"])


def test_a_vendors_value_that_a_person_replaced_stays_a_key_when_the_vendor_drops_it(
    paged: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    fake = vendors.vendor("yampi")
    one = fake.add(first_name="Ana", last_name="Prado", email="first@example.com")
    pull(paged.pk)
    customer = change(Customer.objects.get(), admin_user, email="ours@example.com")
    assert customer.others["emails"] == ["first@example.com"]
    fake.edit(one, email="third@example.com")
    pull(paged.pk)
    assert finds("first@example.com") == [customer.pk]
    matches = find_matches({"email": "first@example.com"})
    assert [match.customer for match in matches] == [customer]


def test_what_a_person_typed_stays_a_key_when_the_vendor_that_said_it_too_drops_it(
    paged: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    fake = vendors.vendor("yampi")
    one = fake.add(first_name="Ana", last_name="Prado", phone="11987654321", email="a@example.com")
    pull(paged.pk)
    customer = change(Customer.objects.get(), admin_user, email="b@example.com")
    fake.edit(one, email="b@example.com")
    pull(paged.pk)
    customer = change(customer, admin_user, email="c@example.com")
    fake.edit(one, email="")
    pull(paged.pk)
    customer.refresh_from_db()
    assert keys_of(customer).count("b@example.com") == 1
    assert [match.customer for match in find_matches({"email": "b@example.com"})] == [customer]


def test_typed_keys_are_held_once(admin_user: User) -> None:
    one = add_customer(ANA, admin_user, "EC")
    for email in ("b@example.com", "ana@example.com", "b@example.com"):
        change(one, admin_user, email=email)
    assert KeyHolder.objects.filter(key__value="b@example.com").count() == 1
    assert KeyHolder.objects.filter(key__value="ana@example.com").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_save_at_once_one_is_told(admin_user: User) -> None:
    one = add_customer(ANA, admin_user, "EC")
    start = threading.Barrier(2)
    told: list[str] = []

    def save(text: str) -> None:
        try:
            start.wait()
            edit(one.pk, {"notes": text}, admin_user, one.version)
            told.append("saved")
        except StaleError:
            told.append("stale")
        finally:
            database.close()

    threads = [threading.Thread(target=save, args=(text,), daemon=True) for text in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(told) == ["saved", "stale"]
    assert one.events.filter(kind="edited").count() == 1


def test_a_question_closes_when_a_person_types_what_the_vendor_says(
    paged: Connection, vendors: SandboxServer, admin_user: User
) -> None:
    fake = vendors.vendor("yampi")
    one = fake.add(first_name="Ana", last_name="Prado", notes="a")
    pull(paged.pk)
    customer = change(Customer.objects.get(), admin_user, notes="ours")
    fake.edit(one, notes="theirs")
    pull(paged.pk)
    assert Conflict.objects.get().closed_at is None
    change(customer, admin_user, notes="theirs")
    assert Conflict.objects.get().closed_at is not None
    assert customer.links.get().base == {}
    fake.edit(one, notes="moved on")  # the two agreed: what the vendor says next is taken
    pull(paged.pk)
    customer.refresh_from_db()
    assert customer.notes == "moved on"
