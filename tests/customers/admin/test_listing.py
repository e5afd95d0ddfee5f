"""The table of a list is the theme's own, made in one pass."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.template.loader import render_to_string
from django.test import Client
from django.test.html import parse_html
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override
from unfold.templatetags.unfold_list import result_list

from customers.admin.badges import badges
from customers.models import (
    Conflict,
    Connection,
    Erasure,
    FieldRule,
    LinkState,
    MatchKey,
    Run,
    SetAside,
    Write,
)
from tests.customers.admin.conftest import MakeCustomer, MakeLink

HOSTILE = "<b>'\"&</b>"


@pytest.fixture
def hub(
    ana: User, connection: Connection, make_customer: MakeCustomer, make_link: MakeLink
) -> None:
    """Something in every list."""
    cpf = {"type": "cpf", "number": "52998224725", "country": "BR"}
    full = make_customer(f"Ana {HOSTILE}", email="ana@example.com", phone="+593991234567")
    other = make_customer("Ana Paz", document=cpf)
    make_customer(email="ana.only@example.com")
    link = make_link(full)
    make_link(full, "8", state=LinkState.GONE)
    SetAside.objects.create(connection=connection, external_id="9", text="{}", reason=HOSTILE)
    for state in ("complete", "failed", "complete"):
        Run.objects.create(connection=connection, mode="full", state=state)
    Run.objects.create(kind="match")
    Write.objects.create(
        kind="update", customer=full, connection=connection, link=link, state="refused"
    )
    Conflict.objects.create(
        kind="field", customer=full, link=link, field="notes", hub="a", vendor="b", reason=HOSTILE
    )
    Conflict.objects.create(kind="duplicate", customer=full, other=other)
    Conflict.objects.create(kind="deleted", customer=full, link=link)
    Erasure.objects.create(customer=other.pk, opened_by=ana, reference="7/26")
    FieldRule.objects.create(field="email", connection=connection, note=HOSTILE)
    MatchKey.objects.create(kind="email", value="shop@example.com", retired_at=timezone.now())


LISTS = ("customer", "conflict", "run", "write", "setaside", "erasure", "fieldrule", "matchkey")


def theirs_and_ours(desk: Client, model: str, query: str) -> tuple[str, str]:
    """The table as the theme makes it, and as the desk does, of the same page."""
    page: Any = desk.get(f"/admin/customers/{model}/{query}")
    listed = page.context["cl"]
    vars(listed).pop("rows", None)
    context = result_list({"request": page.wsgi_request}, listed)
    theirs = render_to_string("admin/change_list_results.html", context)
    return theirs, render_to_string("customers/list_table.html", {"cl": listed})


@pytest.mark.parametrize("language", ["en", "pt-br"])
@pytest.mark.parametrize(
    ("model", "query"), [*((model, "") for model in LISTS), ("customer", "?q=ana&vendor=yampi")]
)
def test_a_list_is_what_the_theme_would_make_of_it(
    hub: None, desk: Client, model: str, query: str, language: str
) -> None:
    with override(language):
        theirs, ours = theirs_and_ours(desk, model, query)
    assert parse_html(theirs) == parse_html(ours)
    assert ours.count("<tbody") >= 1


def test_what_is_listed_is_escaped(hub: None, desk: Client) -> None:
    for model in LISTS:
        assert HOSTILE not in desk.get(f"/admin/customers/{model}/").content.decode()


def test_a_link_leads_to_the_row_and_keeps_the_search(hub: None, desk: Client) -> None:
    page: Any = desk.get("/admin/customers/customer/?q=ana")
    for row in page.context["cl"].result_list:
        way = f"/admin/customers/customer/{row.pk}/change/?_changelist_filters=q%3Dana"
        assert f'href="{way}"' in page.content.decode()


def test_a_badge_names_the_vendor_the_connection_and_the_state(
    connection: Connection, make_customer: MakeCustomer, make_link: MakeLink
) -> None:
    customer = make_customer("Ana Paz")
    links = [make_link(customer), make_link(customer, "8", state=LinkState.GONE)]
    with CaptureQueriesContext(database) as queries:
        told = badges(links)
    assert told == (
        '<span class="desk-badge" title="Main shop: Active">Yampi</span>'
        '<span class="desk-badge desk-badge-faded" title="Main shop: Gone at the vendor">Yampi'
        "</span>"
    )
    assert len(queries) == 0
    assert badges([]) == ""
