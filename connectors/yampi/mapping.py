"""Yampi's customer object to our fields and back."""

from typing import Any

from connectors.errors import UnreadableRecordError
from connectors.fields import day, digits, external_id, flag, moment, owned, text
from connectors.records import FIELDS, Address, CustomerRecord, Document, Name

WRITABLE = frozenset(FIELDS) - {"kind", "gender", "address"}

_PLAIN = {
    "company_name": "razao_social",
    "state_registration": "state_registration",
    "email": "email",
    "birth_date": "birthday",
    "notes": "notes",
    "accepts_marketing": "newsletter",
    "accepts_whatsapp": "whatsapp",
}
_KEPT = (*_PLAIN.values(), "first_name", "last_name", "cpf", "cnpj", "phone")


def to_record(raw: dict[str, Any]) -> CustomerRecord:
    """Raises UnreadableRecordError."""
    documents = _documents(raw)
    said = "cpf" in raw or "cnpj" in raw
    return CustomerRecord(
        external_id=external_id(raw, "id"),
        kind=_KINDS[documents[0].type] if documents else None,
        name=_name(raw),
        company_name=text(raw, "razao_social"),
        state_registration=text(raw, "state_registration"),
        email=text(raw, "email"),
        phone=_phone(raw),
        document=(documents[0] if documents else Document()) if said else None,
        other_documents=tuple(documents[1:]),
        birth_date=day(raw, "birthday"),
        address=_address(raw),
        notes=text(raw, "notes"),
        accepts_marketing=flag(raw, "newsletter"),
        accepts_whatsapp=flag(raw, "whatsapp"),
        created_at=moment(raw, "created_at"),
        updated_at=moment(raw, "updated_at"),
        owned=owned(raw, "active", "type", "cluster_id", "utm_source", "utm_campaign", "stats")
        | owned(_data(raw.get("spreadsheet")), "last_order_value", "last_order_date"),
        anonymized=flag(raw, "anonymized") is True,
    )


def from_record(record: CustomerRecord, current: dict[str, Any]) -> dict[str, Any]:
    """The read object's own field names: no page shows a request body (section 2).

    What the record does not state is taken from `current`, in case PUT replaces.
    """
    body = {key: current[key] for key in _KEPT if current.get(key) is not None}
    for ours, theirs in _PLAIN.items():
        value = getattr(record, ours)
        if value is not None:
            body[theirs] = value
    if record.name is not None:
        body["first_name"], body["last_name"] = record.name.parted
    if record.phone is not None:
        body["phone"] = {"full_number": _local(record.phone)}
    if record.document is not None:
        body |= {"cpf": "", "cnpj": ""} if not record.document.number else {}
        for document in (record.document, *record.other_documents):
            if document.type in _KINDS:
                body[document.type] = document.number
    return body


_KINDS: dict[str, Any] = {"cnpj": "company", "cpf": "person"}


def _documents(raw: dict[str, Any]) -> list[Document]:
    found = [(kind, text(raw, kind)) for kind in _KINDS]
    return [Document(kind, number, "BR") for kind, number in found if number]


def _name(raw: dict[str, Any]) -> Name | None:
    given, family = text(raw, "first_name"), text(raw, "last_name")
    if given or family:
        return Name(given=given or "", family=family or "")
    whole = text(raw, "name") or text(raw, "generic_name")
    if whole:
        return Name(full=whole)
    said = any(key in raw for key in ("name", "first_name", "last_name"))
    return Name() if said else None


def _phone(raw: dict[str, Any]) -> str | None:
    """An object {area_code, full_number, number, formated_number} without country code."""
    value = raw.get("phone")
    if not isinstance(value, dict):
        return text(raw, "phone")
    full = text(value, "full_number")
    if full:
        return full
    return (text(value, "area_code") or "") + (text(value, "number") or "")


def _local(phone: str) -> str:
    number = digits(phone)
    return number[2:] if phone.startswith("+55") else number


def _data(value: Any) -> dict[str, Any]:
    """A nested include: `{"data": ...}`, an object or a list of one (section 2.2)."""
    inner = value.get("data", value) if isinstance(value, dict) else value
    if isinstance(inner, list):
        inner = inner[0] if inner else {}
    return inner if isinstance(inner, dict) else {}


def _address(raw: dict[str, Any]) -> Address | None:
    """The address that was changed last; `None` when the answer did not include them."""
    if "addresses" not in raw:
        return None
    value = raw["addresses"]
    inner = value.get("data", value) if isinstance(value, dict) else value
    rows = [inner] if isinstance(inner, dict) and inner else inner
    if not rows:
        return Address()
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise UnreadableRecordError("addresses should be a list of objects")
    newest = max(rows, key=_changed) if len(rows) > 1 else rows[0]
    return Address(
        street=text(newest, "street") or "",
        number=text(newest, "number") or "",
        complement=text(newest, "complement") or "",
        neighbourhood=text(newest, "neighborhood") or "",
        city=text(newest, "city") or "",
        state=text(newest, "uf") or "",
        postal_code=text(newest, "zip_code") or "",
        country="BR",
    )


def _changed(row: dict[str, Any]) -> tuple[str, str]:
    changed = moment(row, "updated_at")
    return (changed.isoformat() if changed else "", str(row.get("id", "")).zfill(20))
