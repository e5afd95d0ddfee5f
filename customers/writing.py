"""Writes what a workspace holds, in bulk: a fixed number of statements whatever its size."""

from collections.abc import Callable
from datetime import datetime
from operator import itemgetter
from typing import Any

from django.utils import timezone

from customers import bulk
from customers.golden import COLUMNS
from customers.models import (
    BlockHolder,
    Conflict,
    Customer,
    CustomerLink,
    Event,
    KeyHolder,
    MatchKey,
)
from customers.planning import plan
from customers.values import to_json
from customers.workspace import LinkWork, NewConflict, NewEvent, Workspace

_LINK_COLUMNS = (
    "customer_id",
    "state",
    "base",
    "stated",
    "also",
    "owned",
    "changed",
    "raw",
    "raw_digest",
    "digest",
    "reason",
    "sole_key_id",
    "weight",
    "evidence",
    "vendor_created_at",
    "vendor_updated_at",
    "read_at",
)
_EVENT_COLUMNS = (
    "customer_id",
    "kind",
    "at",
    "connection_id",
    "link_id",
    "run_id",
    "user_id",
    "changes",
    "note",
)
_CONFLICT_COLUMNS = (
    "kind",
    "customer_id",
    "other_id",
    "link_id",
    "field",
    "base",
    "hub",
    "vendor",
    "reason",
    "opened_at",
    "closing",
    "weight",
    "evidence",
)


