"""Looking somebody up while they wait: the first customers that fit, and why each one does."""

from collections.abc import Iterator
from typing import NamedTuple

from django.db.models import Prefetch, QuerySet

from customers.golden import values_of
from customers.models import Connection, Customer, CustomerLink
from customers.normalise import search_text
from customers.search import LONGEST, Wanted, holds, matching, wanted
from customers.values import Value

MOST = 8
# Ids asked for: as many as the list shows. PostgreSQL, asked for a handful, would rather walk a
# million newest customers than ask its index for the few that fit.
AS_MANY = 51
LINKS = 20  # of a customer, looked at for the reason
BESIDE = {"emails": "email", "phones": "phone", "documents": "document"}
LARGEST_ID = 2**63 - 1


class Why(NamedTuple):
    """A value that fits, and whose: a link's, or (None) the customer's own. The field of a
    record's number at its vendor is `id`."""

    field: str
    value: Value
    link: CustomerLink | None


class Found(NamedTuple):
    customer: Customer
    why: list[Why]


def find(text: str) -> tuple[list[Found], bool]:
    """The newest customers that fit a query, those of that very number first, and whether
    there are more. In six queries at most, whatever is found."""
    text = text.replace("\x00", "").strip()[:LONGEST]
    if not text:
        return [], False
    ids = _own_number(text)
    if ids is None:
        searched = matching(_standing(), text).order_by("-id").values_list("pk", flat=True)
        ids = list(dict.fromkeys([*_by_vendors_number(text), *searched[:AS_MANY]]))
    links = CustomerLink.objects.only(
        "customer_id", "connection_id", "external_id", "state", "stated", "also"
    ).order_by("id")
    rows = _standing().prefetch_related(Prefetch("links", links), "links__connection")
    customers = {one.pk: one for one in rows.filter(pk__within=ids)}
    asked = wanted(text)
    shown = [customers[one] for one in ids if one in customers][:MOST]
    return [Found(one, _why(one, text, asked)) for one in shown], len(ids) > MOST


def _standing() -> QuerySet[Customer]:
    return Customer.objects.filter(merged_into__isnull=True, erased_at__isnull=True)


def _own_number(text: str) -> list[int] | None:
    """The customer that a query names by its number (`#12`), None when it names none."""
    if not (text.startswith("#") and text[1:].isdecimal()):
        return None
    number = int(text[1:])
    return [number] if number <= LARGEST_ID else []


def _by_vendors_number(text: str) -> list[int]:
    connections = list(Connection.objects.values_list("pk", flat=True))
    found = CustomerLink.objects.filter(connection__within=connections, external_id=text)
    return list(found.order_by("-customer").values_list("customer", flat=True)[:MOST])


def _why(customer: Customer, text: str, asked: Wanted) -> list[Why]:
    """The first value for each word, a golden one before a vendor's."""
    links = list(customer.links.all())[:LINKS]
    found = [Why("id", one.external_id, one) for one in links if one.external_id == text]
    sayings = list(_said(customer, links))
    for terms in asked:
        first = next((why for why, line in sayings if _fits(line, terms)), None)
        if first is not None and first not in found:
            found.append(first)
    return found


def _fits(line: str, terms: tuple[str, ...]) -> bool:
    return any(holds(line, term) for term in terms)


def _said(customer: Customer, links: list[CustomerLink]) -> Iterator[tuple[Why, str]]:
    """Every value that the search reads, golden ones first, with its normalised text."""
    golden = values_of(vars(customer))
    for field, value in sorted(golden.items(), key=lambda pair: pair[0] != "name"):
        yield Why(field, value, None), search_text([{field: value}], [])
    yield from _beside(customer.others, None)
    for link in links:
        for field, value in link.stated.items():
            if value:
                yield Why(field, value, link), search_text([{field: value}], [])
        yield from _beside(link.also, link)


def _beside(more: dict[str, Value], link: CustomerLink | None) -> Iterator[tuple[Why, str]]:
    for kind, field in BESIDE.items():
        for value in more.get(kind, ()):
            yield Why(field, value, link), search_text([], [{kind: [value]}])
    written = more.get("phone_as_written")
    if written:
        yield Why("phone", written, link), search_text([], [{"phone_as_written": written}])
