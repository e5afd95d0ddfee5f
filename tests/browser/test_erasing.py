"""The screens of erasing, of records that are gone and of undoing: they fit, keep nobody out and
complain of nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from connectors.sandbox import SandboxServer, serve
from customers import absence, accounts, erasing, pursuing
from customers.models import Conflict, CustomerLink, LinkState, Run, Write
from customers.pulling import pull
from tests.browser.chromium import Watched

pytestmark = pytest.mark.browser
LONG = "a letter from the shop's owner, in which she writes that it is done " * 4


@pytest.fixture
def shops(settings: Any, desk: Watched) -> Iterator[SandboxServer]:
    """Every vendor's customers in one list."""
    with serve(seed=7, people=60) as server:
        settings.EXTRA_VENDOR_HOSTS = [server.address]
        for slug, fake in server.vendors.items():
            pull(accounts.add(slug, slug, {**fake.credentials, **fake.options}).pk)
        yield server


def ask_gone(link: CustomerLink) -> Conflict:
    return Conflict.objects.create(
        kind="deleted", customer=link.customer, link=link, reason=absence.GONE
    )


def last_pull_changed() -> Run:
    """A run whose values are all there, two of which went to another vendor."""
    run = Run.pulls.latest("pk")
    links = CustomerLink.objects.filter(connection=run.connection).select_related("customer")
    for link in links.order_by("pk")[:8]:
        source = ["link", link.pk, run.pk, "2026-01-01T00:00:00+00:00"]
        customer = link.customer
        was, customer.notes = customer.notes, "a note that only this run brought"
        customer.provenance["notes"] = source
        customer.save()
        CustomerLink.objects.filter(pk=link.pk).update(stated={"notes": customer.notes})
        changes = {"notes": [was, customer.notes]}
        customer.events.create(kind="changed", run=run, link=link, changes=changes)
        Write.objects.create(
            kind="update", state="confirmed", customer=customer, connection=link.connection,
            link=link, fields=changes, sent_at=timezone.now(),
        )  # fmt: skip
    return run


def test_they_fit_and_complain_of_nothing(
    desk: Watched, shops: SandboxServer, live_server: LiveServer
) -> None:
    first, second, third, fourth = CustomerLink.objects.order_by("pk")[:40:10]
    case = erasing.erase(first.customer_id, User.objects.get(), reference="R-17", ask=True)
    pursuing.confirm(case.lines.get(connection=first.connection).pk, User.objects.get(), LONG)
    questions = []
    for link, state in ((second, LinkState.QUARANTINED), (third, LinkState.ANONYMIZED)):
        CustomerLink.objects.filter(pk=link.pk).update(state=state)
        questions.append(ask_gone(link))
    run = last_pull_changed()
    barriers: list[str] = []
    for path in (
        "customers/erasure/",
        f"customers/erasure/{case.pk}/change/",
        f"customers/customer/{first.customer_id}/change/",
        f"customers/customer/{second.customer_id}/change/",
        f"customers/customer/{fourth.customer_id}/erase/",
        *(f"customers/conflict/{one.pk}/gone/" for one in questions),
        "customers/conflict/",
        f"customers/run/{run.pk}/undo/",
    ):
        desk.page.goto(f"{live_server.url}/admin/{path}")
        desk.page.wait_for_load_state("networkidle")
        assert desk.overflow() <= 0, path
        barriers += [f"{path}: {one}" for one in desk.barriers()]
    assert not barriers, "\n".join(barriers)


def test_a_person_is_erased_by_keyboard(
    desk: Watched, shops: SandboxServer, live_server: LiveServer
) -> None:
    customer = CustomerLink.objects.order_by("pk")[3].customer
    desk.page.goto(f"{live_server.url}/admin/customers/customer/{customer.pk}/change/")
    desk.page.get_by_role("link", name="Erase…").press("Enter")
    desk.page.get_by_label("The customer's number, once more").fill(str(customer.pk))
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_url("**/erasure/**")
    desk.page.get_by_label("How do you know that it is gone?").first.fill("seen on their screen")
    desk.page.get_by_role("button", name="Confirm").first.press("Enter")
    desk.page.get_by_text("Seen on their screen").wait_for()
    customer.refresh_from_db()
    assert customer.name == ""
