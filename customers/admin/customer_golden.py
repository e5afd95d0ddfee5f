"""The golden fields of a customer's page: each value, where it came from, and every other
value that is known, with its sources."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from customers.admin.words import FIELD_LABELS, ago, label, moment, parsed, shown
from customers.golden import BESIDE, EVERYTHING, values_of
from customers.models import Customer, CustomerLink
from customers.values import EMPTY, Value, Values, canonical, to_json

People = dict[int, str]


@dataclass
class OtherValue:
    """A value that is known of a field. `sent`: what a button sends to name it; `ignored`:
    who said that it never is to be the value, and why."""

    text: str
    sent: str
    golden: bool = False
    sources: list[str] = field(default_factory=list)
    ignored: str = ""


@dataclass
class GoldenRow:
    """A field of the golden record: its value, where it came from, and what else is known."""

    name: str
    label: str
    text: str
    source: str
    when: str = ""
    pinned: str = ""
    values: list[OtherValue] = field(default_factory=list)

    @property
    def further(self) -> list[OtherValue]:
        """The other e-mails, phones and documents, which are shown with the golden one."""
        return [one for one in self.values if self.name in BESIDE and not one.golden]

    @property
    def differing(self) -> int:
        return sum(not one.golden for one in self.values)


def golden_rows(customer: Customer, values: Values, links: list[CustomerLink]) -> list[GoldenRow]:
    by_id = {link.pk: link for link in links}
    people = people_of(customer)
    found = []
    for name in FIELD_LABELS:
        known = known_values(name, customer, links, people)
        if name not in values and not known and name not in (customer.pins or {}):
            continue
        where, when = source(customer, name, by_id, people)
        row = GoldenRow(name, label(name), shown(name, values.get(name, EMPTY)), "", values=known)
        if name in values:
            row.source, row.when = where, moment(when)
        row.pinned = _said(_("pinned"), (customer.pins or {}).get(name), people)
        found.append(row)
    return found


# Every value of a field


def known_values(
    name: str, customer: Customer, links: list[CustomerLink], people: People
) -> list[OtherValue]:
    """Every value that is known of a field, the golden one first; spellings count once."""
    golden = values_of(vars(customer)).get(name, EMPTY)
    found: dict[str, OtherValue] = {}
    for value, where in _known(name, golden, customer, links):
        one = found.setdefault(
            canonical(name, value), OtherValue(shown(name, value), to_json(value))
        )
        if where and where not in one.sources:
            one.sources.append(where)
    if canonical(name, golden) in found:
        found[canonical(name, golden)].golden = True
    for value, *by in (customer.ignored or {}).get(name, ()):
        same = canonical(name, value)
        one = found.setdefault(same, OtherValue(shown(name, value), to_json(value)))
        one.ignored = _said(_("ignored"), by, people)
    found.pop("", None)
    return list(found.values())


def value_sent(name: str, customer: Customer, links: list[CustomerLink], sent: str) -> Value | None:
    """The value that a button names, if it is one of those known; None otherwise."""
    known = known_values(name, customer, links, {})
    if sent not in {one.sent for one in known}:
        return None
    golden = values_of(vars(customer)).get(name, EMPTY)
    ignored = [one[0] for one in (customer.ignored or {}).get(name, ())]
    every = [*(value for value, _where in _known(name, golden, customer, links)), *ignored]
    return next(value for value in every if to_json(value) == sent)


def _known(
    name: str, golden: Value, customer: Customer, links: list[CustomerLink]
) -> Iterator[tuple[Value, str]]:
    if golden != EMPTY:
        yield golden, ""
    for link in links:
        if link.stated.get(name, EMPTY) not in (None, EMPTY):
            yield link.stated[name], _stated_by(link, name)
        for value in link.also.get(BESIDE.get(name, ""), ()):
            yield value, str(link.connection)
    for value in customer.others.get(BESIDE.get(name, ""), ()):
        yield value, _("typed by a person")


def _stated_by(link: CustomerLink, name: str) -> str:
    """The vendor, and how long ago it changed the field, where that is known."""
    when = parsed(link.changed.get(name)) or link.vendor_updated_at or link.vendor_created_at
    if when is None:
        return str(link.connection)
    return _("%(where)s, %(when)s") % {"where": link.connection, "when": ago(when)}


# Where it came from


def source(
    customer: Customer, name: str, links: dict[int, CustomerLink], people: People
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


def _said(what: str, entry: list[Any] | None, people: People) -> str:
    """`pinned by Ana, 2 days ago: she told us`."""
    if not entry:
        return ""
    user_id, stamp, why = entry
    words = _("%(what)s by %(who)s, %(when)s") % {
        "what": what,
        "who": people.get(user_id) or _("somebody"),
        "when": ago(parsed(stamp)),
    }
    return f"{words}: {why}" if why else words


def people_of(customer: Customer) -> People:
    """The names of those who typed, pinned or ignored something."""
    ids = {kept[1] for kept in customer.provenance.values() if kept[0] == "person"}
    ids |= {pin[0] for pin in (customer.pins or {}).values()}
    ids |= {one[1] for found in (customer.ignored or {}).values() for one in found}
    if not ids:
        return {}
    people = get_user_model().objects.filter(pk__in=ids)
    return {one.pk: one.get_full_name() or one.get_username() for one in people}
