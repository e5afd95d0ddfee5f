"""Merging customers, and giving them back."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from customers.editing import StaleError, edit
from customers.families import CannotMergeError, root_of
from customers.models import Conflict, Connection, Customer, Event, Merge, NotSame, Write
from customers.proposing import PINNED, TRUSTED, TYPED
from customers.search import matching
from customers.uniting import merge
from customers.unmerging import unmerge
from tests.customers.merging_tables import (
    differences,
    events,
    everything,
    holders,
    known_apart,
    owners,
    say,
    shop,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def web() -> Connection:
    return shop("web", trust=60)


@pytest.fixture
def till() -> Connection:
    return shop("till", "clopos", trust=40)


def typed(customer_id: int, user: User, **values: Any) -> Customer:
    row = Customer.objects.get(pk=customer_id)
    return edit(customer_id, values, user, row.version)


def test_a_merge_moves_links_keys_and_leaves_the_merged_row(
    web: Connection, till: Connection, admin_user: User
) -> None:
    one = say(web, "1", name="Ana Prado", email="ana@example.com").customer
    link = say(till, "1", name="Ana P", phone="+5511987654321", notes="vip")
    two = link.customer
    before = events()
    effect = merge(one.pk, [two.pk], admin_user.pk, reason="she said so")
    two.refresh_from_db()
    one.refresh_from_db()
    assert (two.merged_into_id, two.name, two.notes) == (one.pk, "Ana P", "vip")
    assert (one.name, one.phone, one.notes) == ("Ana Prado", "+5511987654321", "vip")
    assert one.provenance["phone"][:2] == ["link", link.pk]
    assert owners([link]) == [one.pk]
    assert holders(one) == ["+551187654321", "ana@example.com"]
    assert holders(two) == []
    assert effect.changes == {"phone": ["", "+5511987654321"], "notes": ["", "vip"]}
    row = Merge.objects.get()
    assert (row.survivor, row.merged, row.links, row.user) == (one, two, [link.pk], admin_user)
    assert before < events()
    assert {e.customer_id for e in Event.objects.filter(kind="merged")} == {one.pk, two.pk}
    assert [c.pk for c in matching(Customer.objects.filter(merged_into=None), "ana p")] == [one.pk]


def test_a_dry_merge_writes_nothing_and_says_the_same(web: Connection, till: Connection) -> None:
    one = say(web, "1", name="Ana Prado").customer
    two = say(till, "1", name="Ana P", phone="+5511987654321").customer
    before = everything()
    shown = merge(one.pk, [two.pk], dry=True)
    assert differences(before) == []
    done = merge(one.pk, [two.pk])
    assert shown.changes == done.changes
    assert [link.id for link in shown.links] == [link.id for link in done.links]


def test_unmerging_gives_everything_back(
    web: Connection, till: Connection, admin_user: User
) -> None:
    one = say(web, "1", name="Ana Prado", email="a@example.com", phone="+5511987654321").customer
    two = say(till, "1", name="Bea Prado", email="b@example.com", phone="+5511987654322").customer
    typed(two.pk, admin_user, notes="vip", email="typed@example.com")
    before = everything()
    merge(one.pk, [two.pk], admin_user.pk, choices={"email": two.pk, "name": two.pk})
    one.refresh_from_db()
    assert (one.name, one.email) == ("Bea Prado", "typed@example.com")
    unmerge(two.pk, admin_user.pk)
    assert differences(before) == []
    assert known_apart() == {(one.pk, two.pk)}
    assert Merge.objects.get().undone_by == admin_user


def test_the_proposal_says_why(web: Connection, till: Connection, admin_user: User) -> None:
    one = say(till, "1", name="Ana P", email="a@example.com", phone="+5511987654321").customer
    two = say(web, "1", name="Ana Prado", email="b@example.com", phone="+5511987654322").customer
    typed(one.pk, admin_user, email="c@example.com")
    Customer.objects.filter(pk=one.pk).update(pins={"phone": [admin_user.pk, "", ""]})
    found = merge(two.pk, [one.pk], dry=True).proposals
    assert (found["name"].customer, found["name"].reason) == (two.pk, TRUSTED)
    assert (found["email"].customer, found["email"].reason) == (one.pk, TYPED)
    assert (found["phone"].customer, found["phone"].reason) == (one.pk, PINNED)


def test_a_pin_goes_with_its_value_and_comes_back(web: Connection, admin_user: User) -> None:
    one = say(web, "1", name="Ana Prado", phone="+5511987654321").customer
    two = say(web, "2", name="Bea Luz", phone="+5511987654322").customer
    pin = [admin_user.pk, "2026-01-01T00:00:00+00:00", "she said so"]
    Customer.objects.filter(pk=two.pk).update(pins={"phone": pin})
    merge(one.pk, [two.pk])
    one.refresh_from_db()
    assert (one.phone, one.pins) == ("+5511987654322", {"phone": pin})
    unmerge(two.pk)
    one.refresh_from_db()
    assert (one.phone, one.pins) == ("+5511987654321", None)


def test_what_a_person_typed_stays_with_the_survivor(web: Connection, admin_user: User) -> None:
    one = say(web, "1", name="Ana Prado", email="a@example.com").customer
    two = say(web, "2", name="Bea Luz", email="b@example.com").customer
    typed(two.pk, admin_user, email="c@example.com", name={"full": "Beatriz Luz"})
    merge(one.pk, [two.pk], choices={"email": one.pk, "name": one.pk})
    one.refresh_from_db()
    assert one.others == {"emails": ["b@example.com", "c@example.com"], "names": ["Beatriz Luz"]}
    assert "c@example.com" in holders(one)
    say(web, "1", name="Ana Prado", email="a2@example.com")
    assert [c.pk for c in matching(Customer.objects.filter(merged_into=None), "beatriz")] == [
        one.pk
    ]


def test_edits_made_since_stay_where_they_were_made(web: Connection, admin_user: User) -> None:
    one = say(web, "1", name="Ana Prado", email="a@example.com", notes="x").customer
    two = say(web, "2", name="Bea Luz", email="b@example.com", notes="y").customer
    merge(one.pk, [two.pk], choices={"email": two.pk, "notes": two.pk})
    typed(one.pk, admin_user, notes="z")
    unmerge(two.pk)
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.email, one.notes) == ("a@example.com", "z")
    assert (two.email, two.notes) == ("b@example.com", "y")


def test_what_a_vendor_said_since_goes_with_its_link(web: Connection, till: Connection) -> None:
    one = say(web, "1", name="Ana Prado", email="a@example.com").customer
    two = say(till, "1", name="Bea Luz", email="b@example.com").customer
    merge(one.pk, [two.pk], choices={"email": two.pk})
    say(till, "1", name="Bea Luz", email="new@example.com")
    one.refresh_from_db()
    assert one.email == "new@example.com"
    unmerge(two.pk)
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.email, two.email) == ("a@example.com", "new@example.com")
    assert not Conflict.objects.filter(kind="field", closed_at=None).exists()


def test_what_a_vendor_emptied_since_is_gone_when_given_back(
    web: Connection, till: Connection
) -> None:
    one = say(web, "1", name="Ana Prado", notes="x").customer
    link = say(till, "1", name="Bea Luz", notes="y")
    merge(one.pk, [link.customer.pk], choices={"notes": one.pk})
    say(till, "1", name="Bea Luz", notes="")
    unmerge(link.customer.pk)
    one.refresh_from_db()
    link.refresh_from_db()
    assert (one.notes, link.customer.notes) == ("x", "")
    assert "notes" not in link.base
    assert not Conflict.objects.filter(closed_at=None).exists()


def test_what_we_told_a_vendor_meanwhile_is_not_its_own_word(web: Connection) -> None:
    desk = shop("desk", "tiendanegocio", writes=True)
    one = say(web, "1", name="Ana Prado", email="a@example.com").customer
    link = say(desk, "1", name="Bea Luz", email="b@example.com")
    merge(one.pk, [link.customer.pk], choices={"email": one.pk, "name": one.pk})
    write = Write.objects.get(link=link, state="planned")
    assert write.customer == one
    fields = {"email": ["b@example.com", "a@example.com"]}
    Write.objects.update(state="confirmed", fields=fields, settled_at=timezone.now())
    say(desk, "1", name="Bea Luz", email="a@example.com")
    told = unmerge(link.customer.pk).tellings
    link.refresh_from_db()
    assert link.customer.email == "b@example.com"
    assert [one.fields for one in told] == [{"email": ["a@example.com", "b@example.com"]}]
    assert Write.objects.get(state="planned").customer == link.customer


def test_a_vendor_that_disagrees_with_the_survivor_is_asked_and_taken_back(
    web: Connection, till: Connection
) -> None:
    one = say(web, "1", name="Ana Prado", email="a@example.com").customer
    two = say(till, "1", name="Bea Luz", email="b@example.com").customer
    merge(one.pk, [two.pk], choices={"email": one.pk})
    say(till, "1", name="Bea Luz", email="new@example.com")
    assert Conflict.objects.get(kind="field", closed_at=None).customer == one
    unmerge(two.pk)
    two.refresh_from_db()
    assert two.email == "new@example.com"
    assert not Conflict.objects.filter(kind="field", closed_at=None).exists()


def test_links_made_since_go_to_the_side_whose_key_matched(
    web: Connection, till: Connection
) -> None:
    one = say(web, "1", name="Ana Prado", email="a@example.com").customer
    two = say(till, "1", name="Bea Luz", email="b@example.com").customer
    merge(one.pk, [two.pk])
    third = shop("third", "tiendanegocio")
    hers = say(third, "1", name="Bea Luz", email="b@example.com")
    his = say(third, "2", name="Ana Prado", email="a@example.com")
    both = say(third, "3", name="Ana Prado", email="a@example.com", other_emails=("b@example.com",))
    assert owners([hers, his]) == [one.pk, one.pk]
    unmerge(two.pk)
    assert owners([hers, his, both]) == [two.pk, one.pk, one.pk]


def test_an_inner_merge_is_undone_under_an_outer_one(web: Connection) -> None:
    links = [
        say(web, str(number), name=name, email=f"{number}@example.com")
        for number, name in enumerate(["Ana Prado", "Bea Luz", "Eva Paz"])
    ]
    one, two, three = (link.customer for link in links)
    before = everything()
    merge(two.pk, [three.pk], choices={"email": three.pk})
    merge(one.pk, [two.pk], choices={"email": two.pk})
    assert root_of(three.pk) == one.pk
    unmerge(three.pk)
    one.refresh_from_db()
    assert one.email == "1@example.com"
    assert owners(links) == [one.pk, one.pk, three.pk]
    assert known_apart() == {(one.pk, three.pk), (two.pk, three.pk)}
    unmerge(two.pk)
    assert differences(before) == []
    assert known_apart() == {(one.pk, two.pk), (two.pk, three.pk)}


def test_what_is_known_apart_is_handed_on_and_taken_back(web: Connection) -> None:
    one, two, three = (
        say(web, str(number), name=name, email=f"{number}@example.com").customer
        for number, name in enumerate(["Ana Prado", "Bea Luz", "Eva Paz"])
    )
    NotSame.objects.create(one=two, other=three)
    merge(one.pk, [two.pk])
    assert known_apart() == {(two.pk, three.pk), (one.pk, three.pk)}
    assert merge(one.pk, [three.pk], dry=True).known_apart
    unmerge(two.pk)
    assert known_apart() == {(two.pk, three.pk), (one.pk, two.pk)}


def test_who_is_known_apart_is_never_asked_about(web: Connection, till: Connection) -> None:
    one = say(web, "1", name="Ana Prado", email="a@example.com").customer
    two = say(web, "2", name="Ana Prado", phone="+5511987654321").customer
    NotSame.objects.create(one=one, other=two)
    link = say(till, "1", name="Ana Prado", email="a@example.com", phone="+5511987654321")
    assert link.customer in (one, two)
    assert not Conflict.objects.exists()


def test_questions_follow_and_come_back(web: Connection, till: Connection) -> None:
    both = {"email": "a@example.com", "other_emails": ("b@example.com",)}
    one = say(web, "1", name="Ana Prado", **both).customer
    two = say(till, "1", name="Zoe Luz", email="a@example.com", phone="+5511987654321").customer
    three = say(till, "2", name="Ugo Mar", email="b@example.com", phone="+5511987654321").customer
    asked = set(Conflict.objects.values_list("customer_id", "other_id"))
    assert asked == {(one.pk, two.pk), (one.pk, three.pk), (two.pk, three.pk)}
    effect = merge(one.pk, [two.pk])
    assert effect.questions == 1
    still = Conflict.objects.filter(closed_at=None)
    assert set(still.values_list("customer_id", "other_id")) == {(one.pk, three.pk)}
    answered = Conflict.objects.get(customer=one, other=two)
    assert (answered.decision, answered.closing) == ("same", "merged")
    unmerge(two.pk)
    assert set(still.values_list("customer_id", "other_id")) == {
        (one.pk, three.pk), (two.pk, three.pk),
    }  # fmt: skip


def test_a_veto_is_said_and_then_asked(web: Connection, till: Connection) -> None:
    one = say(web, "1", name="Ana Prado", document="529.982.247-25").customer
    link = say(till, "1", name="Ana Prado", document="111.444.777-35")
    shown = merge(one.pk, [link.customer.pk], dry=True)
    assert shown.vetoes == ["their documents differ (CPF)"]
    assert not Conflict.objects.filter(kind="field").exists()
    merge(one.pk, [link.customer.pk])
    question = Conflict.objects.get(kind="field")
    assert (question.customer, question.link, question.field) == (one, link, "document")
    say(till, "1", name="Ana Prado", document="111.444.777-35", notes="x")
    question.refresh_from_db()
    assert question.closed_at is None
    unmerge(link.customer.pk)
    question.refresh_from_db()
    assert question.closed_at is not None


def test_what_would_be_told_is_shown_and_quiet_again_after() -> None:
    till = shop("desk", "tiendanegocio")
    one = say(shop("web", trust=90), "1", name="Ana Prado", email="a@example.com").customer
    link = say(till, "1", name="Bea Luz", email="b@example.com")
    Connection.objects.filter(pk=till.pk).update(writes=True)
    shown = merge(one.pk, [link.customer.pk], choices={"email": one.pk}, dry=True)
    assert [(t.link.id, t.fields["email"]) for t in shown.tellings] == [
        (link.pk, ["b@example.com", "a@example.com"])
    ]
    merge(one.pk, [link.customer.pk], choices={"email": one.pk})
    assert unmerge(link.customer.pk).tellings == []


def test_several_are_merged_at_once(web: Connection) -> None:
    customers = [
        say(web, str(n), name=name, email=f"{n}@example.com").customer
        for n, name in enumerate(["Ana Prado", "Bea Luz", "Eva Paz"])
    ]
    before = everything()
    first, *rest = [one.pk for one in customers]
    effect = merge(first, rest, choices={"email": rest[1], "name": rest[0]})
    assert effect.double == [web.pk]
    assert effect.changes["email"] == ["0@example.com", "2@example.com"]
    assert Merge.objects.count() == 2
    for one in rest:
        unmerge(one)
    assert differences(before) == []


def test_whoever_saw_an_older_version_merges_nothing(web: Connection, admin_user: User) -> None:
    one = say(web, "1", name="Ana Prado").customer
    two = say(web, "2", name="Bea Luz").customer
    seen = merge(one.pk, [two.pk], dry=True).versions
    typed(two.pk, admin_user, notes="x")
    with pytest.raises(StaleError):
        merge(one.pk, [two.pk], versions=seen)
    assert not Merge.objects.exists()
    merge(one.pk, [two.pk])
    seen = unmerge(two.pk, dry=True).versions
    typed(one.pk, admin_user, notes="y")
    with pytest.raises(StaleError):
        unmerge(two.pk, versions=seen)
    with pytest.raises(StaleError):
        typed(two.pk, admin_user, notes="z")


@pytest.mark.parametrize("others", [[], [1], [2], [3, 3], [99]])
def test_what_cannot_be_merged_is_refused_in_words(web: Connection, others: list[int]) -> None:
    ids = {
        n: say(web, str(n), name=name).customer.pk
        for n, name in enumerate(["", "Ana Prado", "Bea Luz", "Eva Paz"])
    }
    merge(ids[3], [ids[2]])
    before = everything()
    with pytest.raises(CannotMergeError):
        merge(ids[1], [ids.get(one, 10**6) for one in others])
    assert differences(before) == []


def test_who_was_not_merged_is_not_given_back(web: Connection) -> None:
    one, two, three = (say(web, str(n), name=f"Ana {n}").customer.pk for n in range(3))
    with pytest.raises(CannotMergeError):
        unmerge(one)
    merge(one, [two])
    with pytest.raises(CannotMergeError):
        unmerge(two, survivor=three)
