"""Customers typed by a person: added, edited, and saved by two at once."""

import re
from typing import Any

from django.test import Client
from django.urls import reverse

from customers import editing
from customers.models import Customer
from tests.customers.admin.conftest import MakeCustomer

ADD = "/admin/customers/customer/add/"


def edit_address(customer: Customer) -> str:
    return reverse("admin:customers_customer_edit", args=[customer.pk])


def inputs(client: Client, address: str) -> dict[str, str]:
    """What a browser would send back: every input of the form as it stands."""
    page: Any = client.get(address)
    form = page.context["form"]
    found = {name: _text(form[name].value()) for name in form.fields}
    found |= {form.add_initial_prefix(name): value for name, value in found.items()}
    version = re.search(r'name="version" value="(\d+)"', page.content.decode())
    return found | ({"version": version[1]} if version else {})


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def test_an_edit_saves_what_was_changed_and_nothing_else(
    desk: Client, make_customer: MakeCustomer
) -> None:
    customer = make_customer("Ana Paz", email="old@example.com", notes="kept")
    sent = inputs(desk, edit_address(customer)) | {"email": "new@example.com"}
    assert desk.post(edit_address(customer), sent).status_code == 302
    customer.refresh_from_db()
    assert customer.email == "new@example.com"
    assert customer.notes == "kept"
    assert customer.others == {"emails": ["old@example.com"]}
    event = customer.events.first()
    assert event is not None
    assert event.changes == {"email": ["old@example.com", "new@example.com"]}


def test_every_field_can_be_typed_and_read_back(desk: Client) -> None:
    typed = {
        "kind": "person",
        "given_name": "Ana",
        "family_name": "Paz",
        "company_name": "Paz Ltda",
        "state_registration": "123",
        "email": "ana@example.com",
        "phone": "+55 11 98765-4321",
        "document_type": "cpf",
        "document_number": "529.982.247-25",
        "document_country": "br",
        "birth_date": "1990-02-03",
        "gender": "female",
        "street": "Rua A",
        "number": "12",
        "city": "Recife",
        "country": "BR",
        "notes": "likes tea",
        "accepts_marketing": "no",
        "accepts_whatsapp": "yes",
    }
    assert desk.post(ADD, typed).status_code == 302
    customer = Customer.objects.get()
    assert customer.phone == "+5511987654321"
    assert (customer.document_type, customer.document_number) == ("cpf", "52998224725")
    assert customer.accepts_marketing is False
    assert customer.accepts_whatsapp is True
    assert customer.address == {
        "street": "Rua A",
        "number": "12",
        "city": "Recife",
        "country": "BR",
    }
    again = inputs(desk, edit_address(customer))
    assert again["birth_date"] == "1990-02-03"
    assert again["accepts_marketing"] == "no"
    assert desk.post(edit_address(customer), again).status_code == 302
    customer.refresh_from_db()
    assert customer.version == 1


def test_a_name_that_is_one_string_is_not_split_by_saving_something_else(
    desk: Client, make_customer: MakeCustomer
) -> None:
    customer = make_customer("Ana Paz")
    Customer.objects.filter(pk=customer.pk).update(
        name="Ana Maria Paz", given_name="", family_name=""
    )
    sent = inputs(desk, edit_address(customer)) | {"notes": "x"}
    desk.post(edit_address(customer), sent)
    customer.refresh_from_db()
    assert (customer.name, customer.given_name) == ("Ana Maria Paz", "")
    assert customer.notes == "x"


def test_who_saves_second_sees_what_changed_and_loses_nothing(
    desk: Client, make_customer: MakeCustomer, ana: Any
) -> None:
    customer = make_customer("Ana Paz", email="first@example.com", notes="before")
    sent = inputs(desk, edit_address(customer)) | {"email": "mine@example.com"}
    editing.edit(
        customer.pk, {"email": "theirs@example.com", "notes": "theirs"}, ana, customer.version
    )
    page = desk.post(edit_address(customer), sent)
    text = page.content.decode()
    assert page.status_code == 200
    assert "Somebody saved this customer" in text
    for value in ("first@example.com", "theirs@example.com", "mine@example.com"):
        assert value in text
    customer.refresh_from_db()
    assert customer.email == "theirs@example.com"
    desk.post(edit_address(customer), sent_again(page))
    customer.refresh_from_db()
    assert customer.email == "mine@example.com"
    assert customer.notes == "theirs"


