"""Pins and ignored values, through what vendors say next."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from customers.editing import StaleError, edit
from customers.ignoring import heed, ignore
from customers.models import Conflict, Customer
from customers.pinning import pin, unpin
from tests.customers.saying import apart, says, shop

pytestmark = pytest.mark.django_db


def ana() -> Customer:
    return Customer.objects.get()


def change(user: User, **values: Any) -> None:
    edit(ana().pk, values, user, ana().version)


def do(verb: Any, *words: Any, **more: Any) -> None:
    verb(ana().pk, *words, version=ana().version, **more)


def test_a_pinned_value_stays_whatever_a_vendor_says(admin_user: User) -> None:
    one = shop("one")
    link = says(one, notes="old")
    do(pin, "notes", admin_user, why="she told us")
    says(one, notes="new")
    assert ana().notes == "old"
    assert apart(link, "notes") == "pinned"
    assert link.base["notes"][:2] == ["old", "new"]
    assert not Conflict.objects.exists()
    assert ana().pins["notes"][0::2] == [admin_user.pk, "she told us"]  # type: ignore[index]


def test_a_pin_is_a_line_of_the_timeline_with_its_person_and_why(admin_user: User) -> None:
    says(shop("one"), notes="old")
    do(pin, "notes", admin_user, why="she told us")
    event = ana().events.latest("id")
    assert (event.kind, event.user, event.note) == ("pinned", admin_user, "she told us")
    assert event.changes == {"notes": ["old", "old"]}


def test_a_new_vendor_does_not_move_what_is_pinned(admin_user: User) -> None:
    says(shop("one"), notes="old")
    do(pin, "notes", admin_user)
    link = says(shop("two", trust=90), notes="trusted")
    assert ana().notes == "old"
    assert apart(link, "notes") == "pinned"


def test_a_field_that_is_pinned_at_nothing_stays_empty(admin_user: User) -> None:
    one = shop("one")
    says(one)
    do(pin, "notes", admin_user)
    says(one, notes="something")
    assert ana().notes == ""


def test_pinning_decides_the_open_questions_of_the_field(admin_user: User) -> None:
    one = shop("one")
    link = says(one, notes="old")
    change(admin_user, notes="ours")
    says(one, notes="theirs")
    assert Conflict.objects.get().closed_at is None
    do(pin, "notes", admin_user)
    assert Conflict.objects.get().closed_at is not None
    assert apart(link, "notes") == "pinned"


def test_a_person_still_edits_what_is_pinned(admin_user: User) -> None:
    says(shop("one"), notes="old")
    do(pin, "notes", admin_user)
    change(admin_user, notes="new")
    assert ana().notes == "new"
    assert "notes" in (ana().pins or {})


def test_unpinned_the_value_stays_until_a_vendor_moves_and_a_person_is_asked(
    admin_user: User,
) -> None:
    one = shop("one")
    link = says(one, notes="old")
    do(pin, "notes", admin_user)
    says(one, notes="held back")
    do(unpin, "notes", admin_user)
    assert (ana().notes, ana().pins) == ("old", None)
    assert apart(link, "notes") == "was pinned"
    says(one, notes="later")
    assert Conflict.objects.get().vendor == "later"


def test_whoever_saw_an_older_version_pins_nothing(admin_user: User) -> None:
    says(shop("one"), notes="old")
    seen = ana().version
    change(admin_user, notes="new")
    for verb in (pin, unpin):
        with pytest.raises(StaleError):
            verb(ana().pk, "notes", admin_user, seen)
    with pytest.raises(StaleError):
        ignore(ana().pk, "notes", "new", admin_user, seen)
    assert (ana().pins, ana().ignored) == (None, None)


def test_an_ignored_golden_value_falls_to_the_best_remaining(admin_user: User) -> None:
    one = says(shop("one", trust=90), notes="wrong")
    two = says(shop("two", trust=50), notes="right")
    says(shop("three", trust=10), notes="other")
    assert ana().notes == "wrong"
    do(ignore, "notes", "WRONG", admin_user, why="a joke")
    assert ana().notes == "right"
    assert (apart(one, "notes"), apart(two, "notes")) == ("ignored", "")
    assert ana().provenance["notes"][:2] == ["link", two.pk]
    event = ana().events.latest("id")
    assert (event.kind, event.changes) == ("ignored", {"notes": ["WRONG", "right"]})


def test_an_ignored_value_never_comes_back_by_itself(admin_user: User) -> None:
    one = shop("one")
    link = says(one, notes="wrong")
    do(ignore, "notes", "wrong", admin_user)
    assert ana().notes == ""
    says(one, notes="other")
    assert (ana().notes, Conflict.objects.count()) == ("", 1)
    says(one, notes="wrong")
    assert ana().notes == ""
    assert apart(link, "notes") == "ignored"
    says(shop("two", trust=90), notes="Wrong")
    assert ana().notes == ""


def test_heeded_again_a_value_wins_where_it_is_the_best(admin_user: User) -> None:
    says(shop("one", trust=90), notes="best")
    two = says(shop("two"), notes="second")
    do(ignore, "notes", "best", admin_user)
    assert ana().notes == "second"
    do(heed, "notes", "best", admin_user)
    assert (ana().notes, ana().ignored) == ("best", None)
    assert apart(two, "notes") == "was ignored"
    assert ana().events.latest("id").kind == "heeded"


def test_what_a_person_types_is_ignored_no_longer(admin_user: User) -> None:
    says(shop("one"), notes="odd")
    do(ignore, "notes", "odd", admin_user)
    change(admin_user, notes="Odd")
    assert (ana().notes, ana().ignored) == ("Odd", None)


def test_an_ignored_value_that_was_typed_is_kept_beside_and_loses_its_pin(
    admin_user: User,
) -> None:
    says(shop("one"))
    change(admin_user, email="typed@example.com")
    do(pin, "email", admin_user)
    do(ignore, "email", "typed@example.com", admin_user)
    assert (ana().email, ana().pins) == ("ana@example.com", None)
    assert "typed@example.com" in ana().others["emails"]


def test_nothing_is_no_value_to_ignore(admin_user: User) -> None:
    says(shop("one"))
    with pytest.raises(ValueError, match="no value"):
        do(ignore, "notes", " ", admin_user)
