"""Everything matched anew: what is merged, asked, left; dry, resumed, and by one at a time."""

import io
import json
import os
import socket
import time

import pytest
from django.core.management import call_command

from connectors.records import Address
from customers.models import (
    BlockHolder,
    Conflict,
    Connection,
    Customer,
    CustomerLink,
    Decision,
    MatchSettings,
    Merge,
    NotSame,
    Run,
    RunKind,
    RunState,
)
from customers.rematching import MatchBusyError, due, match
from customers.standing import blocks_of
from customers.thresholds import current
from tests.customers.merging_tables import say, shop
from tests.customers.people import CPF, OTHER_CPF

pytestmark = pytest.mark.django_db

BORN = {"birth_date": "1980-02-03"}


@pytest.fixture
def web() -> Connection:
    return shop("web")


SURNAMES = ("Ezcurra", "Iturbe", "Valderrama", "Quispe")


def apart(web: Connection, number: int) -> list[Customer]:
    """One person as two customers: the second came to say who it is after both were there."""
    name = f"José {SURNAMES[number]}"
    home = Address(street="Rua das Flores", number=str(7 * number + 1), city="Recife")
    born = {"birth_date": f"198{number}-02-03"}
    one = say(web, f"{number}-1", name=name, address=home, **born).customer
    say(web, f"{number}-2", name=f"Clara Sosa{number}")
    other = say(web, f"{number}-2", name=name, address=home, **born).customer
    assert one != other
    return [one, other]


def test_who_is_one_person_is_merged_into_the_oldest_with_the_evidence(web: Connection) -> None:
    one, other = apart(web, 1)
    found = match()
    assert (found.state, found.customers, found.merged, found.left) == ("complete", 2, 1, 0)
    done = Merge.objects.get()
    assert (done.survivor_id, done.merged_id) == (one.pk, other.pk)
    assert done.run == Run.objects.get(kind="match")
    assert done.weight is not None
    assert "name" in {row[0] for row in done.evidence or ()}
    assert "birth date" in done.reason
    assert CustomerLink.objects.filter(customer=one).count() == 2
    assert match().merged == 0


def test_the_doubtful_are_asked_about_once(web: Connection) -> None:
    one = say(web, "1", name="Ana Prado", document=CPF, email="a@example.com").customer
    other = say(web, "2", name="Ana Prado", document=OTHER_CPF, email="b@example.com").customer
    say(web, "2", name="Ana Prado", document=OTHER_CPF, email="a@example.com")
    Conflict.objects.all().delete()
    assert match().asked == 1
    asked = Conflict.objects.get()
    assert (asked.customer, asked.other, asked.closed_at) == (one, other, None)
    assert asked.weight is not None
    assert asked.evidence
    assert match().asked == 0
    Conflict.objects.update(closed_at=asked.opened_at, decision=Decision.NOT_SAME)
    assert match().asked == 0
    Conflict.objects.update(decision="")
    NotSame.objects.create(one=one, other=other)
    assert match().asked == 0


def test_who_a_person_said_is_not_the_same_is_never_merged(web: Connection) -> None:
    one, other = apart(web, 1)
    NotSame.objects.create(one=one, other=other)
    found = match()
    assert (found.merged, found.asked) == (0, 0)


def test_the_dry_run_says_what_the_wet_one_does_and_writes_nothing(web: Connection) -> None:
    for number in range(4):
        apart(web, number)
    say(web, "x", name="Ana Prado", document=CPF, email="a@example.com")
    say(web, "y", name="Ana Prado", document=OTHER_CPF, email="a@example.com")
    Conflict.objects.all().delete()
    BlockHolder.objects.all().delete()
    out = io.StringIO()
    call_command("match", dry_run=True, json=True, stdout=out)
    *steps, told = [json.loads(line) for line in out.getvalue().splitlines()]
    assert not Run.objects.filter(kind=RunKind.MATCH).exists()
    assert not BlockHolder.objects.exists()
    found = match()
    assert (told["merged"], told["asked"]) == (found.merged, found.asked) == (4, 1)
    merged = {(row.survivor_id, row.merged_id) for row in Merge.objects.all()}
    asked = set(Conflict.objects.values_list("customer_id", "other_id"))
    for what, pairs in (("merge", merged), ("ask", asked)):
        assert {(one["one"], one["other"]) for one in steps if one["step"] == what} == pairs


class Killed(BaseException):
    pass


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_run_that_was_killed_goes_on_where_it_was(web: Connection, at: int) -> None:
    for number in range(4):
        apart(web, number)

    def die(what: str, done: int, total: int) -> None:
        if what == "merging" and done == at:
            raise Killed

    with pytest.raises(Killed):
        match(progress=die)
    assert due()
    assert Merge.objects.count() == at
    found = match()
    assert (found.state, found.merged, found.left) == ("complete", 4, 0)
    assert Merge.objects.count() == 4
    assert Run.objects.get(kind=RunKind.MATCH).state == RunState.COMPLETE
    assert not due()


def test_a_step_taken_before_the_kill_is_not_taken_twice(web: Connection) -> None:
    for number in range(2):
        apart(web, number)
    with pytest.raises(Killed):
        match(progress=lambda what, done, total: _die(what))
    run = Run.objects.get(kind=RunKind.MATCH)
    Run.objects.update(linked=0)  # the kill came between the merge and the count
    found = match()
    assert (found.merged, found.left) == (2, 0)
    assert Merge.objects.filter(run=run).count() == 2


def _die(what: str) -> None:
    if what == "merging":
        raise Killed


def test_two_never_run_at_once(web: Connection) -> None:
    host = socket.gethostname()[:30]
    run = Run.objects.create(kind="match", settings=f"{host}:{os.getpid()}:{time.time():.3f}")
    with pytest.raises(MatchBusyError):
        match()
    assert not due()
    Run.objects.filter(pk=run.pk).update(settings=f"elsewhere:1:{time.time() - 10_000:.3f}")
    assert due()
    assert match().state == "complete"


def test_whoever_changed_meanwhile_is_left_for_the_next_time(web: Connection) -> None:
    _, other = apart(web, 1)

    def change(what: str, done: int, total: int) -> None:
        if what == "comparing":
            Customer.objects.filter(pk=other.pk).update(version=99, name="Clara Sosa")

    found = match(progress=change)
    assert (found.merged, found.left) == (0, 1)


def test_a_hub_older_than_blocks_gets_them(web: Connection) -> None:
    say(web, "1", name="José Ezcurra", email="jose@example.com", **BORN)
    BlockHolder.objects.all().delete()
    match()
    (one,) = Customer.objects.values_list("pk", flat=True)
    assert set(BlockHolder.objects.values_list("block", flat=True)) == blocks_of([one])[one]


def test_thresholds_of_the_hub_count(web: Connection) -> None:
    apart(web, 1)
    MatchSettings.objects.create(pk=1, link_from=200, ask_from=199)
    assert current().link == 200
    found = match()
    assert (found.merged, found.asked) == (0, 0)


def test_weights_are_learnt_and_kept(web: Connection) -> None:
    for number in range(3):
        apart(web, number)
    call_command("match", learn=True, stdout=io.StringIO())
    kept = MatchSettings.objects.get()
    assert kept.learnt_at is not None
    assert current().learnt_from == 0  # too few to learn from: the defaults, kept as such
