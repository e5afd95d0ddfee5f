"""What a customer's page shows, gathered with a fixed number of queries."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from customers.admin import masking, reader
from customers.admin.customer_timeline import FIRST, Filter, choices, timeline
from customers.admin.engine_words import say
from customers.admin.words import FIELD_LABELS, ago, label, moment, number, parsed, shown
from customers.exporting import others
from customers.golden import EVERYTHING, values_of
from customers.models import Conflict, Customer, CustomerLink, LinkState
from customers.values import EMPTY, Value, Values, canonical, same

STATE_COLOURS = {
    LinkState.ACTIVE: "success",
    LinkState.QUARANTINED: "warning",
    LinkState.GONE: "danger",
    LinkState.ANONYMIZED: "info",
    LinkState.ARCHIVED: "",
}
MOST_LINKS = 50


@dataclass
class GoldenRow:
    """A field of the golden record: its value and where it came from."""

    label: str
    text: str
    source: str
    when: str = ""
    further: list[str] = field(default_factory=list)


@dataclass
class LinkRow:
    """A field of a link: the vendor's value beside ours."""

    label: str
    theirs: str
    ours: str
    differs: bool
    reason: str = ""


@dataclass
class LinkCard:
    link: CustomerLink
    vendor: str
    state: str
    colour: str
    reason: str
    read: str
    rows: list[LinkRow]
    further: list[tuple[str, str]]
    figures: list[tuple[str, str]]
    raw: str


def customer_page(customer: Customer) -> dict[str, Any]:
    links = list(
        CustomerLink.objects.filter(customer=customer)
        .select_related("connection")
        .order_by("id")[:MOST_LINKS]
    )
    values = values_of(vars(customer))
    lines, older = timeline(customer.pk, most=FIRST)
    return {
        "customer": customer,
        "rows": golden_rows(customer, values, links),
        "cards": [link_card(link, values) for link in links],
        "questions": questions(customer),
        "lines": lines,
        "older": older,
        "narrow": choices(customer.pk, Filter()),
    }


# Golden


def golden_rows(customer: Customer, values: Values, links: list[CustomerLink]) -> list[GoldenRow]:
    by_id = {link.pk: link for link in links}
    names = _typists(customer)
    found = []
    for name in FIELD_LABELS:
        further = [shown(name, one) for one in _others(name, customer, links)]
        if name not in values and not further:
            continue
        where, when = source(customer, name, by_id, names)
        row = GoldenRow(label(name), shown(name, values.get(name, EMPTY)), "", further=further)
        if name in values:
            row.source, row.when = where, moment(when)
        found.append(row)
    return found


def _others(name: str, customer: Customer, links: list[CustomerLink]) -> list[Value]:
    """Every other e-mail, phone or document that is known of the customer."""
    if name == "document":
        return _other_documents(customer, links)
    plural = {"email": "emails", "phone": "phones"}.get(name)
    return list(others(customer, links, name, plural)) if plural else []


def _other_documents(customer: Customer, links: list[CustomerLink]) -> list[Value]:
    golden = values_of(vars(customer)).get("document", EMPTY)
    found: dict[str, Value] = {}
    for one in customer.others.get("documents", ()):
        found[canonical("document", one)] = one
    for link in links:
        for one in (link.stated.get("document"), *link.also.get("documents", ())):
            if one:
                found.setdefault(canonical("document", one), one)
    found.pop(canonical("document", golden), None)
    return list(found.values())


def source(
    customer: Customer, name: str, links: dict[int, CustomerLink], people: dict[int, str]
) -> tuple[str, datetime | None]:
    """Where a golden value came from, in words, and when."""
    kept = customer.provenance.get(name) or customer.provenance.get(EVERYTHING)
    if not kept:
        return "", None
    kind, key, _run, stamp = kept
    when = parsed(stamp)
    if kind == "person":
        who = people.get(key) or _("somebody")
        return _("typed by %(who)s, %(when)s") % {"who": who, "when": ago(when)}, when
    link = links.get(key)
    where = str(link.connection) if link else _("a vendor that is no longer linked")
    return _("from %(where)s, %(when)s") % {"where": where, "when": ago(when)}, when


def _typists(customer: Customer) -> dict[int, str]:
    ids = {kept[1] for kept in customer.provenance.values() if kept[0] == "person"}
    if not ids:
        return {}
    people = get_user_model().objects.filter(pk__in=ids)
    return {one.pk: one.get_full_name() or one.get_username() for one in people}


# Links


