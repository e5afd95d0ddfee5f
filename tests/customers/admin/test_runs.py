"""Runs, records set aside, questions and retired keys."""

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers.models import Conflict, Connection, MatchKey, Run, RunState, SetAside
from tests.customers.admin.conftest import MakeCustomer, MakeLink

HOSTILE = "<img src=x onerror=alert(1)>"


def held(connection: Connection) -> Run:
    return Run.objects.create(
        connection=connection,
        mode="full",
        state=RunState.HELD,
        seen=400,
        error="380 of 400 known records would change in one run",
    )


def test_the_list_tells_what_each_run_did(desk: Client, connection: Connection) -> None:
    Run.objects.create(
        connection=connection,
        mode="changed",
        state=RunState.COMPLETE,
        seen=1412,
        changed=3,
        busy_seconds=75,
    )
    text = desk.get("/admin/customers/run/").content.decode()
    assert "1,412 records seen, 3 changed" in text
    assert "1 minute" in text
    assert "Complete" in text


def test_a_held_run_is_released(desk: Client, connection: Connection) -> None:
    run = held(connection)
    page = desk.get(reverse("admin:customers_run_change", args=[run.pk])).content.decode()
    assert "380 of 400 known records would change in one run" in page
    assert "Release" in page
    address = reverse("admin:customers_run_release", args=[run.pk])
    assert desk.get(address).status_code == 405
    desk.post(address)
    run.refresh_from_db()
    assert (run.state, run.released_by) == (RunState.PARTIAL, "ana")


def test_a_held_run_is_ended(desk: Client, connection: Connection) -> None:
    run = held(connection)
    desk.post(reverse("admin:customers_run_end", args=[run.pk]))
    run.refresh_from_db()
    assert run.state == RunState.FAILED
    page = desk.get(reverse("admin:customers_run_change", args=[run.pk])).content.decode()
    assert "Ended by ana" in page
    assert ">Release<" not in page


def test_a_record_set_aside_is_shown_as_text_and_retried(
    desk: Client, connection: Connection
) -> None:
    run = Run.objects.create(connection=connection, mode="full", state=RunState.COMPLETE)
    aside = SetAside.objects.create(
        connection=connection,
        run=run,
        external_id="31",
        text=f'{{"name": "{HOSTILE}"}}',
        reason=f"name should be text {HOSTILE}",
    )
    for address in (
        reverse("admin:customers_run_change", args=[run.pk]),
        reverse("admin:customers_setaside_change", args=[aside.pk]),
        "/admin/customers/setaside/",
    ):
        text = desk.get(address).content.decode()
        assert "ame should be text" in text
        assert HOSTILE not in text
    desk.post(reverse("admin:customers_setaside_retry", args=[aside.pk]))
    aside.refresh_from_db()
    assert aside.retry_at is not None


def test_open_questions_are_listed_with_both_sides_and_filtered(
    desk: Client, make_customer: MakeCustomer, make_link: MakeLink
) -> None:
    ana, eva = make_customer("Ana Paz"), make_customer("Eva Paz")
    link = make_link(ana)
    Conflict.objects.create(
        kind="field", customer=ana, link=link, field="phone", hub="+593991234567", vendor="none"
    )
    Conflict.objects.create(kind="duplicate", customer=ana, other=eva, reason="The same phone")
    Conflict.objects.create(
        kind="field", customer=eva, field="notes", hub="settled", closed_at=timezone.now()
    )
    text = desk.get("/admin/customers/conflict/").content.decode()
    assert "+593 99 123 4567" in text
    assert "The same phone" in text
    assert reverse("admin:customers_customer_change", args=[eva.pk]) in text
    assert "settled" not in text
    only = desk.get("/admin/customers/conflict/?kind__exact=field").content.decode()
    assert "The same phone" not in only


def test_a_question_leads_to_its_customer(desk: Client, make_customer: MakeCustomer) -> None:
    ana = make_customer("Ana Paz")
    found = Conflict.objects.create(kind="field", customer=ana, field="notes")
    answer = desk.get(reverse("admin:customers_conflict_change", args=[found.pk]))
    assert answer["Location"] == reverse("admin:customers_customer_change", args=[ana.pk])


def test_retired_keys_are_listed_and_lead_to_those_who_have_them(desk: Client) -> None:
    key = MatchKey.objects.create(kind="email", value="shop@example.com", retired_at=timezone.now())
    MatchKey.objects.create(kind="email", value="eva@example.com")
    text = desk.get("/admin/customers/matchkey/").content.decode()
    assert "shop@example.com" in text
    assert "eva@example.com" not in text
    answer = desk.get(reverse("admin:customers_matchkey_change", args=[key.pk]))
    assert answer["Location"].endswith("?q=shop%40example.com")
