"""The list of customers and a customer's page."""

from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from customers.models import Conflict, Connection, Customer, Event, LinkState
from tests.customers.admin.conftest import MakeCustomer, MakeLink

LIST = "/admin/customers/customer/"
HOSTILE = "<script>alert(1)</script>"


def names(client: Client, query: str) -> set[str]:
    page: Any = client.get(f"{LIST}?{query}")
    assert page.status_code == 200
    return {str(one) for one in page.context["cl"].result_list}


def page_of(client: Client, customer: Customer) -> str:
    answer = client.get(reverse("admin:customers_customer_change", args=[customer.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_list_is_searched(desk: Client, make_customer: MakeCustomer) -> None:
    make_customer("José Núñez")
    make_customer("Ana Paz")
    assert names(desk, "q=nunez") == {"José Núñez"}


def test_the_list_is_filtered_by_vendor_state_and_country(
    desk: Client, make_customer: MakeCustomer, make_link: MakeLink
) -> None:
    till = Connection.objects.create(name="Till", vendor="clopos")
    make_link(make_customer("Ana Paz", phone="+593991234567"))
    gone = make_customer("Bea Paz", phone="+5511987654321")
    make_link(gone, "8", state=LinkState.GONE)
    make_link(gone, "9", connection=till)
    make_customer("Eva Paz")
    assert names(desk, "vendor=yampi") == {"Ana Paz", "Bea Paz"}
    assert names(desk, "vendor=clopos") == {"Bea Paz"}
    assert names(desk, "state=gone") == {"Bea Paz"}
    assert names(desk, "vendor=clopos&state=gone") == set()
    assert names(desk, "state=none") == {"Eva Paz"}
    assert names(desk, "country=EC") == {"Ana Paz"}
    assert names(desk, "country=unknown") == {"Eva Paz"}
    assert names(desk, "country=elsewhere") == set()


def test_a_page_of_customers_costs_few_queries_and_counts_nothing(
    desk: Client, make_customer: MakeCustomer, make_link: MakeLink
) -> None:
    for number in range(60):
        make_link(make_customer(f"Ana {number}"), str(number))
    for query in ("", "?q=ana", "?vendor=yampi&state=active&country=EC&q=an", "?p=2"):
        with CaptureQueriesContext(
            database,
        ) as queries:
            assert desk.get(LIST + query).status_code == 200
        assert len(queries) <= 12
        assert not [one["sql"] for one in queries if "COUNT(" in one["sql"].upper()]


def test_the_list_names_the_nameless_and_shows_phones_and_documents_readably(
    desk: Client, make_customer: MakeCustomer
) -> None:
    make_customer(
        email="only@example.com",
        phone="+593991234567",
        document={"type": "cpf", "number": "52998224725"},
    )
    text = desk.get(LIST).content.decode()
    assert "only@example.com" in text
    assert "+593 99 123 4567" in text
    assert "CPF 529.982.247-25" in text


def test_empty_lists_teach_the_next_step(desk: Client) -> None:
    assert "connect a vendor to begin" in desk.get(LIST).content.decode()
    assert "Nothing was found" in desk.get(f"{LIST}?q=zzzz").content.decode()


def test_the_page_shows_the_vendors_values_beside_ours(
    desk: Client, make_customer: MakeCustomer, make_link: MakeLink
) -> None:
    customer = make_customer("Ana Paz", email="ana@example.com", phone="+593991234567")
    make_link(
        customer,
        stated={"email": "ANA@example.com", "phone": "+593987654321"},
        base={"phone": ["+593991234567", "+593987654321", "first link"]},
        reason="The same e-mail",
        owned={"total_spent": 1250.5},
        raw='{"id": 7, "nickname": "Anita"}',
    )
    text = page_of(desk, customer)
    assert "The same e-mail" in text
    assert "+593 98 765 4321" in text
    assert "Both were there at the first link" in text
    assert "Total spent" in text
    assert "1,250.5" in text
    assert "Anita" in text
    assert "typed by ana" in text
    assert text.count("desk-differs") == 1


def test_the_page_shows_open_questions_and_what_happened(
    desk: Client, make_customer: MakeCustomer
) -> None:
    one, other = make_customer("Ana Paz"), make_customer("Ana Pas")
    Conflict.objects.create(
        kind="duplicate", customer=one, other=other, reason="The same e-mail, but the names differ"
    )
    Event.objects.create(customer=one, kind="changed", changes={"email": ["a@x.org", "b@x.org"]})
    text = page_of(desk, one)
    assert "1 open question" in text
    assert reverse("admin:customers_customer_change", args=[other.pk]) in text
    assert "a@x.org" in text
    assert "b@x.org" in text
    assert "1 open question" in page_of(desk, other)


def test_the_page_costs_the_same_with_many_events_and_links(
    desk: Client, make_customer: MakeCustomer, make_link: MakeLink
) -> None:
    customer = make_customer("Ana Paz")
    make_link(customer)
    with CaptureQueriesContext(database) as few:
        page_of(desk, customer)
    for number in range(80):
        Event.objects.create(customer=customer, kind="changed", changes={"notes": ["", "x"]})
        make_link(customer, f"n{number}")
    with CaptureQueriesContext(database) as many:
        text = page_of(desk, customer)
    assert len(many) == len(few)
    assert text.count("desk-timeline-head") == 20


def test_hostile_text_of_a_vendor_is_only_text(
    desk: Client, make_customer: MakeCustomer, make_link: MakeLink
) -> None:
    customer = make_customer(f"{HOSTILE} {HOSTILE}", email=f'"{HOSTILE}"@x.org', notes=HOSTILE)
    make_link(
        customer,
        external_id=HOSTILE,
        stated={"name": {"full": HOSTILE}, "notes": HOSTILE, "address": {"street": HOSTILE}},
        also={"emails": [HOSTILE], "phone_as_written": HOSTILE},
        owned={HOSTILE: {"name": HOSTILE}, "list": [HOSTILE]},
        raw=HOSTILE,
        reason=HOSTILE,
    )
    Event.objects.create(
        customer=customer, kind="changed", note=HOSTILE, changes={HOSTILE: [HOSTILE, HOSTILE]}
    )
    Conflict.objects.create(
        kind="field", customer=customer, field="notes", hub=HOSTILE, vendor=HOSTILE, reason=HOSTILE
    )
    for address in (LIST, "/admin/customers/conflict/"):
        assert HOSTILE not in desk.get(address).content.decode()
    assert HOSTILE not in page_of(desk, customer)
    edit = desk.get(reverse("admin:customers_customer_edit", args=[customer.pk]))
    assert HOSTILE not in edit.content.decode()


def test_nobody_deletes_a_customer(desk: Client, make_customer: MakeCustomer) -> None:
    customer = make_customer("Ana Paz")
    assert desk.post(f"{LIST}{customer.pk}/delete/", {"post": "yes"}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": [customer.pk], "post": "yes"}
    desk.post(LIST, data)
    assert Customer.objects.filter(pk=customer.pk).exists()


@pytest.mark.parametrize("object_id", ["0", "abc", "99999999999999999999999"])
def test_an_unknown_customer_is_a_page_that_is_not_there(desk: Client, object_id: str) -> None:
    assert desk.get(f"{LIST}{object_id}/change/").status_code == 404


def test_pull_this_one_now_asks_for_the_link(
    desk: Client, make_customer: MakeCustomer, make_link: MakeLink
) -> None:
    customer = make_customer("Ana Paz")
    link = make_link(customer)
    address = reverse("admin:customers_customer_pull", args=[customer.pk])
    assert desk.get(address).status_code == 405
    assert desk.post(address, {"link": link.pk}).status_code == 302
    link.refresh_from_db()
    assert link.reread_at is not None
    assert link.reread_at <= timezone.now()
    stranger = make_customer("Eva Paz")
    other = reverse("admin:customers_customer_pull", args=[stranger.pk])
    assert desk.post(other, {"link": link.pk}).status_code == 404
