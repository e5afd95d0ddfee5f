"""Each reader in their own language, by their own clock."""

from typing import Any

import pytest
from django.test import Client

from customers.models import Event
from tests.customers.admin.conftest import MakeCustomer

READING = "/admin/reading/"
NOON = "2026-03-01T12:00:00Z"


@pytest.fixture
def moment(make_customer: MakeCustomer) -> str:
    """The address of a page that shows a moment."""
    customer = make_customer("Ana Paz")
    Event.objects.all().delete()
    Event.objects.create(customer=customer, kind="changed", at=NOON)
    return f"/admin/customers/customer/{customer.pk}/timeline/"


def test_moments_are_shown_by_the_browsers_clock(desk: Client, moment: str) -> None:
    assert "03/01/2026 noon" in desk.get(moment).content.decode()
    desk.cookies["desk_zone_here"] = "America/Guayaquil"
    assert "03/01/2026 7 a.m." in desk.get(moment).content.decode()


def test_a_chosen_zone_and_language_come_first(desk: Client, moment: str) -> None:
    desk.cookies["desk_zone_here"] = "America/Guayaquil"
    sent = {"language": "pt-br", "zone": "America/Sao_Paulo"}
    assert desk.post(READING, sent).status_code == 302
    text = desk.get(moment, headers={"accept-language": "es"}).content.decode()
    assert 'lang="pt-br"' in text
    assert "01/03/2026 09:00" in text
    assert desk.post(READING, {"language": "", "zone": ""}).status_code == 302
    text = desk.get(moment, headers={"accept-language": "es"}).content.decode()
    assert 'lang="es"' in text
    assert "7:00" in text


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "x" * 5000])
def test_a_clock_that_there_is_not_is_not_followed(desk: Client, moment: str, zone: str) -> None:
    desk.cookies["desk_zone_here"] = zone
    assert "03/01/2026 noon" in desk.get(moment).content.decode()


def test_what_is_not_offered_is_refused(desk: Client) -> None:
    page: Any = desk.post(READING, {"language": "tlh", "zone": "Mars/Olympus"})
    assert page.status_code == 200
    assert set(page.context["form"].errors) == {"language", "zone"}


def test_the_page_names_languages_by_their_own_names(desk: Client) -> None:
    text = desk.get(READING).content.decode()
    assert "America" in text
    assert "Sao Paulo" in text
    for code in ("en", "es", "pt-br"):
        assert f'value="{code}"' in text


def test_the_menu_leads_there(desk: Client) -> None:
    assert 'href="/admin/reading/"' in desk.get("/admin/").content.decode()
