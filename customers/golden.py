"""The golden record in memory: its values, where each came from, its columns. Pure."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from msgspec import Struct, field

from customers.phones import country_of
from customers.values import EMPTY, Value, Values, joined_name, same, to_json

EVERYTHING = "*"
BESIDE = {"email": "emails", "phone": "phones", "document": "documents"}

COLUMNS = (
    "kind",
    "name",
    "given_name",
    "family_name",
    "company_name",
    "state_registration",
    "email",
    "phone",
    "document_type",
    "document_number",
    "document_country",
    "birth_date",
    "gender",
    "address",
    "country",
    "notes",
    "accepts_marketing",
    "accepts_whatsapp",
    "others",
    "provenance",
    "pins",
    "ignored",
    "search_text",
    "version",
    "updated_at",
)


class Golden(Struct):
    """A customer being worked on. `values` holds only fields that have a value. `pins`: field
    to `[user, when, why]`; `ignored`: field to a list of `[value, user, when, why]`; None for
    none of either. `stands`: it was neither merged into another nor erased."""

    id: int
    values: Values
    provenance: dict[str, list[Any]]
    others: dict[str, list[Any]] = field(default_factory=dict)
    pins: dict[str, list[Any]] | None = None
    ignored: dict[str, list[list[Any]]] | None = None
    search_text: str = ""
    version: int = 1
    stands: bool = True
    new: bool = False
    dirty: bool = False

    def value(self, name: str) -> Value:
        return self.values.get(name, EMPTY)

    def set(self, name: str, value: Value, source: list[Any]) -> None:
        """Give a field its value (`""` takes it away), with its source
        (`[link|person, id, run, when]`)."""
        if value == EMPTY:
            self.values.pop(name, None)
        else:
            self.values[name] = value
        self.provenance[name] = source
        self.dirty = True

    def keep(self, name: str) -> None:
        """Keep an e-mail, phone or document beside the one that is about to replace it."""
        kept, value = BESIDE.get(name), self.value(name)
        if kept and value != EMPTY:
            others = self.others.setdefault(kept, [])
            if value not in others:
                others.append(value)

    def source(self, name: str) -> list[Any]:
        return self.provenance.get(name) or self.provenance.get(EVERYTHING) or ["", None, None, ""]

    def by_person(self, name: str) -> bool:
        return bool(self.source(name)[0] == "person")

    def pinned(self, name: str) -> bool:
        return self.pins is not None and name in self.pins

    def ignores(self, name: str, value: Value) -> bool:
        """Whether a person said that this is never to be the value."""
        if self.ignored is None or name not in self.ignored:
            return False
        return any(same(name, one[0], value) for one in self.ignored[name])

    def pin(self, name: str, entry: list[Any] | None) -> None:
        """Pin a field by `[user, when, why]`; None takes its pin off."""
        pins = {key: one for key, one in (self.pins or {}).items() if key != name}
        self.pins = pins | ({name: entry} if entry else {}) or None
        self.dirty = True

    def ignore(self, name: str, entry: list[Any]) -> None:
        """Ignore a value by `[value, user, when, why]`."""
        had = (self.ignored or {}).get(name, [])
        self.ignored = (self.ignored or {}) | {name: [*had, entry]}
        self.dirty = True

    def heed(self, name: str, value: Value) -> bool:
        """Ignore a value no longer; says whether it was ignored."""
        if not self.ignores(name, value):
            return False
        ignored = dict(self.ignored or {})
        rest = [one for one in ignored.pop(name) if not same(name, one[0], value)]
        self.ignored = ignored | ({name: rest} if rest else {}) or None
        self.dirty = True
        return True

    def row(self, now: Any) -> tuple[Any, ...]:
        """The values of COLUMNS; `now` as the database takes it."""
        get = self.values.get
        name = get("name") or {}
        document = get("document") or {}
        return (
            get("kind", ""),
            joined_name(name),
            name.get("given", ""),
            name.get("family", ""),
            get("company_name", ""),
            get("state_registration", ""),
            get("email", ""),
            get("phone", ""),
            document.get("type", ""),
            document.get("number", ""),
            document.get("country", ""),
            get("birth_date") or None,
            get("gender", ""),
            to_json(get("address") or {}),
            home_country(self.values),
            get("notes", ""),
            get("accepts_marketing"),
            get("accepts_whatsapp"),
            to_json(self.others),
            to_json(self.provenance),
            to_json(self.pins) if self.pins else None,
            to_json(self.ignored) if self.ignored else None,
            self.search_text,
            self.version,
            now,
        )


LOADED = (
    "id",
    "kind",
    "name",
    "given_name",
    "family_name",
    "company_name",
    "state_registration",
    "email",
    "phone",
    "document_type",
    "document_number",
    "document_country",
    "birth_date",
    "gender",
    "address",
    "notes",
    "accepts_marketing",
    "accepts_whatsapp",
    "others",
    "provenance",
    "pins",
    "ignored",
    "search_text",
    "version",
    "merged_into_id",
    "erased_at",
)


def loaded(row: tuple[Any, ...]) -> Golden:
    """From the columns LOADED, in that order."""
    found = dict(zip(LOADED, row, strict=True))
    return Golden(
        id=found["id"],
        values=values_of(found),
        provenance=found["provenance"],
        others=found["others"],
        pins=found["pins"],
        ignored=found["ignored"],
        search_text=found["search_text"],
        version=found["version"],
        stands=found["merged_into_id"] is None and found["erased_at"] is None,
    )


def values_of(columns: dict[str, Any]) -> Values:
    """A customer's columns as field values; fields without a value are left out."""
    values: Values = {name: columns[name] for name in _PLAIN if columns[name] not in ("", None)}
    given, family, name = columns["given_name"], columns["family_name"], columns["name"]
    if given or family:
        values["name"] = {k: v for k, v in (("given", given), ("family", family)) if v}
    elif name:
        values["name"] = {"full": name}
    if columns["document_number"]:
        parts = ("type", "number", "country")
        values["document"] = {
            part: columns[f"document_{part}"] for part in parts if columns[f"document_{part}"]
        }
    if columns["birth_date"]:
        values["birth_date"] = columns["birth_date"].isoformat()
    if columns["address"]:
        values["address"] = columns["address"]
    return values


_PLAIN = (
    "kind",
    "company_name",
    "state_registration",
    "email",
    "phone",
    "gender",
    "notes",
    "accepts_marketing",
    "accepts_whatsapp",
)


def home_country(values: Values) -> str:
    """The country (alpha-2) that a customer most likely lives in, `""` if nothing says."""
    for stated in ((values.get("address") or {}), (values.get("document") or {})):
        country = str(stated.get("country", ""))
        if len(country) == 2 and country.isascii() and country.isalpha():
            return country.upper()
    return country_of(values.get("phone", ""))


@lru_cache(maxsize=16)
def stamp(moment: datetime) -> str:
    """A moment as provenance and change times keep it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def parsed_stamp(text: str) -> datetime | None:
    """The moment of a stamp, None where there is none."""
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
