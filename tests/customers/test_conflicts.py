"""Deciding questions about a field."""

import threading
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection as database
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.conflicts import ClosedError, MovedError, resolve, resolve_many
from customers.editing import edit
from customers.models import Conflict, Customer, CustomerLink, KeyHolder
from customers.values import canonical
from tests.customers.saying import apart, disagree, says, shop

pytestmark = pytest.mark.django_db


def ana() -> Customer:
    return Customer.objects.get()


def change(user: User, **values: Any) -> None:
    edit(ana().pk, values, user, ana().version)


def asked(user: User, *, told: bool = False, **more: Any) -> tuple[Conflict, CustomerLink]:
    """A question: the hub says `ours`, the vendor `theirs`, both said `old`."""
    one = shop("one", told=told)
    says(one, notes="old", **more)
    change(user, notes="ours")
    link = says(one, notes="theirs", **more)
    return Conflict.objects.get(), link


SEEN = ("ours", "theirs")


def test_theirs_is_taken_and_the_pair_agrees(admin_user: User) -> None:
    conflict, link = asked(admin_user)
    resolve(conflict.pk, "vendor", admin_user, SEEN)
    conflict.refresh_from_db()
    assert (ana().notes, apart(link, "notes"), link.base) == ("theirs", "", {})
    assert (conflict.decision, conflict.decided_by) == ("vendor", admin_user)
    assert conflict.closed_at is not None
    assert conflict.closing == "theirs was taken"


def test_a_decision_is_a_line_of_the_timeline(admin_user: User) -> None:
    conflict, link = asked(admin_user)
    resolve(conflict.pk, "vendor", admin_user, SEEN)
    event = ana().events.latest("id")
    assert (event.kind, event.user, event.link_id) == ("decided", admin_user, link.pk)
    assert event.changes == {"notes": ["ours", "theirs"]}


def test_ours_waits_to_be_told_where_the_vendor_can_be(admin_user: User) -> None:
    conflict, link = asked(admin_user, told=True)
    resolve(conflict.pk, "hub", admin_user, SEEN)
    link.refresh_from_db()
    assert link.base["notes"][:2] == ["old", "theirs"]
    assert ana().notes == "ours"
    assert ana().provenance["notes"][0] == "person"


def test_ours_is_kept_where_the_vendor_cannot_be_told_and_not_asked_again(
    admin_user: User,
) -> None:
    one_asked, link = asked(admin_user)
    resolve(one_asked.pk, "hub", admin_user, SEEN)
    assert apart(link, "notes") == "kept"
    assert link.base["notes"][:2] == ["ours", "theirs"]
    says(link.connection, notes="theirs", gender="female")
    assert not Conflict.objects.filter(closed_at=None).exists()
    says(link.connection, notes="theirs again")
    assert Conflict.objects.get(closed_at=None).vendor == "theirs again"


def test_what_a_person_kept_survives_a_more_trusted_first_link(admin_user: User) -> None:
    one, two = shop("one"), shop("two")
    says(one, notes="old")
    link = says(two, notes="el")
    says(one, notes="new")
    says(two, notes="moved")
    conflict = Conflict.objects.get()
    resolve(conflict.pk, "hub", admin_user, ("new", "moved"))
    assert apart(link, "notes") == "kept"
    says(shop("three", trust=90), notes="trusted")
    assert ana().notes == "new"


def test_another_value_is_a_persons_edit_with_its_match_key(admin_user: User) -> None:
    one = shop("one")
    says(one)
    change(admin_user, email="ours@example.com")
    link = says(one, email="theirs@example.com")
    conflict = Conflict.objects.get()
    seen = ("ours@example.com", "theirs@example.com")
    resolve(conflict.pk, "other", admin_user, seen, value="Typed@example.com ")
    conflict.refresh_from_db()
    assert (ana().email, conflict.decision) == ("Typed@example.com", "other")
    assert apart(link, "email") == "kept"
    assert "ours@example.com" in ana().others["emails"]
    assert KeyHolder.objects.filter(link=None, key__value="typed@example.com").exists()


