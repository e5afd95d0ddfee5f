"""What three ways to keep two sides in step lose without a word: the same random histories
under newest-wins, under dirty flags, and under the desk's three-way merge.

One field of one customer, four vendors of different manners (one stores as it is told, one
reformats, one ignores what it is told, one cannot be told), people who edit on every side. An
edit is *silently lost* when the system overwrites it, its successor's author had not seen it,
and no question and no reason on a link shows it.
"""

import argparse
from collections.abc import Iterator
from random import Random
from typing import Literal, NamedTuple

from customers.merging import BY_RULE, Outcome, Pair, Sides, merge
from customers.values import same

MANNERS = ("plain", "reformats", "ignores", "readonly")
FIELD = "notes"
STEPS = 60
QUIET_ROUNDS = 6

Act = Literal["vendor edits", "person edits", "pull", "push", "decide"]
_WEIGHTS: dict[Act, float] = {
    "vendor edits": 25,
    "person edits": 10,
    "pull": 30,
    "push": 25,
    "decide": 10,
}


class Step(NamedTuple):
    act: Act
    vendor: str
    takes_ours: bool


def history(seed: int) -> list[Step]:
    """What happens, whatever the system makes of it; then rounds in which nobody edits."""
    rng = Random(seed)
    acts: list[Act] = rng.choices(list(_WEIGHTS), list(_WEIGHTS.values()), k=STEPS)
    steps = [Step(act, rng.choice(MANNERS), rng.random() < 0.5) for act in acts]
    quiet = [Step(act, vendor, True) for vendor in MANNERS for act in _REST]
    return steps + QUIET_ROUNDS * quiet


_REST: tuple[Act, ...] = ("pull", "push")


class World:
    """The vendors, the people, and the book of who had seen what when they wrote."""

    asks = False

    def __init__(self) -> None:
        self.count = 0
        self.clock = 0
        self.seen_by_author: dict[str, set[str]] = {}
        self.shown: set[str] = set()
        self.lost: list[tuple[str, str]] = []
        self.questions = 0
        self.writes = 0
        self.remote = {vendor: self._new(vendor, set()) for vendor in MANNERS}
        self.changed_at = dict.fromkeys(MANNERS, 0)
        self.hub, self.hub_at, self.by_person = self.remote[MANNERS[0]], 0, False
        for vendor in MANNERS:
            self.pull(vendor)

    def run(self, steps: list[Step]) -> None:
        for step in steps:
            self.clock += 1
            match step.act:
                case "vendor edits":
                    self.remote[step.vendor] = self._new(step.vendor, {self.remote[step.vendor]})
                    self.changed_at[step.vendor] = self.clock
                case "person edits":
                    self.hub = self._new("person", {self.hub} | self.shown)
                    self.hub_at, self.by_person = self.clock, True
                    self.person_edited()
                case "pull":
                    self.pull(step.vendor)
                case "push":
                    self.push(step.vendor)
                case "decide":
                    self.decide(step.vendor, step.takes_ours)

    def _new(self, author: str, seen: set[str]) -> str:
        self.count += 1
        value = f"{author}-{self.count}"
        known = {one.lower() for one in seen}
        self.seen_by_author[value] = known.union(
            *(self.seen_by_author.get(one, set()) for one in known)
        )
        return value

    def overwrite(self, old: str, new: str) -> None:
        old, new = old.lower(), new.lower()
        if old != new and old not in self.shown and old not in self.seen_by_author[new]:
            self.lost.append((old, new))

    def take(self, vendor: str) -> None:
        self.overwrite(self.hub, self.remote[vendor])
        self.hub, self.by_person = self.remote[vendor].lower(), False
        self.hub_at = self.changed_at[vendor]

    def send(self, vendor: str) -> None:
        """Tell the vendor, who does with it what its manners are."""
        self.writes += 1
        if vendor != "ignores":
            self.overwrite(self.remote[vendor], self.hub)
            self.remote[vendor] = self.hub.upper() if vendor == "reformats" else self.hub
            self.changed_at[vendor] = self.hub_at

    def differs(self, vendor: str) -> bool:
        return not same(FIELD, self.hub, self.remote[vendor])

    # What a way of keeping in step does

    def person_edited(self) -> None: ...

    def pull(self, vendor: str) -> None: ...

    def push(self, vendor: str) -> None: ...

    def decide(self, vendor: str, takes_ours: bool) -> None: ...


class NewestWins(World):
    """The side that changed last overwrites the other."""

    def pull(self, vendor: str) -> None:
        if self.differs(vendor) and self.changed_at[vendor] > self.hub_at:
            self.take(vendor)

    def push(self, vendor: str) -> None:
        if vendor != "readonly" and self.differs(vendor) and self.hub_at > self.changed_at[vendor]:
            self.send(vendor)


