"""The three-way merge: every cell of the design's table, and histories of four manners of
vendor, which must end quiet with nothing lost in silence."""

import random
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.merging import (
    BY_RULE,
    EMPTIED,
    FIRST_LINK,
    PINNED,
    Outcome,
    Pair,
    Sides,
    merge,
)
from customers.survivorship import Claim, best
from customers.values import NOT_SAID, canonical, same

AGREED = Pair("old", "old")
APART = Pair("ours", "theirs", FIRST_LINK)


def sides(hub: Any, vendor: Any, pair: Pair | None, **more: Any) -> Sides:
    return Sides(field="notes", hub=hub, vendor=vendor, pair=pair, **more)


def settled(step: Any, hub: str, vendor: str, reason: str = "") -> Outcome:
    return Outcome(step, Pair(hub, vendor, reason))


def by_rule(step: Any, hub: str, vendor: str, reason: str = "") -> Outcome:
    return Outcome(step, Pair(hub, vendor, reason), by_rule=True)


NOTHING, TELL, WAIT, ASK = (Outcome(step) for step in ("nothing", "tell", "wait", "ask"))
CAN = {"tellable": True}
PERSON = {"tellable": True, "by_person": True}

CELLS = {
    # hub still, vendor still
    "both still, agreed: nothing": (sides("old", "old", AGREED), NOTHING),
    "both still, apart: nothing": (sides("ours", "theirs", APART), NOTHING),
    "both still though rewritten in other letters: nothing": (
        sides("Old", " OLD ", AGREED), NOTHING),
    "both still, apart, rewritten: nothing": (sides("OURS", "Theirs", APART), NOTHING),
    # hub moved, vendor still
    "hub moved, agreed, may be told: tell": (sides("new", "old", AGREED, **CAN), TELL),
    "hub moved by a person, agreed: tell": (sides("new", "old", AGREED, **PERSON), TELL),
    "hub moved, agreed, may not be told: wait": (sides("new", "old", AGREED), WAIT),
    "hub moved by a person, apart: tell": (sides("new", "theirs", APART, **PERSON), TELL),
    "hub moved by a person, apart, may not be told: wait": (
        sides("new", "theirs", APART, by_person=True), WAIT),
    "hub moved by another vendor, apart: stays apart": (
        sides("new", "theirs", APART, **CAN), settled("apart", "new", "theirs", FIRST_LINK)),
    "hub emptied by a person, agreed: tell": (sides("", "old", AGREED, **PERSON), TELL),
    "hub emptied by nobody in person: a blank is never told": (
        sides("", "old", AGREED, **CAN), WAIT),
    # hub still, vendor moved
    "vendor moved, agreed: take": (sides("old", "new", AGREED), settled("take", "new", "new")),
    "vendor moved, apart, equal now: agree": (
        sides("ours", "OURS", APART), settled("agree", "ours", "OURS")),
    "vendor moved, apart: ask": (sides("ours", "new", APART), ASK),
    "vendor moved, apart, a rule for the vendor: take": (
        sides("ours", "new", APART, rule="vendor"), by_rule("take", "new", "new")),
    "vendor moved, apart, a rule for the hub: apart": (
        sides("ours", "new", APART, rule="hub"), by_rule("apart", "ours", "new", BY_RULE)),
    # both moved
    "both moved to one value, agreed: agree, no write": (
        sides("new", "New", AGREED, **PERSON), settled("agree", "new", "New")),
    "both moved to one value, apart: agree, no write": (
        sides("new", "new", APART, **PERSON), settled("agree", "new", "new")),
    "both moved, agreed: ask": (sides("new", "other", AGREED, **PERSON), ASK),
    "both moved, apart: ask": (sides("new", "other", APART, **PERSON), ASK),
    "both moved, agreed, a rule for the vendor: take": (
        sides("new", "other", AGREED, rule="vendor"), by_rule("take", "other", "other")),
    "both moved, agreed, a rule for the hub: apart": (
        sides("new", "other", AGREED, rule="hub"), by_rule("apart", "new", "other", BY_RULE)),
    "both moved, apart, a rule for the hub: apart": (
        sides("new", "other", APART, rule="hub"), by_rule("apart", "new", "other", BY_RULE)),
    "hub moved and the vendor emptied: ask": (sides("new", "", AGREED, **PERSON), ASK),
    # the vendor does not say
    "not said, hub still: nothing": (sides("old", NOT_SAID, AGREED, **PERSON), NOTHING),
    "not said, hub edited: its edit still goes": (sides("new", NOT_SAID, AGREED, **PERSON), TELL),
    "not said, hub edited, may not be told: wait": (
        sides("new", NOT_SAID, AGREED, by_person=True), WAIT),
    "not said, hub edited, apart: its edit still goes": (
        sides("new", NOT_SAID, APART, **PERSON), TELL),
    "not said, apart, hub still: nothing": (sides("ours", NOT_SAID, APART, **PERSON), NOTHING),
    "not said, first link: nothing": (sides("old", NOT_SAID, None), NOTHING),
    # the vendor emptied it
    "emptied, stated elsewhere: the hub keeps it, apart": (
        sides("old", "", AGREED, stated_elsewhere=True), settled("apart", "old", "", EMPTIED)),
    "emptied, stated nowhere else: the hub falls": (
        sides("old", "", AGREED), settled("fall", "old", "", EMPTIED)),
    "emptied, apart, stated elsewhere: the hub keeps it": (
        sides("ours", "", APART, stated_elsewhere=True), settled("apart", "ours", "", EMPTIED)),
    "emptied, apart, stated nowhere else: the hub falls": (
        sides("ours", "", APART), settled("fall", "ours", "", EMPTIED)),
    "emptied, the hub has none either: agree": (
        sides("", "", Pair("", "theirs", FIRST_LINK)), settled("agree", "", "")),
    "filled again after it was emptied: ask": (
        sides("old", "new", Pair("old", "", EMPTIED)), ASK),
    "filled again with the hub's value: agree": (
        sides("old", "old", Pair("old", "", EMPTIED)), settled("agree", "old", "old")),
    # a first link
    "first link, equal: agree": (sides("a", "A", None), settled("agree", "a", "A")),
    "first link, different: apart": (sides("a", "b", None), settled("apart", "a", "b", FIRST_LINK)),
    "first link, nothing there: apart": (
        sides("a", "", None), settled("apart", "a", "", FIRST_LINK)),
    "first link of a vendor that is held: apart for that": (
        sides("a", "b", None, held=PINNED), settled("apart", "a", "b", PINNED)),
    # before the table
    "pinned, vendor moved: settled apart": (
        sides("old", "new", AGREED, held=PINNED), settled("apart", "old", "new", PINNED)),
    "by rule, vendor moved, apart: settled apart": (
        sides("ours", "new", APART, held=BY_RULE), settled("apart", "ours", "new", BY_RULE)),
    "pinned, both moved: settled apart": (
        sides("new", "other", AGREED, held=PINNED), settled("apart", "new", "other", PINNED)),
    "pinned, vendor emptied: settled apart": (
        sides("old", "", AGREED, held=PINNED), settled("apart", "old", "", PINNED)),
    "pinned, both moved to one value: agree": (
        sides("new", "new", AGREED, held=PINNED), settled("agree", "new", "new")),
    "pinned, hub moved: tell": (sides("new", "old", AGREED, held=PINNED, **PERSON), TELL),
    # a vendor that reformats
    "a value that the vendor rewrote is settled and still": (
        sides("new", "n-e-w", Pair("new", "n-e-w", "not taken")), NOTHING),
}  # fmt: skip


