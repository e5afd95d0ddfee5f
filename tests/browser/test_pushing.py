"""An edit on the desk reaches the vendor, and the page says so."""

from typing import Any

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from connectors.sandbox import serve
from customers import accounts
from customers.models import Connection, Customer, Write, WriteState
from customers.pulling import pull
from customers.pushing import push
from tests.browser.chromium import Watched

pytestmark = pytest.mark.browser
ANA = {"name": "Ana", "last_name": "Paz", "email": "ana@example.com", "phone": "5491100000001"}


def test_an_edit_is_seen_confirmed_at_the_vendor(
    desk: Watched, settings: Any, live_server: LiveServer
) -> None:
    page = desk.page
    with serve(seed=7, people=0) as server:
        settings.EXTRA_VENDOR_HOSTS = [server.address]
        fake = server.vendor("tiendanegocio")
        fake.add(**ANA)
        given = {**fake.credentials, **fake.options, "clear_company": "true"}
        shop = accounts.add("tiendanegocio", "Web shop", given)
        pull(shop.pk)
        Connection.objects.filter(pk=shop.pk).update(writes=True)
        address = f"{live_server.url}/admin/customers/customer/{Customer.objects.get().pk}/change/"
        page.goto(address)
        page.click("text=Edit")
        page.fill("[name=notes]", "rings on Mondays")
        page.click("button:has-text('Save')")
        card = page.locator(".desk-linkcard")
        expect(card).to_contain_text("Waiting")
        assert desk.overflow() <= 0
        assert Write.objects.get().state == WriteState.PLANNED
        assert push(shop.pk).confirmed == 1
        page.goto(address)
        expect(card).to_contain_text("Confirmed")
        assert desk.overflow() <= 0
        assert desk.barriers() == []
        assert next(iter(fake.rows.values()))["note"] == "rings on Mondays"
