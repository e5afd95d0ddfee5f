"""Connections: their form never shows a secret, and each button does one thing."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from connectors.registry import vendors as known_vendors
from connectors.sandbox import SandboxServer
from customers.models import Connection, Health, Run, RunState
from customers.pulling import pull
from tests.customers.conftest import Connect

ADD = "/admin/customers/connection/add/"
LIST = "/admin/customers/connection/"


def form_for(server: SandboxServer, slug: str, **changes: Any) -> dict[str, Any]:
    fake = server.vendor(slug)
    connector = known_vendors()[slug]
    sent: dict[str, Any] = {"name": f"My {slug}", "trust": 60, "pull_minutes": 30}
    sent["region"] = connector.region
    sent |= {f"option_{one.key}": one.default for one in connector.all_options() if one.default}
    sent |= {f"secret_{key}": value for key, value in fake.credentials.items()}
    sent |= {f"option_{key}": value for key, value in fake.options.items()}
    return sent | changes


def press(client: Client, connection: Connection, button: str) -> Any:
    address = reverse(f"admin:customers_connection_{button}", args=[connection.pk])
    assert client.get(address).status_code == 405
    return client.post(address, follow=True)


@pytest.mark.parametrize("slug", list(known_vendors()))
def test_every_vendor_has_a_form_of_what_it_declares(
    desk: Client, vendors: SandboxServer, slug: str
) -> None:
    text = desk.get(f"{ADD}?vendor={slug}").content.decode()
    for option in (*known_vendors()[slug].secrets, *known_vendors()[slug].all_options()):
        assert option.label in text.replace("&#x27;", "'")
    answer = desk.post(f"{ADD}?vendor={slug}", form_for(vendors, slug))
    connection = Connection.objects.get()
    assert answer.status_code == 302
    assert (connection.trust, connection.pull_minutes) == (60, 30)
    assert dict(connection.credentials) == vendors.vendor(slug).credentials


def test_the_choice_of_vendors_names_each(desk: Client) -> None:
    text = desk.get(ADD).content.decode()
    assert all(f"?vendor={slug}" in text for slug in known_vendors())


def test_no_page_shows_a_credential(desk: Client, connect: Connect) -> None:
    connection = connect("clopos")
    pages = [
        LIST,
        reverse("admin:customers_connection_change", args=[connection.pk]),
        reverse("admin:customers_connection_settings", args=[connection.pk]),
    ]
    for address in pages:
        text = desk.get(address).content.decode()
        for secret in dict(connection.credentials).values():
            assert secret not in text
    refused = desk.post(pages[2], {"secret_client_secret": "typed-just-now", "name": ""})
    assert "typed-just-now" not in refused.content.decode()


def test_an_empty_secret_keeps_the_stored_one(
    desk: Client, connect: Connect, vendors: SandboxServer
) -> None:
    connection = connect("yampi")
    address = reverse("admin:customers_connection_settings", args=[connection.pk])
    sent = form_for(
        vendors, "yampi", name="Renamed", secret_user_token="", secret_user_secret_key=""
    )
    assert desk.post(address, sent | {"page_size": 25}).status_code == 302
    connection.refresh_from_db()
    assert connection.name == "Renamed"
    assert connection.page_size == 25
    assert dict(connection.credentials) == vendors.vendor("yampi").credentials
    desk.post(address, sent | {"secret_user_token": "another", "page_size": ""})
    connection.refresh_from_db()
    assert connection.credentials["user_token"] == "another"
    assert connection.page_size is None


def test_what_does_not_fit_is_said_in_words(desk: Client, vendors: SandboxServer) -> None:
    sent = form_for(vendors, "yampi")
    desk.post(f"{ADD}?vendor=yampi", sent)
    again = desk.post(f"{ADD}?vendor=yampi", sent).content.decode()
    assert "There is a connection of that name already." in again
    other = sent | {"name": "Other", "option_base_url": "https://elsewhere.example.com"}
    assert "elsewhere.example.com" in desk.post(f"{ADD}?vendor=yampi", other).content.decode()
    assert Connection.objects.count() == 1


def test_check_says_whether_the_vendor_answers(
    desk: Client, connect: Connect, vendors: SandboxServer
) -> None:
    connection = connect("yampi")
    assert "The vendor answers" in press(desk, connection, "check").content.decode()
    connection.credentials = {**connection.credentials, "user_token": "wrong"}
    connection.save()
    text = press(desk, connection, "check").content.decode()
    assert "refused the credentials" in text
    assert "Mend it in the settings" in text
    connection.refresh_from_db()
    assert connection.health == Health.STOPPED


def test_pull_now_and_full_scan_make_it_due(desk: Client, connect: Connect) -> None:
    connection = connect("yampi")
    pull(connection.pk)
    connection.refresh_from_db()
    was_due, scanned = connection.due_at, connection.scanned_at
    assert scanned is not None
    press(desk, connection, "pull")
    connection.refresh_from_db()
    assert connection.due_at < was_due
    assert connection.scanned_at == scanned
    press(desk, connection, "scan")
    connection.refresh_from_db()
    assert connection.scanned_at is None


def test_pause_and_resume(desk: Client, connect: Connect) -> None:
    connection = connect("yampi")
    assert "is paused" in press(desk, connection, "pause").content.decode()
    connection.refresh_from_db()
    assert connection.enabled is False
    press(desk, connection, "resume")
    connection.refresh_from_db()
    assert connection.enabled is True


def test_health_and_abilities_are_told_in_words(
    desk: Client, connect: Connect, vendors: SandboxServer
) -> None:
    connection = connect("yampi")
    vendors.fill(vendors.vendor("yampi"), 3)
    pull(connection.pk)
    text = desk.get(reverse("admin:customers_connection_change", args=[connection.pk]))
    words = text.content.decode()
    assert "Last pulled just now: 3 records seen, 3 new customers." in words
    assert "Likely, off" in words
    assert "its pages describe no way to do this" in words


def test_a_held_run_is_said_on_the_connection(desk: Client, connect: Connect) -> None:
    connection = connect("yampi")
    Run.objects.create(connection=connection, mode="full", state=RunState.HELD, error="too many")
    assert "Open the held run" in desk.get(LIST).content.decode()


def test_a_connection_is_not_deleted_here(desk: Client, connect: Connect) -> None:
    connection = connect("yampi")
    assert desk.post(f"{LIST}{connection.pk}/delete/", {"post": "yes"}).status_code == 403


def test_without_connections_the_next_step_is_taught(desk: Client) -> None:
    assert "No vendor is connected yet" in desk.get(LIST).content.decode()
    assert "No vendor is connected yet" in desk.get("/admin/").content.decode()
