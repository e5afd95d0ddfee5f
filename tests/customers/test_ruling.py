"""Rules for fields: what they decide as vendors speak, applied to all, foreseen, taken back."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction

from customers import applying, ruling, undoing
from customers.applying import BusyError, apply, apply_block
from customers.conflicts import resolve
from customers.editing import edit
from customers.models import Conflict, Connection, Customer, Event, FieldRule, Run
from customers.pinning import pin, unpin
from customers.putting_back import TOUCHED
from customers.tasks import apply_rules
from customers.workspace import Workspace
from tests.customers.saying import apart, says, shop
from tests.customers.test_racing import together

pytestmark = pytest.mark.django_db
WORDS = "by the rule: notes belongs to chosen"


@pytest.fixture
def chosen(db: None) -> Connection:
    return shop("chosen", trust=10)


def ana() -> Customer:
    return Customer.objects.get()


def change(user: User, **values: Any) -> None:
    edit(ana().pk, values, user, ana().version)


def rule(user: User, connection: Connection, field: str = "notes") -> FieldRule:
    """A rule, applied."""
    found, run = ruling.add_rule(field, connection.pk, user)
    assert apply(run.pk) == "complete"
    return found


def people(number: int, *shops: tuple[Connection, str]) -> None:
    """So many customers, each known to these shops with these notes."""
    for one in range(number):
        for connection, notes in shops:
            says(connection, str(one), email=f"person{one}@example.com", notes=notes)


# As vendors speak


def test_another_vendor_does_not_change_a_field_that_the_chosen_one_states(
    admin_user: User, chosen: Connection
) -> None:
    other = shop("other", trust=90)
    says(chosen, notes="old")
    link = says(other, notes="old")
    rule(admin_user, chosen)
    says(other, notes="new")
    assert ana().notes == "old"
    assert apart(link, "notes") == "by rule"
    event = ana().events.latest("id")
    assert (event.kind, event.note) == ("stated", WORDS)
    assert event.changes == {"notes": ["old", "new"]}


def test_where_the_chosen_vendor_says_nothing_the_others_speak(
    admin_user: User, chosen: Connection
) -> None:
    other = shop("other")
    says(chosen)
    says(other, notes="old")
    rule(admin_user, chosen)
    says(other, notes="new")
    assert ana().notes == "new"


def test_the_chosen_vendors_value_is_taken_where_a_person_would_be_asked(
    admin_user: User, chosen: Connection
) -> None:
    link = says(chosen, notes="old")
    rule(admin_user, chosen)
    change(admin_user, notes="ours")
    says(chosen, notes="theirs")
    assert (ana().notes, apart(link, "notes")) == ("theirs", "")
    assert not Conflict.objects.exists()
    event = ana().events.latest("id")
    assert (event.kind, event.note) == ("decided", WORDS)
    assert event.changes == {"notes": ["ours", "theirs"]}


def test_where_the_chosen_vendor_emptied_it_a_person_is_asked(
    admin_user: User, chosen: Connection
) -> None:
    says(chosen, notes="old")
    rule(admin_user, chosen)
    change(admin_user, notes="ours")
    says(chosen, notes="")
    assert (ana().notes, Conflict.objects.get().vendor) == ("ours", "")


def test_at_a_first_link_the_chosen_vendor_wins_by_name(
    admin_user: User, chosen: Connection
) -> None:
    other = says(shop("other", trust=90), notes="trusted")
    rule(admin_user, chosen)
    says(chosen, notes="chosen")
    assert (ana().notes, apart(other, "notes")) == ("chosen", "by rule")
    ruled = ana().events.get(kind="ruled")
    assert (ruled.note, ruled.changes) == (WORDS, {"notes": ["trusted", "chosen"]})


def test_a_pin_goes_before_a_rule(admin_user: User, chosen: Connection) -> None:
    says(shop("other", trust=90), notes="trusted")
    pin(ana().pk, "notes", admin_user, ana().version)
    link = says(chosen, notes="chosen")
    rule(admin_user, chosen)
    assert (ana().notes, apart(link, "notes")) == ("trusted", "pinned")
    unpin(ana().pk, "notes", admin_user, ana().version)
    assert ana().notes == "chosen"


# Applied to those that there are


def test_applying_moves_what_nobody_moved_and_settles_the_others(
    admin_user: User, chosen: Connection
) -> None:
    other = says(shop("other", trust=90), notes="trusted")
    link = says(chosen, notes="chosen")
    _, run = ruling.add_rule("notes", chosen.pk, admin_user, "they know best")
    assert apply(run.pk) == "complete"
    assert ana().notes == "chosen"
    assert (apart(other, "notes"), apart(link, "notes")) == ("by rule", "")
    assert other.base["notes"][:2] == ["chosen", "trusted"]
    assert ana().provenance["notes"][:3] == ["link", link.pk, run.pk]
    event = ana().events.get(kind="ruled")
    assert (event.note, event.run_id) == (WORDS, run.pk)
    run.refresh_from_db()
    assert (run.kind, run.seen, run.changed, run.unchanged) == ("rules", 1, 1, 0)
    assert (run.by, run.released_at is not None) == (admin_user, True)


def test_what_a_person_typed_is_nobodys_to_choose(admin_user: User, chosen: Connection) -> None:
    says(shop("other"), notes="old")
    change(admin_user, notes="ours")
    says(chosen, notes="chosen")
    rule(admin_user, chosen)
    assert ana().notes == "ours"


def test_an_open_question_is_decided_by_the_rule_and_names_it(
    admin_user: User, chosen: Connection
) -> None:
    other = shop("other")
    link, elsewhere = says(chosen, notes="old"), says(other, notes="old")
    change(admin_user, notes="ours")
    says(chosen, notes="chosen")
    says(other, notes="else")
    assert Conflict.objects.filter(closed_at=None).count() == 2
    assert ruling.preview("notes", chosen.pk).decided == 2
    found = rule(admin_user, chosen)
    mine, others = Conflict.objects.order_by("id")
    assert ana().notes == "chosen"
    assert (mine.decision, mine.rule, mine.closing) == ("vendor", found, WORDS)
    assert (others.decision, others.rule) == ("hub", found)
    assert (apart(link, "notes"), apart(elsewhere, "notes")) == ("", "by rule")
    assert ana().events.filter(kind="decided", note=WORDS).count() == 2


def test_another_field_is_left_alone(admin_user: User, chosen: Connection) -> None:
    says(shop("other", trust=90), notes="trusted", gender="male")
    says(chosen, notes="chosen", gender="female")
    rule(admin_user, chosen, "gender")
    assert (ana().notes, ana().gender) == ("trusted", "female")


def test_a_run_goes_on_where_it_was_left_and_does_nothing_twice(
    admin_user: User, chosen: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "BLOCK", 3)
    people(7, (shop("other", trust=90), "trusted"), (chosen, "chosen"))
    _, run = ruling.add_rule("notes", chosen.pk, admin_user)
    assert apply_block(run.pk)
    assert Customer.objects.filter(notes="chosen").count() == 3
    run.refresh_from_db()
    assert (run.state, run.seen, run.total_first) == ("running", 3, 7)
    assert applying.due() == []
    stale = (run.place or {}) | {"at": "2026-01-01T00:00:00+00:00"}
    Run.objects.update(place=stale)
    assert applying.due() == [run.pk]
    assert apply(run.pk, stopping=lambda: True) == "running"
    assert apply(run.pk) == "complete"
    assert apply(run.pk) == "complete"
    run.refresh_from_db()
    assert (run.seen, run.changed) == (7, 7)
    assert Customer.objects.filter(notes="chosen").count() == 7


def test_a_block_costs_the_same_whatever_its_size(
    admin_user: User, chosen: Connection, django_assert_max_num_queries: Any
) -> None:
    people(9, (shop("other", trust=90), "trusted"), (chosen, "chosen"))
    _, run = ruling.add_rule("notes", chosen.pk, admin_user)
    with django_assert_max_num_queries(16):
        apply_block(run.pk)
    assert Customer.objects.filter(notes="chosen").count() == 9


@pytest.mark.django_db(transaction=True)
def test_two_workers_apply_one_run_once(
    admin_user: User, chosen: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "BLOCK", 2)
    people(11, (shop("other", trust=90), "trusted"), (chosen, "chosen"))
    _, run = ruling.add_rule("notes", chosen.pk, admin_user)
    together(lambda: apply(run.pk), lambda: apply(run.pk))
    run.refresh_from_db()
    assert (run.state, run.seen, run.changed) == ("complete", 11, 11)
    assert Event.objects.filter(kind="ruled").count() == 11
    assert Customer.objects.filter(notes="chosen").count() == 11


def test_the_task_does_the_run(admin_user: User, chosen: Connection) -> None:
    says(shop("other", trust=90), notes="trusted")
    says(chosen, notes="chosen")
    _, run = ruling.add_rule("notes", chosen.pk, admin_user)
    apply_rules(run.pk)
    assert ana().notes == "chosen"


def test_one_change_of_rules_is_applied_at_a_time(admin_user: User, chosen: Connection) -> None:
    ruling.add_rule("notes", chosen.pk, admin_user)
    with pytest.raises(BusyError):
        ruling.add_rule("gender", chosen.pk, admin_user)
    with pytest.raises(BusyError):
        ruling.trust(chosen.pk, admin_user)
    assert not FieldRule.objects.filter(field="gender").exists()


def test_a_new_rule_takes_the_place_of_the_old_one(admin_user: User, chosen: Connection) -> None:
    other = shop("other")
    says(other, notes="other's")
    says(chosen, notes="chosen")
    first = rule(admin_user, chosen)
    rule(admin_user, other)
    first.refresh_from_db()
    assert (first.enabled, first.ended_by) == (False, admin_user)
    assert ana().notes == "other's"


def test_another_trust_is_a_change_of_rules(admin_user: User, chosen: Connection) -> None:
    other = says(shop("other", trust=50), notes="other's", gender="male")
    says(chosen, notes="chosen", gender="female")
    Connection.objects.filter(pk=chosen.pk).update(trust=80)
    assert apply(ruling.trust(chosen.pk, admin_user).pk) == "complete"
    assert (ana().notes, ana().gender) == ("chosen", "female")
    assert (apart(other, "notes"), apart(other, "gender")) == ("by trust", "by trust")


# Looking ahead


def test_what_a_rule_would_do_is_what_it_does(admin_user: User, chosen: Connection) -> None:
    other = shop("other", trust=90)
    people(4, (other, "trusted"), (chosen, "chosen"))
    says(other, "9", email="same@example.com", notes="agreed")
    says(chosen, "9", email="same@example.com", notes="agreed")
    says(chosen, "10", email="alone@example.com", notes="alone")
    kept = Customer.objects.get(email="person0@example.com")
    pin(kept.pk, "notes", admin_user, kept.version)
    foreseen = ruling.preview("notes", chosen.pk)
    assert (foreseen.looked, foreseen.changed, foreseen.complete) == (5, 3, True)
    assert {one.after for _, one in foreseen.sample} == {"chosen"}
    assert not Customer.objects.filter(notes="chosen").exists()
    _, run = ruling.add_rule("notes", chosen.pk, admin_user)
    apply(run.pk)
    run.refresh_from_db()
    assert run.changed == foreseen.changed


def test_a_preview_of_very_many_says_that_it_saw_a_part(
    chosen: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "BLOCK", 2)
    people(5, (shop("other", trust=90), "trusted"), (chosen, "chosen"))
    found = ruling.preview("notes", chosen.pk, most=4)
    assert (found.looked, found.changed, found.complete) == (4, 4, False)


def test_a_rule_is_held_against_what_people_decided(admin_user: User, chosen: Connection) -> None:
    says(chosen, notes="old")
    for number, decision in enumerate(["vendor", "hub", "vendor"]):
        change(admin_user, notes=f"ours {number}")
        says(chosen, notes=f"theirs {number}")
        asked = Conflict.objects.get(closed_at=None)
        resolve(asked.pk, decision, admin_user, (f"ours {number}", f"theirs {number}"))
    found = ruling.foresee("notes", chosen.pk)
    assert found.alike == 2
    assert [one.vendor for one in found.otherwise] == ["theirs 1"]
    assert ruling.foresee("notes", shop("other").pk).otherwise == []


# Taken back


def test_switched_off_a_rule_decides_no_more_and_leaves_what_it_did(
    admin_user: User, chosen: Connection
) -> None:
    other = shop("other", trust=90)
    link = says(other, notes="trusted")
    says(chosen, notes="chosen")
    found = rule(admin_user, chosen)
    ruling.switch_off(found.pk, admin_user)
    assert ana().notes == "chosen"
    says(other, notes="moved")
    assert Conflict.objects.get(closed_at=None).link == link


def test_undoing_puts_back_and_neither_pull_nor_rule_reverses_it(
    admin_user: User, chosen: Connection
) -> None:
    other = shop("other", trust=90)
    link, theirs = says(other, notes="trusted"), says(chosen, notes="chosen")
    found = rule(admin_user, chosen)
    run = ruling.undo(found.pk, admin_user)
    undoing.go_on(run.pk)
    assert ana().notes == "trusted"
    assert ana().provenance["notes"][:2] == ["link", link.pk]
    assert (apart(link, "notes"), apart(theirs, "notes")) == ("", "undone")
    event = ana().events.latest("id")
    assert (event.kind, event.changes) == ("undone", {"notes": ["chosen", "trusted"]})
    says(chosen, notes="chosen", gender="female")
    says(other, notes="trusted", gender="female")
    assert ana().notes == "trusted"
    assert not Conflict.objects.filter(closed_at=None).exists()


def test_what_somebody_touched_since_is_left_and_listed(
    admin_user: User, chosen: Connection
) -> None:
    people(3, (shop("other", trust=90), "trusted"), (chosen, "chosen"))
    found = rule(admin_user, chosen)
    edited, moved, untouched = Customer.objects.order_by("id")
    edit(edited.pk, {"notes": "typed"}, admin_user, edited.version)
    says(chosen, "1", email="person1@example.com", notes="moved on")
    done = undoing.go_on(ruling.undo(found.pk, admin_user).pk)
    assert [one.notes for one in Customer.objects.order_by("id")] == [
        "typed", "moved on", "trusted",
    ]  # fmt: skip
    assert [one.customer_id for one in done.back] == [untouched.pk]
    assert [(one.customer_id, one.why) for one in done.left] == [
        (edited.pk, TOUCHED), (moved.pk, TOUCHED),
    ]  # fmt: skip
    assert untouched.notes == "chosen"


def test_a_persons_value_that_a_rule_took_away_is_theirs_again(
    admin_user: User, chosen: Connection
) -> None:
    link = says(chosen, notes="old")
    change(admin_user, notes="ours")
    says(chosen, notes="theirs")
    found = rule(admin_user, chosen)
    assert ana().notes == "theirs"
    undoing.go_on(ruling.undo(found.pk, admin_user).pk)
    assert (ana().notes, apart(link, "notes")) == ("ours", "undone")
    assert ana().provenance["notes"][:2] == ["person", admin_user.pk]


def test_undoing_twice_changes_nothing_more(admin_user: User, chosen: Connection) -> None:
    says(shop("other", trust=90), notes="trusted")
    says(chosen, notes="chosen")
    found = rule(admin_user, chosen)
    for _ in range(2):
        undoing.go_on(ruling.undo(found.pk, admin_user).pk)
    assert ana().notes == "trusted"
    assert ana().events.filter(kind="undone").count() == 1


def test_a_rule_is_seen_by_whoever_locks_a_customer_after_it(admin_user: User) -> None:
    one, two = says(shop("one")), says(shop("two"), email="bea@example.com", name=None)
    work = Workspace()
    with transaction.atomic():
        work.load_customers([one.customer_id])
        assert work.rules() == {}
        FieldRule.objects.create(field="notes", connection=two.connection, created_by=admin_user)
        work.load_customers([two.customer_id])
        assert set(work.rules()) == {"notes"}
