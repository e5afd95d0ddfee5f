"""The desk as a person meets it: the pages work in a real browser, at both widths."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from connectors.registry import vendors as known_vendors
from connectors.sandbox import SandboxServer, serve
from customers import accounts
from customers.models import Conflict, Connection, Customer, CustomerLink, Run, SetAside
from customers.pulling import pull
from tests.browser.chromium import Watched

pytestmark = pytest.mark.browser


@pytest.fixture
def vendors(settings: Any) -> Any:
    with serve(seed=7, people=60) as server:
        settings.EXTRA_VENDOR_HOSTS = [server.address]
        yield server


@pytest.fixture
def pulled(vendors: SandboxServer, desk: Watched) -> SandboxServer:
    """Every vendor's customers in one list."""
    for slug, fake in vendors.vendors.items():
        pull(accounts.add(slug, slug, {**fake.credentials, **fake.options}).pk)
    return vendors


def most_linked() -> Customer:
    return max(Customer.objects.prefetch_related("links"), key=lambda one: len(one.links.all()))


def test_search_open_and_edit_a_customer(
    desk: Watched, pulled: SandboxServer, live_server: LiveServer
) -> None:
    page, customer = desk.page, most_linked()
    page.goto(f"{live_server.url}/admin/customers/customer/")
    page.fill("#searchbar", customer.email.upper())
    page.press("#searchbar", "Enter")
    page.click("#result_list th a")
    expect(page.locator(".desk-head")).to_contain_text(str(customer))
    expect(page.locator(".desk-linkcard")).to_have_count(customer.links.count())
    page.locator(".desk-raw summary").first.click()
    expect(page.locator(".desk-raw pre").first).to_be_visible()
    assert desk.overflow() <= 0
    page.click("text=Edit")
    page.fill("[name=notes]", "rings on Mondays")
    page.click("button:has-text('Save')")
    expect(page.locator(".desk-golden")).to_contain_text("rings on Mondays")
    expect(page.locator(".desk-timeline")).to_contain_text("Edited by a person")


def test_add_a_customer_who_is_there_already(
    desk: Watched, pulled: SandboxServer, live_server: LiveServer
) -> None:
    page, customer = desk.page, most_linked()
    page.goto(f"{live_server.url}/admin/customers/customer/add/")
    page.fill("[name=given_name]", customer.name)
    page.fill("[name=email]", customer.email)
    page.click("button:has-text('Save')")
    expect(page.locator(".desk-matches")).to_contain_text(str(customer))
    page.click("button:has-text('Save all the same')")
    expect(page.locator(".desk-timeline")).to_contain_text("Created")


def test_add_a_connection_check_it_and_pause_it(
    desk: Watched, vendors: SandboxServer, live_server: LiveServer
) -> None:
    page, slug = desk.page, next(iter(known_vendors()))
    fake = vendors.vendor(slug)
    page.goto(f"{live_server.url}/admin/customers/connection/")
    page.click("text=Add a connection")
    page.click(f"text={known_vendors()[slug].label}")
    page.fill("[name=name]", "Main shop")
    for key, value in fake.credentials.items():
        assert page.get_attribute(f"[name=secret_{key}]", "type") == "password"
        page.fill(f"[name=secret_{key}]", str(value))
    for key, value in fake.options.items():
        page.fill(f"[name=option_{key}]", str(value))
    page.click("button:has-text('Save')")
    expect(page.locator(".desk-head")).to_contain_text("Main shop")
    page.click("button:has-text('Check')")
    expect(page.locator("body")).to_contain_text("The vendor answers.")
    page.click("button:has-text('Pause')")
    expect(page.locator(".desk-head")).to_contain_text("Paused")
    assert desk.overflow() <= 0
    assert Connection.objects.get().enabled is False


