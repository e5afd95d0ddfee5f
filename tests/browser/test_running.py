"""A pull that is asked for on the desk is done by a real worker, and watched as it goes."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from connectors.sandbox import serve
from customers import accounts
from customers.models import Connection, CustomerLink, Run
from tests.browser.chromium import Watched
from tests.customers.workers import running

pytestmark = pytest.mark.browser
PEOPLE = 80


def test_a_run_is_watched_from_the_button_to_its_end(
    desk: Watched, settings: Any, live_server: LiveServer, process_env: dict[str, str]
) -> None:
    page = desk.page
    with serve(seed=7) as server:
        settings.EXTRA_VENDOR_HOSTS = [server.address]
        fake = server.vendor("clopos")
        fake.fill(PEOPLE)
        fake.misbehave("slow", times=100, path="/customers", seconds=0.6)
        given = {**fake.credentials, **fake.options, "page_size": "10"}
        shop = accounts.add("clopos", "Till", given)
        Connection.objects.update(enabled=False)
        env = process_env | {
            "VAR_DIR": str(settings.VAR_DIR),  # the broker that the button rings
            "EXTRA_VENDOR_HOSTS": server.address,
            "TICK_SECONDS": "1",
            "PAGES_IN_FLIGHT": "1",
        }
        with running(env):
            page.goto(f"{live_server.url}/admin/customers/connection/{shop.pk}/change/")
            page.click("button:has-text('Resume')")
            page.click("button:has-text('Pull now')")
            expect(page.locator("body")).to_contain_text("its run appears below")
            page.evaluate("window.stays = true")
            runs = page.locator("[data-part=runs]")
            expect(runs).to_contain_text("Running", timeout=60_000)
            assert page.evaluate("window.stays")
            runs.locator("a").first.click()
            page.evaluate("window.stays = true")
            progress = page.locator("[data-part=progress]")
            counted = re.compile(r"\d+ of 80 records")
            expect(progress).to_contain_text(counted, timeout=30_000)
            before = counted.findall(progress.inner_text())[0]
            expect(progress).not_to_contain_text(re.compile(rf"\b{before}"), timeout=30_000)
            expect(progress).to_contain_text(counted)
            expect(page.locator("[data-part=head]")).to_contain_text("Complete", timeout=60_000)
            expect(page.locator("[data-part=figures]")).to_contain_text("80")
            assert page.evaluate("window.stays")
            assert desk.overflow() <= 0
            assert desk.barriers() == []
    assert Run.objects.get().state == "complete"
    assert CustomerLink.objects.count() == PEOPLE
