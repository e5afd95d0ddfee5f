"""Puts one record where it belongs: merges it into its link, links it to the customer that
it is, or makes a new customer. In memory; `storing` loads before and writes after."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from connectors.records import CustomerRecord
from customers.blocking import block_keys
from customers.choosing import claims, follow, others, survivor
from customers.comparing import DOCUMENT
from customers.deciding import APART, MAX_QUESTIONS, Known
from customers.default_weights import DEFAULTS
from customers.evidence import Evidence, evidence
from customers.golden import EVERYTHING, Golden, stamp
from customers.matching import carrier
from customers.merging import BY_RULE, EMPTIED, FELL_BACK, FIRST_LINK, Outcome, Pair, Sides, merge
from customers.models import Decision, EventKind, LinkState
from customers.newcomers import Meeting, Newcomer, table_of
from customers.normalise import Key, Statement, Texts, search_text
from customers.profiles import of_statement
from customers.settling import (
    SECOND,
    close,
    close_by_rule,
    held,
    look_again,
    pair_of,
    paired,
    ruled,
    settle,
    sides_of,
)
from customers.survivorship import best
from customers.values import EMPTY, NOT_SAID, Value, same
from customers.weighing import Weights
from customers.workspace import KeyWork, LinkWork, NewConflict, NewEvent, Workspace

ANONYMIZED = "the vendor anonymised this person: are they to be erased everywhere?"
OURS = "we created it there"
NOBODY = "nobody like this record was known"


class Row(Struct):
    """A record that changed or is new, read and normalised. `raw` is its JSON text without
    what must never be stored; `texts` those of its statement's values, of what is kept beside
    them and of what is the vendor's own; `who` carries its keys; `search` is what the search
    reads of it; `sent_at` is when its request left."""

    external_id: str
    record: CustomerRecord
    statement: Statement
    raw: str
    texts: Texts
    who: str
    search: str
    digest: bytes
    raw_digest: bytes = b""
    sent_at: datetime = datetime.min.replace(tzinfo=UTC)
    newcomer: Newcomer | None = None

    def as_newcomer(self) -> Newcomer:
        """Who it is, for matching; made once."""
        if self.newcomer is None:
            who = of_statement(self.statement)
            self.newcomer = Newcomer(
                self.statement.values, self.statement.keys, who, block_keys(who)
            )
        return self.newcomer

    @classmethod
    def of(
        cls, record: CustomerRecord, statement: Statement, raw: str, said: Texts, digest: bytes
    ) -> "Row":
        values, also = statement.values, statement.also
        return cls(
            record.external_id,
            record,
            statement,
            raw,
            texts=said,
            who=carrier(values, statement.keys),
            search=search_text([values], [also]),
            digest=digest,
        )


class Place:
    """Where and when records are being placed: one connection, one run, one page.

    `own`: the customer to whom a record that is not known yet belongs for sure, since we
    made it; the hub's values then stay as they are."""

    def __init__(
        self,
        work: Workspace,
        connection_id: int,
        run_id: int | None,
        max_carriers: int,
        weights: Weights = DEFAULTS,
    ) -> None:
        self.work = work
        self.weights = weights
        self.connection_id = connection_id
        self.run_id = run_id
        self.max_carriers = max_carriers
        self.expect(())
        self.customer_ids: list[int] = []
        self.link_ids: list[int] = []
        self.asked = 0
        self.own: int | None = None

    def expect(self, rows: Sequence[Row]) -> set[int]:
        """Say which new records are about to be put; their keys are under lock. Gives the
        customers, beside the keys' holders, that are to be locked and loaded for them."""
        self._crowd(rows)
        self.newcomers = {row.external_id: at for at, row in enumerate(rows)}
        self.meeting = Meeting(self.work, [row.as_newcomer() for row in rows], self.weights)
        self.placed: dict[int, int] = {}
        return self.meeting.likely()

    def _crowd(self, rows: Sequence[Row]) -> None:
        """A key that too many people will carry once these are put is no evidence for any of
        them, whoever comes first."""
        coming: dict[Key, set[str]] = {}
        for row in rows:
            for key in row.statement.keys:
                if key.kind != "document":
                    coming.setdefault(key, set()).add(row.who)
        for key, carriers in coming.items():
            found = self.work.keys[key]
            if len(carriers) + len(found.holders) > 1:
                found.retiring |= self._crowded(found, carriers)

    def _crowded(self, key: KeyWork, coming: Collection[str] = ()) -> bool:
        """Whether a key is, or is about to be, carried by too many people."""
        if key.kind == "document" or key.retired:
            return False
        carriers = key.carriers()
        if len(carriers) + len(coming) <= self.max_carriers:
            return False
        return len(carriers.union(coming) - {""}) > self.max_carriers

    def put(self, row: Row) -> str:
        """Place a record; says `created`, `linked`, `changed` or `unchanged`."""
        link = self.work.by_external.get((self.connection_id, row.external_id))
        if row.record.anonymized:
            return self._anonymized(link, row)
        if link is not None:
            return self._merge(link, row)
        if self.own is not None:
            self._new_link(self.own, row, OURS)
            return "linked"
        if row.external_id not in self.newcomers:
            self.expect([row])
        at = self.newcomers[row.external_id]
        found = self.meeting.find(at, self.placed)
        if found.verdict.best is None:
            link = self._new_customer(row)
            outcome = "created"
        else:
            best = found.verdict.best
            link = self._matched(best, row, found.why[best.customer])
            outcome = "linked"
        self.placed[at] = link.customer_id
        for question in found.verdict.asked:
            self._ask_pair(link, question.customer, found.why[question.customer])
        return outcome

    def _ask_pair(self, link: LinkWork, other: int, why: Evidence, reason: str = "") -> None:
        reason = reason or why.reason
        if self.work.ask_pair(link.customer_id, other, link.id, reason, why.weight, table_of(why)):
            self.asked += 1
            self._event(link, EventKind.ASKED, {}, reason)

    # New

    def _new_customer(self, row: Row) -> LinkWork:
        link_id = self.link_ids.pop()
        values = {k: v for k, v in row.statement.values.items() if v != EMPTY}
        source = self._source(link_id, row)
        golden = Golden(self.customer_ids.pop(), values, {EVERYTHING: source}, new=True)
        self.work.add_customer(golden)
        link = self._make_link(link_id, golden.id, row, NOBODY)
        golden.search_text = row.search
        self._event(link, EventKind.CREATED, {}, NOBODY)
        self._hold(link, row)
        self.work.join_blocks(golden.id, row.as_newcomer().blocks)
        return link

    def _matched(self, best: Known, row: Row, why: Evidence) -> LinkWork:
        sole = self._sole_key(best, row, why)
        link = self._new_link(best.customer, row, why.reason)
        link.weight, link.evidence, link.sole_key_id = round(why.weight, 1), table_of(why), sole
        return link

    def _new_link(self, customer_id: int, row: Row, reason: str) -> LinkWork:
        link = self._make_link(self.link_ids.pop(), customer_id, row, reason)
        golden = self.work.customers[customer_id]
        changes: dict[str, list[Value]] = {}
        for name, value in row.statement.values.items():
            self._first_pair(golden, link, name, value, row, changes)
        self._event(link, EventKind.LINKED, changes, reason)
        self._hold(link, row)
        self._refresh_search(golden)
        return link

    def _sole_key(self, best: Known, row: Row, why: Evidence) -> int | None:
        """The one key without which the record would not have been linked."""
        if best.shared & DOCUMENT:
            return None
        keys = [key for key in row.statement.keys if best.customer in self.work.keys[key].holders]
        if len(keys) != 1:
            return None
        worth = sum(line.weight for line in why.lines if line.field == keys[0].kind)
        without = why.weight - worth
        return self.work.keys[keys[0]].id if without < self.weights.link else None

    def _make_link(self, link_id: int, customer_id: int, row: Row, reason: str) -> LinkWork:
        link = LinkWork(
            id=link_id,
            customer_id=customer_id,
            connection_id=self.connection_id,
            external_id=row.external_id,
            state=LinkState.ACTIVE.value,
            stated={},
            also={},
            base={},
            changed={},
            reason=reason,
            new=True,
        )
        self._take_in(link, row)
        self.work.add_link(link)
        return link

    def _first_pair(
        self,
        golden: Golden,
        link: LinkWork,
        name: str,
        value: Value,
        row: Row,
        changes: dict[str, list[Value]],
    ) -> None:
        """At a first link survivorship chooses, but only where nobody has moved."""
        why = held(self.work, golden, link, name)
        sure = self.own is not None or why == SECOND
        chosen = None if sure else survivor(self.work, golden, name, but=link.id)
        if chosen is not None:
            self._move(golden, link, name, chosen.value, row, changes)
            rule = self.work.rules().get(name) if chosen.chosen else None
            follow(self.work, golden, name, BY_RULE if rule else FIRST_LINK, but=link.id)
            if rule is not None:
                self._event(link, EventKind.RULED, {name: changes.pop(name)}, rule.words)
        sides = Sides(
            field=name,
            hub=golden.value(name),
            vendor=value,
            pair=None,
            held=why,
        )
        found = merge(sides).pair
        if found is not None:
            settle(link, name, found)

    # Known

    def _merge(self, link: LinkWork, row: Row) -> str:
        """Three ways, field by field, against the pairs of the link; says `unchanged` of a
        record that was read anew for our sake (another mapping, another region) and says
        what it said before."""
        golden = self.work.customers[link.customer_id]
        before, beside, owned = link.stated, link.also, link.owned
        values = row.statement.values
        pairs = {name: pair for name in {*before, *link.base} if (pair := pair_of(link, name))}
        if link.state == LinkState.GONE.value:
            pairs = {}  # it was let go: whoever comes back is linked anew
        names = sorted({*values, *pairs})
        moved = {
            name: [before.get(name, EMPTY), values.get(name, EMPTY)]
            for name in names
            if not same(name, before.get(name), values.get(name))
        }
        returned = link.state != LinkState.ACTIVE.value
        link.state = LinkState.ACTIVE.value
        self._take_in(link, row)
        link.base = {}
        for name, pair in pairs.items():
            settle(link, name, pair)
        for name in moved:
            if name in values:
                link.changed[name] = stamp(row.record.updated_at or row.sent_at)
        changes: dict[str, list[Value]] = {}
        for name in names:
            if name in pairs:
                self._merge_field(golden, link, name, pairs[name], row, changes, moved)
            else:
                self._first_pair(golden, link, name, values[name], row, changes)
        self._hold(link, row)
        self._refresh_search(golden)
        if returned:
            self._returned(link)
        if changes:
            self._event(link, EventKind.CHANGED, changes, "")
        elif moved:
            self._event(link, EventKind.STATED, moved, "")
        same_as_before = before == link.stated and beside == link.also and owned == link.owned
        return "unchanged" if same_as_before and not returned else "changed"

    def _merge_field(
        self,
        golden: Golden,
        link: LinkWork,
        name: str,
        pair: Pair,
        row: Row,
        changes: dict[str, list[Value]],
        moved: dict[str, list[Value]],
    ) -> None:
        value = row.statement.values.get(name, NOT_SAID)
        sides = sides_of(self.work, golden, link, name, pair)
        outcome = merge(sides)
        if outcome.step == "ask":
            self._ask(golden, link, name, pair, value)
            return
        if outcome.by_rule:
            self._decide(golden, link, name, row, moved)
            return
        if outcome.pair is not None and outcome.pair.apart == BY_RULE:
            self._held_by_rule(link, name, moved)
        close(self.work, link, name, outcome.step)
        if outcome.step == "take":
            self._move(golden, link, name, value, row, changes)
            self._siblings(golden, link, name)
        if outcome.step == "fall":
            outcome = self._fall(golden, link, name, row, changes)
        if outcome.pair is not None:
            settle(link, name, outcome.pair)

    def _held_by_rule(self, link: LinkWork, name: str, moved: dict[str, list[Value]]) -> None:
        rule = self.work.rules()[name]
        close_by_rule(self.work, link, name, Decision.HUB.value, rule)
        if name in moved:
            self._event(link, EventKind.STATED, {name: moved.pop(name)}, rule.words)

    def _decide(
        self,
        golden: Golden,
        link: LinkWork,
        name: str,
        row: Row,
        moved: dict[str, list[Value]],
    ) -> None:
        """A person would be asked, were the field not this vendor's by rule."""
        rule = ruled(self.work, link, name)
        if rule is None:
            return
        changes: dict[str, list[Value]] = {}
        close_by_rule(self.work, link, name, Decision.VENDOR.value, rule)
        self._move(golden, link, name, row.statement.values[name], row, changes)
        settle(link, name, Pair(golden.value(name), golden.value(name)))
        self._siblings(golden, link, name)
        self._event(link, EventKind.DECIDED, changes, rule.words)
        moved.pop(name, None)

    def _fall(
        self,
        golden: Golden,
        link: LinkWork,
        name: str,
        row: Row,
        changes: dict[str, list[Value]],
    ) -> Outcome:
        """The vendor that stated the golden value emptied it: the best remaining one wins."""
        remaining = best(name, claims(self.work, golden, name, without=link.id))
        self._move(golden, link, name, remaining, row, changes)
        follow(self.work, golden, name, FELL_BACK, but=link.id)
        return Outcome("apart", paired(name, remaining, EMPTY, EMPTIED))

    def _siblings(self, golden: Golden, link: LinkWork, name: str) -> None:
        for other in others(self.work, link):
            look_again(self.work, golden, other, name)

    def _move(
        self,
        golden: Golden,
        link: LinkWork,
        name: str,
        value: Value,
        row: Row,
        changes: dict[str, list[Value]],
    ) -> None:
        changes[name] = [golden.value(name), value]
        if golden.by_person(name):
            golden.keep(name)
        golden.set(name, value, self._source(link.id, row))

    # States

    def _anonymized(self, link: LinkWork | None, row: Row) -> str:
        """An erasure signal: no field changes, and nobody unknown is made of it."""
        if link is None:
            return "unchanged"
        link.raw_digest, link.digest, link.read_at = row.raw_digest, row.digest, row.sent_at
        link.marked = True
        if link.state == LinkState.ANONYMIZED.value:
            return "unchanged"
        link.state = LinkState.ANONYMIZED.value
        self._event(link, EventKind.ANONYMIZED, {}, "")
        if link.id not in self.work.open_deleted:
            self.asked += 1
            self.work.ask_gone(link, ANONYMIZED)
        return "changed"

    def _returned(self, link: LinkWork) -> None:
        found = self.work.open_deleted.pop(link.id, None)
        if found is not None:
            self.work.closed.append((found, "it is back at the vendor"))
        self._event(link, EventKind.RETURNED, {}, "")

    # Conflicts

    def _ask(self, golden: Golden, link: LinkWork, name: str, pair: Pair, value: Value) -> None:
        hub = golden.value(name)
        found = self.work.open_fields.get((link.id, name))
        if found is None:
            self.asked += 1
            self.work.conflicts.append(
                NewConflict(
                    "field",
                    golden.id,
                    None,
                    link.id,
                    name,
                    [pair.hub, pair.vendor],
                    hub,
                    value,
                    pair.apart,
                )
            )
            self._event(link, EventKind.ASKED, {name: [hub, value]}, "")
        elif found.hub != hub or found.vendor != value:
            found.hub, found.vendor = hub, value
            self.work.reasked.append(found)

    # Pieces

    def _take_in(self, link: LinkWork, row: Row) -> None:
        link.stated = row.statement.values
        link.also = row.statement.also
        link.owned = dict(row.record.owned)
        link.raw = row.raw
        link.texts = row.texts
        link.raw_digest = row.raw_digest
        link.digest = row.digest
        link.vendor_created_at = row.record.created_at
        link.vendor_updated_at = row.record.updated_at
        link.read_at = row.sent_at
        link.read = True

    def _hold(self, link: LinkWork, row: Row) -> None:
        for key in self.work.hold(self._keys(link, row), link.customer_id, link, row.who):
            key.retiring |= self._crowded(key)
            if not link.new and not key.retired and not key.retiring:
                self._ask_about_holders(link, key)

    def _keys(self, link: LinkWork, row: Row) -> Collection[Key]:
        """The record's keys, and those held before of fields that it does not speak of."""
        had = self.work.keys_of_link.get(link.id)
        if not had:
            return row.statement.keys
        unsaid = {key for key in had if key.kind not in row.statement.values}
        return {*row.statement.keys, *unsaid}

    def _ask_about_holders(self, link: LinkWork, key: KeyWork) -> None:
        """A known record has come to share a key with other customers: are they one?"""
        others = sorted(set(key.holders) - {link.customer_id})
        mine = self.work.profile(link.customer_id)
        for other in filter(self.work.may_be_matched, others[:MAX_QUESTIONS]):
            why = evidence(mine, self.work.profile(other), self.weights)
            if why.outcome != APART:
                self._ask_pair(link, other, why)

    def _refresh_search(self, golden: Golden) -> None:
        links = self.work.links_of[golden.id]
        found = search_text(
            [golden.values, *(link.stated for link in links)],
            [golden.others, *(link.also for link in links)],
        )
        if found != golden.search_text:
            golden.search_text = found
            golden.dirty = True

    def _source(self, link_id: int, row: Row) -> list[Any]:
        return ["link", link_id, self.run_id, stamp(row.sent_at)]

    def _event(
        self, link: LinkWork, kind: EventKind, changes: dict[str, list[Value]], note: str
    ) -> None:
        self.work.events.append(NewEvent(link.customer_id, kind.value, link.id, changes, note))
