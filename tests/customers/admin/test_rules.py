"""The rules' screens."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from customers import applying, undoing
from customers.conflicts import resolve
from customers.editing import edit
from customers.models import Conflict, Connection, Customer, FieldRule, Run
from tests.customers.saying import says, shop

LIST = "/admin/customers/fieldrule/"


@pytest.fixture
def chosen(db: None) -> Connection:
    """A shop that says otherwise than a more trusted one."""
    says(shop("Other shop", trust=90), notes="trusted <i>")
    found = shop("Chosen shop", trust=10)
    says(found, notes="chosen")
    return found


def add(client: Client, connection: Connection, **more: str) -> Any:
    sent = {"field": "notes", "connection": str(connection.pk), "note": "they ask", **more}
    return client.post(f"{LIST}add/", sent, follow=True)


def applied() -> None:
    run = Run.objects.get(state="running")
    applying.apply(run.pk)


def test_an_empty_list_teaches_what_a_rule_is(desk: Client) -> None:
    text = desk.get(LIST).content.decode()
    assert "No rules yet" in text
    assert f"{LIST}add/" in text


def test_what_a_rule_would_do_is_shown_before_it_is_added(desk: Client, chosen: Connection) -> None:
    text = desk.get(f"{LIST}add/?field=notes&connection={chosen.pk}&note=").content.decode()
    assert "1 customer would get another value (of 1 that it concerns)." in text
    assert "trusted &lt;i&gt;" in text
    assert "Nobody has decided such a question yet." in text
    assert "Give Notes to Chosen shop" in text
    assert not FieldRule.objects.exists()
    assert Customer.objects.get().notes == "trusted <i>"


def test_a_rule_is_added_applied_and_seen(desk: Client, chosen: Connection) -> None:
    text = add(desk, chosen).content.decode()
    rule = FieldRule.objects.get()
    assert (rule.note, rule.created_by and rule.created_by.username) == ("they ask", "ana")
    assert "In force" in text
    applied()
    assert Customer.objects.get().notes == "chosen"
    text = desk.get(LIST).content.decode()
    assert "Notes belongs to Chosen shop" in text
    assert "1 of 1 customers looked at, 1 changed" in text


def test_a_rule_tells_of_the_questions_that_people_decided_otherwise(
    desk: Client, ana: User, chosen: Connection
) -> None:
    customer = Customer.objects.get()
    edit(customer.pk, {"notes": "ours"}, ana, customer.version)
    says(chosen, notes="theirs")
    conflict = Conflict.objects.get(link__connection=chosen)
    resolve(conflict.pk, "hub", ana, ("ours", "theirs"))
    where = f"{LIST}add/?field=notes&connection={chosen.pk}&born_of={conflict.pk}"
    text = desk.get(where).content.decode()
    assert "people decided 0 alike and 1 otherwise" in text
    assert "theirs" in text
    add(desk, chosen, born_of=str(conflict.pk))
    assert FieldRule.objects.get().born_of == conflict


def test_a_second_rule_says_which_one_it_replaces(desk: Client, chosen: Connection) -> None:
    add(desk, chosen)
    applied()
    other = Connection.objects.get(name="Other shop")
    text = desk.get(f"{LIST}add/?field=notes&connection={other.pk}&note=").content.decode()
    assert "gives this field to Chosen shop" in text


def test_while_rules_are_applied_another_waits(desk: Client, chosen: Connection) -> None:
    add(desk, chosen)
    text = add(desk, chosen, field="gender").content.decode()
    assert "one change is applied at a time" in text
    assert FieldRule.objects.count() == 1


@pytest.mark.parametrize(("button", "notes"), [("off", "chosen"), ("undo", "trusted <i>")])
def test_a_rule_is_switched_off_or_undone(
    desk: Client, chosen: Connection, button: str, notes: str
) -> None:
    add(desk, chosen)
    applied()
    rule = FieldRule.objects.get()
    text = desk.post(
        reverse(f"admin:customers_fieldrule_{button}", args=[rule.pk]), follow=True
    ).content.decode()
    assert "Switched off" in text
    if button == "undo":
        undoing.go_on(Run.objects.get(state="running").pk)
    assert Customer.objects.get().notes == notes
    text = desk.get(f"{LIST}{rule.pk}/change/").content.decode()
    assert "switched off by ana" in text


def test_what_somebody_touched_since_is_listed_on_the_rules_page(
    desk: Client, ana: User, chosen: Connection
) -> None:
    add(desk, chosen)
    applied()
    customer, rule = Customer.objects.get(), FieldRule.objects.get()
    edit(customer.pk, {"notes": "typed"}, ana, customer.version)
    page = reverse("admin:customers_fieldrule_change", args=[rule.pk])
    assert "Not put back" not in desk.get(page).content.decode()
    desk.post(reverse("admin:customers_fieldrule_undo", args=[rule.pk]))
    undoing.go_on(Run.objects.get(state="running").pk)
    text = desk.get(page).content.decode()
    assert "Not put back" in text
    assert reverse("admin:customers_customer_change", args=[customer.pk]) in text


def test_a_run_of_the_rules_is_told_in_words(desk: Client, chosen: Connection) -> None:
    add(desk, chosen)
    applied()
    rule = FieldRule.objects.get()
    desk.post(reverse("admin:customers_fieldrule_undo", args=[rule.pk]))
    text = desk.get("/admin/customers/run/").content.decode()
    assert "Notes belongs to Chosen shop" in text
    assert "Taken back: Notes belongs to Chosen shop" in text
    for run in Run.objects.all():
        page = desk.get(reverse("admin:customers_run_change", args=[run.pk]))
        assert "Chosen shop" in page.content.decode()


def test_another_trust_is_applied(desk: Client, chosen: Connection) -> None:
    where = reverse("admin:customers_connection_settings", args=[chosen.pk])
    page: Any = desk.get(where)
    form = page.context["form"]
    sent = {
        name: "" if form[name].value() is None else str(form[name].value())
        for name in form.fields
        if form[name].value() is not False
    }
    secrets = {"user_token": "t", "user_secret_key": "s"}
    names = {name: value for key, value in secrets.items() for name in form.fields if key in name}
    answer = desk.post(where, sent | names | {"trust": "95"}, follow=True)
    assert "Trusted otherwise" in answer.content.decode()
    applied()
    assert Customer.objects.get().notes == "chosen"


def test_nonsense_adds_nothing(desk: Client, chosen: Connection) -> None:
    for sent in ({"field": "search_text"}, {"connection": "0"}, {"connection": "x"}):
        right = {"field": "notes", "connection": str(chosen.pk), "note": ""}
        assert desk.post(f"{LIST}add/", right | sent).status_code == 200
    assert desk.get(f"{LIST}add/?field=x&connection=y&born_of=z").status_code == 200
    assert not FieldRule.objects.exists()