def sent_again(page: Any) -> dict[str, str]:
    """What a browser sends from a form that was shown a second time."""
    form = page.context["form"]
    again = {name: _text(form[name].value()) for name in form.fields}
    again |= {
        form.add_initial_prefix(name): form.data[form.add_initial_prefix(name)]
        for name in form.fields
    }
    return again | {"version": str(page.context["version"])}


def test_who_saves_second_may_take_what_the_other_saved(
    desk: Client, make_customer: MakeCustomer, ana: Any
) -> None:
    customer = make_customer("Ana Paz", email="first@example.com", phone="+593991234567")
    sent = inputs(desk, edit_address(customer))
    sent |= {"email": "mine@example.com", "phone": "+593987654321", "notes": "mine"}
    others = {"email": "theirs@example.com", "phone": "+593981111111", "gender": "female"}
    editing.edit(customer.pk, others, ana, customer.version)
    page = desk.post(edit_address(customer), sent)
    text = page.content.decode()
    assert text.count('name="theirs"') == 2
    assert "Edited by a person · ana" in text
    desk.post(edit_address(customer), sent_again(page) | {"theirs": "email"})
    customer.refresh_from_db()
    assert (customer.email, customer.phone) == ("theirs@example.com", "+593987654321")
    assert (customer.notes, customer.gender) == ("mine", "female")


def test_a_third_save_meanwhile_is_shown_too(
    desk: Client, make_customer: MakeCustomer, ana: Any
) -> None:
    customer = make_customer("Ana Paz", notes="one")
    sent = inputs(desk, edit_address(customer)) | {"notes": "mine"}
    editing.edit(customer.pk, {"notes": "two"}, ana, 1)
    page = desk.post(edit_address(customer), sent)
    editing.edit(customer.pk, {"notes": "three"}, ana, 2)
    text = desk.post(edit_address(customer), sent_again(page)).content.decode()
    assert "two" in text
    assert "three" in text
    assert "mine" in text
    customer.refresh_from_db()
    assert customer.notes == "three"


def test_a_change_of_nothing_that_the_form_shows_asks_nothing(
    desk: Client, make_customer: MakeCustomer
) -> None:
    customer = make_customer("Ana Paz", notes="one")
    sent = inputs(desk, edit_address(customer)) | {"notes": "mine"}
    Customer.objects.filter(pk=customer.pk).update(version=9)
    assert desk.post(edit_address(customer), sent).status_code == 302
    customer.refresh_from_db()
    assert customer.notes == "mine"


def test_adding_shows_existing_matches_before_saving(
    desk: Client, make_customer: MakeCustomer
) -> None:
    known = make_customer("Ana Paz", email="ana@example.com")
    typed = {"given_name": "Ana", "family_name": "Paz", "email": "ANA@example.com"}
    page = desk.post(ADD, typed)
    text = page.content.decode()
    assert "These may be the same person" in text
    assert reverse("admin:customers_customer_change", args=[known.pk]) in text
    assert "Save all the same" in text
    assert Customer.objects.count() == 1
    assert desk.post(ADD, typed | {"seen": str(page.context["seen"])}).status_code == 302
    assert Customer.objects.count() == 2


def test_other_matches_than_those_seen_are_shown_again(
    desk: Client, make_customer: MakeCustomer
) -> None:
    make_customer("Ana Paz", email="ana@example.com")
    make_customer("Eva Paz", email="eva@example.com")
    first = desk.post(ADD, {"given_name": "Ana", "email": "ana@example.com"})
    sent = {"given_name": "Eva", "email": "eva@example.com", "seen": first.context["seen"]}
    assert desk.post(ADD, sent).status_code == 200
    assert Customer.objects.count() == 2


def test_an_empty_or_senseless_form_is_refused_in_words(desk: Client) -> None:
    assert "Type at least a name" in desk.post(ADD, {}).content.decode()
    page = desk.post(ADD, {"email": "no at", "birth_date": "3000-01-01", "document_type": "cpf"})
    text = page.content.decode()
    assert "one @ in it" in text
    assert "Nobody was born" in text
    assert "needs its number" in text
    assert not Customer.objects.exists()


def test_text_that_no_database_stores_is_cleaned(desk: Client) -> None:
    desk.post(ADD, {"given_name": "A\x07na", "family_name": " Paz "})
    assert Customer.objects.get().name == "Ana Paz"
