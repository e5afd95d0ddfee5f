"""Undoing a person's own last decision: what it changed is back, and the question is open."""

from typing import Any

import pytest
from django.contrib.auth.models import User

from connectors.records import Name
from customers import gone, pinning, ruling
from customers.applying import apply
from customers.conflicts import resolve, resolve_many
from customers.duplicates import keep_apart, not_the_same, same_person
from customers.editing import edit
from customers.models import (
    Conflict,
    Connection,
    Customer,
    CustomerLink,
    Event,
    KeyHolder,
    Merge,
    NotSame,
    Write,
)
from customers.planning import telling
from customers.undoing import RefusedError, go_on
from customers.undoing_decisions import NotLastError, TakenBack, last, undo
from customers.uniting import merge
from customers.unmerging import unmerge
from customers.workspace import Workspace
from tests.customers.merging_tables import everything, known_apart
from tests.customers.saying import apart, disagree, says, shop

pytestmark = pytest.mark.django_db
SEEN = ("ours", "theirs")
SOURCES = 8  # their place in a row of `everything`


@pytest.fixture
def eva(db: None) -> User:
    return User.objects.create_user("eva")


def ana() -> Customer:
    return Customer.objects.get()


def change(user: User, **values: Any) -> None:
    edit(ana().pk, values, user, ana().version)


def asked(user: User, *, told: bool = False) -> tuple[Conflict, CustomerLink]:
    """A question: the hub says `ours`, the vendor `theirs`, both said `old`."""
    one = shop("one", told=told)
    says(one, notes="old")
    change(user, notes="ours")
    link = says(one, notes="theirs")
    return Conflict.objects.get(), link


def stood() -> dict[str, Any]:
    """All that must be as it was; of the sources not the moment, which the timeline may round
    otherwise."""
    found = everything()
    for key, row in found["customers"].items():
        found["customers"][key] = [
            {name: source[:3] for name, source in part.items()} if at == SOURCES else part
            for at, part in enumerate(row)
        ]
    return found


def taken_back(user: User) -> TakenBack:
    found = last(user)
    assert found is not None
    return undo(found.questions[0], user)


def whys(found: TakenBack) -> list[str]:
    return [one.why for one in found.left]


def would_be_told(link: CustomerLink) -> dict[str, list[Any]]:
    work = Workspace(keep=True)
    work.load_customers([link.customer_id])
    return telling(work, work.links[link.pk]).fields


# Fields


def asked_twice(user: User, other: str) -> tuple[Conflict, Conflict]:
    """A field over which one vendor says `theirs` and a second one something too."""
    one, two = shop("one"), shop("two")
    says(one, notes="old")
    says(two, notes="old")
    change(user, notes="ours")
    says(one, notes="theirs")
    says(two, notes=other)
    first, second = Conflict.objects.order_by("id")
    return first, second


@pytest.mark.parametrize("told", [False, True])
@pytest.mark.parametrize("decision", ["hub", "vendor", "other"])
def test_what_a_decision_changed_is_as_it_was(admin_user: User, decision: str, told: bool) -> None:
    conflict, link = asked(admin_user, told=told)
    before, waiting = stood(), would_be_told(link)
    resolve(conflict.pk, decision, admin_user, SEEN, value="typed")
    found = taken_back(admin_user)
    assert (found.asked, found.left) == ([conflict.pk], [])
    assert stood() == before
    assert would_be_told(link) == waiting == {}
    conflict.refresh_from_db()
    assert (conflict.closed_at, conflict.decision, conflict.decided_by) == (None, "", None)


def test_it_is_a_line_of_the_timeline_and_is_read_anew(admin_user: User) -> None:
    conflict, link = asked(admin_user)
    resolve(conflict.pk, "vendor", admin_user, SEEN)
    taken_back(admin_user)
    event = ana().events.latest("id")
    assert (event.kind, event.user, event.link_id) == ("undone", admin_user, link.pk)
    assert event.changes == {"notes": ["theirs", "ours"]}
    assert bytes(CustomerLink.objects.get().digest) == b""
    says(link.connection, notes="theirs")
    assert Conflict.objects.get(closed_at=None) == conflict