@pytest.mark.parametrize("name", CELLS)
def test_a_cell_of_the_table(name: str) -> None:
    given_sides, outcome = CELLS[name]
    assert merge(given_sides) == outcome


values = st.sampled_from(["", "a", "A", "b", "c"])
pairs = st.one_of(
    st.none(),
    st.builds(Pair, values, values, st.just(FIRST_LINK)),
    values.map(lambda value: Pair(value, value)),
)
any_sides = st.builds(
    Sides,
    field=st.just("notes"),
    hub=values,
    vendor=st.one_of(st.none(), values),
    pair=pairs,
    by_person=st.booleans(),
    tellable=st.booleans(),
    stated_elsewhere=st.booleans(),
    held=st.sampled_from(["", PINNED]),
    rule=st.sampled_from(["", "hub", "vendor"]),
)


@given(any_sides)
def test_what_is_settled_stays_settled(drawn: Sides) -> None:
    """After what merge says was done, the same two sides are still."""
    outcome = merge(drawn)
    if outcome.pair is None:
        return
    hub = outcome.pair.hub if outcome.step in ("take", "fall") else drawn.hub
    again = merge(
        Sides(
            field="notes",
            hub=hub,
            vendor=drawn.vendor,
            pair=outcome.pair,
            tellable=True,
            by_person=True,
        )
    )
    assert again.step in ("nothing", "agree")
    assert same("notes", outcome.pair.vendor, drawn.vendor)


