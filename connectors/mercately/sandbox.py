"""Mercately's customer API, faked. Sections are those of the contract in README.md."""

from typing import Any
from urllib.parse import unquote

from connectors.population_names import COUNTRIES
from connectors.population_sightings import Sighting
from connectors.sandbox_http import Call, RefusalError, Reply
from connectors.sandbox_routes import Handler
from connectors.sandbox_rows import Row, iso, lowered, only_digits
from connectors.sandbox_vendor import VendorSandbox

PAGE = 100  # no parameter sets it (List)
_ID_TYPES = ("cedula", "pasaporte", "ruc", "rut", "otro")
_THEIR_TYPES = {"cedula": "cedula", "ruc": "ruc", "rut": "rut", "passport": "pasaporte"}
_ADDRESS = ("address", "city", "state", "zip_code")
_TEXTS = ("first_name", "last_name", "email", "phone", "id_type", "id_number", "notes", *_ADDRESS)
_PLATFORMS = ("whatsapp", "messenger", "instagram")


class MercatelySandbox(VendorSandbox):
    """`unauthorized_status`: 401, or 400 as older docs have it (Errors)."""

    slug = "mercately"
    base_path = "/retailers/api/v1"
    max_page_size = PAGE
    home = {"EC": 8, "CO": 5, "MX": 4, "CL": 3, "PE": 3, "AR": 1, "UY": 1, "BR": 1}
    unique = {"email": lowered, "phone": only_digits}  # a plus makes no difference (Create)
    moves_on_write = True  # the list has no order of its own (List)
    unauthorized_status = 401

    def routes(self) -> dict[str, Handler]:
        return {
            "GET /customers": self._list,
            "POST /customers": self._create,
            "GET /customers/{who}": self._one,
            "PUT /customers/{who}": self._update,
        }

    def good_credentials(self) -> dict[str, str]:
        return {"api_key": "sandbox-mercately-key"}

    def authenticate(self, call: Call) -> None:
        if call.headers.get("api-key") != self.credentials["api_key"]:
            body = {"message": "Unauthorized", "info": {"data": {}}}
            raise RefusalError(self.unauthorized_status, body)

    def trouble(self, status: int, words: str) -> Any:
        if status == 404:
            return {"message": "Resource not found", "info": {"data": {}}}  # Errors
        return {"message": words}

    def missing(self, external_id: str) -> tuple[int, Any]:
        return 404, {"message": "Customer not found"}  # Get one

    # Reading

    def _list(self, call: Call) -> Reply:
        rows, page = self._matching(call), max(1, call.number("page", 1))
        # One page too many when the count is a whole number of pages: an empty one (List).
        pages = len(rows) // PAGE + 1
        shown = self.window(call, rows, page, PAGE)
        return Reply(body={"results": len(rows), "total_pages": pages, "customers": shown})

    def _matching(self, call: Call) -> list[Row]:
        """The dates are those of creation, in UTC, both included: the sandbox's own choice."""
        rows = list(self.rows.values())
        if start := call.text("start_date"):
            rows = [row for row in rows if row["created_at"][:10] >= start]
        if end := call.text("end_date"):
            rows = [row for row in rows if row["created_at"][:10] <= end]
        for name in ("id_type", "id_number"):
            if wanted := call.text(name):
                rows = [row for row in rows if row[name] == wanted]
        if platform := call.text("platform"):
            rows = [row for row in rows if row["platform"] == platform]
        if order := call.text("order_by_last_interaction"):
            rows.sort(key=lambda row: row["last_chat_interaction"] or "", reverse=order == "desc")
        return rows

    def _one(self, call: Call) -> Reply:
        row = self._by_any(call.at["who"])
        return Reply(body={"message": "Customer found successfully", "customer": self.shown(row)})

    def _by_any(self, who: str) -> Row:
        """By id, phone or e-mail (Get one)."""
        holder = self.taken({"email": who} if "@" in who else {"phone": who})
        key = who if who in self.rows else next(iter(holder.values()), who)
        return self.found(unquote(key))

    def shown(self, row: Row) -> Row:
        return {key: value for key, value in row.items() if key != "platform"}

    # Writing

    def _create(self, call: Call) -> Reply:
        """Answers 200 with the customer (Create)."""
        row = self._changed(call, self.fresh_row(), "")
        row = self.shown(self.save(row))
        return Reply(body={"message": "Customer created successfully", "customer": row})

    def _update(self, call: Call) -> Reply:
        """What is not sent stays; the answer has no customer (Update)."""
        old = self._by_any(call.at["who"])
        self.save(self.touched(self._changed(call, old, self.key(old))))
        return Reply(body={"message": "Customer updated successfully"})

    def _changed(self, call: Call, row: Row, but: str) -> Row:
        """Flat or wrapped in `customer`: both are taken (Create)."""
        wrapped = call.fields.get("customer")
        given: Row = wrapped if isinstance(wrapped, dict) else call.fields
        nested = given.get("customer_addresses_attributes")
        first = nested[0] if isinstance(nested, list) and nested else {}
        row = row | {key: first[key] for key in _ADDRESS if key in first}
        row |= {key: given[key] for key in (*_TEXTS, "country_id") if key in given}
        row["phone"] = stored_phone(row["phone"], row["country_id"])
        row["tags"] = _tagged(row["tags"], given.get("tags"))
        row["custom_fields"] = _contents(row["custom_fields"], given.get("custom_fields"))
        if errors := self._errors(row, but):
            raise RefusalError(302, {"errors": errors})  # 302, and no redirect (Create, Errors)
        return row

    def _errors(self, row: Row, but: str) -> list[str]:
        absent = [key for key in ("first_name", "last_name") if not row[key]]
        errors = [f"{key.replace('_', ' ').capitalize()} can't be blank" for key in absent]
        if not row["email"] and not row["phone"]:
            errors.append("Email or phone can't be blank")
        if row["id_type"] not in (None, "", *_ID_TYPES):
            errors.append("Id type is not included in the list")
        taken = self.taken(row, but)
        return errors + [f"{key.capitalize()} has already been taken" for key in taken]

    # Rows

    def fresh_row(self) -> Row:
        """The page's fields and, of those that real answers have, the plain ones. An id is
        text here: the account's, five letters and a number (Customer object)."""
        number, now = self.next_number(), iso(self.now())
        letters = "".join(chr(97 + number * prime % 26) for prime in (3, 5, 7, 11, 17))
        row: Row = {"id": f"77{letters}{number}", **dict.fromkeys(_TEXTS)}
        row |= {"country_id": None, "whatsapp_opt_in": False, "whatsapp_name": None}
        row |= {"tags": [], "custom_fields": [], "last_chat_interaction": None}
        return row | {"created_at": now, "updated_at": now, "platform": None}

    def touched(self, row: Row) -> Row:
        return {**row, "updated_at": iso(self.now())}

    def from_sighting(self, sighting: Sighting) -> Row:
        person, rng = sighting.person, sighting.rng
        # Orders answer without the plus, some samples have spaces (Customer object).
        phone = stored_phone(sighting.phone, person.country)
        phone = phone.removeprefix("+") if phone and rng.random() < 0.2 else phone
        row: Row = {"first_name": sighting.given, "last_name": sighting.family}
        if sighting.company:
            row = {"first_name": sighting.company, "last_name": None}
        row |= {"email": sighting.email or None, "phone": phone or None}
        row |= {"country_id": person.country, "whatsapp_opt_in": person.wants_whatsapp}
        if sighting.document_number:
            kind = _THEIR_TYPES.get(sighting.document_type, "otro")
            row |= {"id_type": kind, "id_number": sighting.document_number}
        if home := sighting.home:
            row |= {"address": f"{home.street} {home.number}", "city": home.city}
            row |= {"state": home.state, "zip_code": home.postal_code}
        row |= {"platform": rng.choices(_PLATFORMS, (8, 1, 1))[0]}
        row |= {"last_chat_interaction": iso(sighting.last_seen)}
        row |= {"whatsapp_name": sighting.given or None} if rng.random() < 0.5 else {}
        row |= {"tags": [{"tag": "VIP", "web_id": "77abcde9"}]} if rng.random() < 0.1 else {}
        if rng.random() < 0.2:
            # The key really ends in a colon (Customer object).
            points = str(rng.randrange(500))
            row["custom_fields"] = [{"field_name": "puntos", "field_content:": points}]
        return row | {"created_at": iso(sighting.first_seen), "updated_at": iso(sighting.last_seen)}


