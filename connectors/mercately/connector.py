"""Mercately, Ecuador: a WhatsApp CRM. Facts: README.md beside this file."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import msgspec

from connectors.base import Connector
from connectors.declare import Capability, Listing, Option, Position, Scan, Written
from connectors.errors import ConnectorError, UnexpectedResponseError
from connectors.fields import count
from connectors.http import Request, Response, decode, segment
from connectors.mercately import mapping
from connectors.records import CustomerRecord
from connectors.words import words_in


class _List(msgspec.Struct):
    customers: list[msgspec.Raw]
    results: Any = None
    total_pages: Any = None


class _One(msgspec.Struct):
    customer: msgspec.Raw


_LIST = msgspec.json.Decoder(_List)
_ONE = msgspec.json.Decoder(_One)


class MercatelyConnector(Connector):
    slug = "mercately"
    label = "Mercately"
    region = "EC"
    hosts = ("app.mercately.com",)
    base_url = "https://app.mercately.com/retailers/api/v1"
    secrets = (
        Option("api_key", "API key", required=True, secret=True, help="A new key ends the old one"),
    )
    options = (
        Option(
            "body",
            "Form of writes",
            default="flat",
            choices=("flat", "wrapped"),
            help="The current reference sends the fields flat, the older one inside `customer`",
        ),
    )
    capabilities: ClassVar[Mapping[str, Capability]] = {
        "list": Capability("documented"),
        "get": Capability("documented"),
        "new": Capability("documented", note="the window is by creation date, clients say"),
        "create": Capability(
            "documented",
            fields=mapping.WRITABLE,
            required=frozenset({"name"}),
            note="an e-mail or a phone too, the older generation says",
        ),
        "update": Capability(
            "documented",
            fields=mapping.WRITABLE,
            note="the answer holds no customer: read it again",
        ),
    }
    readable = mapping.READABLE
    volatile = mapping.VOLATILE
    document_types = mapping.DOCUMENT_TYPES
    # No limit is published; a client in use sleeps 0.5 s between pages (README.md, Rate limits).
    requests_per_minute = 120
    finds = True

    def auth_headers(self) -> dict[str, str]:
        return {"api-key": str(self.credentials["api_key"])}

    def first_position(self, scan: Scan) -> Position:
        """Pages count from 1 (List). The window's end is fixed here, so that it holds for
        every page of a scan that passes midnight."""
        if scan.mode != "new" or scan.since is None:
            return {"page": 1}
        # The zone of the dates is not stated: a day more on each side.
        day = timedelta(days=1)
        start, end = scan.since - day, datetime.now(UTC) + day
        return {"page": 1, "start_date": f"{start:%Y-%m-%d}", "end_date": f"{end:%Y-%m-%d}"}

    def list_request(self, scan: Scan, position: Position) -> Request:
        """There is no parameter for the size of a page (List)."""
        return Request("GET", "/customers", [(k, str(v)) for k, v in position.items()])

    def read_list(self, body: bytes, scan: Scan, position: Position) -> Listing:
        """The end is an empty page, or the page numbered `total_pages`; an exact multiple
        of the page's size may count one empty page more (List)."""
        found: _List = decode(body, _LIST)
        rows = tuple(bytes(row) for row in found.customers)
        page, last = position["page"], count(found.total_pages)
        more = bool(rows) and (last is None or page < last)
        return Listing(
            rows,
            total=count(found.results) if scan.mode == "full" else None,
            next={**position, "page": page + 1} if more else None,
            last=last,
        )

    def get_request(self, external_id: str) -> Request:
        return Request("GET", f"/customers/{segment(external_id)}")

    def read_one(self, body: bytes) -> bytes:
        return bytes(decode(body, _ONE).customer)

    def to_record(self, raw: dict[str, Any]) -> CustomerRecord:
        return mapping.to_record(raw)

    def from_record(
        self, record: CustomerRecord, current: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        if self.option["body"] == "wrapped":
            return {"customer": mapping.from_record(record, current, nested_address=False)}
        return mapping.from_record(record, current, nested_address=True)

    def searches(self, record: CustomerRecord) -> list[Request]:
        """The list's own filters (List: id_type, id_number)."""
        body = mapping.from_record(record, None, nested_address=False)
        named = [("id_type", body.get("id_type")), ("id_number", body.get("id_number"))]
        told = [(key, str(value)) for key, value in named if value]
        return [Request("GET", "/customers", [("page", "1"), *told])] if len(told) == 2 else []

    def lookups(self, record: CustomerRecord) -> list[str]:
        """A phone or an e-mail may stand in place of the id (Get one)."""
        return [value for value in (record.phone, record.email) if value]

    def would_read(self, body: dict[str, Any], current: dict[str, Any]) -> CustomerRecord:
        """The nested address of a write takes the place of the flat one that is read."""
        given: dict[str, Any] = body.get("customer", body)
        nested = given.get("customer_addresses_attributes")
        flat = nested[0] if nested else {}
        return super().would_read({**given, **flat}, current)

    def create_request(self, body: dict[str, Any], key: str) -> Request:
        return Request("POST", "/customers", json=body)

    def update_request(self, external_id: str, body: dict[str, Any], key: str) -> Request:
        return Request("PUT", f"/customers/{segment(external_id)}", json=body)

    def read_written(self, response: Response, external_id: str) -> Written:
        """The answer to an update says only that it was carried out (Update)."""
        if external_id:
            return Written(external_id, None, response.sent_at)
        return super().read_written(response, external_id)

    def real_status(self, response: Response) -> int:
        """A refused record comes as 302 with `errors`, which is no redirect; a wrong key as
        400 with the word Unauthorized (Errors)."""
        if response.status == 302 and words_in(response.body):
            return 422
        if response.status == 400 and "unauthorized" in words_in(response.body).lower():
            return 401
        return response.status

    def vendor_failure(
        self, request: Request, response: Response, reads_one: bool
    ) -> ConnectorError | None:
        """A 404 `Resource not found` means the account or the address, not the customer."""
        if response.status == 404 and reads_one:
            words = words_in(response.body).lower()
            if "customer" not in words or "not found" not in words:
                return UnexpectedResponseError(self._says(request, response))
        return None
