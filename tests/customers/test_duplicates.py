"""Deciding whether two are one person."""

import pytest
from django.contrib.auth.models import User

from customers.duplicates import AnsweredError, keep_apart, not_the_same, same_person
from customers.models import Conflict, Customer, CustomerLink, Event, Merge, NotSame
from customers.uniting import merge
from customers.unmerging import unmerge
from tests.customers.merging_tables import holders, known_apart, owners, say, shop

pytestmark = pytest.mark.django_db


def two_who_share_an_email() -> Conflict:
    say(shop("web"), "1", name="Ana Prado", email="a@example.com")
    say(shop("till", "clopos"), "1", name="Zoe Luz", email="a@example.com")
    return Conflict.objects.get(closed_at=None)


def test_the_same_person_is_merged_with_what_spoke_for_it(admin_user: User) -> None:
    question = two_who_share_an_email()
    Conflict.objects.update(weight=7.5, evidence=[["email", "a", "a", 7.5]])
    same_person(question.pk, admin_user.pk)
    question.refresh_from_db()
    row = Merge.objects.get()
    assert (question.decision, question.decided_by) == ("same", admin_user)
    assert (row.reason, row.weight, row.evidence) == (
        question.reason, 7.5, [["email", "a", "a", 7.5]],
    )  # fmt: skip


def test_not_the_same_is_remembered_and_never_asked_again(admin_user: User) -> None:
    question = two_who_share_an_email()
    not_the_same(question.pk, admin_user.pk, "brothers")
    question.refresh_from_db()
    assert (question.decision, question.closing) == ("not_same", "decided")
    row = NotSame.objects.get()
    assert (row.one, row.other, row.user, row.reason) == (
        question.customer, question.other, admin_user, "brothers",
    )  # fmt: skip
    assert Event.objects.filter(kind="not_same").count() == 2
    say(shop("third", "tiendanegocio"), "1", name="Ana Prado", email="a@example.com")
    assert not Conflict.objects.filter(closed_at=None).exists()


def test_a_question_is_answered_once(admin_user: User) -> None:
    question = two_who_share_an_email()
    not_the_same(question.pk, admin_user.pk)
    with pytest.raises(AnsweredError):
        same_person(question.pk, admin_user.pk)
    assert not Merge.objects.exists()


def a_link_whose_key_retired() -> tuple[Conflict, CustomerLink]:
    say(shop("web"), "1", name="Ana Prado", email="a@example.com", phone="+5511987654321")
    link = say(shop("till", "clopos"), "1", name="Ana Prado", email="a@example.com", notes="hers")
    question = Conflict.objects.create(kind="duplicate", customer=link.customer, link=link)
    return question, link


def test_a_link_that_is_hers_is_kept(admin_user: User) -> None:
    question, link = a_link_whose_key_retired()
    same_person(question.pk, admin_user.pk)
    question.refresh_from_db()
    link.refresh_from_db()
    assert (question.decision, link.customer, link.sole_key) == ("same", question.customer, None)


def test_a_link_that_is_somebody_elses_gets_a_customer_of_its_own(admin_user: User) -> None:
    question, link = a_link_whose_key_retired()
    new = not_the_same(question.pk, admin_user.pk)
    link.refresh_from_db()
    one = question.customer
    one.refresh_from_db()
    assert link.customer_id == new != one.pk
    assert (link.customer.name, link.customer.notes) == ("Ana Prado", "hers")
    assert (one.name, one.notes, one.email) == ("Ana Prado", "", "a@example.com")
    assert known_apart() == {(one.pk, new)}
    assert holders(link.customer) == ["a@example.com"]
    assert link.sole_key is None
    say(link.connection, "1", name="Ana Prado", email="a@example.com", notes="hers too")
    assert not Conflict.objects.filter(closed_at=None).exists()


def test_a_customer_that_is_nothing_else_stays_one(admin_user: User) -> None:
    link = say(shop("web"), "1", name="Ana Prado")
    question = Conflict.objects.create(kind="duplicate", customer=link.customer, link=link)
    assert not_the_same(question.pk, admin_user.pk) is None
    assert Customer.objects.count() == 1
    assert not Conflict.objects.filter(closed_at=None).exists()


def test_a_link_taken_out_is_not_given_back_by_an_unmerge(admin_user: User) -> None:
    web = shop("web")
    one = say(web, "1", name="Ana Prado", email="a@example.com").customer
    link = say(web, "2", name="Bea Luz", email="b@example.com")
    two = link.customer
    merge(one.pk, [two.pk])
    question = Conflict.objects.create(kind="duplicate", customer=one, link=link)
    new = not_the_same(question.pk, admin_user.pk)
    assert owners([link]) == [new]
    unmerge(two.pk)
    assert owners([link]) == [new]


def test_keeping_apart_needs_customers_that_stand_for_themselves(admin_user: User) -> None:
    question = two_who_share_an_email()
    one, two = question.customer, question.other
    assert two is not None
    keep_apart(one.pk, two.pk, admin_user.pk)
    keep_apart(one.pk, two.pk, admin_user.pk)
    assert NotSame.objects.count() == 1