def link_card(link: CustomerLink, values: Values) -> LinkCard:
    return LinkCard(
        link=link,
        vendor=vendor_label(link),
        state=str(LinkState(link.state).label),
        colour=STATE_COLOURS[LinkState(link.state)],
        reason=say(link.reason),
        read=ago(link.read_at),
        rows=[row for row in link_rows(link, values) if row.theirs or row.ours],
        further=list(_further(link)),
        figures=[(_spaced(key), figure(value)) for key, value in sorted(link.owned.items())],
        raw=pretty(link.raw, documents_of(link)),
    )


def vendor_label(link: CustomerLink) -> str:
    return str(link.connection.get_vendor_display())


def link_rows(link: CustomerLink, values: Values) -> list[LinkRow]:
    return [link_row(link, name, values) for name in FIELD_LABELS if name in link.stated]


def link_row(link: CustomerLink, name: str, values: Values) -> LinkRow:
    theirs, ours = link.stated[name], values.get(name, EMPTY)
    pair = link.base.get(name, [])
    differs = not same(name, theirs, ours)
    reason = say(pair[2]) if differs and len(pair) > 2 else ""
    return LinkRow(label(name), shown(name, theirs), shown(name, ours), differs, reason)


def _further(link: CustomerLink) -> Iterable[tuple[str, str]]:
    """What the vendor keeps beside the fields: other contacts, its own spelling, flags."""
    also = link.also
    for name, plural in (("email", "emails"), ("phone", "phones"), ("document", "documents")):
        for value in also.get(plural, ()):
            yield _("Also: %(field)s") % {"field": label(name)}, shown(name, value)
    if also.get("phone_as_written"):
        yield _("Phone as written there"), str(also["phone_as_written"])
    if also.get("flags", {}).get("document") == "invalid":
        yield label("document"), _("the number is not a valid one, so nobody is matched by it")


def figure(value: Any) -> str:
    """A figure that belongs to the vendor, as one line."""
    if isinstance(value, bool):
        return shown("", value)
    if isinstance(value, int | float):
        return number(value)
    if isinstance(value, str):
        return stamped(value)
    if isinstance(value, list):
        return ", ".join(figure(one) for one in value)
    if isinstance(value, dict):
        named = value.get("name") or value.get("label")
        if named:
            return str(named)
        if "date" in value:
            return stamped(str(value["date"]))
        return ", ".join(f"{_spaced(key)}: {figure(one)}" for key, one in value.items())
    return "" if value is None else str(value)


def stamped(text: str) -> str:
    """A vendor's moment in the reader's format; any other text as it is."""
    if not re.match(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", text):
        return text
    try:
        return date_format(datetime.fromisoformat(text), "SHORT_DATETIME_FORMAT")
    except ValueError:
        return text


def _spaced(key: str) -> str:
    return key.replace("_", " ").strip().capitalize()


def documents_of(link: CustomerLink) -> list[str]:
    """The numbers of the documents that a vendor states."""
    stated = [link.stated.get("document"), *link.also.get("documents", ())]
    return [str(one["number"]) for one in stated if one and one.get("number")]


def pretty(raw: str, documents: Iterable[str] = ()) -> str:
    """A vendor's answer, indented; as it is when it is no JSON. Without the numbers of
    documents (`documents` among them) unless the reader may see them."""
    if not reader.sees_documents():
        raw = masking.answer(raw, documents)
    try:
        return json.dumps(json.loads(raw), indent=2, ensure_ascii=False)
    except ValueError:
        return raw


# Questions


def questions(customer: Customer) -> list[dict[str, Any]]:
    """The open questions about a customer, newest first."""
    found = (
        Conflict.objects.filter(Q(customer=customer) | Q(other=customer), closed_at__isnull=True)
        .select_related("customer", "other", "link__connection")
        .order_by("-id")[:20]
    )
    return [question(one, customer.pk) for one in found]


def question(conflict: Conflict, here: int | None = None) -> dict[str, Any]:
    """A question in words. `here`: the customer on whose page it is shown."""
    others_ = [one for one in (conflict.customer, conflict.other) if one and one.pk != here]
    return {
        "kind": conflict.get_kind_display(),
        "field": label(conflict.field) if conflict.field else "",
        "ours": shown(conflict.field, conflict.hub),
        "theirs": shown(conflict.field, conflict.vendor),
        "reason": say(conflict.reason),
        "when": ago(conflict.opened_at),
        "where": str(conflict.link.connection) if conflict.link else "",
        "others": others_,
    }
