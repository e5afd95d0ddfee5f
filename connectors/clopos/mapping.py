"""Clopos's customer object to our fields and back. Sections: README.md."""

from typing import Any

from connectors.errors import UnreadableRecordError
from connectors.fields import count, day, digits, external_id, moment, owned, text
from connectors.records import Address, CustomerRecord, Gender, Name

WRITABLE = frozenset({"name", "email", "phone", "notes", "gender", "birth_date"})
READABLE = WRITABLE | {"address"}

_GENDERS: dict[int, Gender] = {1: "male", 2: "female"}
_CODES = {ours: theirs for theirs, ours in _GENDERS.items()}
_OWNED = (
    "cid",
    "code",
    "venue_id",
    "group_id",
    "discount",
    "spent",
    "total_discount",
    "total_bonus",
    "receipt_count",
    "source",
    "reference_id",
    "status",
    "can_use_loyalty_system",
    "is_verified",
)


def to_record(raw: dict[str, Any]) -> CustomerRecord:
    """Raises UnreadableRecordError."""
    name = text(raw, "name")
    phone, others = _phones(raw)
    return CustomerRecord(
        external_id=external_id(raw, "id"),
        name=None if name is None else Name(full=name),
        email=text(raw, "email"),
        phone=phone,
        other_phones=others,
        birth_date=day(raw, "date_of_birth"),
        gender=_gender(raw),
        address=_address(raw),
        notes=text(raw, "description"),
        created_at=moment(raw, "created_at"),
        updated_at=moment(raw, "updated_at"),
        owned=owned(raw, *_OWNED) | _group(raw),
    )


def from_record(record: CustomerRecord) -> dict[str, Any]:
    """The stated fields of the create's table (3.1); phones and addresses are not in it."""
    body: dict[str, Any] = {}
    if record.name is not None:
        body["name"] = record.name.joined
    for ours, theirs in (("email", "email"), ("phone", "phone"), ("notes", "description")):
        value = getattr(record, ours)
        if value is not None:
            body[theirs] = value or None
    if record.gender is not None:
        body["gender"] = _CODES.get(record.gender)
    if record.birth_date is not None:
        body["date_of_birth"] = record.birth_date or None
    return body


def _phones(raw: dict[str, Any]) -> tuple[str | None, tuple[str, ...]]:
    """`phones` may repeat `phone`, and may be all there is."""
    listed = raw.get("phones") or []
    if not isinstance(listed, list):
        raise UnreadableRecordError("phones should be a list")
    known: dict[str, str] = {}
    for item in listed:
        phone = text({"phone": item}, "phone") if isinstance(item, str | int) else ""
        if phone:
            known.setdefault(digits(phone), phone)
    main = text(raw, "phone")
    if not main and known:
        main = next(iter(known.values()))
    known.pop(digits(main or ""), None)
    return main, tuple(known.values())


def _gender(raw: dict[str, Any]) -> Gender | None:
    if "gender" not in raw:
        return None
    if raw["gender"] is None:
        return ""
    return _GENDERS.get(count(raw["gender"]) or 0)


def _address(raw: dict[str, Any]) -> Address | None:
    """One line, `address`, or the first of `address_data` (a list or null)."""
    street = text(raw, "address")
    rows = raw.get("address_data")
    if not street and isinstance(rows, list):
        objects = [row for row in rows if isinstance(row, dict)]
        lines = [text(row, "formattedAddress") for row in objects]
        street = next((line for line in lines if line), street)
    if street is None and "address_data" not in raw:
        return None
    return Address(street=street or "")


def _group(raw: dict[str, Any]) -> dict[str, Any]:
    """The group's id and name: its discount and dates are not the customer's."""
    group = raw.get("group")
    kept = owned(group, "id", "name") if isinstance(group, dict) else {}
    return {"group": kept} if kept else {}
