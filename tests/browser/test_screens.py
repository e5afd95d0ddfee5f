"""Every kind of question, write and rule on its screen: it fits, keeps nobody out and complains
of nothing."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from connectors.records import Name
from customers.editing import edit
from customers.models import (
    Conflict,
    Connection,
    Customer,
    CustomerLink,
    FieldRule,
    MatchKey,
    Write,
    WriteState,
)
from customers.uniting import merge
from tests.browser.chromium import Watched
from tests.customers.saying import says, shop

pytestmark = pytest.mark.browser
LONG = "ring twice, the bell by the gate is broken and the dog is loud; " * 4
EVIDENCE = [
    ["name", "Eva Prado 21", "Eva Prado 22", 6.5],
    ["birth_date", "1990-01-02", "1991-01-02", -3.25],
]


@pytest.fixture
def shops(desk: Watched) -> list[Connection]:
    """Two that may be told."""
    return [shop("Web shop", told=True), shop("Till in the old market hall", told=True)]


def person(connection: Connection, external_id: str, **said: Any) -> CustomerLink:
    email = f"eva{external_id}@example.com"
    name = Name(given="Eva", family=f"Prado {external_id}")
    return says(connection, external_id, email=email, name=name, **said)


def asked_about_notes(connection: Connection, external_id: str) -> Conflict:
    """A person edited what the vendor has changed as well."""
    customer = person(connection, external_id, notes="ring once").customer
    edit(customer.pk, {"notes": LONG}, User.objects.get(), customer.version)
    person(connection, external_id, notes=LONG.replace("dog", "cat"))
    return Conflict.objects.get(customer=customer)


def asked_about_a_pair(connection: Connection) -> Conflict:
    one, other = (person(connection, number).customer for number in ("21", "22"))
    return Conflict.objects.create(
        kind="duplicate", customer=one, other=other, weight=3.25, evidence=EVIDENCE
    )


def merged(connection: Connection) -> Customer:
    """A customer that was merged into another."""
    one, other = (person(connection, number).customer for number in ("31", "32"))
    merge(one.pk, [other.pk], User.objects.get().pk)
    return other


def writes(link: CustomerLink) -> list[Write]:
    """One of each state, the open ones for other links than this."""
    return [
        Write.objects.create(
            kind="create" if state == WriteState.UNKNOWN else "update",
            state=state,
            customer=link.customer,
            connection=link.connection,
            link=None if state == WriteState.UNKNOWN else link,
            fields={"notes": ["ring once", LONG]},
            method="PUT",
            path="/customers/41",
            body='{"notes": "ring once"}',
            message="the notes are longer than the vendor takes",
            field_messages={"notes": "too long"},
            sent_at=timezone.now(),
        )
        for state in WriteState
        if state != WriteState.SENT
    ]


def test_they_fit_and_complain_of_nothing(
    desk: Watched, shops: list[Connection], live_server: LiveServer
) -> None:
    shop, till = shops
    field = [asked_about_notes(shop, str(number)) for number in (11, 12)]
    pair, given_back = asked_about_a_pair(shop), merged(shop)
    told = person(till, "41", notes="ring once")
    of_link = Conflict.objects.create(kind="duplicate", customer=told.customer, link=told)
    rule = FieldRule.objects.create(field="notes", connection=till, note=LONG)
    MatchKey.objects.create(kind="email", value="office@example.com", retired_at=timezone.now())
    barriers: list[str] = []
    for path in (
        "",
        "customers/conflict/",
        "customers/conflict/review/",
        f"customers/conflict/{field[0].pk}/change/",
        f"customers/conflict/many/?field=notes&connection={shop.pk}",
        f"customers/conflict/{pair.pk}/change/",
        f"customers/conflict/{of_link.pk}/change/",
        f"customers/customer/{field[0].customer_id}/change/",
        f"customers/customer/{pair.customer_id}/change/",
        f"customers/customer/merge/?ids={pair.customer_id},{pair.other_id}",
        f"customers/customer/{given_back.pk}/unmerge/",
        f"customers/customer/{told.customer_id}/remove/?link={told.pk}",
        f"customers/customer/add-to/?ids={pair.customer_id},{told.customer_id}",
        "customers/fieldrule/",
        "customers/fieldrule/add/",
        f"customers/fieldrule/add/?field=notes&connection={shop.pk}&born_of={field[0].pk}",
        f"customers/fieldrule/{rule.pk}/change/",
        "customers/matchsettings/",
        "customers/matchkey/",
        f"customers/connection/{shop.pk}/writing/",
        "customers/write/",
        *(f"customers/write/{one.pk}/change/" for one in writes(told)),
        f"customers/customer/{told.customer_id}/change/",
        f"customers/customer/{told.customer_id}/timeline/",
    ):
        desk.page.goto(f"{live_server.url}/admin/{path}")
        desk.page.wait_for_load_state("networkidle")
        assert desk.overflow() <= 0, path
        barriers += [f"{path}: {one}" for one in desk.barriers()]
    assert not barriers, "\n".join(barriers)


def test_from_the_start_page_questions_are_answered_by_keyboard(
    desk: Watched, shops: list[Connection], live_server: LiveServer
) -> None:
    page, asked = desk.page, asked_about_notes(shops[0], "11")
    page.goto(f"{live_server.url}/admin/")
    page.keyboard.press("r")
    expect(page.locator(".desk-three mark").first).to_be_visible()
    page.keyboard.press("o")
    expect(page.locator("body")).to_contain_text("No question waits for you.")
    asked.refresh_from_db()
    assert asked.decision == "hub"
    page.goto(f"{live_server.url}/admin/")
    expect(page.locator("[data-key=r]")).to_have_count(0)