def test_typing_what_the_vendor_says_agrees(admin_user: User) -> None:
    conflict, link = asked(admin_user)
    resolve(conflict.pk, "other", admin_user, SEEN, value=" Theirs")
    assert (ana().notes, apart(link, "notes")) == ("Theirs", "")


@pytest.mark.parametrize("decision", ["hub", "vendor", "other"])
def test_a_side_that_moved_since_it_was_shown_is_asked_again(
    admin_user: User, decision: str
) -> None:
    conflict, link = asked(admin_user)
    says(link.connection, notes="moved on")
    with pytest.raises(MovedError) as raised:
        resolve(conflict.pk, decision, admin_user, SEEN, value="typed")
    assert raised.value.seen == ("ours", "moved on")
    conflict.refresh_from_db()
    assert (conflict.closed_at, conflict.vendor, ana().notes) == (None, "moved on", "ours")
    change(admin_user, notes="ours too")
    with pytest.raises(MovedError):
        resolve(conflict.pk, decision, admin_user, raised.value.seen, value="typed")
    conflict.refresh_from_db()
    assert conflict.hub == "ours too"


def test_a_question_that_was_closed_meanwhile_is_not_decided(admin_user: User) -> None:
    conflict, link = asked(admin_user)
    says(link.connection, notes="ours")
    with pytest.raises(ClosedError):
        resolve(conflict.pk, "vendor", admin_user, SEEN)
    assert ana().notes == "ours"


def test_a_decision_closes_what_other_links_asked_and_agrees_now(admin_user: User) -> None:
    one, two = shop("one"), shop("two")
    says(one, notes="old")
    says(two, notes="old")
    change(admin_user, notes="ours")
    link = says(one, notes="theirs")
    other = says(two, notes="THEIRS")
    first, second = Conflict.objects.order_by("id")
    assert (first.link, second.link) == (link, other)
    resolve(first.pk, "vendor", admin_user, SEEN)
    second.refresh_from_db()
    assert second.closing == "the two sides agree now"
    assert second.decision == ""


def test_a_question_elsewhere_shows_our_value_as_it_is_now(admin_user: User) -> None:
    one, two = shop("one"), shop("two")
    says(one, notes="old")
    says(two, notes="old")
    change(admin_user, notes="ours")
    says(one, notes="theirs")
    says(two, notes="others")
    first, second = Conflict.objects.order_by("id")
    resolve(first.pk, "vendor", admin_user, SEEN)
    second.refresh_from_db()
    assert (second.closed_at, second.hub, second.vendor) == (None, "theirs", "others")


def test_many_are_decided_at_once_each_looked_at_again(
    admin_user: User, django_assert_max_num_queries: Any
) -> None:
    one = shop("one")
    ids = disagree(one, 12, admin_user)
    says(one, notes="moved on", email="person3@example.com", external_id="3")
    says(one, notes="ours", email="person4@example.com", external_id="4")
    with django_assert_max_num_queries(20):
        found = resolve_many(dict.fromkeys(ids, SEEN), "vendor", admin_user)
    assert (found.moved, found.closed) == ([ids[3]], [ids[4]])
    assert len(found.decided) == 10
    assert Customer.objects.filter(notes="theirs").count() == 10
    assert Conflict.objects.filter(closed_at=None).count() == 1


def test_many_are_not_given_one_typed_value(admin_user: User) -> None:
    with pytest.raises(ValueError, match="for ours or for theirs"):
        resolve_many({1: SEEN}, "other", admin_user)


# Against the design's toy (`model/pair_model.py`, `decide`), with several links

VALUES = ["a", "A", "b", "c", "d"]
REASONS = ["", "first link", "kept", "not taken"]
pairs = st.tuples(st.sampled_from(VALUES), st.sampled_from(VALUES), st.sampled_from(REASONS))
links = st.tuples(pairs, st.sampled_from(VALUES))


