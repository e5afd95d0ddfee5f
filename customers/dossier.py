"""Everything that the hub keeps about a person, as one object: what the law lets them ask for."""

import json
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Model, Q
from django.utils import timezone

from customers import exporting
from customers.golden import EVERYTHING, values_of
from customers.models import (
    Conflict,
    Connection,
    Customer,
    CustomerLink,
    Event,
    KeyHolder,
    Merge,
    SetAside,
    Write,
)
from customers.persons import whole


class _Names:
    """Who and where, by their names."""

    def __init__(self) -> None:
        self.connections = dict(Connection.objects.values_list("pk", "name"))
        people = get_user_model().objects.values_list("pk", "username")
        self.people: dict[int | None, str] = dict(people)
        self.links: dict[int, str] = {}

    def source(self, kept: list[Any]) -> dict[str, Any]:
        """Where a golden value came from."""
        kind, key, run, when = kept
        if kind == "person":
            return {"person": self.people.get(key, ""), "when": when}
        return {"link": self.links.get(key, ""), "run": run, "when": when}


def dossier(customer_id: int) -> dict[str, Any]:
    """The person whom a customer stands for, with all that was merged into it, in JSON's own
    types. Raises Customer.DoesNotExist."""
    ids = whole(customer_id)
    names = _Names()
    links = list(
        CustomerLink.objects.filter(customer__in=ids).select_related("connection").order_by("pk")
    )
    names.links = {link.pk: f"{link.connection.name} {link.external_id}" for link in links}
    customers = Customer.objects.in_bulk(ids)
    return {
        "made_at": _moment(timezone.now()),
        "customers": [_customer(customers[one], names, links) for one in ids],
        "links": [_link(link) for link in links],
        "set_aside": _set_aside(links),
        "match_keys": _keys(ids),
        "timeline": _events(ids, names),
        "questions": _questions(ids, names),
        "writes": _writes(ids, names),
        "merges": _merges(ids, names),
    }


def _customer(customer: Customer, names: _Names, links: list[CustomerLink]) -> dict[str, Any]:
    mine = [link for link in links if link.customer_id == customer.pk]
    kept = customer.provenance
    return {
        **exporting.row(customer, mine),
        "others": customer.others,
        "provenance": {
            name: names.source(kept.get(name) or kept[EVERYTHING])
            for name in values_of(vars(customer))
            if name in kept or EVERYTHING in kept
        },
        "pins": _by_people(customer.pins, names),
        "ignored": customer.ignored or {},
        "merged_into": customer.merged_into_id,
        "erased_at": _moment(customer.erased_at),
        "created_at": _moment(customer.created_at),
    }


def _by_people(pins: dict[str, list[Any]] | None, names: _Names) -> dict[str, Any]:
    return {
        field: {"person": names.people.get(who, ""), "when": when, "why": why}
        for field, (who, when, why) in (pins or {}).items()
    }


def _link(link: CustomerLink) -> dict[str, Any]:
    return {
        "connection": link.connection.name,
        "vendor": link.connection.vendor,
        "external_id": link.external_id,
        **_columns(link, ("state", "reason", "stated", "also", "owned", "base", "changed")),
        "evidence": link.evidence,
        "raw": _raw(link.raw),
        **_columns(link, ("vendor_created_at", "vendor_updated_at", "read_at", "created_at")),
    }


def _raw(text: str) -> Any:
    """The vendor's answer as an object; as it is where it is no JSON."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _set_aside(links: list[CustomerLink]) -> list[dict[str, Any]]:
    mine = Q(pk__in=())
    for link in links:
        mine |= Q(connection=link.connection_id, external_id=link.external_id)
    found = SetAside.objects.filter(mine).select_related("connection").order_by("pk")
    return [
        {"connection": one.connection.name, **_columns(one, ("external_id", "reason", "last_at"))}
        | {"text": _raw(one.text)}
        for one in found
    ]


def _keys(ids: list[int]) -> list[dict[str, str]]:
    held = KeyHolder.objects.filter(customer__in=ids).order_by("key__kind", "key__value")
    rows = held.values_list("key__kind", "key__value").distinct()
    return [{"kind": kind, "value": value} for kind, value in rows]


def _events(ids: list[int], names: _Names) -> list[dict[str, Any]]:
    return [
        {
            **_columns(one, ("kind", "at", "changes", "note")),
            "customer": one.customer_id,
            "connection": names.connections.get(one.connection_id or 0, ""),
            "link": names.links.get(one.link_id or 0, ""),
            "person": names.people.get(one.user_id, ""),
            "run": one.run_id,
        }
        for one in Event.objects.filter(customer__in=ids).order_by("pk").iterator(chunk_size=1000)
    ]


def _questions(ids: list[int], names: _Names) -> list[dict[str, Any]]:
    """Of a question about two people, only that there was one, and the other's number."""
    found = Conflict.objects.filter(Q(customer__in=ids) | Q(other__in=ids)).order_by("pk")
    return [
        {
            **_columns(one, ("kind", "field", "hub", "vendor", "base", "reason", "decision")),
            **_columns(one, ("opened_at", "closed_at", "closing")),
            "customer": one.customer_id,
            "other": one.other_id,
            "link": names.links.get(one.link_id or 0, ""),
            "decided_by": names.people.get(one.decided_by_id, ""),
        }
        for one in found
    ]


def _writes(ids: list[int], names: _Names) -> list[dict[str, Any]]:
    found = Write.objects.filter(customer__in=ids).order_by("pk")
    return [
        {
            **_columns(one, ("kind", "state", "fields", "method", "path", "external_id")),
            **_columns(one, ("message", "field_messages", "planned_at", "sent_at", "settled_at")),
            "body": _raw(one.body),
            "before": _raw(one.before),
            "connection": names.connections.get(one.connection_id, ""),
            "person": names.people.get(one.user_id, ""),
        }
        for one in found
    ]


def _merges(ids: list[int], names: _Names) -> list[dict[str, Any]]:
    """Those that stand; what one that was undone says may be somebody else's."""
    found = Merge.objects.filter(survivor__in=ids, merged__in=ids).order_by("pk")
    return [
        {
            "survivor": one.survivor_id,
            "merged": one.merged_id,
            **_columns(one, ("at", "reason", "changes", "undone_at")),
            "person": names.people.get(one.user_id, ""),
        }
        for one in found
    ]


def _columns(row: Model, names: tuple[str, ...]) -> dict[str, Any]:
    found = {name: getattr(row, name) for name in names}
    return {
        name: _moment(value) if isinstance(value, datetime) else value
        for name, value in found.items()
    }


def _moment(value: datetime | None) -> str:
    return "" if value is None else value.isoformat()