def stored_phone(phone: Any, country: Any) -> Any:
    """With the code of the customer's country in front, and Mexico's 1 after +52 (Create)."""
    if not isinstance(phone, str) or not phone:
        return phone
    known = COUNTRIES.get(country) if isinstance(country, str) else None
    if known and not phone.startswith("+") and len(only_digits(phone)) > 6:
        digits = only_digits(phone)
        whole = digits.startswith(known.calling) and len(digits) > 10
        phone = f"+{digits}" if whole else f"+{known.calling}{digits.lstrip('0')}"
    mexican = phone.startswith("+52") and not phone.startswith("+521")
    return f"+521{phone[3:]}" if mexican else phone


def _tagged(tags: list[Row], changes: Any) -> list[Row]:
    """`{"name", "value"}`: true adds, false takes away (Create)."""
    kept = {tag["tag"]: tag for tag in tags}
    for change in changes if isinstance(changes, list) else []:
        name = str(change.get("name"))
        if change.get("value"):
            kept.setdefault(name, {"tag": name, "web_id": f"77tag{len(kept)}"})
        else:
            kept.pop(name, None)
    return list(kept.values())


def _contents(fields: list[Row], changes: Any) -> list[Row]:
    """Written as `field_content`, read as `field_content:` (Customer object, Create)."""
    kept = {field["field_name"]: field for field in fields}
    for change in changes if isinstance(changes, list) else []:
        name, content = change.get("field_name"), change.get("field_content")
        kept[name] = {"field_name": name, "field_content:": content}
    return list(kept.values())
