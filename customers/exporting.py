"""Every customer with its fields and its links, one at a time and in bounded memory."""

from collections.abc import Iterator
from typing import Any

from customers.golden import values_of
from customers.models import Customer, CustomerLink
from customers.values import ADDRESS_PARTS

CHUNK = 1000
SPREADSHEET_TRIGGERS = ("=", "+", "-", "@", "\t", "\r", "\n")


def rows() -> Iterator[dict[str, Any]]:
    """Customers by id, as the export's objects (design: Connections), without the erased."""
    last = 0
    known = Customer.objects.filter(merged_into=None, erased_at=None).order_by("pk")
    while True:
        chunk = list(known.filter(pk__gt=last)[:CHUNK])
        if not chunk:
            return
        last = chunk[-1].pk
        links: dict[int, list[CustomerLink]] = {}
        found = CustomerLink.objects.filter(customer__in=chunk).select_related("connection")
        for link in found.order_by("id").defer("raw", "owned", "base", "changed"):
            links.setdefault(link.customer_id, []).append(link)
        for customer in chunk:
            yield row(customer, links.get(customer.pk, []))


def row(customer: Customer, links: list[CustomerLink]) -> dict[str, Any]:
    return {
        "id": customer.pk,
        "kind": customer.kind,
        "name": customer.name,
        "given_name": customer.given_name,
        "family_name": customer.family_name,
        "company_name": customer.company_name,
        "state_registration": customer.state_registration,
        "email": customer.email,
        "phone": customer.phone,
        "document_type": customer.document_type,
        "document_number": customer.document_number,
        "document_country": customer.document_country,
        "birth_date": customer.birth_date.isoformat() if customer.birth_date else "",
        "gender": customer.gender,
        "address": customer.address,
        "notes": customer.notes,
        "accepts_marketing": customer.accepts_marketing,
        "accepts_whatsapp": customer.accepts_whatsapp,
        "other_emails": others(customer, links, "email", "emails"),
        "other_phones": others(customer, links, "phone", "phones"),
        "links": [
            {
                "connection": link.connection.name,
                "vendor": link.connection.vendor,
                "external_id": link.external_id,
                "state": link.state,
            }
            for link in links
        ],
        "updated_at": customer.updated_at.isoformat(),
    }


def others(customer: Customer, links: list[CustomerLink], field: str, more: str) -> list[str]:
    """The further e-mails or phones of a customer: typed by a person, or stated by a link."""
    found = dict.fromkeys(customer.others.get(more, ()))
    for link in links:
        found |= dict.fromkeys((link.stated.get(field, ""), *link.also.get(more, ())))
    golden = str(values_of(vars(customer)).get(field, "")).casefold()
    return [value for value in found if value and value.casefold() != golden]


def flat(found: dict[str, Any]) -> dict[str, str]:
    """A row for a spreadsheet: the address in columns, lists joined, and no cell that a
    spreadsheet would run as a formula (it gets a leading apostrophe)."""
    address = found.pop("address")
    links = found.pop("links")
    cells: dict[str, Any] = {**found}
    for part in ADDRESS_PARTS:
        cells[f"address_{part}"] = address.get(part, "")
    cells["links"] = " ".join(f"{one['connection']}:{one['external_id']}" for one in links)
    return {key: _cell(value) for key, value in cells.items()}


def columns() -> list[str]:
    """The headings of `flat`."""
    return list(flat(row(Customer(), [])))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = "; ".join(value) if isinstance(value, list) else str(value)
    text = text.replace("\r\n", "\n").replace("\r", "\n")  # which would end the row, unquoted
    phone = text.startswith("+") and text[1:].isdigit()
    return f"'{text}" if text.startswith(SPREADSHEET_TRIGGERS) and not phone else text
