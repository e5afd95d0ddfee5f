"""The hub in small: records come page by page, vendor by vendor, and each is linked, asked about
or new, exactly as the matching core says. No database; a customer's values are the first
that were told."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations, islice
from typing import Any

from customers.blocking import MAX_BLOCK, block_keys
from customers.matching import carrier
from customers.meeting import Page
from customers.normalise import Key, Statement
from customers.profiles import Profile, of_statement, profile
from customers.weighing import Weights

PAGE = 100
MAX_CARRIERS = 5

Told = tuple[str, Statement]  # who it is, and what a vendor says


@dataclass
class Hub:
    weights: Weights
    values: list[dict[str, Any]] = field(default_factory=list)
    keys: list[set[Key]] = field(default_factory=list)
    whose: list[list[str]] = field(default_factory=list)
    questions: set[tuple[int, int]] = field(default_factory=set)
    blocks: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    holders: dict[Key, set[int]] = field(default_factory=lambda: defaultdict(set))
    carriers: dict[Key, set[str]] = field(default_factory=lambda: defaultdict(set))

    def pull(self, told: Iterable[Told]) -> None:
        records = iter(told)
        while page := list(islice(records, PAGE)):
            self._page(page)

    def _page(self, told: list[Told]) -> None:
        for _, one in told:
            for key in one.keys:
                self.carriers[key].add(carrier(one.values, one.keys))
        records = [of_statement(one, self._retired(one.keys)) for _, one in told]
        blocks = [block_keys(one) for one in records]
        pairs = sorted(set(self._candidates(told, blocks)))
        known = {customer: [self._profile(customer)] for customer in {pair[1] for pair in pairs}}
        shared = (
            {*mine, *set(one.keys) - self._retired(one.keys)}
            for mine, (_, one) in zip(blocks, told, strict=True)
        )
        page = Page(records, self.weights)
        page.compare(known, pairs, shared)
        placed: dict[int, int] = {}
        for place, (who, statement) in enumerate(told):
            verdict = page.find(place, placed).verdict
            placed[place] = customer = verdict.best.customer if verdict.best else self._new()
            self._take(customer, who, statement)
            for asked in verdict.asked:
                low, high = sorted((customer, asked.customer))
                self.questions.add((low, high))

    def _retired(self, keys: Iterable[Key]) -> set[Key]:
        return {
            key for key in keys if key.kind != "document" and len(self.carriers[key]) > MAX_CARRIERS
        }

    def _candidates(
        self, told: list[Told], blocks: list[tuple[int, ...]]
    ) -> Iterator[tuple[int, int]]:
        for place, (_, one) in enumerate(told):
            for block in blocks[place]:
                if len(self.blocks[block]) <= MAX_BLOCK:
                    yield from ((place, customer) for customer in self.blocks[block])
            for key in set(one.keys) - self._retired(one.keys):
                yield from ((place, customer) for customer in self.holders[key])

    def _profile(self, customer: int) -> Profile:
        keys = self.keys[customer]
        return profile(self.values[customer], sorted(keys - self._retired(keys)))

    def _new(self) -> int:
        self.values.append({})
        self.keys.append(set())
        self.whose.append([])
        return len(self.values) - 1

    def _take(self, customer: int, who: str, statement: Statement) -> None:
        values = self.values[customer]
        for name, value in statement.values.items():
            if value and not values.get(name):
                values[name] = value
        self.keys[customer].update(statement.keys)
        self.whose[customer].append(who)
        for key in statement.keys:
            self.holders[key].add(customer)
        for block in block_keys(self._profile(customer)):
            self.blocks[block].add(customer)


@dataclass(frozen=True, slots=True)
class Quality:
    records: int
    customers: int
    precision: float
    recall: float
    recall_asked: float
    questions: int
    yes: int
    wrong_documents: int

    @property
    def per_hundred(self) -> float:
        return 100 * self.questions / self.customers

    @property
    def yes_share(self) -> float:
        return self.yes / self.questions if self.questions else 1.0


def quality(hub: Hub) -> Quality:
    """What was linked at once against the truth, and what the questions would add."""
    linked = [Counter(whose) for whose in hub.whose]
    joined = sum(_pairs(sum(one.values())) for one in linked)
    right = sum(_pairs(count) for one in linked for count in one.values())
    everyone: Counter[str] = Counter()
    for one in linked:
        everyone.update(one)
    true = sum(_pairs(count) for count in everyone.values())
    yes = [pair for pair in hub.questions if set(linked[pair[0]]) & set(linked[pair[1]])]
    return Quality(
        records=sum(everyone.values()),
        customers=len(linked),
        precision=right / joined,
        recall=right / true,
        recall_asked=_with_answers(linked, yes) / true,
        questions=len(hub.questions),
        yes=len(yes),
        wrong_documents=_wrong_documents(hub),
    )


def _pairs(count: int) -> int:
    return count * (count - 1) // 2


def _with_answers(linked: list["Counter[str]"], yes: list[tuple[int, int]]) -> int:
    """The right pairs when each question that deserves a yes has got it."""
    group = list(range(len(linked)))

    def root(one: int) -> int:
        while group[one] != one:
            group[one] = group[group[one]]
            one = group[one]
        return one

    for one, other in yes:
        group[root(one)] = root(other)
    merged: dict[int, Counter[str]] = defaultdict(Counter)
    for customer, whose in enumerate(linked):
        merged[root(customer)].update(whose)
    return sum(_pairs(count) for whose in merged.values() for count in whose.values())


def _wrong_documents(hub: Hub) -> int:
    """Customers that several people with different valid documents of one kind were linked to."""
    found = 0
    for keys, whose in zip(hub.keys, hub.whose, strict=True):
        kinds = [key.value.rpartition(":")[0] for key in keys if key.kind == "document"]
        again = any(one == other for one, other in combinations(kinds, 2))
        found += again and len(set(whose)) > 1
    return found
