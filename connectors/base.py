"""The connector: flow lives here once; a vendor's connector is translation.

A vendor overrides the declarations and the small hooks at the bottom; see
CONTRIBUTING.md for adding one.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from typing import Any, ClassVar

import msgspec

from connectors.declare import (
    NEVER_STORE,
    Capability,
    Credentials,
    Fetched,
    Listing,
    Option,
    Page,
    Position,
    Scan,
    Written,
    read_options,
)
from connectors.errors import (
    ConfigurationError,
    ConnectorError,
    NotFoundError,
    NotSupportedError,
    OutcomeUnknownError,
    RejectedError,
    TemporaryError,
    UnexpectedResponseError,
    UnreadableRecordError,
)
from connectors.fields import id_text
from connectors.http import (
    DEADLINE_SECONDS,
    WEB_PAGE,
    Http,
    Request,
    Response,
    decode,
    is_web_page,
)
from connectors.mending import UNREADABLE, readable
from connectors.pacing import WINDOW, Pacer, pause
from connectors.paging import fetch_pages
from connectors.records import CustomerRecord
from connectors.stripping import stripped, without_nul
from connectors.tokens import Token, TokenCache
from connectors.words import field_words, text_in, words_in


class Connector(ABC):
    """One vendor's API, for one account.

    `credentials` and `options` hold the declared keys. `extra_hosts` are `host:port` pairs
    that the operator admits beside the vendor's own. Raises ConfigurationError when a
    required key is missing or a value is not one of its choices.

    Declarations that do not speak for themselves: `readable`, the shared fields that its
    records state; `never_store` and `volatile`, keys of its rows (lower case) that are dropped,
    and that change without the customer changing; `pace_window`, the seconds over which
    `requests_per_minute` is counted; `document_types`, the only types that a write can carry
    (None: any); `one_name`, it keeps a name as one string; `absence_means_gone`, False where
    the vendor hides records from its list; `overlap`, taken off the clock for the next cursor;
    `finds`, its documented filters find whatever we create; `replay_minutes`, how long a create
    may be sent again with the same key and body without being carried out twice.
    """

    slug: ClassVar[str]
    label: ClassVar[str]
    region: ClassVar[str]
    hosts: ClassVar[tuple[str, ...]]
    base_url: ClassVar[str]
    secrets: ClassVar[tuple[Option, ...]]
    options: ClassVar[tuple[Option, ...]] = ()
    capabilities: ClassVar[Mapping[str, Capability]]
    readable: ClassVar[frozenset[str]]
    never_store: ClassVar[frozenset[str]] = NEVER_STORE
    volatile: ClassVar[frozenset[str]] = frozenset()
    mapping_version: ClassVar[int] = 1
    page_size: ClassVar[int] = 100
    max_page_size: ClassVar[int] = 100
    requests_per_minute: ClassVar[int | None] = None
    pace_window: ClassVar[float] = WINDOW
    document_types: ClassVar[frozenset[str] | None] = None
    id_key: ClassVar[str] = "id"
    one_name: ClassVar[bool] = False
    absence_means_gone: ClassVar[bool] = True
    overlap: ClassVar[timedelta] = timedelta(minutes=10)
    finds: ClassVar[bool] = False
    replay_minutes: ClassVar[int] = 0

    def __init__(
        self,
        credentials: Credentials,
        options: Mapping[str, Any] | None = None,
        *,
        page_size: int | None = None,
        requests_per_minute: int | None = None,
        extra_hosts: Sequence[str] = (),
        sleep: Callable[[float], None] = time.sleep,
        deadline: float | None = None,
    ) -> None:
        self.credentials = read_options(self.secrets, credentials)
        self.option = read_options(self.all_options(), options or {})
        self.rows_per_page = max(1, min(page_size or self.page_size, self.max_page_size))
        self.http = Http(
            str(self.option["base_url"]),
            allowed_hosts=self.hosts,
            extra_hosts=extra_hosts,
            secrets=[str(value) for value in self.credentials.values()],
            pacer=Pacer(
                requests_per_minute or self.requests_per_minute,
                window=self.pace_window,
                sleep=sleep,
            ),
            deadline=deadline or DEADLINE_SECONDS,
        )
        self.tokens = TokenCache(self._fetch_token)

    @classmethod
    def all_options(cls) -> tuple[Option, ...]:
        """The vendor's options with `base_url`, which every vendor has."""
        base = Option("base_url", "API address", default=cls.base_url, required=True)
        return (base, *cls.options)

    # What it can do

    def can(self, name: str) -> bool:
        """Whether the vendor has the call and the connection's options leave it on."""
        return self.is_on(name, self.option)

    @classmethod
    def is_on(cls, name: str, options: Mapping[str, Any]) -> bool:
        """The same of a connection's options, with no connector made."""
        found = cls.capabilities.get(name)
        return found is not None and (not found.option or options.get(found.option) is True)

    @classmethod
    def carried(cls, name: str, options: Mapping[str, Any]) -> frozenset[str]:
        """The shared fields that `create` or `update` carries, empty when it is not on."""
        return cls.capabilities[name].fields if cls.is_on(name, options) else frozenset()

    def demand(self, name: str) -> Capability:
        """The capability. Raises NotSupportedError when it is absent or off."""
        if self.can(name):
            return self.capabilities[name]
        found = self.capabilities.get(name)
        if found is None:
            raise NotSupportedError(f"{self.label} has no documented way to {name} a customer")
        raise NotSupportedError(
            f"{self.label}: {name} is not confirmed by its page; option {found.option} turns it on"
        )

    def writable(self, name: str) -> frozenset[str]:
        """The shared fields that `create` or `update` carries, empty when it is not on."""
        return self.carried(name, self.option)

    # Reading

    def pages(
        self,
        scan: Scan,
        position: Position | None = None,
        *,
        number: int = 0,
        in_flight: int = 1,
    ) -> Iterator[Page]:
        """The pages of a scan in order, fetched ahead where their numbers are known.

        `position` resumes at a page (`number` is its place in the run, from 0). Raises
        ConnectorError kinds; a page that is not JSON is an UnexpectedResponseError.
        """
        start = position if position is not None else self.first_position(scan)
        return fetch_pages(self._fetch_page, scan, start, number, in_flight)

    def total(self) -> int | None:
        """The vendor's count of the whole list now, from one small read; None if not told."""
        position = self.count_position()
        response = self.call(self.list_request(Scan(), position))
        return self.read_list(response.body, Scan(), position).total

    def get(self, external_id: str) -> Fetched:
        """One record. Raises NotFoundError only on the vendor's own word."""
        self.demand("get")
        response = self.call(self.get_request(external_id), reads_one=True)
        return Fetched(self.read_one(readable(response.body)), response.sent_at)

    def check(self) -> None:
        """One small authenticated read. Raises what stands in the way."""
        position = self.first_position(Scan())
        response = self.call(self.list_request(Scan(), position))
        self.read_list(response.body, Scan(), position)

    # Writing

    def create(self, record: CustomerRecord, key: str) -> Written:
        """Create it; `key` (a UUID) is the write's own, for vendors that take one.

        Raises RejectedError, NotSupportedError, OutcomeUnknownError.
        """
        return self.send_write(self.prepare_create(record, key), "")

    def update(
        self, external_id: str, record: CustomerRecord, current: bytes, key: str = ""
    ) -> Written:
        """Change the record to the stated fields; `current` is the vendor's record as just
        read, from which a replacing body is completed. `key` (a UUID) is the write's own."""
        request = self.prepare_update(external_id, record, current, key)
        return self.send_write(request, external_id)

    def delete(self, external_id: str) -> None:
        """Delete it there. Raises NotFoundError when it is gone already."""
        self.send_delete(self.prepare_delete(external_id))

    # The same in two steps, so that the exact request can be kept before it is sent

    def prepare_create(self, record: CustomerRecord, key: str) -> Request:
        """The request that creates it. Raises RejectedError for what is lacking."""
        self.demand("create")
        absent = self.lacking(record)
        if absent:
            raise RejectedError(
                f"{self.label} does not take a customer without: {', '.join(absent)}",
                dict.fromkeys(absent, "required"),
            )
        return self.create_request(self.from_record(record), key)

    def prepare_update(
        self, external_id: str, record: CustomerRecord, current: bytes, key: str
    ) -> Request:
        """The request that changes it. Raises NotSupportedError."""
        self.demand("update")
        return self.update_request(external_id, self.from_record(record, decode(current)), key)

    def prepare_delete(self, external_id: str) -> Request:
        self.demand("delete")
        return self.delete_request(external_id)

    def send_write(
        self, request: Request, external_id: str, starting: Callable[[], float] | None = None
    ) -> Written:
        """Send a create (no `external_id`) or an update; `starting`: see `Http.send`."""
        response = self.call(request, reads_one=bool(external_id), starting=starting)
        return self.read_written(response, external_id)

    def send_delete(self, request: Request, starting: Callable[[], float] | None = None) -> None:
        self.call(request, reads_one=True, starting=starting)

    def lacking(self, record: CustomerRecord) -> list[str]:
        """The fields without which the vendor takes no new customer, and this one has not."""
        needed = self.capabilities["create"].required
        return sorted(field for field in needed if not stated(record, field))

    def would_read(self, body: dict[str, Any], current: dict[str, Any]) -> CustomerRecord:
        """What a vendor that takes this body would then state; `current` is its record before.

        Raises UnreadableRecordError."""
        return self.to_record({self.id_key: "0", **current, **body})

    # Records

    @cached_property
    def _id_decoder(self) -> "msgspec.json.Decoder[Any]":
        shape = msgspec.defstruct(
            "Identified",
            [(self.id_key, Any, None)],
            rename={self.id_key: self.id_key},
        )
        return msgspec.json.Decoder(shape)

    def row_id(self, row: bytes) -> str:
        """The external id of a listed record, without reading the rest of it.

        Raises UnreadableRecordError.
        """
        try:
            found = self._id_decoder.decode(row)
        except UNREADABLE as error:
            raise UnreadableRecordError(f"the record is not readable JSON: {error}") from None
        return id_text(getattr(found, self.id_key), self.id_key)

    def read_row(self, row: bytes) -> tuple[CustomerRecord, dict[str, Any]]:
        """The record in our fields, and the vendor's own without what must never be stored.

        Raises UnreadableRecordError.
        """
        try:
            kept = stripped(msgspec.json.decode(row), self.never_store)
        except UNREADABLE as error:
            raise UnreadableRecordError(f"the record is not readable JSON: {error}") from None
        if not isinstance(kept, dict):
            raise UnreadableRecordError("the record is not a JSON object")
        if b"\\u0000" in row:  # PostgreSQL stores it in no column
            kept = without_nul(kept)
        return self.to_record(kept), kept

    # Calls

    def call(
        self,
        request: Request,
        *,
        reads_one: bool = False,
        starting: Callable[[], float] | None = None,
    ) -> Response:
        """Send with authentication; a refused token is renewed once.

        `reads_one`: the path names one record, so a 404 is the vendor's not-found.
        """
        headers = {**self.auth_headers(), **request.headers}
        response = self._send(replace(request, headers=headers), starting)
        if response.status == 401 and self.tokens.refused(headers.values()):
            headers = {**self.auth_headers(), **request.headers}
            response = self._send(replace(request, headers=headers), starting)
        error = self.failure(request, response, reads_one)
        if error is not None:
            raise error
        return response

    def failure(
        self, request: Request, response: Response, reads_one: bool
    ) -> ConnectorError | None:
        """What an answer's status and body mean. Vendors add to it by `vendor_failure`."""
        special = self.vendor_failure(request, response, reads_one)
        if special is not None or response.ok:
            return special
        status = response.status
        words = self._says(request, response)
        if status == 401 or (status == 403 and not reads_one and _speaks(response)):
            return ConfigurationError(f"{self.label} refused the credentials: {words}")
        if status == 404 and reads_one and _speaks(response):
            return NotFoundError(words)
        if status == 429:
            return TemporaryError(words, pause(status, response.headers))
        if status >= 500 or status == 408:
            unknown = not request.reads
            return (
                OutcomeUnknownError(words) if unknown else TemporaryError(words, _after(response))
            )
        if 300 <= status < 400:
            return UnexpectedResponseError(f"{words} (redirects are not followed)")
        if request.reads:
            return UnexpectedResponseError(words)
        return RejectedError(words, self.field_errors(response))

    def _says(self, request: Request, response: Response) -> str:
        other = WEB_PAGE if is_web_page(response.body) else text_in(response.body)
        said = self.message(response) or other
        return self.http.redact(
            f"{request.method} {request.path}: {response.status}" + (f" {said}" if said else "")
        )

    def _send(self, request: Request, starting: Callable[[], float] | None = None) -> Response:
        response = self.http.send(request, starting)
        return replace(response, status=self.real_status(response))

    def _fetch_page(self, scan: Scan, position: Position, number: int) -> tuple[Page, int | None]:
        response = self.call(self.list_request(scan, position))
        found = self.read_list(response.body, scan, position)
        page = Page(
            number=number,
            position=position,
            rows=found.rows,
            total=found.total,
            next=found.next,
            sent_at=response.sent_at,
            clock=response.clock,
        )
        return page, found.last

    def _fetch_token(self) -> Token:
        request = self.token_request()
        if request is None:
            raise ConfigurationError(f"{self.label} has no token to fetch")
        try:
            response = self._send(request)
            error = self.failure(request, response, False)
            if error is not None:
                raise error
            token = self.read_token(response.body)
        except (OutcomeUnknownError, UnexpectedResponseError) as lost:
            # The call that needed it did not leave, and a token more or less does no harm.
            raise TemporaryError(str(lost)) from None
        except RejectedError as refused:
            if not _speaks(response):
                raise TemporaryError(str(refused)) from None
            raise ConfigurationError(f"{self.label} refused the credentials: {refused}") from None
        self.http.hide(token.value)
        return token

    # Hooks that a vendor overrides

    @abstractmethod
    def auth_headers(self) -> dict[str, str]: ...

    @abstractmethod
    def first_position(self, scan: Scan) -> Position: ...

    @abstractmethod
    def list_request(self, scan: Scan, position: Position) -> Request: ...

    @abstractmethod
    def read_list(self, body: bytes, scan: Scan, position: Position) -> Listing: ...

    @abstractmethod
    def get_request(self, external_id: str) -> Request: ...

    @abstractmethod
    def read_one(self, body: bytes) -> bytes: ...

    @abstractmethod
    def to_record(self, raw: dict[str, Any]) -> CustomerRecord: ...

    @abstractmethod
    def from_record(
        self, record: CustomerRecord, current: dict[str, Any] | None = None
    ) -> dict[str, Any]: ...

    def create_request(self, body: dict[str, Any], key: str) -> Request:
        raise NotSupportedError(f"{self.label} has no documented way to create a customer")

    def update_request(self, external_id: str, body: dict[str, Any], key: str) -> Request:
        raise NotSupportedError(f"{self.label} has no documented way to update a customer")

    def delete_request(self, external_id: str) -> Request:
        raise NotSupportedError(f"{self.label} has no documented way to delete a customer")

    def searches(self, record: CustomerRecord) -> Sequence[Request]:
        """Lists that may hold this customer, by the vendor's own filters; each is read as the
        first page of a whole list."""
        return ()

    def lookups(self, record: CustomerRecord) -> Sequence[str]:
        """What `get_request` takes beside an id (a phone, an e-mail), of this customer."""
        return ()

    def own_id(self, raw: dict[str, Any]) -> str:
        """The id that we gave the record when we created it, `""` where there is none."""
        return ""

    def read_written(self, response: Response, external_id: str) -> Written:
        """The answer to a create or update: by default the record as `read_one` finds it."""
        try:
            body = self.read_one(readable(response.body))
            return Written(self.row_id(body), body, response.sent_at)
        except (UnexpectedResponseError, UnreadableRecordError):
            if external_id:
                return Written(external_id, None, response.sent_at)
            raise OutcomeUnknownError(
                f"{self.label} answered the create without a record that can be read"
            ) from None

    def token_request(self) -> Request | None:
        return None

    def read_token(self, body: bytes) -> Token:
        raise UnexpectedResponseError(f"{self.label} gives no tokens")

    def count_position(self) -> Position:
        """A position whose listing tells the total of the whole list."""
        return self.first_position(Scan())

    def resumable(self, position: Position) -> bool:
        """Whether a scan can go on at `position` after its next answer was lost."""
        return True

    def fallback_position(self, scan: Scan) -> Position | None:
        """Where to start after two broken scans that cannot be resumed; such a scan proves
        nothing. None: start as always."""
        return None

    def stable(self, position: Position) -> bool:
        """Whether rows cannot shift between pages of this paging, so that a resumed scan
        still proves what it saw."""
        return False

    def real_status(self, response: Response) -> int:
        """The status that an answer really has, where a vendor says it in the body."""
        return response.status

    def vendor_failure(
        self, request: Request, response: Response, reads_one: bool
    ) -> ConnectorError | None:
        """A vendor's own way to say no, before the statuses are read. None: nothing special."""
        return None

    def message(self, response: Response) -> str:
        """The vendor's words in an error body, or `""`."""
        return words_in(response.body)

    def field_errors(self, response: Response) -> dict[str, str]:
        """The vendor's words per field of a refused write."""
        return field_words(response.body, "errors")

    def page_url(self, external_id: str) -> str:
        """The record's page at the vendor's own site, `""` where none is known."""
        return ""


def _speaks(response: Response) -> bool:
    """Whether an error answer is the vendor's own word, and not a proxy's: it is JSON."""
    try:
        return isinstance(response.json(), dict | list)
    except UnexpectedResponseError:
        return False


def _after(response: Response) -> float | None:
    return pause(response.status, response.headers)


def stated(record: CustomerRecord, field: str) -> bool:
    """Whether a record has a value for the field."""
    value = getattr(record, field)
    return value is not None and value != type(value)() if value is not False else True
