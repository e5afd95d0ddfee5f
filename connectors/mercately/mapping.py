"""Mercately's customer object to our fields and back."""

from typing import Any

from connectors.errors import UnreadableRecordError
from connectors.fields import external_id, flag, moment, owned, text
from connectors.records import Address, CustomerRecord, Document, Name

WRITABLE = frozenset({"name", "email", "phone", "document", "address", "notes"})
READABLE = WRITABLE | {"accepts_whatsapp"}

# Columns of the conversation and of the agent's desk: they move without the customer changing.
VOLATILE = frozenset(
    {"last_chat_interaction", "agent", "inbox_chats", "sent_at", "delivered_at", "read_at"}
)

# `otro` says that there is a document, not of which type.
_TYPES = {"cedula": "cedula", "pasaporte": "passport", "ruc": "ruc", "rut": "rut", "otro": ""}
_THEIRS = {ours: theirs for theirs, ours in _TYPES.items()}
DOCUMENT_TYPES = frozenset(_THEIRS)

_ADDRESS = {"street": "address", "city": "city", "state": "state", "postal_code": "zip_code"}
_OWNED = ("country_id", "whatsapp_name", "campaign_id", "meli_customer_id", "meli_nickname")


def to_record(raw: dict[str, Any]) -> CustomerRecord:
    """Raises UnreadableRecordError."""
    return CustomerRecord(
        external_id=external_id(raw, "id"),
        name=_name(raw),
        email=text(raw, "email"),
        phone=text(raw, "phone"),
        document=_document(raw),
        address=_address(raw),
        notes=text(raw, "notes"),
        accepts_whatsapp=flag(raw, "whatsapp_opt_in"),
        # The page says created_at, real answers creation_date (Customer object).
        created_at=moment(raw, "created_at") or moment(raw, "creation_date"),
        updated_at=moment(raw, "updated_at"),
        owned=owned(raw, *_OWNED) | _tags(raw) | _custom_fields(raw),
    )


def from_record(
    record: CustomerRecord, current: dict[str, Any] | None, *, nested_address: bool
) -> dict[str, Any]:
    """The stated fields; what is left out stays as it is (Update: partial works)."""
    body: dict[str, Any] = {}
    if record.name is not None:
        body["first_name"], body["last_name"] = record.name.parted
    for key in ("email", "phone", "notes"):
        value = getattr(record, key)
        if value is not None:
            body[key] = value
    if record.document is not None and record.document.type in _THEIRS:
        known = bool(record.document.number)
        body["id_type"] = _THEIRS[record.document.type] if known else None
        body["id_number"] = record.document.number
    if record.address is not None:
        flat = _flat_address(record.address)
        nested = {"customer_addresses_attributes": [_address_id(current or {}) | flat]}
        body |= nested if nested_address else flat
    return body


def _name(raw: dict[str, Any]) -> Name | None:
    given, family = text(raw, "first_name"), text(raw, "last_name")
    if given is None and family is None:
        return None
    return Name(given=given or "", family=family or "")


def _document(raw: dict[str, Any]) -> Document | None:
    number, kind = text(raw, "id_number"), text(raw, "id_type") or ""
    if number is None:
        return None
    return Document(_TYPES.get(kind.lower(), kind.lower()), number) if number else Document()


def _addresses(raw: dict[str, Any]) -> list[dict[str, Any]]:
    """Newer answers hold a list, under the name for reading or the one for writing."""
    found = raw.get("customer_addresses") or raw.get("customer_addresses_attributes") or []
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise UnreadableRecordError("customer_addresses should be a list of objects")
    return found


def _address(raw: dict[str, Any]) -> Address | None:
    """The flat one of the page; else the last of the list, which is the newest."""
    rows = _addresses(raw)
    for source in (raw, *reversed(rows)):
        found = {ours: text(source, theirs) or "" for ours, theirs in _ADDRESS.items()}
        if any(found.values()):
            return Address(**found, country=text(raw, "country_id") or "")
    said = {*_ADDRESS.values(), "customer_addresses", "customer_addresses_attributes"}
    return Address() if said & set(raw) else None


def _flat_address(address: Address) -> dict[str, str]:
    """Street, number, complement and neighbourhood are one line here."""
    line = f"{address.street} {address.number}".strip()
    street = ", ".join(filter(None, (line, address.complement, address.neighbourhood)))
    return {
        "address": street,
        "city": address.city,
        "state": address.state,
        "zip_code": address.postal_code,
    }


def _address_id(current: dict[str, Any]) -> dict[str, Any]:
    """Without its id a nested address may be added to the list instead of changed (Update)."""
    rows = _addresses(current)
    return {"id": rows[-1]["id"]} if rows and rows[-1].get("id") is not None else {}


def _tags(raw: dict[str, Any]) -> dict[str, Any]:
    names = [row.get("tag") for row in _objects(raw.get("tags"))]
    return owned({"tags": [name for name in names if name]}, "tags")


def _custom_fields(raw: dict[str, Any]) -> dict[str, Any]:
    """The key of a content really ends in a colon (Customer object, custom_fields)."""
    found = {
        str(row["field_name"]): row.get("field_content:", row.get("field_content"))
        for row in _objects(raw.get("custom_fields"))
        if row.get("field_name")
    }
    return owned({"custom_fields": found}, "custom_fields")


def _objects(value: Any) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
