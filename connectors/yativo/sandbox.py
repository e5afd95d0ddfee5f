"""Yativo's customer API, faked. Sections are those of the contract in README.md."""

import uuid
from typing import Any

from connectors.population_sightings import PLACEHOLDER_EMAIL, Sighting
from connectors.sandbox_http import Call, RefusalError, Reply
from connectors.sandbox_quota import Quota
from connectors.sandbox_routes import Handler
from connectors.sandbox_rows import Row, iso, lowered
from connectors.sandbox_vendor import VendorSandbox

TOKEN_SECONDS = 600  # Authentication
REPLAY_SECONDS = 60 * 60  # Idempotency: 60 minutes in one source, "e.g." 24 h in another
PER_PAGE = 20
_REQUIRED = ("customer_name", "customer_email", "customer_phone", "customer_country")
_CHANGEABLE = (*_REQUIRED, "customer_address")
_ALPHA3 = {"BR": "BRA", "EC": "ECU", "AR": "ARG", "MX": "MEX", "CO": "COL"}
_ALPHA3 |= {"CL": "CHL", "PE": "PER", "UY": "URY", "AZ": "AZE"}


class YativoSandbox(VendorSandbox):
    """`saves_updates`: whether a PUT does anything; by default it answers 200 and saves
    nothing (Update). `missing_status`: 404, or 400 as one source has it (Get one).
    `kyc_mails`: who was mailed a KYC link by a create."""

    slug = "yativo"
    base_path = "/api/v1"
    id_key = "customer_id"
    max_page_size = 1000  # no maximum is known (List)
    home = {"MX": 4, "CO": 4, "BR": 3, "AR": 3, "CL": 3, "EC": 2, "PE": 3, "UY": 2, "AZ": 1}
    unique = {"customer_email": lowered}
    open_routes = frozenset({"POST /auth/login"})
    issues_tokens = True
    saves_updates = False
    missing_status = 404

    def routes(self) -> dict[str, Handler]:
        return {
            "POST /auth/login": self._login,
            "GET /auth/refresh-token": self._refresh,
            "GET /customer": self._list,
            "POST /customer": self._create,
            "GET /customer/customer/{id}": self._one,
            "GET /customer/{id}": self._one,
            "PUT /customer/{id}": self._update,
        }

    def good_credentials(self) -> dict[str, str]:
        return {"account_id": "acct_sandbox", "app_secret": "sandbox-yativo-secret"}

    # Authentication

    def _login(self, call: Call) -> Reply:
        absent = [key for key in self.credentials if not call.fields.get(key)]
        if absent:
            raise self._refused(422, {key: [f"The {key} field is required."] for key in absent})
        if {key: call.fields[key] for key in self.credentials} != self.credentials:
            raise self._refused(401, {"error": "Invalid credentials"})
        return self._success(self._token() | {"token_type": "bearer"}, "Login successful")

    def _refresh(self, call: Call) -> Reply:
        return self._success(self._token(), "Token refreshed")

    def _token(self) -> Row:
        return {"access_token": self.issue_token(TOKEN_SECONDS), "expires_in": TOKEN_SECONDS}

    def authenticate(self, call: Call) -> None:
        scheme, _, token = call.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or self.token_state(token) != "good":
            raise RefusalError(401, {"message": "Unauthenticated."})  # not the usual envelope

    def documented_limit(self) -> Quota:
        return Quota(60, 60.0)  # Rate limits

    def quota_headers(self, quota: Quota) -> dict[str, str]:
        remaining = str(quota.remaining)
        return {"X-RateLimit-Limit": str(quota.limit), "X-RateLimit-Remaining": remaining}

    def too_many_headers(self, quota: Quota) -> dict[str, str]:
        return {"Retry-After": str(int(quota.reset(self.clock())) + 1)}  # the framework's default

    def trouble(self, status: int, words: str) -> Any:
        """The current docs' shape (Errors)."""
        return {"status": "error", "status_code": status, "message": words, "errors": {}}

    def missing(self, external_id: str) -> tuple[int, Any]:
        error = self._refused(self.missing_status, {"error": "Customer not found"})
        return self.missing_status, error.reply.body

    def _refused(self, status: int, data: Any) -> RefusalError:
        """The older shape (Errors)."""
        told = {"status": "failed", "status_code": status, "message": "Request failed."}
        return RefusalError(status, {**told, "data": data})

    def _success(self, data: Any, words: str, code: int = 200, **more: Any) -> Reply:
        """HTTP 200 whatever the body's status_code (Envelope)."""
        told = {"status": "success", "status_code": code, "message": words}
        return Reply(200, {**told, "data": data, **more})

    # Reading

    def _list(self, call: Call) -> Reply:
        rows, page = self._matching(call), max(1, call.number("page", 1))
        size = min(max(1, call.number("per_page", PER_PAGE)), self.max_page_size)
        last = max(1, -(-len(rows) // size))
        link = f"{self.base_url}/customer?per_page={size}&page="
        pagination = {
            "total": len(rows),
            "per_page": size,
            "current_page": page,
            "last_page": last,
            "next_page_url": f"{link}{page + 1}" if page < last else None,
            "prev_page_url": f"{link}{page - 1}" if page > 1 else None,
        }
        shown = self.window(call, rows, page, size)
        words = "Records retrieved successfully"
        return self._success(shown, words, pagination=pagination)

    def _matching(self, call: Call) -> list[Row]:
        """Only active customers, unless a status is asked for (List: hidden default filter)."""
        status = call.text("customer_status") or "active"
        rows = [row for row in self.rows.values() if row["customer_status"] == status]
        if country := call.text("country"):
            rows = [row for row in rows if row["customer_country"] == country]
        if email := call.text("email").lower():
            rows = [row for row in rows if email in row["customer_email"].lower()]
        return rows

    def _one(self, call: Call) -> Reply:
        row = self.shown(self.found(call.at["id"]))
        baggage: Row = {"customer_virtualaccounts": [], "customer_virtual_cards": []}
        return self._success({**row, **baggage}, "Record retrieved successfully", 201)

    def shown(self, row: Row) -> Row:
        """The type is in the create's answer only (Customer object)."""
        return {key: value for key, value in row.items() if key != "customer_type"}

    # Writing

    def _create(self, call: Call) -> Reply:
        key = self._key(call)
        kept = self.note(key)
        if kept is not None:
            if kept["at"] + REPLAY_SECONDS < self.clock():
                words = "Idempotency-Key expired. Please use a new key."
                raise RefusalError(400, {"error": words})
            return Reply(200, kept["body"])  # the stored answer, whatever the body now
        row = self._valid(call.fields)
        if call.fields.get("send_kyc_mail", True) is not False:
            self.kyc_mails.append(row["customer_email"])
        kind = {"customer_type": call.fields.get("customer_type", "individual")}
        row = self.save(self.fresh_row() | row | kind)
        reply = self._success(row, "Customer created successfully", 201)
        self.keep_note(key, {"at": self.clock(), "body": reply.body})
        return reply

    def _update(self, call: Call) -> Reply:
        self._key(call)
        row = self.found(call.at["id"])
        if not self.saves_updates:
            return Reply(200, b"")
        given = {key: call.fields[key] for key in _CHANGEABLE if key in call.fields}
        if self.taken(given, self.key(row)):
            raise self._doubled()
        row = self.save({**row, **given})
        return self._success(self.shown(row), "Customer updated successfully")

    def _key(self, call: Call) -> str:
        """POST and PUT need one (Idempotency); 400 is one source's status for it."""
        key = call.headers.get("Idempotency-Key", "")
        if not key:
            raise RefusalError(400, {"error": "Idempotency-Key is required for this request."})
        return f"key:{key}"

    def _valid(self, given: Row) -> Row:
        """An address is taken by an older generation only (Create)."""
        absent = [key for key in _REQUIRED if not isinstance(given.get(key), str) or not given[key]]
        if absent:
            told = {key: [f"The {key} field is required."] for key in absent}
            body = self.trouble(422, "The given data was invalid.") | {"errors": told}
            raise RefusalError(422, body)
        if self.taken(given):
            raise self._doubled()
        return {key: given[key] for key in _REQUIRED}

    def _doubled(self) -> RefusalError:
        return self._refused(
            422, {"customer_email": ["The customer email has already been taken."]}
        )

    # Rows

    def _load(self) -> None:
        super()._load()
        self.kyc_mails: list[str] = []

    def fresh_row(self) -> Row:
        number = uuid.uuid5(uuid.NAMESPACE_OID, f"{self.seed}/{self.next_number()}").bytes
        row: Row = {"customer_id": str(uuid.UUID(bytes=number, version=4))}
        row |= dict.fromkeys(("customer_name", "customer_email", "customer_phone"), "")
        row |= {"customer_country": "", "customer_address": None, "customer_status": "active"}
        row |= {"customer_kyc_status": "not_started", "customer_kyc_reject_reason": None}
        row |= {"customer_type": "individual", "can_create_vc": 0, "can_create_va": 0}
        return row | {"created_at": iso(self.now(), 6)}

    def from_sighting(self, sighting: Sighting) -> Row:
        person, rng = sighting.person, sighting.rng
        country = _ALPHA3[person.country]
        known = sighting.email and sighting.email != PLACEHOLDER_EMAIL
        row: Row = {"customer_name": sighting.name, "customer_country": country}
        row |= {"customer_email": sighting.email if known else person.own_email}
        row |= {"customer_phone": sighting.phone}
        row |= {"customer_type": "business" if sighting.company else "individual"}
        kyc = rng.choices(("not_started", "pending", "approved", "rejected"), (5, 2, 6, 1))[0]
        row |= {"customer_kyc_status": kyc, "can_create_va": int(kyc == "approved")}
        if home := sighting.home:
            place = {"city": home.city, "state": home.state, "zipcode": home.postal_code}
            place |= {"street": home.street, "number": home.number, "country": country}
            row["customer_address"] = place
        return row | {"created_at": iso(sighting.first_seen, 6)}

    def odd_rows(self) -> dict[str, Row]:
        """Some that the list hides (List: hidden default filter)."""
        statuses = ("suspended", "pending", "inactive")
        hidden = list(self.rows)[10::20]
        return {key: {"customer_status": statuses[n % 3]} for n, key in enumerate(hidden)}
