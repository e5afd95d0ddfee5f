"""The golden fields of a customer's page: every value with its sources, taken, pinned, ignored."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customers.models import Customer, CustomerLink
from customers.values import to_json
from tests.customers.saying import apart, says, shop


@pytest.fixture
def links(db: None) -> list[CustomerLink]:
    """Ana, as three shops know her."""
    return [
        says(shop("First shop", trust=90), notes="golden <one>"),
        says(shop("Second shop"), notes="other", phone="+5511987654321"),
        says(shop("Third shop"), notes="Other"),
    ]


def ana() -> Customer:
    return Customer.objects.get()


def page(client: Client) -> str:
    return client.get(reverse("admin:customers_customer_change", args=[ana().pk])).content.decode()


def press(client: Client, button: str, field: str, value: Any = None, **more: str) -> Any:
    sent = {"field": field, "version": str(ana().version), **more}
    if value is not None:
        sent["value"] = to_json(value)
    address = reverse(f"admin:customers_customer_{button}", args=[ana().pk])
    return client.post(address, sent, follow=True)


def test_every_value_is_shown_with_its_sources(desk: Client, links: list[CustomerLink]) -> None:
    text = page(desk)
    (notes,) = re.findall(r'<div id="field-notes">.*?</details>', text, flags=re.DOTALL)
    assert "from First shop" in notes
    assert "golden &lt;one&gt;" in notes
    assert re.search(r"\+1\s+other value", notes)
    assert "Second shop · Third shop" in notes


def test_another_value_is_taken(desk: Client, links: list[CustomerLink]) -> None:
    press(desk, "take", "notes", "other")
    assert (ana().notes, ana().provenance["notes"][0]) == ("other", "person")
    assert ana().events.latest("id").kind == "edited"


def test_a_field_is_pinned_and_unpinned(desk: Client, links: list[CustomerLink]) -> None:
    press(desk, "pin", "notes", why="she told us")
    text = page(desk)
    assert "Pinned by ana" in text
    assert "she told us" in text
    press(desk, "unpin", "notes")
    assert ana().pins is None


def test_a_value_is_ignored_and_heeded_again(desk: Client, links: list[CustomerLink]) -> None:
    press(desk, "ignore", "notes", "golden <one>")
    assert ana().notes == "other"
    assert apart(links[0], "notes") == "ignored"
    assert "ignored by ana" in page(desk)
    press(desk, "heed", "notes", "golden <one>")
    assert ana().ignored is None


def test_who_saw_an_older_page_changes_nothing(desk: Client, links: list[CustomerLink]) -> None:
    for button in ("take", "pin", "ignore"):
        answer = press(desk, button, "notes", "other", version="99")
        assert "Nothing was done" in answer.content.decode()
    assert (ana().notes, ana().pins, ana().ignored) == ("golden <one>", None, None)


@pytest.mark.parametrize(
    "sent",
    [
        {"field": "nonsense"},
        {"version": "x"},
        {"value": "not known"},
        {"value": '"made up"'},
        {"field": "search_text"},
    ],
)
def test_what_was_not_offered_is_not_done(
    desk: Client, links: list[CustomerLink], sent: dict[str, str]
) -> None:
    before = ana().version
    press(desk, "take", **({"field": "notes", "value": "other"} | sent))
    assert (ana().version, ana().notes) == (before, "golden <one>")


def test_who_may_only_look_sees_the_sources_and_no_button(links: list[CustomerLink]) -> None:
    user = User.objects.create_user("eva", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_customer"))
    client = Client()
    client.force_login(user)
    text = page(client)
    assert "Second shop · Third shop" in text
    assert "/take/" not in text
    assert "/pin/" not in text


def test_the_page_costs_the_same_however_many_values(
    desk: Client, links: list[CustomerLink], django_assert_max_num_queries: Any
) -> None:
    with CaptureQueriesContext(connection) as few:
        page(desk)
    for number in range(5):
        says(shop(f"shop {number}"), notes=f"value {number}")
    with django_assert_max_num_queries(len(few)):
        page(desk)
