"""Questions about a field: the page, the list, many at once."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from customers.editing import edit
from customers.models import Conflict, Connection, Customer
from customers.values import to_json
from tests.customers.saying import says, shop

LIST = "/admin/customers/conflict/"


def ana() -> Customer:
    return Customer.objects.get()


def ask(user: Any, connection: Connection, number: int = 0, **sides: str) -> Conflict:
    """A question about the notes of one more customer."""
    who = {"email": f"person{number}@example.com", "external_id": str(number)}
    ours, theirs = sides.get("ours", "ours"), sides.get("theirs", "theirs")
    says(connection, notes="old", **who)
    customer = Customer.objects.get(email=who["email"])
    edit(customer.pk, {"notes": ours}, user, customer.version)
    says(connection, notes=theirs, **who)
    return Conflict.objects.get(customer=customer)


@pytest.fixture
def conflict(ana: User) -> Conflict:
    return ask(ana, shop("Main shop"), ours="our <b>", theirs="their value")


def address(conflict: Conflict) -> str:
    return reverse("admin:customers_conflict_change", args=[conflict.pk])


def decide(client: Client, conflict: Conflict, decision: str, **more: str) -> Any:
    sent = {"decision": decision, "seen": to_json([conflict.hub, conflict.vendor]), **more}
    where = reverse("admin:customers_conflict_decide", args=[conflict.pk])
    return client.post(where, sent, follow=True)


def test_the_sides_stand_beside_each_other_with_a_suggestion(
    desk: Client, conflict: Conflict
) -> None:
    text = desk.get(address(conflict)).content.decode()
    for words in ("old", "our &lt;b&gt;", "their value", "typed by ana", "Main shop, changed"):
        assert words in text
    assert "Nothing speaks for either" in text
    assert "Main shop cannot be told" in text
    assert "Always trust Main shop" in text


def test_a_suggestion_stands_with_its_reason(desk: Client, conflict: Conflict) -> None:
    says(shop("Second shop"), "9", notes="their value", email="person0@example.com")
    text = desk.get(address(conflict)).content.decode()
    assert "Likely theirs:" in text
    assert "More sources say so" in text


def test_the_page_says_who_is_told(desk: Client, ana: User) -> None:
    conflict = ask(ana, shop("Told shop", told=True))
    says(shop("Other shop", told=True), "9", notes="old", email="person0@example.com")
    page: Any = desk.get(address(conflict))
    told = page.context["question"].told
    assert told["hub"] == ["Told shop is told: ours"]
    assert told["vendor"] == ["Other shop is told: theirs"]
    assert Conflict.objects.get(pk=conflict.pk).closed_at is None


@pytest.mark.parametrize(("decision", "notes"), [("hub", "our <b>"), ("vendor", "their value")])
def test_a_decision_is_one_press(
    desk: Client, conflict: Conflict, decision: str, notes: str
) -> None:
    decide(desk, conflict, decision)
    conflict.refresh_from_db()
    assert (ana().notes, conflict.decision) == (notes, decision)


def test_after_a_decision_comes_the_next_question(desk: Client, ana: User) -> None:
    main = shop("Main shop")
    first, second = ask(ana, main, 1), ask(ana, main, 2)
    answer = decide(desk, second, "hub")
    assert answer.redirect_chain[-1][0] == address(first)
    assert decide(desk, first, "hub").redirect_chain[-1][0] == LIST


def test_another_value_is_typed(desk: Client, conflict: Conflict) -> None:
    decide(desk, conflict, "other", notes="my own")
    conflict.refresh_from_db()
    assert (ana().notes, conflict.decision) == ("my own", "other")


def test_what_does_not_fit_is_said_beside_the_input(desk: Client, ana: User) -> None:
    main = shop("Main shop")
    says(main)
    customer = Customer.objects.get()
    edit(customer.pk, {"email": "ours@example.com"}, ana, customer.version)
    says(main, email="theirs@example.com")
    conflict = Conflict.objects.get()
    answer = decide(desk, conflict, "other", email="no at")
    assert "one @ in it" in answer.content.decode()
    conflict.refresh_from_db()
    assert conflict.closed_at is None


def test_a_side_that_moved_is_shown_anew(desk: Client, conflict: Conflict) -> None:
    link = conflict.link
    assert link is not None
    says(link.connection, "0", notes="moved on", email="person0@example.com")
    text = decide(desk, conflict, "vendor").content.decode()
    assert "one side moved since you looked" in text
    assert "moved on" in text
    assert ana().notes == "our <b>"


def test_a_question_that_is_closed_leads_on(desk: Client, conflict: Conflict) -> None:
    decide(desk, conflict, "hub")
    assert "closed meanwhile" in decide(desk, conflict, "vendor").content.decode()
    where = reverse("admin:customers_customer_change", args=[conflict.customer_id])
    assert desk.get(address(conflict))["Location"] == where


@pytest.mark.parametrize("sent", [{"seen": "nonsense"}, {"decision": "same"}, {"seen": "[1]"}])
def test_nonsense_decides_nothing(desk: Client, conflict: Conflict, sent: dict[str, str]) -> None:
    where = reverse("admin:customers_conflict_decide", args=[conflict.pk])
    right = {"decision": "hub", "seen": to_json([conflict.hub, conflict.vendor])}
    assert desk.post(where, right | sent).status_code == 302
    conflict.refresh_from_db()
    assert conflict.closed_at is None


def test_the_list_is_narrowed_by_field_and_connection(desk: Client, ana: User) -> None:
    main, other = shop("Main shop"), shop("Other shop")
    ask(ana, main, 1, theirs="first theirs")
    ask(ana, other, 2, theirs="second theirs")
    text = desk.get(f"{LIST}?connection={main.pk}").content.decode()
    assert "first theirs" in text
    assert "second theirs" not in text
    assert "Nothing was found" in desk.get(f"{LIST}?field=email").content.decode()


def test_many_of_a_kind_are_decided_together(desk: Client, ana: User) -> None:
    main = shop("Main shop")
    found = [ask(ana, main, number) for number in range(4)]
    where = f"{LIST}many/?field=notes&amp;connection={main.pk}"
    assert where in desk.get(LIST).content.decode()
    page: Any = desk.get(where.replace("&amp;", "&"))
    assert [row["conflict"] for row in page.context["rows"]] == found[::-1]
    sent = {f"seen-{row['conflict'].pk}": row["sent"] for row in page.context["rows"]}
    says(main, "0", notes="moved on", email="person0@example.com")
    ticked = [str(one.pk) for one in found[:3]]
    answer = desk.post(
        where.replace("&amp;", "&"), {"question": ticked, "decision": "vendor", **sent}, follow=True
    )
    text = answer.content.decode()
    assert "2 questions were decided" in text
    assert "1 was not" in text
    assert Customer.objects.filter(notes="theirs").count() == 2
    assert Conflict.objects.filter(closed_at=None).count() == 2


def test_nothing_ticked_decides_nothing(desk: Client, ana: User) -> None:
    main = shop("Main shop")
    ask(ana, main)
    where = f"{LIST}many/?field=notes&connection={main.pk}"
    text = desk.post(where, {"decision": "hub"}, follow=True).content.decode()
    assert "Tick the questions" in text
    assert desk.get(f"{LIST}many/?field=notes&connection=x").status_code == 404
    assert "No such question" in desk.get(where.replace("notes", "email")).content.decode()


def test_who_may_only_look_decides_nothing(conflict: Conflict) -> None:
    user = User.objects.create_user("eva", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_conflict"))
    client = Client()
    client.force_login(user)
    text = client.get(address(conflict)).content.decode()
    assert "their value" in text
    assert "Take theirs" not in text
    assert "Always trust" not in text
    assert decide(client, conflict, "vendor").status_code == 403
    assert client.get(f"{LIST}many/?field=notes&connection=1").status_code == 403


def test_a_customers_page_leads_to_its_question(desk: Client, conflict: Conflict) -> None:
    where = reverse("admin:customers_customer_change", args=[conflict.customer_id])
    assert address(conflict) in desk.get(where).content.decode()
