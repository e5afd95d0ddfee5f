"""Tiendanegocio, Argentina: a web-shop platform. Facts: README.md beside this file."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC
from typing import Any, ClassVar

from connectors.base import Connector
from connectors.declare import Capability, Listing, Option, Position, Scan
from connectors.errors import NotSupportedError, UnexpectedResponseError, UnreadableRecordError
from connectors.http import Request, decode, segment
from connectors.records import CustomerRecord
from connectors.tiendanegocio.listing import after_id, by_page, parts
from connectors.tiendanegocio.mapping import READABLE, WRITABLE, from_record, to_record

_SINCE = {"changed": "updated_at_min", "new": "created_at_min"}


class TiendanegocioConnector(Connector):
    slug = "tiendanegocio"
    label = "Tiendanegocio"
    region = "AR"
    hosts = ("developers.tiendanegocio.com",)
    base_url = "https://developers.tiendanegocio.com/v1"
    secrets = (Option("access_token", "Access token", required=True, secret=True),)
    options = (
        Option(
            "auth_scheme",
            "Form of the Authorization header",
            default="bearer",
            choices=("bearer", "raw"),
            help="`Bearer TOKEN`, or the token alone; working clients send either",
        ),
        Option(
            "clear_company",
            "Updates may clear the company that the shop holds",
            default=False,
            help="The shop never shows a company, and an update without one may remove it",
        ),
    )
    capabilities: ClassVar[Mapping[str, Capability]] = {
        "list": Capability("documented"),
        "get": Capability("documented"),
        "changed": Capability("documented"),
        "new": Capability("documented"),
        "create": Capability("documented", fields=WRITABLE, note="required fields not stated"),
        "update": Capability("documented", fields=WRITABLE, note="all fields are sent"),
        "delete": Capability("documented"),
    }
    readable = READABLE
    page_size = 50  # the page's example; no maximum is stated (List, per_page)
    max_page_size = 200
    # 40 calls in 10 s, a client says (Rate limits): three a second, counted over 10 s.
    requests_per_minute = 180
    pace_window = 10.0
    finds = True

    def auth_headers(self) -> dict[str, str]:
        scheme = "Bearer " if self.option["auth_scheme"] == "bearer" else ""
        return {"Authorization": f"{scheme}{self.credentials['access_token']}"}

    # Listing

    def first_position(self, scan: Scan) -> Position:
        """Everything is listed by `since_id`, where rows cannot shift between pages."""
        return {"since_id": "0", "seen": 0} if scan.mode == "full" else {"page": 1}

    def count_position(self) -> Position:
        return {"page": 1}

    def stable(self, position: Position) -> bool:
        return "since_id" in position

    def list_request(self, scan: Scan, position: Position) -> Request:
        """The filters are sent with every page: the example's next_page drops them (List)."""
        params = [("per_page", str(self.rows_per_page))]
        key = "since_id" if "since_id" in position else "page"
        params.append((key, str(position[key])))
        if scan.mode in _SINCE and scan.since is not None:
            moment = scan.since.astimezone(UTC)
            params.append((_SINCE[scan.mode], f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"))
        return Request("GET", "/customers", params)

    def read_list(self, body: bytes, scan: Scan, position: Position) -> Listing:
        rows, told = parts(body)
        ids = [self._loose_id(row) for row in rows]
        if "since_id" in position:
            return after_id(rows, ids, told, position)
        found = by_page(rows, ids, told, position)
        return found if scan.mode == "full" else replace(found, total=None)

    def _loose_id(self, row: bytes) -> str | None:
        try:
            return self.row_id(row)
        except UnreadableRecordError:
            return None

    # One record

    def get_request(self, external_id: str) -> Request:
        return Request("GET", f"/customers/{segment(external_id)}")

    def read_one(self, body: bytes) -> bytes:
        """A bare object (Get one)."""
        if not isinstance(decode(body), dict):
            raise UnexpectedResponseError("the answer holds no customer")
        return body

    def to_record(self, raw: dict[str, Any]) -> CustomerRecord:
        return to_record(raw)

    def from_record(
        self, record: CustomerRecord, current: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Raises NotSupportedError for an update that may clear a company unseen."""
        if current is not None and not (record.company_name or self.option["clear_company"]):
            raise NotSupportedError(
                f"{self.label} never shows a customer's company, and an update without one may "
                "remove it; give the customer a company, or turn on option clear_company"
            )
        return from_record(record, current or {})

    def searches(self, record: CustomerRecord) -> list[Request]:
        """`q` looks in name, e-mail and identification, not in the phone (List, q)."""
        number = record.document.number if record.document is not None else ""
        name = record.name.parted[1] or record.name.parted[0] if record.name is not None else ""
        size = ("per_page", str(self.rows_per_page))
        return [
            Request("GET", "/customers", [size, ("page", "1"), ("q", value)])
            for value in (record.email, number, name)
            if value
        ]

    def create_request(self, body: dict[str, Any], key: str) -> Request:
        return Request("POST", "/customers", json=body)

    def update_request(self, external_id: str, body: dict[str, Any], key: str) -> Request:
        return Request("PUT", f"/customers/{segment(external_id)}", json=body)

    def delete_request(self, external_id: str) -> Request:
        return Request("DELETE", f"/customers/{segment(external_id)}")
