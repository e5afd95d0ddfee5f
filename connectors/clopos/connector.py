"""Clopos, Azerbaijan: tills for restaurants. Facts: README.md beside this file."""

from collections.abc import Mapping
from typing import Any, ClassVar

from connectors.base import Connector
from connectors.clopos import answers
from connectors.clopos.mapping import READABLE, WRITABLE, from_record, to_record
from connectors.declare import Capability, Listing, Option, Position, Scan
from connectors.errors import UnreadableRecordError
from connectors.http import Request, Response, segment
from connectors.records import CustomerRecord
from connectors.tokens import Token
from connectors.words import words_in


class CloposConnector(Connector):
    slug = "clopos"
    label = "Clopos"
    region = "AZ"
    hosts = ("integrations.clopos.com",)
    base_url = "https://integrations.clopos.com/open-api/v2"
    secrets = (
        Option("client_id", "Client id", required=True, secret=True),
        Option("client_secret", "Client secret", required=True, secret=True),
        Option("brand", "Brand", required=True, secret=True, help="The restaurant's slug"),
        Option("integrator_id", "Integrator id", required=True, secret=True),
    )
    options = (Option("venue", "Venue id", help="Instead of the token's own venue"),)
    capabilities: ClassVar[Mapping[str, Capability]] = {
        "list": Capability("documented"),
        "get": Capability("documented"),
        "changed": Capability("documented", note="no filter: sorted by updated_at, newest first"),
        "create": Capability("documented", fields=WRITABLE, required=frozenset({"name"})),
    }
    readable = READABLE
    page_size = 200
    max_page_size = 999  # 2.1
    requests_per_minute = 300  # section 5, tier 3
    one_name = True
    finds = True

    def auth_headers(self) -> dict[str, str]:
        """The bare token in x-token, though the answer calls it a Bearer (1)."""
        headers = {"x-token": self.tokens.value()}
        if self.option["venue"]:
            headers["x-venue"] = str(self.option["venue"])
        return headers

    def token_request(self) -> Request:
        return Request("POST", "/auth", json=dict(self.credentials))

    def read_token(self, body: bytes) -> Token:
        return answers.token(body)

    def first_position(self, scan: Scan) -> Position:
        """A scan that stops at its moment first asks for the oldest row: a list that begins
        with it either way takes no notice of the sort, and is read to its end."""
        return {"page": 1, "probe": 1} if scan.mode == "changed" else {"page": 1}

    def list_request(self, scan: Scan, position: Position) -> Request:
        """By id, new rows come last and shift nothing; by updated_at, newest first, a scan
        can stop at its moment, since there is no updated-since filter (2.1)."""
        field, way = ("updated_at", "-1") if scan.mode == "changed" else ("id", "1")
        if "probe" in position:
            field, way = "updated_at", "1"
        return Request(
            "GET",
            "/customers",
            [
                ("page", str(position["page"])),
                ("limit", str(1 if "probe" in position else self.rows_per_page)),
                ("with[0]", "group"),
                ("sort[0]", field),
                ("sort[1]", way),
            ],
        )

    def read_list(self, body: bytes, scan: Scan, position: Position) -> Listing:
        rows, total = answers.rows(body)
        if "probe" in position:
            oldest = self._first_id(rows)
            return Listing((), None, {"page": 1, "oldest": oldest} if rows else None)
        since = scan.since if scan.mode == "changed" else None
        if position["page"] == 1 and position.get("oldest") == self._first_id(rows):
            position = {**position, "oldest": ""}  # the order asked for makes no difference
        sorts = bool(position.get("oldest")) or len(rows) < 2
        if since is not None and sorts and answers.reaches(rows, since):
            return Listing(rows, total)
        # There are no links: pages are counted from the total (2.2), by the first page's true
        # size, which may be under the limit asked for.
        page, size = position["page"], position.get("size") or len(rows)
        last = -(-total // size) if total is not None and size else None
        more = bool(rows) and (last is None or page < last)
        following = {**position, "page": page + 1, "size": size} if more else None
        # Pages beyond the moment are not worth fetching ahead.
        return Listing(rows, total, following, None if since else last)

    def _first_id(self, rows: tuple[bytes, ...]) -> str:
        try:
            return self.row_id(rows[0]) if rows else ""
        except UnreadableRecordError:
            return ""

    def get_request(self, external_id: str) -> Request:
        return Request("GET", f"/customers/{segment(external_id)}", [("with[0]", "group")])

    def read_one(self, body: bytes) -> bytes:
        return answers.one(body)

    def to_record(self, raw: dict[str, Any]) -> CustomerRecord:
        return to_record(raw)

    def from_record(
        self, record: CustomerRecord, current: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        return from_record(record)

    def create_request(self, body: dict[str, Any], key: str) -> Request:
        """`cid` is ours to give and unique: a create that was carried out unseen is found
        by it, and a second one is refused (7)."""
        return Request("POST", "/customers", json=body | ({"cid": key} if key else {}))

    def searches(self, record: CustomerRecord) -> list[Request]:
        """By phone and by name: the cid, which is ours, cannot be filtered by (2.1, 7)."""
        phone, name = record.phone, record.name.joined if record.name is not None else ""
        by = [("phones", phone)] if phone else []
        by += [("name", name)] if name else []
        return [self._filtered(field, value) for field, value in by]

    def _filtered(self, field: str, value: str) -> Request:
        """The newest first: a name may be many people's."""
        wanted = [("filters[0][0]", field), ("filters[0][1]", value)]
        paging = [("page", "1"), ("limit", str(self.rows_per_page)), ("with[0]", "group")]
        sort = [("sort[0]", "created_at"), ("sort[1]", "-1")]
        return Request("GET", "/customers", [*paging, *sort, *wanted])

    def own_id(self, raw: dict[str, Any]) -> str:
        return str(raw.get("cid") or "")

    def real_status(self, response: Response) -> int:
        return answers.real_status(response)

    def field_errors(self, response: Response) -> dict[str, str]:
        """The error is a slug (`duplicate_phone`) or a sentence about the field (4)."""
        return answers.field_errors(response.body, words_in(response.body))