def test_it_can_be_decided_otherwise_then(admin_user: User) -> None:
    conflict, link = asked(admin_user)
    resolve(conflict.pk, "vendor", admin_user, SEEN)
    taken_back(admin_user)
    resolve(conflict.pk, "hub", admin_user, SEEN)
    assert (ana().notes, apart(link, "notes")) == ("ours", "kept")


def test_a_value_of_a_vendors_is_that_vendors_again(admin_user: User) -> None:
    one, two = shop("one"), shop("two")
    first = says(one, notes="old")
    says(two, notes="old")
    says(one, notes="new")
    says(two, notes="other")
    conflict = Conflict.objects.get()
    before = ana().provenance["notes"]
    for decision in ("vendor", "other", "vendor"):
        resolve(conflict.pk, decision, admin_user, ("new", "other"), value="typed")
        taken_back(admin_user)
        assert ana().provenance["notes"][:3] == before[:3]
    assert before[:2] == ["link", first.pk]


def test_a_typed_email_is_a_match_key_no_more(admin_user: User) -> None:
    one = shop("one")
    says(one)
    change(admin_user, email="ours@example.com")
    says(one, email="theirs@example.com")
    before = stood()
    seen = ("ours@example.com", "theirs@example.com")
    resolve(Conflict.objects.get().pk, "other", admin_user, seen, value="typed@example.com")
    assert KeyHolder.objects.filter(key__value="typed@example.com").exists()
    taken_back(admin_user)
    assert stood() == before


def test_questions_that_the_decision_closed_are_open_again_too(admin_user: User) -> None:
    first, second = asked_twice(admin_user, "THEIRS")
    before = stood()
    resolve(first.pk, "vendor", admin_user, SEEN)
    assert taken_back(admin_user).asked == [first.pk, second.pk]
    assert stood() == before


def test_a_vendor_that_was_not_told_yet_is_not_told(admin_user: User) -> None:
    conflict, _ = asked(admin_user)
    other = says(shop("two", told=True), notes="ours")
    resolve(conflict.pk, "vendor", admin_user, SEEN)
    assert would_be_told(other) == {"notes": ["ours", "theirs"]}
    taken_back(admin_user)
    assert would_be_told(other) == {}


def told(link: CustomerLink, **values: str) -> None:
    """What was waiting for the link was sent, and confirmed by what is read back."""
    write = Write.objects.get(link=link, state="planned")
    write.fields = {name: [link.stated.get(name), value] for name, value in values.items()}
    write.state, write.sent_at, write.settled_at = "confirmed", write.due_at, write.due_at
    write.save()
    says(link.connection, link.external_id, **values)


def test_a_vendor_that_was_told_is_told_back(admin_user: User) -> None:
    conflict, _ = asked(admin_user)
    other = says(shop("two", told=True), notes="ours")
    resolve(conflict.pk, "vendor", admin_user, SEEN)
    told(other, notes="theirs")
    assert taken_back(admin_user).asked == [conflict.pk]
    assert (ana().notes, would_be_told(other)) == ("ours", {"notes": ["theirs", "ours"]})
    assert Write.objects.filter(link=other, state="planned").exists()


def test_what_was_typed_and_taken_there_is_told_back_and_nothing_is_left_to_ask(
    admin_user: User,
) -> None:
    conflict, link = asked(admin_user, told=True)
    resolve(conflict.pk, "other", admin_user, SEEN, value="typed")
    told(link, notes="typed")
    found = taken_back(admin_user)
    assert (found.asked, found.left) == ([], [])
    assert (ana().notes, would_be_told(link)) == ("ours", {"notes": ["typed", "ours"]})


def test_ours_that_the_vendor_has_taken_stays(admin_user: User) -> None:
    conflict, link = asked(admin_user, told=True)
    resolve(conflict.pk, "hub", admin_user, SEEN)
    told(link, notes="ours")
    found = taken_back(admin_user)
    assert (found.asked, whys(found)) == ([], ["the vendor has taken our value since"])
    assert not Conflict.objects.filter(closed_at=None).exists()


