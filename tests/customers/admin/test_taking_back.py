"""The button that undoes a person's own last decision."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from customers import ruling
from customers.applying import apply
from customers.conflicts import resolve, resolve_many
from customers.duplicates import not_the_same, same_person
from customers.editing import edit
from customers.models import Conflict, Customer, NotSame
from tests.customers.admin.test_questions import address, ask, decide
from tests.customers.saying import shop

LIST = "/admin/customers/conflict/"
SEEN = ("ours", "theirs")
BUTTON = "Undo last decision"


def undo(client: Client, conflict: Conflict, **sent: Any) -> Any:
    where = reverse("admin:customers_conflict_take_back", args=[conflict.pk])
    return client.post(where, sent, follow=True)


def page(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_the_button_says_what_it_would_undo(desk: Client, ana: User) -> None:
    main = shop("Main shop")
    first, second = ask(ana, main, 1), ask(ana, main, 2)
    assert BUTTON not in page(desk, address(first))
    resolve(second.pk, "vendor", ana, SEEN)
    for path in (address(first), LIST):
        text = page(desk, path)
        assert 'data-key="u"' in text
        assert 'title="Notes · Ana Prado: Theirs"' in text
        assert f"/{second.pk}/take_back/" in text


def test_it_is_offered_where_no_question_is_left(desk: Client, ana: User) -> None:
    conflict = ask(ana, shop("Main shop"))
    assert BUTTON in decide(desk, conflict, "vendor").content.decode()


def test_the_question_is_on_the_screen_again(desk: Client, ana: User) -> None:
    conflict = ask(ana, shop("Main shop"))
    resolve(conflict.pk, "vendor", ana, SEEN)
    answer = undo(desk, conflict)
    assert answer.redirect_chain[-1][0] == address(conflict)
    text = answer.content.decode()
    assert "Taken back: the question is open again." in text
    assert BUTTON not in text
    assert Customer.objects.get().notes == "ours"


def test_what_somebody_touched_since_is_said_where_one_was(desk: Client, ana: User) -> None:
    main = shop("Main shop")
    first, second = ask(ana, main, 1), ask(ana, main, 2)
    resolve(second.pk, "vendor", ana, SEEN)
    customer, eva = second.customer, User.objects.create_user("eva")
    edit(customer.pk, {"notes": "hers"}, eva, Customer.objects.get(pk=customer.pk).version)
    answer = undo(desk, second, stay=first.pk)
    assert answer.redirect_chain[-1][0] == address(first)
    assert "Notes of Ana Prado stays as it is: it was changed since." in answer.content.decode()


def test_many_are_taken_back_with_one_press(desk: Client, ana: User) -> None:
    main = shop("Main shop")
    ids = [ask(ana, main, number).pk for number in range(5)]
    resolve_many(dict.fromkeys(ids, SEEN), "vendor", ana)
    eva = User.objects.create_user("eva")
    for customer in Customer.objects.order_by("pk")[:4]:
        edit(customer.pk, {"notes": "hers"}, eva, customer.version)
    assert "Notes · Ana Prado: Theirs (+4)" in page(desk, LIST)
    text = undo(desk, Conflict.objects.get(pk=ids[-1])).content.decode()
    assert "Taken back: the question is open again." in text
    assert text.count("stays as it is: it was changed since.") == 3
    assert "1 more stays as it is." in text


def test_what_was_taken_back_already_is_said(desk: Client, ana: User) -> None:
    conflict = ask(ana, shop("Main shop"))
    resolve(conflict.pk, "vendor", ana, SEEN)
    undo(desk, conflict)
    text = undo(desk, conflict, stay="x").content.decode()
    assert "This is not your last decision any more" in text


@pytest.fixture
def pair(make_customer: Callable[..., Customer]) -> Conflict:
    one, other = make_customer("Ana Paz"), make_customer("Ana Luz")
    return Conflict.objects.create(kind="duplicate", customer=one, other=other)


def test_two_that_were_said_to_be_others_are_asked_about_again(
    desk: Client, ana: User, pair: Conflict
) -> None:
    not_the_same(pair.pk, ana.pk)
    assert 'title="Ana Paz · Ana Luz: Not the same person"' in page(desk, LIST)
    answer = undo(desk, pair)
    assert answer.redirect_chain[-1][0] == address(pair)
    assert not NotSame.objects.exists()


def test_what_stands_against_it_is_said(desk: Client, ana: User, pair: Conflict) -> None:
    not_the_same(pair.pk, ana.pk)
    NotSame.objects.update(user=User.objects.create_user("eva"))
    text = undo(desk, pair).content.decode()
    assert "The decision about Ana Paz stays as it is: somebody else says so too." in text


def test_a_rule_is_switched_off_and_its_run_named(desk: Client, ana: User) -> None:
    conflict = ask(ana, shop("Main shop"))
    assert conflict.link is not None
    rule, run = ruling.add_rule("notes", conflict.link.connection_id, ana, born_of=conflict.pk)
    apply(run.pk)
    assert 'title="Notes belongs to Main shop"' in page(desk, LIST)
    answer = undo(desk, conflict)
    assert answer.redirect_chain[-1][0] == address(conflict)
    assert "The rule is off." in answer.content.decode()
    rule.refresh_from_db()
    assert not rule.enabled


def test_while_rules_are_applied_nothing_is_undone(desk: Client, ana: User) -> None:
    conflict = ask(ana, shop("Main shop"))
    assert conflict.link is not None
    ruling.add_rule("notes", conflict.link.connection_id, ana, born_of=conflict.pk)
    assert "try again in a moment" in undo(desk, conflict).content.decode()


def test_who_may_not_decide_it_may_not_undo_it(
    as_role: Callable[..., Client], ana: User, pair: Conflict
) -> None:
    conflict = ask(ana, shop("Main shop"))
    client = as_role("viewer", "merge_customers", "view_conflict")
    user = User.objects.get(username="viewer")
    resolve(conflict.pk, "vendor", user, SEEN)
    assert undo(client, conflict).status_code == 403
    assert BUTTON not in page(client, LIST)
    same_person(pair.pk, user.pk)
    assert BUTTON in page(client, LIST)
    assert undo(client, pair).status_code == 200
    assert Customer.objects.filter(merged_into=None).count() == 3


def test_who_may_not_change_rules_does_not_undo_one(
    as_role: Callable[..., Client], ana: User
) -> None:
    conflict = ask(ana, shop("Main shop"))
    assert conflict.link is not None
    client = as_role("viewer", "resolve_conflict", "view_conflict")
    user = User.objects.get(username="viewer")
    rule, _run = ruling.add_rule("notes", conflict.link.connection_id, user, born_of=conflict.pk)
    assert undo(client, conflict).status_code == 403
    rule.refresh_from_db()
    assert rule.enabled
