"""Tiendanegocio's customer API, faked. Sections are those of the contract in README.md."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from connectors.population_sightings import Sighting
from connectors.sandbox_http import Call, RefusalError, Reply
from connectors.sandbox_quota import Quota
from connectors.sandbox_routes import Handler
from connectors.sandbox_rows import Row, iso, only_digits
from connectors.sandbox_vendor import VendorSandbox

PER_PAGE = 50  # the page's example; default and maximum are not found (List)
_SHOWN = ("name", "last_name", "email", "phone", "identification", "identification_type", "note")
_TYPES = {"passport": "PASAPORTE"}


class TiendanegocioSandbox(VendorSandbox):
    """`company` is kept in `rows` and never shown (Customer object: write-only)."""

    slug = "tiendanegocio"
    base_path = "/v1"
    max_page_size = 200
    home = {"AR": 8, "UY": 6, "CL": 4, "PE": 3, "MX": 3, "EC": 2, "CO": 2, "BR": 1.5}
    # Whether an e-mail may repeat is not found (Create): here it may.

    def routes(self) -> dict[str, Handler]:
        return {
            "GET /customers": self._list,
            "POST /customers": self._create,
            "GET /customers/{id}": self._one,
            "PUT /customers/{id}": self._update,
            "DELETE /customers/{id}": self._delete,
        }

    def good_credentials(self) -> dict[str, str]:
        return {"access_token": "sandbox-tiendanegocio-token"}

    def authenticate(self, call: Call) -> None:
        """Both schemes are in use (Base URL and headers)."""
        token = self.credentials["access_token"]
        if call.headers.get("Authorization") not in (f"Bearer {token}", token):
            raise self.refusal(401, "Unauthorized")

    def documented_limit(self) -> Quota:
        return Quota(40, 10.0)  # a client's comment; no headers are known (Rate limits)

    def trouble(self, status: int, words: str) -> Any:
        return {"message": words}  # every error's shape is unknown (Errors): the sandbox's own

    # Reading

    def _list(self, call: Call) -> Reply:
        rows, page = self._matching(call), max(1, call.number("page", 1))
        size = min(max(1, call.number("per_page", PER_PAGE)), self.max_page_size)
        following = None
        if page * size < len(rows):
            # The example's address drops every other filter (List).
            following = (
                f"{self.base_url}/customers?{urlencode({'page': page + 1, 'per_page': size})}"
            )
        shown = self._slice(call, rows, page, size)
        told = {"total": len(rows), "page": page, "per_page": size, "next_page": following}
        return Reply(body={"pagination": told, "results": shown})

    def _slice(self, call: Call, rows: list[Row], page: int, size: int) -> list[Any]:
        """Rows after an id do not shift."""
        if call.text("since_id"):
            return self.page(call, rows[(page - 1) * size : page * size])
        return self.window(call, rows, page, size)

    def _matching(self, call: Call) -> list[Row]:
        """In the order of the ids; a bound itself is not "after" nor "before" it."""
        rows = list(self.rows.values())
        for field in ("created_at", "updated_at"):
            if moment := self._moment(call, f"{field}_min"):
                rows = [row for row in rows if row[field] > moment]
            if moment := self._moment(call, f"{field}_max"):
                rows = [row for row in rows if row[field] < moment]
        if call.text("since_id"):
            since = call.number("since_id", 0)
            rows = [row for row in rows if row["id"] > since]
        if ids := {part.strip() for part in call.text("ids").split(",") if part.strip()}:
            rows = [row for row in rows if str(row["id"]) in ids]
        if words := call.text("q").lower():
            rows = [row for row in rows if words in _searched(row)]
        return rows

    def _moment(self, call: Call, name: str) -> str:
        written = call.text(name)
        if not written:
            return ""
        try:
            moment = datetime.fromisoformat(written.replace(" ", "+"))
        except ValueError:
            raise self.refusal(422, f"{name} is not an ISO 8601 date") from None
        return iso(moment if moment.tzinfo else moment.replace(tzinfo=UTC))

    def _one(self, call: Call) -> Reply:
        return Reply(body=self.shown(self.found(call.at["id"])))

    def shown(self, row: Row) -> Row:
        return {key: value for key, value in row.items() if key != "company"}

    # Writing

    def _create(self, call: Call) -> Reply:
        row = self.fresh_row() | self._written(call)
        return Reply(201, {**self.shown(self.save(row)), "address": None})  # Create: null

    def _update(self, call: Call) -> Reply:
        """Replaces: what is not sent is gone (whether it may be left out is not found)."""
        row = {**self.found(call.at["id"]), **self._written(call)}
        return Reply(body=self.shown(self.save(self.touched(row))))

    def _delete(self, call: Call) -> Reply:
        """No answer is shown: 204 is the sandbox's own choice."""
        self.found(call.at["id"])
        self.remove(call.at["id"])
        return Reply(204)

    def _written(self, call: Call) -> Row:
        """The password is taken and forgotten here; accepts_marketing and the address are
        in no write example."""
        given = call.fields
        row = {key: given.get(key) for key in (*_SHOWN, "company")}
        strange = [key for key, value in row.items() if not isinstance(value, str | None)]
        if strange or not given:
            told = {key: ["must be text"] for key in strange}
            raise RefusalError(422, {"message": "Unprocessable Entity", "errors": told})
        return {**row, "phone": only_digits(row["phone"])}  # no plus (Customer object)

    # Rows

    def fresh_row(self) -> Row:
        now = iso(self.now())
        row: Row = {"id": 24 + self.next_number(), **dict.fromkeys(_SHOWN, "")}
        row |= {"created_at": now, "updated_at": now, "total_spent": "0.00", "orders_count": 0}
        row |= {"last_order_id": None, "last_order_date": None, "accepts_marketing": False}
        return row | {"address": {}, "company": None}

    def touched(self, row: Row) -> Row:
        return {**row, "updated_at": iso(self.now())}

    def from_sighting(self, sighting: Sighting) -> Row:
        person, rng, kind = sighting.person, sighting.rng, sighting.document_type
        row: Row = {"name": sighting.given, "last_name": sighting.family}
        if sighting.company:
            row = {"name": sighting.company, "last_name": "", "company": sighting.company}
        row |= {"email": sighting.email, "phone": sighting.phone_digits}
        row |= {"identification": sighting.document_number}
        row |= {"identification_type": _TYPES.get(kind, kind.upper())}
        row |= {"accepts_marketing": person.wants_mail}
        row |= {"note": "Cliente mayorista"} if rng.random() < 0.05 else {}
        if (orders := rng.randrange(6)) > 0:
            row |= {
                "orders_count": orders,
                "total_spent": f"{rng.randrange(900, 500_000) / 100:.2f}",
            }
            row |= {"last_order_id": rng.randrange(1, 10**6)}
            row |= {"last_order_date": iso(sighting.last_seen)}
        if home := sighting.home:
            # Its keys are never documented: the sandbox's own.
            street = f"{home.street} {home.number}"
            row["address"] = {"address": street, "city": home.city, "zipcode": home.postal_code}
        return row | {"created_at": iso(sighting.first_seen), "updated_at": iso(sighting.last_seen)}

    def odd_rows(self) -> dict[str, Row]:
        """One that cannot be read: an object where a text should be."""
        return {list(self.rows)[len(self.rows) // 3]: {"email": {"value": None, "verified": False}}}


def _searched(row: Row) -> str:
    """Name, e-mail and identification; the phone is not listed (List, q)."""
    values = (row["name"], row["last_name"], row["email"], row["identification"])
    return " ".join(str(value) for value in values if value).lower()