class Writer:
    """Writes a workspace's changes inside the caller's transaction, who made them being a
    connection's run or a person."""

    def __init__(
        self,
        work: Workspace,
        connection_id: int | None,
        run_id: int | None,
        user_id: int | None = None,
    ) -> None:
        self.work = work
        self.connection_id = connection_id
        self.run_id = run_id
        self.user_id = user_id
        self.now = timezone.now()
        self.stamp = bulk.moment(self.now)

    def write(self, also: Callable[[], object] = lambda: None) -> None:
        """`also` writes what else belongs to it, without an answer."""
        self._retire()
        plan(self.work, self.user_id)
        with bulk.together(few=self._few()):
            self._customers()
            self._links()
            self._keys()
            self._blocks()
            self._conflicts()
            bulk.insert(Event, _EVENT_COLUMNS, [self._event(one) for one in self.work.events])
            also()
        self.work.clear()

    def _few(self) -> bool:
        """Whether one batch is cheaper than a COPY for each table."""
        work = self.work
        return len(work.events) <= bulk.FEW and len(work.held) <= 3 * bulk.FEW

    def _customers(self) -> None:
        new = [one for one in self.work.customers.values() if one.new]
        old = [one for one in self.work.customers.values() if one.dirty and not one.new]
        bulk.insert(
            Customer,
            ("id", "created_at", *COLUMNS),
            [(one.id, self.stamp, *one.row(self.stamp)) for one in new],
        )
        for one in old:
            one.version += 1
        bulk.update(Customer, COLUMNS, [(*one.row(self.stamp), one.id) for one in old])

    def _links(self) -> None:
        new, read, touched, marked = [], [], [], []
        for link in self.work.links.values():
            if link.new:
                new.append(link)
            elif link.read:
                read.append(link)
            else:
                touched += [link] * link.dirty
                marked += [link] * link.marked
        bulk.insert(
            CustomerLink,
            ("id", "connection_id", "external_id", "created_at", *_LINK_COLUMNS),
            [
                (one.id, one.connection_id, one.external_id, self.stamp, *_link_row(one))
                for one in new
            ],
        )
        bulk.update(
            CustomerLink,
            (*_LINK_COLUMNS, "reread_at"),
            [(*_link_row(one), None, one.id) for one in read],
        )
        bulk.update(
            CustomerLink,
            ("state", "raw_digest", "digest", "read_at"),
            [(one.state, one.raw_digest, one.digest, one.read_at, one.id) for one in marked],
        )
        bulk.update(
            CustomerLink,
            _LINK_COLUMNS[:3],
            [(*_link_row(one)[:3], one.id) for one in touched],
        )

    def _keys(self) -> None:
        bulk.delete(KeyHolder, ("link_id", "key_id"), self.work.dropped)
        bulk.insert(KeyHolder, ("key_id", "customer_id", "link_id", "carrier"), self.work.held)

    def _blocks(self) -> None:
        added, gone = self.work.blocks_moved()
        added.sort(key=itemgetter(0))  # as their index is: neighbours are written together
        columns = ("block", "customer_id")
        customers = self.work.customers
        bulk.delete(BlockHolder, columns, gone)
        bulk.insert(BlockHolder, columns, [row for row in added if customers[row[1]].new])
        bulk.insert_pairs(BlockHolder, columns, [row for row in added if not customers[row[1]].new])

    def _retire(self) -> None:
        """Keys that too many people carry are keys no longer, and what they alone decided
        becomes a question."""
        retiring = {key.id: key for key in self.work.keys.values() if key.retiring}
        if not retiring:
            return
        MatchKey.objects.filter(pk__in=retiring).update(retired_at=self.now)
        reason = "the key that alone linked it is carried by too many people"
        linked = CustomerLink.objects.filter(sole_key_id__in=retiring)
        owners = dict(linked.values_list("id", "customer_id"))
        for link in self.work.links.values():
            if link.new and link.sole_key_id in retiring:
                owners[link.id] = link.customer_id
        for link_id, customer_id in sorted(owners.items()):
            self.work.conflicts.append(
                NewConflict("duplicate", customer_id, None, link_id, "", None, None, None, reason)
            )
            self.work.events.append(NewEvent(customer_id, "asked", link_id, {}, reason))
        for key in retiring.values():
            key.retired, key.retiring = True, False

    def _conflicts(self) -> None:
        bulk.insert(
            Conflict, _CONFLICT_COLUMNS, [self._conflict(one) for one in self.work.conflicts]
        )
        bulk.update(
            Conflict,
            ("closed_at", "closing"),
            [(self.now, how, found) for found, how in self.work.closed],
        )
        bulk.update(
            Conflict,
            ("closed_at", "closing", "decision", "decided_by_id", "rule_id"),
            [
                (self.now, one.how, one.decision, one.user_id, one.rule_id, one.id)
                for one in self.work.decided
            ],
        )
        bulk.update(
            Conflict,
            ("hub", "vendor"),
            [(to_json(one.hub), to_json(one.vendor), one.id) for one in self.work.reasked],
        )

    def _conflict(self, one: NewConflict) -> tuple[Any, ...]:
        return (
            one.kind,
            one.customer_id,
            one.other_id,
            one.link_id,
            one.field,
            _json_or_none(one.base),
            _json_or_none(one.hub),
            _json_or_none(one.vendor),
            one.reason,
            self.now,
            "",
            one.weight,
            _json_or_none(one.evidence),
        )

    def _event(self, one: NewEvent) -> tuple[Any, ...]:
        return (
            one.customer_id,
            one.kind,
            self.stamp,
            self.connection_id,
            one.link_id,
            self.run_id,
            self.user_id,
            to_json(one.changes) if one.changes else "{}",
            one.note,
        )


def _json_or_none(value: Any) -> str | None:
    return None if value is None else to_json(value)


def _link_row(link: LinkWork) -> tuple[Any, ...]:
    """The values of _LINK_COLUMNS."""
    read_at: datetime | None = link.read_at
    return (
        link.customer_id,
        link.state,
        to_json(link.base),
        *link.texts,
        to_json(link.changed),
        link.raw,
        link.raw_digest,
        link.digest,
        link.reason,
        link.sole_key_id,
        link.weight,
        _json_or_none(link.evidence),
        link.vendor_created_at,
        link.vendor_updated_at,
        read_at,
    )
