"""Yampi's customer API, faked. Sections are those of the contract in README.md."""

import uuid
from dataclasses import dataclass
from typing import Any

from connectors.population_sightings import Sighting
from connectors.sandbox_http import Call, RefusalError, Reply
from connectors.sandbox_quota import Quota
from connectors.sandbox_routes import Handler
from connectors.sandbox_rows import Row, lowered, only_digits
from connectors.sandbox_vendor import VendorSandbox
from connectors.yampi.sandbox_rows import from_sighting, named, phone_object, written_phone

ALIAS = "loja-demo"
CACHE_SECONDS = 30 * 60  # section 2.1: reads are cached for about 30 minutes
SCROLL_SECONDS = 120.0  # "a limited time" (2.2); how long is the sandbox's own choice
_TEXTS = ("cpf", "cnpj", "razao_social", "state_registration", "email", "birthday", "notes")
_FLAGS = ("newsletter", "whatsapp")


@dataclass(slots=True)
class _Scroll:
    rows: list[Row]
    place: int
    until: float


class YampiSandbox(VendorSandbox):
    slug = "yampi"
    base_path = "/v2"
    max_page_size = 100
    home = {"BR": 8.0}  # a Brazilian shop: other countries' papers and phones do not fit
    # Whether doubles are refused is not found (section 7): the sandbox refuses them.
    unique = {"email": lowered, "cpf": only_digits, "cnpj": only_digits}

    def routes(self) -> dict[str, Handler]:
        return {
            "POST /auth/me": self._me,
            "GET /{alias}/customers": self._list,
            "POST /{alias}/customers": self._create,
            "GET /{alias}/customers/{id}": self._one,
            "PUT /{alias}/customers/{id}": self._update,
            "GET /{alias}/customers/{id}/addresses": self._addresses,
        }

    def good_credentials(self) -> dict[str, str]:
        return {"user_token": "sandbox-yampi-token", "user_secret_key": "sandbox-yampi-secret"}

    @property
    def options(self) -> dict[str, str]:
        return {"base_url": self.base_url, "alias": ALIAS}

    def authenticate(self, call: Call) -> None:
        """Section 1: two headers on every call. The body of a 401 is not found."""
        given = (call.headers.get("User-Token"), call.headers.get("User-Secret-Key"))
        if given != (self.credentials["user_token"], self.credentials["user_secret_key"]):
            raise self.refusal(401, "Unauthenticated.")
        if call.at.get("alias", ALIAS) != ALIAS:
            raise self.refusal(404, "Not Found")  # the sandbox's own choice

    def documented_limit(self) -> Quota:
        return Quota(60, 60.0)  # section 5: fixed windows of a minute

    def quota_headers(self, quota: Quota) -> dict[str, str]:
        remaining = str(quota.remaining)
        return {"X-RateLimit-Limit": str(quota.limit), "X-RateLimit-Remaining": remaining}

    def trouble(self, status: int, words: str) -> Any:
        return {"message": words, "status_code": status}  # sections 4 and 5

    # Reading

    def _me(self, call: Call) -> Reply:
        shop = {"id": 77, "alias": ALIAS, "name": "Loja Demo", "active": True}
        return Reply(body={"data": {"merchants": {"data": [shop]}}})

    def _list(self, call: Call) -> Reply:
        if call.text("scroll") == "true":
            return self._scrolled(call)
        return self._cached(call, self._numbered)

    def _numbered(self, call: Call) -> Any:
        """Section 2.2: the five counters come as text."""
        rows, page, size = self._matching(call), max(1, call.number("page", 1)), self._size(call)
        shown = self.window(call, rows, page, size)
        last = max(1, -(-len(rows) // size))
        link = f"{self.base_url}/{ALIAS}/customers?limit={size}&page="
        return {
            "data": [self._including(call, row) for row in shown],
            "meta": {
                "pagination": {
                    "total": str(len(rows)),
                    "count": str(len(shown)),
                    "per_page": str(size),
                    "current_page": str(page),
                    "total_pages": str(last),
                    "links": {
                        "previous": f"{link}{page - 1}" if page > 1 else "",
                        "next": f"{link}{page + 1}" if page < last else "",
                    },
                }
            },
        }

    def _scrolled(self, call: Call) -> Reply:
        """Section 2.2: the rows as they were at the first call, until `data` is empty. Each
        answer moves the scroll on, whether it arrived or not."""
        key = call.text("scroll_id")
        if not key:
            key = uuid.uuid4().hex
            self._scrolls[key] = _Scroll(self._matching(call), 0, 0.0)
        scroll = self._scrolls.get(key)
        if scroll is None or (scroll.until and scroll.until < self.clock()):
            # The error of an expired id is not found: the sandbox's own choice.
            raise self.refusal(404, "O scroll expirou.")
        start, scroll.place = scroll.place, scroll.place + self._size(call)
        scroll.until = self.clock() + SCROLL_SECONDS
        shown = self.page(call, scroll.rows[start : scroll.place])
        data = [self._including(call, row) for row in shown]
        return Reply(body={"scroll_id": key, "data": data, "meta": {}})

    def expire_scrolls(self) -> None:
        """Every scroll under way is past its time."""
        with self.lock:
            self._scrolls.clear()

    def _one(self, call: Call) -> Reply:
        row = self.found(call.at["id"])
        # The page shows a list of one (2.2).
        return self._cached(call, lambda _: {"data": [self._including(call, row)]})

    def _addresses(self, call: Call) -> Reply:
        found = self.found(call.at["id"])["addresses"]["data"]
        counters = {"total": len(found), "count": len(found), "per_page": 10}
        counters |= {"current_page": 1, "total_pages": 1}
        links: dict[str, Any] = {"links": {"previous": "", "next": ""}}
        pagination = {key: str(value) for key, value in counters.items()} | links
        return Reply(body={"data": found, "meta": {"pagination": pagination}})

    def _cached(self, call: Call, make: Any) -> Reply:
        query = [pair for pair in call.query if pair[0] != "skipCache"]
        key = (call.path, *query)
        until, body = self._cache.get(key, (0.0, None))
        if call.text("skipCache") != "true" and until > self.clock():
            return Reply(body=body)
        body = make(call)
        self._cache[key] = (self.clock() + CACHE_SECONDS, body)
        while len(self._cache) > 200:
            del self._cache[next(iter(self._cache))]
        return Reply(body=body)

    def _matching(self, call: Call) -> list[Row]:
        """`q` looks in name, e-mail, tax id and phone (2.1). The order is the ids'."""
        rows, words = list(self.rows.values()), call.text("q").lower()
        return [row for row in rows if words in _searched(row)] if words else rows

    def _size(self, call: Call) -> int:
        return min(max(1, call.number("limit", 10)), self.max_page_size)

    def _including(self, call: Call, row: Any) -> Any:
        """Includes are wrapped in `data` and come only when asked for (2.1, 2.2)."""
        if not isinstance(row, dict) or "addresses" in call.text("include").split(","):
            return row
        return {key: value for key, value in row.items() if key != "addresses"}

    # Writing: the page shows no bodies; the read object's own names are taken.

    def _create(self, call: Call) -> Reply:
        row = self._changed(call, self.fresh_row(), "")
        return Reply(201, {"data": self._including(call, self.save(row))})

    def _update(self, call: Call) -> Reply:
        """The given fields change, the others stay: the sandbox's own choice."""
        row = self._changed(call, self.found(call.at["id"]), call.at["id"])
        return Reply(200, {"data": self._including(call, self.save(row))})

    def _changed(self, call: Call, row: Row, but: str) -> Row:
        given = call.fields
        row = row | {key: given[key] for key in (*_TEXTS, *_FLAGS) if key in given}
        row |= named(row, given)
        if "phone" in given:
            row["phone"] = phone_object(written_phone(given["phone"]))
        required = {key: "Campo obrigatório." for key in ("name", "email") if not row[key]}
        taken = dict.fromkeys(self.taken(row, but), "Já está em uso.")
        strange = [key for key in _TEXTS if not isinstance(row[key], str | None)]
        if errors := required | taken | dict.fromkeys(strange, "Deve ser um texto."):
            told = {key: [words] for key, words in errors.items()}
            # Section 4: the shape of a 422.
            raise RefusalError(422, {"message": "422 Unprocessable Entity", "errors": told})
        return row

    # Rows

    def _load(self) -> None:
        super()._load()
        self._cache: dict[Any, tuple[float, Any]] = {}
        self._scrolls: dict[str, _Scroll] = {}

    def fresh_row(self) -> Row:
        """Section 3. The row has no created_at and no updated_at."""
        number = 9000 + self.next_number()
        token = uuid.uuid5(uuid.NAMESPACE_OID, str(number)).hex
        texts = dict.fromkeys(("name", "first_name", "last_name", "generic_name", *_TEXTS))
        row: Row = {"id": number, "merchant_id": 77, "marketplace_id": 1, "active": True}
        row |= {"type": "individual", "cluster_id": None, **texts, "phone": phone_object("")}
        row |= {"newsletter": False, "whatsapp": False, "social_driver": None, "social_id": None}
        row |= {"ip": f"203.0.113.{number % 250}", "token": token}
        row |= {"utm_source": None, "utm_campaign": None, "anonymized": False}
        row |= {"login_url": f"https://example.invalid/login/{number}"}
        return row | {"spreadsheet": {"data": {}}, "addresses": {"data": []}}

    def from_sighting(self, sighting: Sighting) -> Row:
        return from_sighting(sighting)

    def odd_rows(self) -> dict[str, Row]:
        """One person has asked to be erased (section 3: `anonymized`)."""
        row: Row = dict.fromkeys((*_TEXTS, "generic_name", "first_name", "last_name"))
        row |= {"name": "Anonimizado", "phone": phone_object(""), "anonymized": True}
        row |= {"addresses": {"data": []}, "spreadsheet": {"data": {}}}
        return {list(self.rows)[len(self.rows) // 2]: row}

    def save(self, row: Row, person: str | None = None) -> Row:
        """Addresses name their customer (D4)."""
        owned = [address | {"customer_id": row["id"]} for address in row["addresses"]["data"]]
        return super().save({**row, "addresses": {"data": owned}}, person)


def _searched(row: Row) -> str:
    values = [row["name"], row["email"], row["cpf"], row["cnpj"], row["phone"]["full_number"]]
    return " ".join(str(value) for value in values if value).lower()
