"""Merging, unmerging and deciding duplicates on the desk."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from customers.models import Conflict, Customer, Merge, NotSame
from customers.uniting import merge
from tests.customers.merging_tables import say, shop

pytestmark = pytest.mark.django_db
MERGE = "/admin/customers/customer/merge/"


@pytest.fixture
def two() -> list[Customer]:
    web = shop("web", writes=True)
    return [
        say(web, "1", name="Ana Prado", email="a@example.com", document="529.982.247-25").customer,
        say(web, "2", name="Bea Luz", email="b@example.com", notes="vip").customer,
    ]


def ids(customers: list[Customer]) -> str:
    return ",".join(str(one.pk) for one in customers)


def text(client: Client, address: str) -> str:
    answer = client.get(address, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def form(page: str) -> dict[str, str]:
    """The hidden fields of the page's form."""
    from_page = {}
    for part in page.split('<input type="hidden" name="')[1:]:
        name, _, rest = part.partition('"')
        from_page[name] = rest.partition('value="')[2].partition('"')[0]
    return {name: value for name, value in from_page.items() if name.startswith(("ids", "version"))}


def unmerge_address(one: Customer) -> str:
    return reverse("admin:customers_customer_unmerge", args=[one.pk])


def page_address(one: Customer) -> str:
    return reverse("admin:customers_customer_change", args=[one.pk])


def test_the_action_leads_to_the_two_side_by_side(desk: Client, two: list[Customer]) -> None:
    data = {"action": "merge_chosen", "_selected_action": [one.pk for one in two]}
    answer = desk.post("/admin/customers/customer/", data)
    assert answer.status_code == 302
    page = text(desk, answer["Location"])
    assert page.count('name="survivor"') == 2
    assert page.count('name="choice_email"') == 2
    assert page.count('name="choice_notes"') == 1
    assert "Only one has it" in page
    assert "web · 2" in page
    assert not Merge.objects.exists()


def test_the_effect_follows_the_choices(desk: Client, two: list[Customer]) -> None:
    one, other = two
    data = {"ids": ids(two), "survivor": one.pk, "choice_email": other.pk, "show": "1"}
    page = desk.post(MERGE, data).content.decode()
    assert "<del>a@example.com</del><ins>b@example.com</ins>" in page
    assert "<del>b@example.com</del>" not in page
    data["choice_email"] = one.pk
    page = desk.post(MERGE, data).content.decode()
    assert "<del>a@example.com</del>" not in page
    assert not Merge.objects.exists()


def test_a_merge_is_made_as_chosen_and_old_addresses_lead_to_the_survivor(
    desk: Client, ana: User, two: list[Customer]
) -> None:
    one, other = two
    data: dict[str, Any] = form(text(desk, f"{MERGE}?ids={ids(two)}"))
    data |= {"survivor": one.pk, "choice_email": other.pk, "merge": "1"}
    answer = desk.post(MERGE, data)
    assert answer["Location"] == page_address(one)
    one.refresh_from_db()
    assert one.email == "b@example.com"
    assert Merge.objects.get().user == ana
    moved = desk.get(page_address(other))
    assert moved["Location"] == page_address(one)
    page = text(desk, page_address(other))
    assert f"Bea Luz (#{other.pk}) was merged into this customer." in page
    assert unmerge_address(other) in page
    assert "Merged from" in page
    listed: Any = desk.get("/admin/customers/customer/")
    assert list(listed.context["cl"].result_list) == [one]
    assert desk.get(reverse("admin:customers_customer_edit", args=[other.pk])).status_code == 404


def test_whoever_looked_at_an_older_version_looks_again(desk: Client, two: list[Customer]) -> None:
    data: dict[str, Any] = form(text(desk, f"{MERGE}?ids={ids(two)}"))
    Customer.objects.filter(pk=two[1].pk).update(version=9)
    data |= {"survivor": two[0].pk, "merge": "1"}
    answer = desk.post(MERGE, data)
    assert "Look once more" in answer.content.decode()
    assert not Merge.objects.exists()


@pytest.mark.parametrize("asked", ["", "x", "1", "99999999,99999998", "9" * 30])
def test_what_cannot_be_merged_is_said_on_the_list(desk: Client, asked: str) -> None:
    answer = desk.get(f"{MERGE}?ids={asked}")
    assert answer["Location"] == "/admin/customers/customer/"


def test_a_veto_is_shown_in_red(desk: Client, two: list[Customer]) -> None:
    say(two[1].links.get().connection, "2", name="Bea Luz", document="111.444.777-35")
    page = text(desk, f"{MERGE}?ids={ids(two)}")
    assert "Something speaks against it" in page
    assert "Their documents differ (CPF)" in page


def test_an_unmerge_is_shown_and_made(desk: Client, two: list[Customer]) -> None:
    one, other = two
    merge(one.pk, [other.pk])
    page = text(desk, unmerge_address(other))
    assert "Links that are given back" in page
    assert "web · 2" in page
    answer = desk.post(unmerge_address(other), form(page))
    assert answer["Location"] == page_address(other)
    assert Merge.objects.get().undone_at is not None
    page = text(desk, page_address(one))
    assert "Not the same person as" in page
    assert "given back" in page


