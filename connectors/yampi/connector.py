"""Yampi (Dooki), Brazil: a web-shop platform. Facts: README.md beside this file."""

from typing import Any, ClassVar

from connectors.base import Connector
from connectors.declare import NEVER_STORE, Capability, Listing, Option, Position, Scan
from connectors.errors import ConnectorError, TemporaryError
from connectors.http import Request, Response, segment
from connectors.records import FIELDS, CustomerRecord
from connectors.yampi import answers
from connectors.yampi.mapping import WRITABLE, from_record, to_record


class YampiConnector(Connector):
    slug = "yampi"
    label = "Yampi"
    region = "BR"
    hosts = ("api.dooki.com.br",)
    base_url = "https://api.dooki.com.br/v2"
    secrets = (
        Option("user_token", "User token", required=True, secret=True),
        Option("user_secret_key", "User secret key", required=True, secret=True),
    )
    options = (
        Option("alias", "Shop alias", required=True, help="The shop's name in its address"),
        Option("paging", "Paging", default="scroll", choices=("scroll", "page")),
        Option(
            "allow_create",
            "Create customers (not confirmed by the page)",
            default=False,
        ),
        Option(
            "allow_update",
            "Update customers (not confirmed by the page)",
            default=False,
        ),
        Option(
            "field_names",
            "Field names in writes",
            help="The page shows no request body; theirs=other, comma-separated, renames keys",
        ),
    )
    capabilities: ClassVar[dict[str, Capability]] = {
        "list": Capability("documented"),
        "get": Capability("documented"),
        "create": Capability(
            "likely", option="allow_create", fields=WRITABLE, note="body not documented"
        ),
        "update": Capability(
            "likely",
            option="allow_update",
            fields=WRITABLE,
            note="path and body not documented",
        ),
    }
    readable = frozenset(FIELDS) - {"gender"}
    never_store = NEVER_STORE | {"whatsapp_link"}
    document_types = frozenset({"cpf", "cnpj"})
    requests_per_minute = 60  # README.md, section 5: routes without their own row

    def auth_headers(self) -> dict[str, str]:
        return {
            "User-Token": str(self.credentials["user_token"]),
            "User-Secret-Key": str(self.credentials["user_secret_key"]),
        }

    # Listing

    def first_position(self, scan: Scan) -> Position:
        return {"scroll": ""} if self.option["paging"] == "scroll" else {"page": 1}

    def count_position(self) -> Position:
        return {"page": 1}

    def fallback_position(self, scan: Scan) -> Position | None:
        return {"page": 1}

    def resumable(self, position: Position) -> bool:
        return "scroll" not in position  # a scroll moves on with every answer, lost or not

    def list_request(self, scan: Scan, position: Position) -> Request:
        # Reads are cached for about 30 minutes unless skipCache is sent (README.md, 2.1).
        params = [("include", "addresses"), ("limit", str(self.rows_per_page))]
        params.append(("skipCache", "true"))
        if "scroll" not in position:
            params.append(("page", str(position["page"])))
            return Request("GET", self._path(), params)
        params.append(("scroll", "true"))
        if position["scroll"]:
            params.append(("scroll_id", position["scroll"]))
        return Request("GET", self._path(), params, once=True)

    def read_list(self, body: bytes, scan: Scan, position: Position) -> Listing:
        return answers.listing(body, position)

    def vendor_failure(
        self, request: Request, response: Response, reads_one: bool
    ) -> ConnectorError | None:
        """A scroll lives for a limited time, and how one that is over answers is not stated
        (2.1): whatever refuses one under way starts it again, and in the end the scan goes by
        page number."""
        under_way = any(key == "scroll_id" for key, _ in request.params)
        if under_way and response.status in (400, 404, 410, 422):
            return TemporaryError(self._says(request, response))
        return None

    # One record

    def get_request(self, external_id: str) -> Request:
        params = [("include", "addresses"), ("skipCache", "true")]
        return Request("GET", self._path(external_id), params)

    def read_one(self, body: bytes) -> bytes:
        return answers.one(body)

    # Translation

    def to_record(self, raw: dict[str, Any]) -> CustomerRecord:
        return to_record(raw)

    def from_record(
        self, record: CustomerRecord, current: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        body = from_record(record, current or {})
        pairs = (pair.partition("=") for pair in str(self.option["field_names"]).split(","))
        renamed = {theirs.strip(): other.strip() for theirs, _, other in pairs if other}
        return {renamed.get(key, key): value for key, value in body.items()}

    def searches(self, record: CustomerRecord) -> list[Request]:
        """`q` is in no page, only in third parties' use (2.1): a shop that takes no notice of
        it answers with its first page, and the list is then read."""
        number = record.document.number if record.document is not None else ""
        shown = [("include", "addresses"), ("limit", str(self.rows_per_page))]
        return [
            Request("GET", self._path(), [*shown, ("skipCache", "true"), ("q", value)])
            for value in (record.email, number)
            if value
        ]

    def create_request(self, body: dict[str, Any], key: str) -> Request:
        return Request("POST", self._path(), json=body)

    def update_request(self, external_id: str, body: dict[str, Any], key: str) -> Request:
        return Request("PUT", self._path(external_id), json=body)

    def _path(self, external_id: str = "") -> str:
        path = f"/{segment(str(self.option['alias']))}/customers"
        return f"{path}/{segment(external_id)}" if external_id else path