def test_somebody_is_found_from_any_page_by_keyboard_alone(
    desk: Watched, pulled: SandboxServer, live_server: LiveServer
) -> None:
    page, customer = desk.page, most_linked()
    page.goto(f"{live_server.url}/admin/customers/run/")
    page.keyboard.press("/")
    expect(page.locator("#desk-palette input")).to_be_focused()
    page.keyboard.type(customer.email.upper())
    expect(page.locator("#desk-palette [role=option]").first).to_contain_text(str(customer))
    assert desk.overflow() <= 0
    assert desk.barriers() == []
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/customer/{customer.pk}/change/")
    page.keyboard.press("/")
    expect(page.locator("#desk-palette input")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#desk-palette")).to_be_hidden()


def test_a_form_is_tried_in_place_and_keeps_what_was_typed(
    desk: Watched, vendors: SandboxServer, live_server: LiveServer
) -> None:
    page, fake = desk.page, vendors.vendor("clopos")
    page.goto(f"{live_server.url}/admin/customers/connection/add/?vendor=clopos")
    page.fill("[name=name]", "Till")
    for key, value in {**fake.credentials}.items():
        page.fill(f"[name=secret_{key}]", str(value))
    for key, value in fake.options.items():
        page.fill(f"[name=option_{key}]", str(value))
    page.click("[data-try]")
    expect(page.locator("[data-tried]")).to_contain_text("The vendor answers.")
    assert page.input_value("[name=secret_client_secret]") == fake.credentials["client_secret"]
    assert not Connection.objects.exists()


def test_a_run_is_followed_without_reloading(
    desk: Watched, vendors: SandboxServer, live_server: LiveServer
) -> None:
    fake, page = vendors.vendor("clopos"), desk.page
    connection = accounts.add("clopos", "Till", {**fake.credentials, **fake.options})
    run = Run.objects.create(connection=connection, mode="full", seen=10, total_first=40)
    page.goto(f"{live_server.url}/admin/customers/run/{run.pk}/change/")
    page.evaluate("window.stays = true")
    Run.objects.filter(pk=run.pk).update(seen=30)
    expect(page.locator("[data-part=progress]")).to_contain_text("30 of 40 records")
    Run.objects.filter(pk=run.pk).update(seen=40, state="complete")
    expect(page.locator("[data-part=head]")).to_contain_text("Complete")
    assert page.evaluate("window.stays")


def test_every_screen_fits_and_complains_of_nothing(
    desk: Watched, pulled: SandboxServer, live_server: LiveServer
) -> None:
    connection, customer = Connection.objects.all()[0], most_linked()
    barriers: list[str] = []
    aside = SetAside.objects.create(
        connection=connection, external_id="5", text='{"a": 1}', reason="x" * 300
    )
    for path in (
        "",
        "customers/customer/",
        "customers/customer/?q=zzzzzz",
        "customers/customer/add/",
        "customers/customer/find/?q=a",
        f"customers/customer/{customer.pk}/timeline/",
        "reading/",
        f"customers/customer/{customer.pk}/edit/",
        "customers/connection/",
        "customers/connection/add/",
        f"customers/connection/{connection.pk}/change/",
        f"customers/connection/{connection.pk}/settings/",
        "customers/run/",
        f"customers/run/{connection.runs.all()[0].pk}/change/",
        "customers/setaside/",
        f"customers/setaside/{aside.pk}/change/",
        "customers/conflict/",
        "customers/matchkey/",
        "auth/user/",
        f"auth/user/{User.objects.get().pk}/change/",
    ):
        desk.page.goto(f"{live_server.url}/admin/{path}")
        desk.page.wait_for_load_state("networkidle")
        assert desk.overflow() <= 0, path
        barriers += [f"{path}: {one}" for one in desk.barriers()]
    assert not barriers, "\n".join(barriers)


def test_merge_and_unmerge_customers(
    desk: Watched, pulled: SandboxServer, live_server: LiveServer
) -> None:
    page = desk.page
    page.goto(f"{live_server.url}/admin/customers/customer/")
    page.locator("input.action-select").nth(0).check()
    page.locator("input.action-select").nth(1).check()
    page.locator("select[name=action]").select_option(label="Merge…")
    page.click("button:has-text('Run')")
    expect(page.locator("input[name=survivor]")).to_have_count(2)
    assert desk.overflow() <= 0
    assert desk.barriers() == []
    page.click("button:has-text('Show the effect')")
    expect(page.locator(".desk-effect")).to_contain_text("Links that move")
    page.locator(".desk-submit button:has-text('Merge')").click()
    expect(page.locator(".desk-timeline")).to_contain_text("Merged")
    page.click("a:has-text('Unmerge')")
    expect(page.locator("body")).to_contain_text("How the two will stand")
    assert desk.overflow() <= 0
    assert desk.barriers() == []
    page.click("button:has-text('Unmerge')")
    expect(page.locator("body")).to_contain_text("was given back")
    expect(page.locator("body")).to_contain_text("Not the same person as")


def test_decide_whether_two_are_one_person(
    desk: Watched, pulled: SandboxServer, live_server: LiveServer
) -> None:
    page = desk.page
    one, other = Customer.objects.order_by("pk")[:2]
    Conflict.objects.all().delete()
    Conflict.objects.create(kind="duplicate", customer=one, other=other, weight=2.5,
                            evidence=[["name", "A", "B", -1.5]])  # fmt: skip
    page.goto(f"{live_server.url}/admin/customers/conflict/")
    page.click("a:has-text('Decide')")
    expect(page.locator("body")).to_contain_text("What speaks for it, and against it")
    assert desk.overflow() <= 0
    assert desk.barriers() == []
    page.click("button:has-text('Not the same person')")
    expect(page.locator("body")).to_contain_text("Nobody asks again.")


def test_questions_are_answered_by_keyboard_one_after_the_other(
    desk: Watched, vendors: SandboxServer, live_server: LiveServer
) -> None:
    page = desk.page
    shop = Connection.objects.create(name="Web shop", vendor=next(iter(known_vendors())))
    for number in range(3):
        customer = Customer.objects.create(name="Ana Paz", notes=f"Rua A, {number}")
        link = CustomerLink.objects.create(
            customer=customer, connection=shop, external_id=str(number),
            stated={"notes": f"Rua B, {number}"}, read_at=timezone.now(),
        )  # fmt: skip
        Conflict.objects.create(
            kind="field", customer=customer, link=link, field="notes", base=["", ""],
            hub=f"Rua A, {number}", vendor=f"Rua B, {number}",
        )  # fmt: skip
    page.goto(f"{live_server.url}/admin/customers/conflict/")
    page.keyboard.press("r")
    expect(page.locator(".desk-three")).to_contain_text("Rua A, 2")
    expect(page.locator(".desk-three mark").first).to_have_text("A")
    assert desk.overflow() <= 0
    assert desk.barriers() == []
    page.keyboard.press("s")
    expect(page.locator(".desk-three")).to_contain_text("Rua A, 1")
    page.keyboard.press("t")
    expect(page.locator(".desk-three")).to_contain_text("Rua A, 0")
    page.keyboard.press("o")
    expect(page.locator(".desk-three")).to_contain_text("Rua A, 2")
    page.keyboard.press("v")
    page.keyboard.type("ring twice, says o")
    page.locator(".desk-another button").click()
    expect(page.locator("body")).to_contain_text("No question waits for you.")
    decided = dict(Conflict.objects.values_list("hub", "decision"))
    assert decided == {"Rua A, 1": "vendor", "Rua A, 0": "hub", "Rua A, 2": "other"}
    page.keyboard.press("u")
    expect(page.locator("body")).to_contain_text("Taken back: the question is open again.")
    expect(page.locator(".desk-three")).to_contain_text("Rua A, 2")
    assert Conflict.objects.get(closed_at=None).hub == "Rua A, 2"
    assert desk.overflow() <= 0
    assert desk.barriers() == []
    page.keyboard.press("u")
    expect(page.locator(".desk-three")).to_contain_text("Rua A, 0")
    page.click("button:has-text('Undo last decision')")
    expect(page.locator(".desk-three")).to_contain_text("Rua B, 1")
    assert not Conflict.objects.exclude(closed_at=None).exists()