@given(any_sides)
def test_a_pair_is_agreed_exactly_when_its_halves_are_equal(drawn: Sides) -> None:
    pair = merge(drawn).pair
    if pair is not None:
        assert bool(pair.apart) != same("notes", pair.hub, pair.vendor)


@given(any_sides)
def test_the_hubs_value_changes_only_by_taking_and_falling(drawn: Sides) -> None:
    outcome = merge(drawn)
    if outcome.pair is not None and outcome.step not in ("take", "fall"):
        assert outcome.pair.hub == drawn.hub
    if outcome.step in ("take", "fall"):
        assert not drawn.held
        assert drawn.rule == "vendor" or same("notes", drawn.hub, drawn.pair and drawn.pair.hub)


MANNERS = ("plain", "reformats", "ignores", "readonly")


class World:
    """One field of one customer at four vendors, told as a history (the design's pair model).

    `seen` says of each value which ones its author knew, `shown` what stands before a person:
    a value that is overwritten while neither is so was lost in silence.
    """

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.writes = rng.random() < 0.8
        self.number = 0
        self.seen: dict[str, set[str]] = {}
        self.emptied: dict[str, set[str]] = {}  # what was known to whoever emptied a vendor's field
        self.shown: set[str] = {""}
        self.lost: list[tuple[str, str]] = []
        self.calls = 0
        self.pairs: dict[str, Pair] = {}
        self.asked: set[str] = set()
        self.remote = {who: self.fresh(who) for who in MANNERS}
        self.stated: dict[str, str] = {}
        self.hub, self.mover = self.remote["plain"], "plain"
        for who in MANNERS:
            self.pull(who)

    def fresh(self, who: str) -> str:
        self.number += 1
        return f"{who}-{self.number}"

    def pull(self, who: str) -> bool:
        """Read a vendor and merge; True when it should be told."""
        vendor = self.remote[who]
        self.stated[who] = vendor
        elsewhere = any(same("notes", self.stated[o], self.hub) for o in self.stated if o != who)
        outcome = merge(
            Sides(
                field="notes",
                hub=self.hub,
                vendor=vendor,
                pair=self.pairs.get(who),
                by_person=self.mover == "person",
                tellable=self.writes and who != "readonly",
                stated_elsewhere=elsewhere or self.mover == "person",
            )
        )
        if outcome.step == "ask":
            self.ask(who)
            return False
        self.asked.discard(who)
        if outcome.pair is not None:
            self.pairs[who] = outcome.pair
            if outcome.pair.apart:
                self.shown |= {canonical("notes", vendor)}
        if outcome.step == "take":
            self.overwrite(self.hub, vendor)
            self.hub, self.mover = vendor, who
        if outcome.step == "fall":
            self.fall(who)
        return outcome.step == "tell"

    def fall(self, who: str) -> None:
        claims = [Claim(at, self.stated[one], 50) for at, one in enumerate(self.stated)]
        value = best("notes", [claim for claim in claims if self.stated[who] != claim.value])
        self.hub, self.mover = value, who
        for one, pair in self.pairs.items():
            # Nobody stated the remaining value anew, so it goes over nobody else's.
            vendor = "" if one == who else pair.vendor
            if one not in self.asked:
                equal = same("notes", value, vendor)
                self.pairs[one] = Pair(value, vendor, "" if equal else pair.apart or EMPTIED)

    def push(self, who: str) -> None:
        if not self.pull(who) or who in self.asked:
            return
        before, sent = self.remote[who], self.hub
        assert sent or self.mover == "person", "only a person pushes a blank"
        self.calls += 1
        if who != "ignores":
            self.overwrite(before, sent)
            if not sent:
                self.emptied.pop(who, None)  # a person did, who saw what is shown
            self.remote[who] = sent.upper() if who == "reformats" else sent
        read = self.stated[who] = self.remote[who]
        if same("notes", read, sent):
            self.pairs[who] = Pair(sent, read)
        elif same("notes", read, before):
            self.pairs[who] = Pair(sent, read, "not taken")
            self.shown.add(canonical("notes", read))
        else:
            self.ask(who)

    def overwrite(self, old: str, new: str) -> None:
        gone, by = canonical("notes", old), canonical("notes", new)
        if gone != by and gone not in self.shown and gone not in self.seen.get(by, set()):
            self.lost.append((old, new))

    def ask(self, who: str) -> None:
        self.asked.add(who)
        self.shown |= {canonical("notes", self.remote[who]), canonical("notes", self.hub)}

    def knows(self, value: str, others: set[str]) -> None:
        self.seen.setdefault(canonical("notes", value), set()).update(others)

    def edit_vendor(self, who: str, blank: bool) -> None:
        old = canonical("notes", self.remote[who])
        known = self.seen.get(old, set()) | {old}
        if not old:
            known |= self.emptied.get(who, self.shown)
        if blank:
            self.emptied[who] = known
            self.remote[who] = ""
            return
        self.remote[who] = self.fresh(who)
        self.knows(self.remote[who], known)

    def edit_person(self) -> None:
        old = canonical("notes", self.hub)
        new = self.fresh("person")
        self.knows(new, self.seen.get(old, set()) | {old} | self.shown)
        self.hub, self.mover = new, "person"

    def decide(self, who: str) -> None:
        if who not in self.asked:
            return
        theirs, ours = canonical("notes", self.remote[who]), canonical("notes", self.hub)
        if not {theirs, ours} <= self.shown:  # one moved since it was shown: asked again
            self.ask(who)
            return
        self.asked.discard(who)
        if self.rng.random() < 0.5:
            self.knows(theirs, self.seen.get(ours, set()) | {ours})
            self.hub, self.mover = self.remote[who], "person"
            self.pairs[who] = Pair(self.hub, self.hub)
        else:
            self.knows(ours, self.seen.get(theirs, set()) | {theirs})
            self.keep(who)

    def keep(self, who: str) -> None:
        """The hub's value was chosen: the vendor's half is settled, the hub's on read-back."""
        vendor, pair = self.remote[who], self.pairs[who]
        if who == "readonly" or not self.writes:
            self.pairs[who] = Pair(self.hub, vendor, "kept")
            return
        self.mover = "person"
        hub = vendor if same("notes", pair.hub, self.hub) else pair.hub
        reason = "" if same("notes", hub, vendor) else "kept"
        self.pairs[who] = Pair(hub, vendor, reason)

    def unsettled(self) -> list[str]:
        """Vendors that neither agree nor are apart nor asked about."""
        return [
            who
            for who in MANNERS
            if not same("notes", self.remote[who], self.hub)
            and not self.pairs[who].apart
            and who not in self.asked
            and who != "readonly"
        ]


