"""The screens on which a person is erased, a record let go, and a run undone."""

import json

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from customers import erasing
from customers.models import (
    Conflict,
    Connection,
    Customer,
    CustomerLink,
    Erasure,
    Event,
    Run,
    Write,
)
from tests.customers.admin.conftest import MakeCustomer, MakeLink

HOSTILE = "<img src=x onerror=alert(1)>"


def address(name: str, pk: int) -> str:
    return reverse(f"admin:customers_{name}", args=[pk])


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


# Erasing


@pytest.fixture
def zoe(make_customer: MakeCustomer, make_link: MakeLink) -> Customer:
    customer = make_customer(f"Zoe {HOSTILE}", email="zoe@example.com")
    make_link(customer, "471")
    return customer


def test_the_page_says_what_will_happen_everywhere_before_it_does(
    desk: Client, zoe: Customer
) -> None:
    assert address("customer_erase", zoe.pk) in text(desk, address("customer_change", zoe.pk))
    page = text(desk, address("customer_erase", zoe.pk))
    assert "Main shop" in page
    assert "471" in page
    assert "It cannot be deleted there by us" in page
    assert HOSTILE not in page
    assert not Erasure.objects.exists()


@pytest.mark.parametrize("typed", ["", "0", "Zoe", "zoe@example.com"])
def test_it_takes_the_customers_number_once_more(desk: Client, zoe: Customer, typed: str) -> None:
    answer = desk.post(address("customer_erase", zoe.pk), {"number": typed})
    assert answer.status_code == 200
    assert not Erasure.objects.exists()
    assert Customer.objects.get(pk=zoe.pk).email == "zoe@example.com"


def test_erased_it_leads_to_the_case_and_old_addresses_say_so(
    desk: Client, zoe: Customer, ana: User
) -> None:
    answer = desk.post(
        address("customer_erase", zoe.pk), {"number": f"#{zoe.pk}", "reference": "R-17"}
    )
    case = Erasure.objects.get()
    assert answer["Location"] == address("erasure_change", case.pk)
    assert (case.reference, case.opened_by) == ("R-17", ana)
    page = text(desk, address("customer_change", zoe.pk))
    assert "This person was erased" in page
    assert address("erasure_change", case.pk) in page
    for name in ("customer_edit", "customer_erase", "customer_export"):
        assert desk.get(address(name, zoe.pk)).status_code == 302
    assert f"#{zoe.pk}" not in text(desk, "/admin/customers/customer/")
    assert "R-17" in text(desk, "/admin/customers/erasure/")


def test_a_refusal_is_said_in_words(desk: Client, zoe: Customer, connection: Connection) -> None:
    Write.objects.create(kind="create", state="unknown", customer=zoe, connection=connection)
    page = desk.post(address("customer_erase", zoe.pk), {"number": str(zoe.pk)}).content.decode()
    assert "settle that write first" in page
    assert not Erasure.objects.exists()


def test_what_is_done_by_hand_needs_a_proof_in_words(
    desk: Client, zoe: Customer, ana: User
) -> None:
    case = erasing.erase(zoe.pk, ana)
    line = case.lines.get()
    page = text(desk, address("erasure_change", case.pk))
    assert "To be done by hand" in page
    assert "471" in page
    confirm = address("erasure_confirm", case.pk)
    assert desk.get(confirm).status_code == 405
    desk.post(confirm, {"line": line.pk, "proof": "  "})
    line.refresh_from_db()
    assert line.confirmed_at is None
    desk.post(confirm, {"line": line.pk, "proof": f"their letter {HOSTILE}"})
    page = text(desk, address("erasure_change", case.pk))
    assert "Their letter" in page
    assert HOSTILE not in page
    assert "471" not in page
    assert "Closed" in page


def test_a_line_is_looked_at_again_by_a_button(desk: Client, zoe: Customer, ana: User) -> None:
    Connection.objects.update(
        credentials={"user_token": "a", "user_secret_key": "b"}, options={"alias": "x"}
    )
    case = erasing.erase(zoe.pk, ana)
    assert "Look there again" in text(desk, address("erasure_change", case.pk))
    desk.post(address("erasure_look", case.pk), {"line": case.lines.get().pk})
    assert case.lines.get().due_at is not None
    assert "The vendor is being asked." in text(desk, address("erasure_change", case.pk))


def test_what_the_vendor_was_asked_is_a_write_with_its_page(
    desk: Client, zoe: Customer, ana: User, connection: Connection
) -> None:
    case = erasing.erase(zoe.pk, ana)
    write = Write.objects.create(
        kind="delete", state="refused", customer=zoe, connection=connection, attempts=1,
        erasure_line=case.lines.get(), sent_at=timezone.now(), message=f"not now {HOSTILE}",
        method="DELETE", path="/customers/471",
    )  # fmt: skip
    assert "asked once" in text(desk, address("erasure_change", case.pk))
    page = text(desk, address("write_change", write.pk))
    assert "DELETE /customers/471" in page
    assert "Not now" in page
    assert HOSTILE not in page
    assert "every field that moved" not in page
    desk.post(address("write_retry", write.pk))
    assert "Asked of the vendor" in text(desk, address("erasure_change", case.pk))
    assert f"#{zoe.pk}" in text(desk, "/admin/customers/write/")