def test_what_somebody_edited_since_stays(admin_user: User, eva: User) -> None:
    conflict, _ = asked(admin_user)
    resolve(conflict.pk, "vendor", admin_user, SEEN)
    change(eva, notes="eva's")
    found = taken_back(admin_user)
    assert (found.asked, whys(found)) == ([], ["it was changed since"])
    assert ana().notes == "eva's"
    conflict.refresh_from_db()
    assert conflict.decision == "vendor"


def test_the_same_value_by_somebody_else_stays(admin_user: User, eva: User) -> None:
    conflict, _ = asked(admin_user)
    resolve(conflict.pk, "other", admin_user, SEEN, value="typed")
    change(eva, notes="away")
    change(eva, notes="typed")
    assert whys(taken_back(admin_user)) == ["it was changed since"]


def test_what_was_pinned_since_stays(admin_user: User) -> None:
    conflict, _ = asked(admin_user)
    resolve(conflict.pk, "vendor", admin_user, SEEN)
    pinning.pin(ana().pk, "notes", admin_user, ana().version)
    assert whys(taken_back(admin_user)) == ["it was pinned since"]


def test_what_a_rule_decides_since_stays(admin_user: User) -> None:
    conflict, link = asked(admin_user)
    resolve(conflict.pk, "hub", admin_user, SEEN)
    ruling.add_rule("notes", link.connection_id, admin_user)
    assert whys(taken_back(admin_user)) == ["a rule decides it now"]


@pytest.mark.parametrize(
    ("moved", "why"),
    [
        ("moved on", "it is asked again already"),
        ("ours", "the vendor says something else since"),
        ("", "the vendor says something else since"),
    ],
)
def test_where_the_vendor_moved_since_it_stays(admin_user: User, moved: str, why: str) -> None:
    conflict, link = asked(admin_user)
    resolve(conflict.pk, "hub", admin_user, SEEN)
    says(link.connection, notes=moved)
    assert whys(taken_back(admin_user)) == [why]
    assert ana().notes == "ours"


def test_a_customer_that_was_merged_since_stays(admin_user: User) -> None:
    conflict, _ = asked(admin_user)
    resolve(conflict.pk, "vendor", admin_user, SEEN)
    other = says(shop("two"), email="bea@example.com", name=None).customer_id
    merge(other, [conflict.customer_id])
    assert whys(taken_back(admin_user)) == ["the customer was merged into another since"]


def test_many_decided_at_once_are_taken_back_at_once(admin_user: User, eva: User) -> None:
    one = shop("one")
    ids = disagree(one, 3, admin_user)
    resolve_many(dict.fromkeys(ids, SEEN), "vendor", admin_user)
    touched = Customer.objects.get(email="person1@example.com")
    edit(touched.pk, {"notes": "eva's"}, eva, touched.version)
    found = taken_back(admin_user)
    assert sorted(found.asked) == [ids[0], ids[2]]
    assert [(one.customer_id, one.name) for one in found.left] == [(touched.pk, "notes")]
    assert sorted(Customer.objects.values_list("notes", flat=True)) == ["eva's", "ours", "ours"]


# Whose, and which


def test_undoing_again_goes_one_decision_further_back(admin_user: User) -> None:
    first, second = asked_twice(admin_user, "others")
    before = stood()
    resolve(first.pk, "hub", admin_user, SEEN)
    resolve(second.pk, "vendor", admin_user, ("ours", "others"))
    assert taken_back(admin_user).asked == [second.pk]
    assert taken_back(admin_user).asked == [first.pk]
    assert stood() == before
    assert last(admin_user) is None


def test_a_second_press_takes_back_nothing_more(admin_user: User) -> None:
    conflict, _ = asked(admin_user)
    resolve(conflict.pk, "vendor", admin_user, SEEN)
    undo(conflict.pk, admin_user)
    with pytest.raises(NotLastError):
        undo(conflict.pk, admin_user)
    assert ana().notes == "ours"


def test_nobody_takes_back_another_persons_decision(admin_user: User, eva: User) -> None:
    conflict, _ = asked(admin_user)
    resolve(conflict.pk, "vendor", admin_user, SEEN)
    assert last(eva) is None
    with pytest.raises(NotLastError):
        undo(conflict.pk, eva)
    assert ana().notes == "theirs"