def history(seed: int, *, blanks: bool) -> str:
    """Live through a random history; what is wrong at its end, in words."""
    world = World(random.Random(seed))
    for _ in range(60):
        step(world, blanks)
    world.writes = True
    rounds(world)
    calls = world.calls
    rounds(world)
    wrong = []
    if world.calls != calls:
        wrong.append(f"still telling: {world.calls - calls} calls")
    if world.unsettled():
        wrong.append(f"neither agreed, apart nor asked: {world.unsettled()}")
    if world.lost:
        wrong.append(f"lost in silence: {world.lost}")
    return "; ".join(wrong)


def step(world: World, blanks: bool) -> None:
    rng = world.rng
    who, dice = rng.choice(MANNERS), rng.random()
    if dice < 0.25:
        world.edit_vendor(who, blank=blanks and rng.random() < 0.2)
    elif dice < 0.35:
        world.edit_person()
    elif dice < 0.65:
        world.pull(who)
    elif dice < 0.9:
        world.push(who)
    elif dice < 0.97:
        world.decide(who)
    else:
        world.writes = not world.writes


def rounds(world: World) -> None:
    for _ in range(6):
        for who in MANNERS:
            world.pull(who)
            world.push(who)


def wrongs(number: int, *, blanks: bool) -> dict[int, str]:
    found = {seed: history(seed, blanks=blanks) for seed in range(number)}
    return {seed: wrong for seed, wrong in found.items() if wrong}


@pytest.mark.parametrize("blanks", [False, True], ids=["values", "values and blanks"])
def test_histories_end_quiet_with_nothing_lost_in_silence(blanks: bool) -> None:
    assert not wrongs(1_000, blanks=blanks)


@pytest.mark.soak
@pytest.mark.parametrize("blanks", [False, True], ids=["values", "values and blanks"])
def test_twenty_thousand_histories_end_quiet(blanks: bool) -> None:
    found = wrongs(20_000, blanks=blanks)
    sys.stdout.write(f"\n20,000 histories, blanks {blanks}: {len(found)} wrong\n")
    assert not found