class DirtyFlags(World):
    """An edit of ours marks the record for every vendor; a marked one is pushed and not
    pulled over, one that is not marked is pulled over."""

    def __init__(self) -> None:
        self.dirty: set[str] = set()
        super().__init__()

    def person_edited(self) -> None:
        self.dirty |= set(MANNERS) - {"readonly"}

    def pull(self, vendor: str) -> None:
        if vendor not in self.dirty and self.differs(vendor):
            self.take(vendor)
            self.dirty |= set(MANNERS) - {"readonly", vendor}

    def push(self, vendor: str) -> None:
        if vendor in self.dirty:
            self.dirty.discard(vendor)
            if self.differs(vendor):
                self.send(vendor)


class ThreeWay(World):
    """`customers.merging` with a pair for each vendor: the desk's own."""

    asks = True

    def __init__(self) -> None:
        self.pairs: dict[str, Pair] = {}
        self.open: set[str] = set()
        super().__init__()

    def pull(self, vendor: str) -> None:
        self._merge(vendor)

    def push(self, vendor: str) -> None:
        """Read again, tell if it is to be told, read back."""
        if self._merge(vendor).step != "tell":
            return
        before = self.remote[vendor]
        self.send(vendor)
        read = self.remote[vendor]
        if same(FIELD, read, self.hub):
            self._settle(vendor, Pair(self.hub, read))
        elif same(FIELD, read, before):
            self._settle(vendor, Pair(self.hub, read, "not taken"))

    def decide(self, vendor: str, takes_ours: bool) -> None:
        if vendor not in self.open or {self.hub.lower(), self.remote[vendor].lower()} - self.shown:
            return  # nothing is asked, or a side moved since it was shown: asked again
        theirs = self.remote[vendor]
        if not takes_ours:
            self._now_knows(theirs, self.hub)
            self.hub, self.by_person, self.hub_at = theirs.lower(), True, self.clock
            self._settle(vendor, Pair(self.hub, theirs))
        elif vendor == "readonly":
            self._settle(vendor, Pair(self.hub, theirs, "kept"))
        else:
            self._now_knows(self.hub, theirs)
            hub = self.pairs[vendor].hub
            self.pairs[vendor] = Pair(theirs if same(FIELD, hub, self.hub) else hub, theirs)
            self.open.discard(vendor)
            self.by_person = True

    def _now_knows(self, value: str, other: str) -> None:
        seen = self.seen_by_author[value.lower()]
        seen |= {other.lower()} | self.seen_by_author.get(other.lower(), set())

    def _merge(self, vendor: str) -> Outcome:
        outcome = merge(
            Sides(
                field=FIELD,
                hub=self.hub,
                vendor=self.remote[vendor],
                pair=self.pairs.get(vendor),
                by_person=self.by_person,
                tellable=vendor != "readonly",
            )
        )
        if outcome.step == "ask":
            self.questions += vendor not in self.open
            self.open.add(vendor)
            self.shown |= {self.hub.lower(), self.remote[vendor].lower()}
            return outcome
        if outcome.step == "take":
            self.take(vendor)
        if outcome.pair is not None:
            self._settle(vendor, outcome.pair)
        elif outcome.step in ("tell", "wait", "nothing"):
            self.open.discard(vendor)
        return outcome

    def _settle(self, vendor: str, pair: Pair) -> None:
        self.pairs[vendor] = pair
        self.open.discard(vendor)
        if pair.apart and pair.apart != BY_RULE:
            self.shown.add(pair.vendor.lower())


WAYS: dict[str, type[World]] = {
    "newest wins": NewestWins,
    "dirty flags": DirtyFlags,
    "three ways (ours)": ThreeWay,
}


def measure(histories: int) -> Iterator[tuple[str, int, int, int, int]]:
    """Per way: histories with a loss, edits lost without a word, questions, writes sent."""
    for name, way in WAYS.items():
        hurt = lost = questions = writes = 0
        for seed in range(histories):
            world = way()
            world.run(history(seed))
            hurt += bool(world.lost)
            lost += len(world.lost)
            questions += world.questions
            writes += world.writes
        yield name, hurt, lost, questions, writes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=20_000)
    histories = parser.parse_args().histories
    print(f"{histories:,} random histories of {STEPS} steps, four vendors, one field")
    print(f"{'way':20}{'with a loss':>14}{'silently lost':>16}{'questions':>12}{'writes':>12}")
    for name, hurt, lost, questions, writes in measure(histories):
        print(f"{name:20}{hurt:>14,}{lost:>16,}{questions:>12,}{writes:>12,}")


if __name__ == "__main__":
    main()