def test_only_the_last_decision_is_taken_back(admin_user: User) -> None:
    conflict, link = asked(admin_user)
    resolve(conflict.pk, "vendor", admin_user, SEEN)
    question = Conflict.objects.create(kind="duplicate", customer=ana(), link=link)
    same_person(question.pk, admin_user.pk)
    with pytest.raises(NotLastError):
        undo(conflict.pk, admin_user)
    assert taken_back(admin_user).asked == [question.pk]
    assert taken_back(admin_user).asked == [conflict.pk]


# Duplicates


def two_who_share_an_email() -> Conflict:
    says(shop("web"), "1")
    says(shop("till"), "1", name=Name(given="Zoe", family="Luz"))
    return Conflict.objects.get(kind="duplicate", closed_at=None)


def test_a_merge_is_unmerged_and_asked_again(admin_user: User) -> None:
    question = two_who_share_an_email()
    before = stood()
    same_person(question.pk, admin_user.pk)
    found = taken_back(admin_user)
    assert (found.asked, found.left) == ([question.pk], [])
    assert stood() == before
    assert known_apart() == set()
    assert Merge.objects.get().undone_by == admin_user
    same_person(question.pk, admin_user.pk)
    assert Customer.objects.filter(merged_into=None).count() == 1


def test_what_was_edited_since_a_merge_stays_where_it_was_edited(
    admin_user: User, eva: User
) -> None:
    question = two_who_share_an_email()
    same_person(question.pk, admin_user.pk)
    one = Customer.objects.get(merged_into=None)
    edit(one.pk, {"notes": "eva's"}, eva, one.version)
    found = taken_back(admin_user)
    assert found.asked == [question.pk]
    assert [(left.customer_id, left.name) for left in found.left] == [(one.pk, "notes")]
    assert Customer.objects.get(pk=one.pk).notes == "eva's"


def test_a_merge_that_somebody_undid_since_stays_undone(admin_user: User, eva: User) -> None:
    question = two_who_share_an_email()
    same_person(question.pk, admin_user.pk)
    unmerge(Merge.objects.get().merged_id, eva.pk)
    found = taken_back(admin_user)
    assert (found.asked, whys(found)) == ([], ["it was given back since"])
    assert len(known_apart()) == 1


def test_a_merge_that_somebody_made_anew_is_theirs(admin_user: User, eva: User) -> None:
    question = two_who_share_an_email()
    same_person(question.pk, admin_user.pk)
    row = Merge.objects.get()
    unmerge(row.merged_id, eva.pk)
    merge(row.survivor_id, [row.merged_id], eva.pk)
    found = taken_back(admin_user)
    assert (found.asked, whys(found)) == ([], ["it was given back since"])
    assert Merge.objects.filter(undone_at=None).count() == 1


def test_not_the_same_is_forgotten_and_asked_again(admin_user: User) -> None:
    question = two_who_share_an_email()
    not_the_same(question.pk, admin_user.pk)
    assert taken_back(admin_user).asked == [question.pk]
    assert not NotSame.objects.exists()
    assert Event.objects.filter(kind="undone", user=admin_user).count() == 2


def test_what_somebody_else_says_too_is_not_forgotten(admin_user: User, eva: User) -> None:
    question = two_who_share_an_email()
    not_the_same(question.pk, admin_user.pk)
    keep_apart(question.customer_id, question.other_id or 0, eva.pk)
    found = taken_back(admin_user)
    assert (found.asked, whys(found)) == ([], ["somebody else says so too"])
    assert NotSame.objects.count() == 1


def test_two_that_were_merged_since_are_not_asked_about(admin_user: User, eva: User) -> None:
    question = two_who_share_an_email()
    not_the_same(question.pk, admin_user.pk)
    merge(question.customer_id, [question.other_id or 0], eva.pk)
    found = taken_back(admin_user)
    assert found.asked == []
    assert "was merged into" in whys(found)[0]
    assert NotSame.objects.count() == 1


def a_link_whose_key_retired() -> tuple[Conflict, CustomerLink]:
    says(shop("web"), phone="+5511987654321")
    link = says(shop("till"), notes="hers")
    return Conflict.objects.create(kind="duplicate", customer=link.customer, link=link), link


