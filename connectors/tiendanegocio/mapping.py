"""Tiendanegocio's customer object to our fields and back."""

from typing import Any

from connectors.fields import digits, external_id, flag, moment, owned, text
from connectors.records import CustomerRecord, Document, Name

_BOTH = frozenset({"name", "email", "phone", "document", "notes"})
READABLE = _BOTH | {"accepts_marketing"}
WRITABLE = _BOTH | {"company_name"}

# The keys of `address` are nowhere documented: it is shown as it came, and never pushed.
_OWNED = ("total_spent", "orders_count", "last_order_id", "last_order_date", "address")
# `password`, in the page's write examples, is a shop login: it is never sent (Create).
_SENT = ("name", "last_name", "email", "phone", "identification", "identification_type", "note")


def to_record(raw: dict[str, Any]) -> CustomerRecord:
    """Raises UnreadableRecordError."""
    return CustomerRecord(
        external_id=external_id(raw, "id"),
        name=_name(raw),
        email=text(raw, "email"),
        phone=text(raw, "phone"),
        document=_document(raw),
        notes=text(raw, "note"),
        accepts_marketing=flag(raw, "accepts_marketing"),
        created_at=moment(raw, "created_at"),
        updated_at=moment(raw, "updated_at"),
        owned=owned(raw, *_OWNED),
    )


def from_record(record: CustomerRecord, current: dict[str, Any]) -> dict[str, Any]:
    """Every field but the password: whether PUT may leave one out is not stated (Update).

    What the record does not state is taken from `current`.
    """
    body = {key: current[key] for key in _SENT if current.get(key) is not None}
    if record.name is not None:
        body["name"], body["last_name"] = record.name.parted
    if record.email is not None:
        body["email"] = record.email
    if record.phone is not None:
        body["phone"] = digits(record.phone)  # country code, no plus (Customer object)
    if record.document is not None:
        body["identification"] = record.document.number
        body["identification_type"] = record.document.type.upper()
    if record.notes is not None:
        body["note"] = record.notes
    if record.company_name is not None:
        body["company"] = record.company_name
    return body


def _name(raw: dict[str, Any]) -> Name | None:
    """`name` is the first name (Customer object)."""
    given, family = text(raw, "name"), text(raw, "last_name")
    if given is None and family is None:
        return None
    return Name(given=given or "", family=family or "")


def _document(raw: dict[str, Any]) -> Document | None:
    number, kind = text(raw, "identification"), text(raw, "identification_type") or ""
    if number is None:
        return None
    return Document(kind.lower(), number) if number else Document()
