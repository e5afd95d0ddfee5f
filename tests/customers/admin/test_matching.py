"""The screen of matching: thresholds are tried before they are saved."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from customers.admin.engine_words import say
from customers.models import MatchSettings, Run
from customers.rematching import match
from tests.customers.admin.conftest import MakeCustomer

PAGE = reverse("admin:customers_matchsettings_changelist")
AGAIN = reverse("admin:customers_matchsettings_match")


def text(client: Client) -> str:
    return client.get(PAGE).content.decode()


def test_without_a_run_the_page_says_so(desk: Client) -> None:
    assert "no pairs to try this on" in text(desk)


def test_thresholds_show_what_they_do_before_they_are_saved(
    desk: Client, make_customer: MakeCustomer, ana: User
) -> None:
    for address in ("one@example.com", "two@example.com"):
        make_customer("José Ezcurra", email=address, birth_date="1980-02-03")
    assert match().asked == 1
    said = {"link_from": "50", "ask_from": "45"}
    answer = desk.post(PAGE, said)
    assert not MatchSettings.objects.exists()
    rows = answer.context["consequences"]["rows"]
    assert [(row["now"], row["then"]) for row in rows] == [("0", "0"), ("1", "0"), ("0", "1")]
    desk.post(PAGE, {**said, "seen": answer.context["seen"]})
    kept = MatchSettings.objects.get()
    assert (kept.link_from, kept.ask_from, kept.changed_by) == (50, 45, ana)


def test_what_was_not_shown_is_not_saved(desk: Client) -> None:
    desk.post(PAGE, {"link_from": "9", "ask_from": "3", "seen": "8:3"})
    assert not MatchSettings.objects.exists()


def test_asking_begins_below_linking(desk: Client) -> None:
    answer = desk.post(PAGE, {"link_from": "3", "ask_from": "9"})
    assert "ask_from" in answer.context["form"].errors


def test_whoever_may_only_look_changes_nothing(db: None) -> None:
    user = User.objects.create_user("clerk", "", "a long password", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="view_matchsettings"))
    client = Client()
    client.force_login(user)
    assert "Show what it would do" not in text(client)
    assert client.post(PAGE, {"link_from": "9", "ask_from": "3"}).status_code == 403
    assert client.post(AGAIN).status_code == 403


def test_matching_anew_is_asked_of_a_worker(
    desk: Client, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: object
) -> None:
    asked = desk.post(AGAIN, {"learn": "yes"}, follow=True)
    assert "A worker begins within moments" in asked.content.decode()
    assert not Run.objects.exists()


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("The same e-mail, alike in name, but the names differ",
         "The same e-mail, alike in name, but the names differ"),
        ("Alike in name and birth date", "Alike in name and birth date"),
        ("Little in common, but their documents differ",
         "Little in common, but their documents differ"),
        ("nobody like this record was known", "Nobody like this record was known"),
    ],
)  # fmt: skip
def test_reasons_are_said_in_words(stored: str, shown: str) -> None:
    assert say(stored) == shown