def test_a_record_that_was_kept_is_asked_about_again(admin_user: User) -> None:
    question, _ = a_link_whose_key_retired()
    same_person(question.pk, admin_user.pk)
    assert taken_back(admin_user).asked == [question.pk]


def test_a_record_that_was_taken_out_is_put_back(admin_user: User) -> None:
    question, link = a_link_whose_key_retired()
    new = not_the_same(question.pk, admin_user.pk)
    assert taken_back(admin_user).asked == [question.pk]
    link.refresh_from_db()
    assert link.customer_id == question.customer_id != new
    assert not NotSame.objects.exists()
    assert link.customer.notes == "hers"


def test_a_record_whose_new_customer_grew_since_stays(admin_user: User) -> None:
    question, _link = a_link_whose_key_retired()
    new = not_the_same(question.pk, admin_user.pk)
    CustomerLink.objects.filter(pk=says(shop("third"), "3").pk).update(customer=new)
    found = taken_back(admin_user)
    assert (found.asked, whys(found)) == ([], ["it was changed since"])
    assert NotSame.objects.count() == 1


# Records gone


def a_record_gone() -> Conflict:
    link = says(shop("web"), notes="hers")
    CustomerLink.objects.update(state="quarantined")
    return Conflict.objects.create(kind="deleted", customer=link.customer, link=link)


def decide_gone(conflict: Conflict, decision: Any, user: User) -> None:
    shown = gone.shown(conflict)
    assert shown is not None
    gone.decide(conflict.pk, decision, user, shown.seen)


def test_a_record_gone_is_asked_about_again(admin_user: User) -> None:
    conflict = a_record_gone()
    decide_gone(conflict, "keep", admin_user)
    assert taken_back(admin_user).asked == [conflict.pk]
    assert gone.shown(conflict) is not None


@pytest.mark.parametrize("since", ["let go", "back"])
def test_a_record_that_was_let_go_or_is_back_stays(admin_user: User, since: str) -> None:
    conflict = a_record_gone()
    decide_gone(conflict, "let_go" if since == "let go" else "keep", admin_user)
    if since == "back":
        CustomerLink.objects.update(state="active")
    found = taken_back(admin_user)
    assert found.asked == []
    assert since.rsplit(maxsplit=1)[-1] in whys(found)[0]


# Rules


def a_rule_born_of(conflict: Conflict, user: User) -> Connection:
    assert conflict.link is not None
    connection = conflict.link.connection
    _rule, run = ruling.add_rule("notes", connection.pk, user, born_of=conflict.pk)
    apply(run.pk)
    return connection


def test_a_rule_born_of_a_question_is_off_and_its_question_open(admin_user: User) -> None:
    conflict, link = asked(admin_user)
    says(link.connection, "2", email="bea@example.com", notes="old")
    other = Customer.objects.get(email="bea@example.com")
    edit(other.pk, {"notes": "ours"}, admin_user, other.version)
    says(link.connection, "2", email="bea@example.com", notes="theirs")
    before = stood()["customers"][conflict.customer_id]
    a_rule_born_of(conflict, admin_user)
    assert set(Customer.objects.values_list("notes", flat=True)) == {"theirs"}
    found = taken_back(admin_user)
    assert found.asked == [conflict.pk]
    assert found.run is not None
    assert go_on(found.run).left == []
    assert set(Customer.objects.values_list("notes", flat=True)) == {"ours"}
    assert stood()["customers"][conflict.customer_id] == before
    assert last(admin_user) is None


def test_a_rule_that_decided_nothing_yet_is_off(admin_user: User) -> None:
    conflict, link = asked(admin_user)
    _rule, run = ruling.add_rule("notes", link.connection_id, admin_user, born_of=conflict.pk)
    with pytest.raises(RefusedError):
        taken_back(admin_user)
    run.state = "failed"
    run.save()
    assert taken_back(admin_user).asked == [conflict.pk]
    assert last(admin_user) is None


def test_what_somebody_touched_since_a_rule_decided_it_stays(admin_user: User, eva: User) -> None:
    conflict, _ = asked(admin_user)
    a_rule_born_of(conflict, admin_user)
    change(eva, notes="eva's")
    found = taken_back(admin_user)
    assert (found.asked, whys(found)) == ([], ["it was changed since"])
    assert found.run is not None