def test_a_stale_unmerge_is_not_made(desk: Client, two: list[Customer]) -> None:
    merge(two[0].pk, [two[1].pk])
    data = form(text(desk, unmerge_address(two[1])))
    Customer.objects.filter(pk=two[0].pk).update(version=50)
    assert "Look once more" in desk.post(unmerge_address(two[1]), data).content.decode()
    assert Merge.objects.get().undone_at is None


def test_who_was_not_merged_has_nothing_to_unmerge(desk: Client, two: list[Customer]) -> None:
    assert desk.get(unmerge_address(two[0]))["Location"] == page_address(two[0])


@pytest.fixture
def question(two: list[Customer]) -> Conflict:
    evidence = [["name", "Ana Prado", "Bea Luz", -3.25]]
    return Conflict.objects.create(
        kind="duplicate", customer=two[0], other=two[1], weight=4.5, evidence=evidence,
        reason="The same e-mail, but the names differ",
    )  # fmt: skip


def question_address(question: Conflict, button: str = "change") -> str:
    return reverse(f"admin:customers_conflict_{button}", args=[question.pk])


def test_a_question_shows_both_and_the_evidence(desk: Client, question: Conflict) -> None:
    assert question_address(question) in text(desk, "/admin/customers/conflict/")
    assert question_address(question) in text(desk, page_address(question.customer))
    page = text(desk, question_address(question))
    assert "The same e-mail, but the names differ" in page
    assert "-3.2" in page
    assert "weight 4.5" in page
    assert "b@example.com" in page
    assert f"{MERGE}?ids=" in page


@pytest.mark.parametrize("weighed", [("Ana Prado", "Bea Luz"), ("Bea Luz", "Ana Prado")])
def test_the_evidence_stands_in_the_order_of_the_columns(
    desk: Client, question: Conflict, weighed: tuple[str, str]
) -> None:
    Conflict.objects.update(evidence=[["name", *weighed, -3.25], ["prior", "", "", -17.0]])
    page: Any = desk.get(question_address(question))
    first, second = page.context["sides"]
    shown = page.context["evidence"][0]
    assert (shown["left"], shown["right"]) == (str(first["customer"]), str(second["customer"]))


def test_evidence_of_which_nobody_knows_whose_it_is_names_nobody(
    desk: Client, question: Conflict
) -> None:
    Conflict.objects.update(evidence=[["name", "X", "Y", -3.25]])
    page: Any = desk.get(question_address(question))
    assert not page.context["sides"]
    assert "Left" in page.content.decode()


def test_the_same_person_is_merged_by_one_button(desk: Client, question: Conflict) -> None:
    page = text(desk, question_address(question))
    answer = desk.post(question_address(question, "same"), form(page))
    assert answer["Location"].endswith(f"/conflict/review/?after={question.pk}")
    assert Merge.objects.get().weight == 4.5
    question.refresh_from_db()
    assert question.decision == "same"
    assert desk.get(question_address(question))["Location"] == page_address(question.customer)
    again = desk.post(question_address(question, "same"), follow=True)
    assert "answered meanwhile" in again.content.decode()


def test_not_the_same_person_is_remembered(desk: Client, ana: User, question: Conflict) -> None:
    desk.post(question_address(question, "not_same"))
    assert NotSame.objects.get().user == ana
    question.refresh_from_db()
    assert question.decision == "not_same"


def test_a_stale_answer_decides_nothing(desk: Client, question: Conflict) -> None:
    data = form(text(desk, question_address(question)))
    Customer.objects.filter(pk=question.customer_id).update(version=9)
    answer = desk.post(question_address(question, "same"), data)
    assert answer["Location"] == question_address(question)
    assert not Merge.objects.exists()


def test_a_link_that_may_be_somebody_elses_is_decided(desk: Client, two: list[Customer]) -> None:
    link = say(shop("till", "clopos"), "5", name="Ana Prado", email="a@example.com", notes="x")
    question = Conflict.objects.create(kind="duplicate", customer=two[0], link=link)
    page = text(desk, question_address(question))
    assert "till · 5" in page
    desk.post(question_address(question, "not_same"))
    link.refresh_from_db()
    assert link.customer_id not in (two[0].pk, two[1].pk)


def test_who_may_only_look_decides_nothing(question: Conflict) -> None:
    user = User.objects.create_user("clerk", "", "a long password", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client = Client()
    client.force_login(user)
    page = text(client, question_address(question))
    assert question_address(question, "same") not in page
    for button in ("same", "not_same"):
        assert client.post(question_address(question, button)).status_code == 403
    assert client.get(f"{MERGE}?ids=1,2").status_code == 403
    assert client.get(unmerge_address(question.customer)).status_code == 403
    assert "merge_chosen" not in text(client, "/admin/customers/customer/")


def test_buttons_are_pressed_by_post_alone(desk: Client, question: Conflict) -> None:
    for button in ("same", "not_same"):
        assert desk.get(question_address(question, button)).status_code == 405