def test_a_line_of_another_case_is_not_found(desk: Client, zoe: Customer, ana: User) -> None:
    case = erasing.erase(zoe.pk, ana)
    other = Erasure.objects.create(customer=99)
    confirm = address("erasure_confirm", other.pk)
    assert desk.post(confirm, {"line": case.lines.get().pk, "proof": "x"}).status_code == 404
    assert "there is nothing left to do" in text(desk, address("erasure_change", other.pk))


def test_without_any_case_the_list_teaches(desk: Client) -> None:
    assert "Nobody was erased" in text(desk, "/admin/customers/erasure/")


def test_everything_about_a_person_comes_as_one_file(desk: Client, zoe: Customer) -> None:
    answer = desk.get(address("customer_export", zoe.pk))
    assert answer["Content-Disposition"] == f'attachment; filename="customer-{zoe.pk}.json"'
    assert json.loads(answer.content)["customers"][0]["email"] == "zoe@example.com"


# Gone at the vendor


@pytest.fixture
def gone(make_customer: MakeCustomer, make_link: MakeLink) -> Conflict:
    customer = make_customer("Eva Luna")
    link = make_link(customer, "88", state="quarantined", stated={"notes": f"vip {HOSTILE}"})
    Customer.objects.filter(pk=customer.pk).update(
        notes=f"vip {HOSTILE}", provenance={"notes": ["link", link.pk, 1, "2026-01-01"]}
    )
    return Conflict.objects.create(
        kind="deleted", customer=customer, link=link, reason="the vendor no longer has this record"
    )


def test_the_question_says_who_where_and_what_would_change(desk: Client, gone: Conflict) -> None:
    there = address("conflict_gone", gone.pk)
    assert there in text(desk, "/admin/customers/conflict/")
    assert there in text(desk, address("customer_change", gone.customer_id))
    assert desk.get(address("conflict_change", gone.pk))["Location"] == there
    page = text(desk, there)
    assert "Main shop" in page
    assert "vip" in page
    assert HOSTILE not in page


@pytest.mark.parametrize(("way", "notes"), [("keep", f"vip {HOSTILE}"), ("let_go", "")])
def test_it_is_decided_by_a_button(desk: Client, gone: Conflict, way: str, notes: str) -> None:
    page = desk.get(address("conflict_gone", gone.pk))
    decide = address("conflict_decide_gone", gone.pk)
    assert desk.get(decide).status_code == 405
    desk.post(decide, {"way": way, "seen": page.context["seen"]})
    gone.refresh_from_db()
    assert gone.decision == way
    assert Customer.objects.get(pk=gone.customer_id).notes == notes
    assert desk.get(address("conflict_gone", gone.pk)).status_code == 302


def test_what_moved_meanwhile_is_asked_again(desk: Client, gone: Conflict) -> None:
    page = desk.get(address("conflict_gone", gone.pk))
    Customer.objects.update(version=7)
    decide = address("conflict_decide_gone", gone.pk)
    answer = desk.post(decide, {"way": "let_go", "seen": page.context["seen"]}, follow=True)
    assert "The customer changed meanwhile: look again" in answer.content.decode()
    gone.refresh_from_db()
    assert gone.closed_at is None


# Undoing


@pytest.fixture
def run(connection: Connection, make_customer: MakeCustomer, make_link: MakeLink, ana: User) -> Run:
    """A pull that took another e-mail for Eva."""
    found = Run.objects.create(connection=connection, mode="full", state="complete")
    customer = make_customer("Eva Luna", email="old@example.com")
    link = make_link(customer, "88", stated={"email": "new@example.com"})
    source = ["link", link.pk, found.pk, "2026-01-01"]
    Customer.objects.filter(pk=customer.pk).update(
        email="new@example.com", provenance=customer.provenance | {"email": source}
    )
    changes = {"email": ["old@example.com", "new@example.com"]}
    Event.objects.create(customer=customer, kind="changed", run=found, link=link, changes=changes)
    Event.objects.create(customer=customer, kind="linked", run=found, link=link)
    return found


def test_a_run_is_undone_after_it_was_shown_what_that_means(desk: Client, run: Run) -> None:
    there = address("run_undo", run.pk)
    assert there in text(desk, address("run_change", run.pk))
    page = text(desk, there)
    assert "old@example.com" in page
    assert "new link" in page
    assert "Tell them the value from before" not in page
    now = address("run_undo_now", run.pk)
    assert desk.get(now).status_code == 405
    answer = desk.post(now)
    undo = Run.objects.get(kind="undo")
    assert answer["Location"] == address("run_change", undo.pk)
    assert address("run_change", run.pk) in text(desk, address("run_change", undo.pk))


def test_who_was_told_meanwhile_is_offered_to_be_told_back(
    desk: Client, run: Run, connection: Connection
) -> None:
    link = CustomerLink.objects.get()
    Write.objects.create(
        kind="update", state="confirmed", customer=link.customer, connection=connection, link=link,
        fields={"email": ["old@example.com", "new@example.com"]}, sent_at=timezone.now(),
    )  # fmt: skip
    assert "Tell them the value from before" in text(desk, address("run_undo", run.pk))
    desk.post(address("run_undo_now", run.pk), {"tell": "on"})
    assert Run.objects.get(kind="undo").place == {"event": 0, "tell": True}


def test_a_run_under_way_is_not_undone(desk: Client, run: Run) -> None:
    Run.objects.update(state="running")
    assert address("run_undo", run.pk) not in text(desk, address("run_change", run.pk))
    assert "The run has not ended" in text(desk, address("run_undo", run.pk))
    desk.post(address("run_undo_now", run.pk))
    assert not Run.objects.filter(kind="undo").exists()
