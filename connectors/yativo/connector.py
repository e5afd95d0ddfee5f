"""Yativo: accounts and payouts for businesses. Facts: README.md beside this file."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar
from uuid import uuid4

from connectors.base import Connector
from connectors.declare import NEVER_STORE, Capability, Listing, Option, Position, Scan, Written
from connectors.errors import (
    ConfigurationError,
    ConnectorError,
    NotFoundError,
    OutcomeUnknownError,
)
from connectors.http import Request, Response, segment
from connectors.records import CustomerRecord
from connectors.tokens import Token
from connectors.words import field_words, words_in
from connectors.yativo import answers, mapping


class YativoConnector(Connector):
    slug = "yativo"
    label = "Yativo"
    region = "US"
    hosts = ("api.yativo.com", "smtp.yativo.com")  # the second is the sandbox (Base URLs)
    base_url = "https://api.yativo.com/api/v1"
    secrets = (
        Option("account_id", "Account id", required=True, secret=True),
        Option("app_secret", "App secret", required=True, secret=True),
    )
    options = (
        Option(
            "get_path",
            "Path of one customer",
            default="/customer/{id}",
            help="The current guide says /customer/customer/{id}, the older one /customer/{id}",
        ),
        Option(
            "default_country",
            "Country of new customers without an address",
            help="ISO code; the vendor takes no customer without a country",
        ),
        Option("allow_update", "Update customers (not confirmed by the page)", default=False),
    )
    capabilities: ClassVar[Mapping[str, Capability]] = {
        "list": Capability("documented"),
        "get": Capability("documented"),
        "create": Capability(
            "documented",
            fields=mapping.CREATED,
            beside=frozenset({"address"}),  # for its country
            required=frozenset({"name", "email", "phone"}),
            note="a country too: the address's, or option default_country",
        ),
        "update": Capability(
            "likely",
            option="allow_update",
            fields=mapping.UPDATED,
            note="no body is documented, and an empty 200 is no proof",
        ),
    }
    readable = mapping.READABLE
    # get-one brings the person's accounts, cards and transactions along (Get one).
    never_store = NEVER_STORE | answers.BAGGAGE
    id_key = "customer_id"
    one_name = True
    # One source keeps a key's answer for 60 minutes, another for a day (Idempotency).
    replay_minutes = 55
    absence_means_gone = False  # lists hide customers that are not active (List)
    requests_per_minute = 60  # X-RateLimit-Limit as captured (Rate limits)

    def auth_headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens.value()}"}

    def token_request(self) -> Request:
        return Request("POST", "/auth/login", json=dict(self.credentials))

    def read_token(self, body: bytes) -> Token:
        return answers.token(body)

    def first_position(self, scan: Scan) -> Position:
        return {"page": 1}

    def list_request(self, scan: Scan, position: Position) -> Request:
        """per_page is the page's size, whatever the page's text says (List)."""
        told = [(key, str(value)) for key, value in position.items()]
        return Request("GET", "/customer", [("per_page", str(self.rows_per_page)), *told])

    def read_list(self, body: bytes, scan: Scan, position: Position) -> Listing:
        return answers.listing(body, position, self.rows_per_page)

    def get_request(self, external_id: str) -> Request:
        path = str(self.option["get_path"])
        if not path.startswith("/") or "{id}" not in path:
            raise ConfigurationError("get_path must begin with / and contain {id}")
        return Request("GET", path.replace("{id}", segment(external_id)))

    def read_one(self, body: bytes) -> bytes:
        return answers.one(body)

    def to_record(self, raw: dict[str, Any]) -> CustomerRecord:
        return mapping.to_record(raw)

    def from_record(
        self, record: CustomerRecord, current: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        if current is not None:
            return mapping.update_body(record, current)
        return mapping.create_body(record, str(self.option["default_country"]))

    def lacking(self, record: CustomerRecord) -> list[str]:
        """A country too: the address's, or option default_country (Create)."""
        country = self.from_record(record)["customer_country"]
        return [*super().lacking(record), *([] if country else ["country"])]

    def create_request(self, body: dict[str, Any], key: str) -> Request:
        return self._write("POST", "/customer", body, key)

    def update_request(self, external_id: str, body: dict[str, Any], key: str) -> Request:
        return self._write("PUT", f"/customer/{segment(external_id)}", body, key)

    def _write(self, method: str, path: str, body: dict[str, Any], key: str) -> Request:
        """Every POST and PUT needs an Idempotency-Key, one per intended write (Idempotency)."""
        headers = {"Idempotency-Key": key or str(uuid4())}
        return Request(method, path, json=body, headers=headers)

    def read_written(self, response: Response, external_id: str) -> Written:
        """No answer to a write is proof: the record is read again (Create, Update)."""
        if external_id:
            return Written(external_id, None, response.sent_at)
        if answers.is_kyc_link(response.body):
            # An older generation answered with a KYC provider's object and ids (Create).
            raise OutcomeUnknownError(f"{self.label} answered the create with a KYC link")
        return replace(super().read_written(response, external_id), body=None)

    def real_status(self, response: Response) -> int:
        return answers.real_status(response)

    def vendor_failure(
        self, request: Request, response: Response, reads_one: bool
    ) -> ConnectorError | None:
        """Not found is 404 in the docs, 400 with these words elsewhere (Get one)."""
        words = words_in(response.body).lower() if response.status in (400, 404) else ""
        if reads_one and response.status == 400 and "customer not found" in words:
            return NotFoundError(self._says(request, response))
        if response.status == 404 and "route" in words:
            return ConfigurationError(self._says(request, response))
        return None

    def field_errors(self, response: Response) -> dict[str, str]:
        """Under `errors` in the current docs, under `data` in an older shape (Errors)."""
        return super().field_errors(response) or field_words(response.body, "data")