def toy(hub: str, vendor: str, pair: list[str], decision: str, told: bool) -> tuple[Any, Any]:
    """What the toy's `decide` makes of the hub's value and the pair's halves."""
    if decision == "vendor":
        return vendor, (vendor, vendor)
    if canonical("notes", hub) == canonical("notes", vendor):
        return hub, (hub, vendor)
    if not told:
        return hub, (hub, vendor)
    went = canonical("notes", pair[0]) != canonical("notes", hub)
    return hub, (pair[0] if went else vendor, vendor)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    hub=st.sampled_from(VALUES),
    drawn=st.lists(links, min_size=1, max_size=3),
    decision=st.sampled_from(["hub", "vendor", "other"]),
    told=st.booleans(),
    typed=st.sampled_from(["a", "e"]),
)
def test_a_decision_does_as_the_toy_does(
    admin_user: User, hub: str, drawn: list[Any], decision: str, told: bool, typed: str
) -> None:
    with transaction.atomic():
        _decide_as_the_toy(admin_user, hub, drawn, decision, told, typed)
        transaction.set_rollback(True)


def _decide_as_the_toy(
    user: User, hub: str, drawn: list[Any], decision: str, told: bool, typed: str
) -> None:
    made = [says(shop(f"shop {at}", told=told), str(at)) for at in range(len(drawn))]
    Customer.objects.update(notes=hub, provenance={"*": ["link", made[0].pk, None, ""]})
    for link, ((one, two, why), stated) in zip(made, drawn, strict=True):
        equal = canonical("notes", one) == canonical("notes", two)
        link.stated["notes"] = stated
        link.base["notes"] = [one, two] if equal or not why else [one, two, why]
        link.save()
    asking, stated = made[0], drawn[0][1]
    conflict = Conflict.objects.create(
        kind="field", customer=ana(), link=asking, field="notes", hub=hub, vendor=stated
    )
    ours = typed if decision == "other" else hub
    wanted, halves = toy(ours, stated, asking.base["notes"], decision, told)
    resolve(conflict.pk, decision, user, (hub, stated), value=typed)
    assert ana().notes == wanted
    asking.refresh_from_db()
    assert tuple(asking.base.get("notes", [stated, stated])[:2]) == halves
    assert not Conflict.objects.filter(closed_at=None).exists()
    mover = ana().provenance.get("notes", ["link"])[0]
    assert (mover == "person") == (decision == "vendor" or told or ours != hub)
    for link in made[1:]:  # the others are settled only where the two agree now
        before = link.base["notes"]
        link.refresh_from_db()
        after = link.base.get("notes", [link.stated["notes"]] * 2)
        agree = canonical("notes", wanted) == canonical("notes", link.stated["notes"])
        assert after == before or agree or after[2] in ("kept", "emptied there")
        if agree:
            assert len(after) == 2 or after == before


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_decide_at_once_one_does(admin_user: User) -> None:
    other = User.objects.create_user("eva")
    conflict, _ = asked(admin_user)
    start = threading.Barrier(2)
    found: dict[str, Any] = {}

    def decide(who: User, decision: str) -> None:
        start.wait()
        try:
            resolve(conflict.pk, decision, who, SEEN)
            found[decision] = who
        except (ClosedError, MovedError) as error:
            found[decision] = error
        finally:
            database.close()

    threads = [
        threading.Thread(target=decide, args=pair)
        for pair in ((admin_user, "hub"), (other, "vendor"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    conflict.refresh_from_db()
    (won,) = [decision for decision, who in found.items() if isinstance(who, User)]
    assert (conflict.decision, conflict.decided_by) == (won, found[won])
    assert ana().notes == {"hub": "ours", "vendor": "theirs"}[won]
    assert ana().events.filter(kind="decided").count() == 1
