"""Clopos's customer API (v2), faked. Sections are those of the contract in README.md."""

import re
import uuid
from datetime import UTC, datetime
from typing import Any

from connectors.population_names import COUNTRIES
from connectors.population_sightings import Sighting
from connectors.sandbox_http import Call, RefusalError, Reply
from connectors.sandbox_quota import Quota
from connectors.sandbox_routes import Handler
from connectors.sandbox_rows import Row, iso, lowered, only_digits
from connectors.sandbox_vendor import VendorSandbox

TOKEN_SECONDS = 3600
SORTS = ("id", "cid", "group_id", "name", "email", "address", "created_at", "updated_at")
_NUMBERS = ("discount", "spent", "total_discount", "total_bonus")
_TEXTS = ("name", "email", "phone", "code", "cid", "description")
GROUPS = {
    number: {
        "id": number,
        "name": name,
        "discount_type": None,
        "discount_value": value,
        "system_type": None,
        "created_at": "2021-01-01T00:00:00.000000Z",
        "updated_at": "2021-01-01T00:00:00.000000Z",
        "deleted_at": None,
    }
    for number, name, value in ((1, "Guests", 0), (2, "VIP", 5), (3, "Staff", 20))
}


class CloposSandbox(VendorSandbox):
    slug = "clopos"
    base_path = "/open-api/v2"
    max_page_size = 999
    home = {"AZ": 9, "BR": 3, "EC": 3, "AR": 3, "MX": 2, "CO": 2, "CL": 2, "PE": 2, "UY": 2}
    unique = {"phone": only_digits, "code": lowered, "cid": lowered}  # not the e-mail (3.1, 7)
    open_routes = frozenset({"POST /auth"})
    issues_tokens = True

    def routes(self) -> dict[str, Handler]:
        return {
            "POST /auth": self._auth,
            "GET /customers": self._list,
            "POST /customers": self._create,
            "GET /customers/{id}": self._one,
            "GET /customer-groups": self._groups,
        }

    def good_credentials(self) -> dict[str, str]:
        return {
            "client_id": "sandbox-clopos-client",
            "client_secret": "sandbox-clopos-secret",
            "brand": "openapitest",
            "integrator_id": "int_sandbox",
        }

    # Authentication (section 1) and errors (4)

    def _auth(self, call: Call) -> Reply:
        given, good = call.fields, self.credentials
        absent = [key for key in good if not isinstance(given.get(key), str) or not given[key]]
        if absent:
            raise self._error(400, "Validation failed", f"{absent[0]} is required")
        if given["integrator_id"] != good["integrator_id"]:
            raise self._error(400, "Integrator not found", "Invalid integrator_id")
        if given["brand"] != good["brand"]:  # a mismatch: 200, and success is false
            words = "Integrator is in test mode. But brand is not in test mode"
            raise self._error(200, "mode mismatch", words)
        if any(given[key] != good[key] for key in good):
            raise RefusalError(401, {"success": False, "message": "Invalid credentials"})
        until = int(self.clock()) + TOKEN_SECONDS
        token: Row = {"token": self.issue_token(TOKEN_SECONDS), "token_type": "Bearer"}
        token |= {"expires_in": TOKEN_SECONDS, "expires_at": until}
        return Reply(body={"success": True, **token, "message": "Authentication successful"})

    def authenticate(self, call: Call) -> None:
        """The bare token in `x-token`; a Bearer header does not count."""
        token = call.headers.get("x-token", "")
        if not token:
            raise self._error(401, "Unauthorized", "Headers are missing")
        state = self.token_state(token)
        if state == "unknown":
            raise self._error(401, "Unauthorized", "Invalid token")
        if state == "expired":
            refused = self._error(401, "Unauthorized", "Token expired")
            refused.reply.body["expires_at"] = iso(self.now())
            raise refused

    def documented_limit(self) -> Quota:
        return Quota(300, 60.0, sliding=True)  # section 5, tier 3

    def quota_headers(self, quota: Quota) -> dict[str, str]:
        left = {"RateLimit-Remaining": str(quota.remaining)}
        reset = {"RateLimit-Reset": str(int(quota.reset(self.clock())) + 1)}
        return {"RateLimit-Limit": str(quota.limit), **left, **reset}

    def trouble(self, status: int, words: str) -> Any:
        slug = words.lower().replace(" ", "_")
        return {"success": False, "message": words, "error": slug}

    def missing(self, external_id: str) -> tuple[int, Any]:
        """As seen live: `error` is a list, and there is no message (4)."""
        model = "App\\Models\\Client\\Marketing\\Customer"
        words = f"No query results for model [{model}] {external_id}"
        error = {"message": words, "type": "server_side", "exception": "NotFoundHttpException"}
        return 404, {"success": False, "error": [{**error, "http_code": 404}]}

    def _error(self, status: int, message: str, error: str) -> RefusalError:
        return RefusalError(status, {"success": False, "message": message, "error": error})

    # Reading: section 2

    def _list(self, call: Call) -> Reply:
        page, limit = call.number("page", 1), call.number("limit", 50)
        if page < 1 or not 1 <= limit <= self.max_page_size:
            # What happens outside of 1..999 is not found: the sandbox refuses.
            raise self._error(400, "Validation failed", "page or limit is out of range")
        rows = self._sorted(call, self._matching(call))
        shown = [self._with_group(call, row) for row in self.window(call, rows, page, limit)]
        return self._success(shown, total=len(rows), sorts=list(SORTS))

    def _matching(self, call: Call) -> list[Row]:
        """`filters[N][0]` names a field, `filters[N][1]` a value; others are not looked at."""
        rows = list(self.rows.values())
        if venue := call.headers.get("x-venue"):
            rows = [row for row in rows if str(row["venue_id"]) == venue]
        for key, field in call.query:
            numbered = re.fullmatch(r"filters\[(\d+)\]\[0\]", key)
            if numbered:
                value = call.params.get(f"filters[{numbered[1]}][1]", "")
                rows = [row for row in rows if _fits(row, field, value)]
        return rows

    def _sorted(self, call: Call, rows: list[Row]) -> list[Row]:
        """By default the newest first (2.1)."""
        field = call.params.get("sort[0]", "created_at")
        if field not in SORTS:
            raise self._error(400, "Validation failed", f"sort by {field} is not possible")
        down = call.params.get("sort[1]", "-1" if "sort[0]" not in call.params else "1") == "-1"
        return sorted(rows, key=lambda row: (row[field] or "", row["id"]), reverse=down)

    def _one(self, call: Call) -> Reply:
        row = self.found(call.at["id"])
        venue = call.headers.get("x-venue")
        if venue and venue != str(row["venue_id"]):
            raise RefusalError(*self.missing(call.at["id"]))
        return self._success(self._with_group(call, row))

    def _groups(self, call: Call) -> Reply:
        return self._success(list(GROUPS.values()), total=len(GROUPS))

    def _with_group(self, call: Call, row: Any) -> Any:
        asked = "group" in (call.params.get("with[0]"), call.params.get("with[]"))
        if not asked or not isinstance(row, dict):
            return row
        number = row.get("group_id")
        return {**row, "group": GROUPS.get(number) if isinstance(number, int) else None}

    def _success(self, data: Any, **more: Any) -> Reply:
        now = self.now()
        clock = {"timestamp": now.strftime("%Y-%m-%d %H:%M:%S"), "unix": int(self.clock())}
        return Reply(body={"success": True, "data": data, **more, "time": 12, **clock})

    # Writing, section 3.1: a create is all there is

    def _create(self, call: Call) -> Reply:
        given = {key: call.fields[key] for key in _TEXTS if call.fields.get(key) is not None}
        self._check(given, call.fields)
        if taken := self.taken(given):
            field = next(iter(taken))
            # The slugs for code and cid are not found: made like the one for the phone.
            raise self._error(409, f"{field} taken", f"duplicate_{field}")
        row = self.fresh_row() | given
        for key in ("group_id", "gender", "date_of_birth"):
            row[key] = call.fields.get(key, row[key])
        return self._success(self.save(row))

    def _check(self, given: Row, fields: Row) -> None:
        for key, value in given.items():
            if not isinstance(value, str):
                raise self._error(400, "Validation failed", f"{key} must be a string")
        if not given.get("name", "").strip():
            raise self._error(400, "Validation failed", "name is required")
        if fields.get("gender") not in (None, 1, 2):
            raise self._error(400, "Validation failed", "gender must be 1 or 2")
        if (born := fields.get("date_of_birth")) and not _is_day(born):
            raise self._error(400, "Validation failed", "date_of_birth must be YYYY-MM-DD")

    # Rows: section 3

    def fresh_row(self) -> Row:
        number, now = self.next_number(), iso(self.now(), 6)
        cid = uuid.uuid5(uuid.NAMESPACE_OID, f"clopos/{self.seed}/{number}")
        row: Row = {"id": 30 + number, "venue_id": 1, "cid": str(cid), "group_id": 1, "name": ""}
        row |= dict.fromkeys(_NUMBERS, 0) | {"email": None, "phones": [], "phone": None}
        row |= {"address": None, "description": None, "address_data": [], "receipt_count": 0}
        row |= {"gender": None, "date_of_birth": None, "code": None, "source": None}
        row |= {"reference_id": None, "status": True, "can_use_loyalty_system": False}
        return row | {"is_verified": False, "created_at": now, "updated_at": now}

    def touched(self, row: Row) -> Row:
        return {**row, "updated_at": iso(self.now(), 6)}

    def from_sighting(self, sighting: Sighting) -> Row:
        rng = sighting.rng
        phone = _loose(sighting)
        row: Row = {"name": sighting.name, "email": sighting.email or None, "phone": phone or None}
        row |= {"phones": [phone] if phone and rng.random() < 0.4 else []}
        row |= {"gender": {"male": 1, "female": 2}.get(sighting.gender)}
        row |= {
            "date_of_birth": sighting.born or None,
            "group_id": rng.choices((1, 2, 3), (8, 2, 1))[0],
        }
        row |= {"receipt_count": rng.randrange(40), "spent": rng.randrange(0, 90_000) / 100}
        loyal = rng.random() < 0.3
        row |= {"can_use_loyalty_system": loyal, "source": "LOYALTY" if loyal else None}
        if home := sighting.home:
            line = f"{home.street} {home.number}, {home.city}"
            place = {"type": "plain", "source": "client", "formattedAddress": line}
            row |= {"address": line, "address_data": [place]}
        return row | {
            "created_at": iso(sighting.first_seen, 6),
            "updated_at": iso(sighting.last_seen, 6),
        }

    def odd_rows(self) -> dict[str, Row]:
        """One that cannot be read: its phones are no list."""
        return {list(self.rows)[len(self.rows) // 2]: {"phones": {"main": None, "work": "1"}}}


def _fits(row: Row, field: str, value: str) -> bool:
    if field == "name":
        return value.lower() in str(row["name"]).lower()
    if field == "group_id":
        return str(row["group_id"]) == value
    if field == "phones":
        listed = row["phones"] if isinstance(row["phones"], list) else []
        wanted = only_digits(value)
        return bool(wanted) and any(wanted in only_digits(p) for p in (row["phone"], *listed))
    return True


def _loose(sighting: Sighting) -> str:
    """A till takes phones as they are said: with a plus and spaces, bare, or local (3)."""
    phone, roll = sighting.phone, sighting.rng.random()
    if not phone.startswith("+") or roll < 0.55:
        return phone
    if roll < 0.75:
        return sighting.phone_digits
    calling = COUNTRIES[sighting.person.country].calling
    rest = sighting.phone_national
    return f"+{calling} {rest[:2]} {rest[2:5]} {rest[5:7]} {rest[7:]}".strip()


def _is_day(value: Any) -> bool:
    try:
        return datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC) is not None
    except (TypeError, ValueError):
        return False
