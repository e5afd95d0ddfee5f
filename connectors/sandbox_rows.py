"""The rows of one faked account: ids, fields that no two rows share, storage, invented people."""

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar

from connectors.population_sightings import Sighting
from connectors.sandbox_store import Store

Row = dict[str, Any]


class Account(ABC):
    """`rows` are in the vendor's read shape, plus what it keeps and never shows; change them
    through `edit`, `remove`, `add` and `fill`. A row is replaced, never altered in place."""

    slug: ClassVar[str]
    id_key: ClassVar[str] = "id"
    home: ClassVar[Mapping[str, float]]
    """How likely the vendor knows a person of a country (alpha-2), against its peers."""
    unique: ClassVar[Mapping[str, Callable[[Any], str]]] = {}
    """The fields that no two rows share, with the form in which they are compared."""
    moves_on_write: ClassVar[bool] = False
    """A changed row goes to the end, as in a table that is read without an order."""

    def __init__(
        self, store: Store, *, seed: int = 1, clock: Callable[[], float] = time.time
    ) -> None:
        self.store = store
        self.seed = seed
        self.clock = clock
        self.lock = threading.RLock()
        self.rows: dict[str, Row] = {}
        self.people: dict[str, str] = {}
        self.rewrite: Callable[[Row], Row] = dict  # how it changes what it stores; tests may set it
        self.filler: Callable[[Account, int], None] = _nobody_to_fill_with
        self._holders: dict[tuple[str, str], str] = {}
        self._load()

    @abstractmethod
    def fresh_row(self) -> Row:
        """A new row with its id, its times now, and the vendor's defaults."""

    @abstractmethod
    def from_sighting(self, sighting: Sighting) -> Row:
        """The fields by which the vendor states a person, to be put into a fresh row."""

    def touched(self, row: Row) -> Row:
        """The row with its update time now, where the vendor keeps one."""
        return row

    def odd_rows(self) -> dict[str, Row]:
        """What a populated account has of unreadable or anonymized rows: fields by id."""
        return {}

    # What tests and demonstrations do to it

    def add(self, **fields: Any) -> str:
        """A row of the vendor's own making; its external id."""
        with self.writing():
            return self.key(self.save(self.fresh_row() | fields))

    def fill(self, count: int) -> None:
        """Add `count` rows of invented people whom no other vendor knows."""
        self.filler(self, count)

    def edit(self, external_id: str, **fields: Any) -> Row:
        """Change a row as the vendor's own staff would."""
        with self.writing():
            return self.save(self.touched({**self.rows[external_id], **fields}))

    def remove(self, external_id: str) -> None:
        with self.writing():
            self._index(self.rows.pop(external_id), "")
            self.people.pop(external_id, None)
            self.store.remove(self.slug, external_id)

    def plant(self, sighting: Sighting) -> str | None:
        """Add a person as the vendor met them; their id, None when another row bars them."""
        fields = self.from_sighting(sighting)
        if self.taken(fields):
            fields = self.from_sighting(sighting.alone())
            if self.taken(fields):
                return None
        return self.key(self.save(self.fresh_row() | fields, sighting.person.id))

    # For the vendors' handlers

    def taken(self, values: Mapping[str, Any], but: str = "") -> dict[str, str]:
        """The unique fields of `values` that a row other than `but` has, with its id."""
        found = {}
        for name, form in self.unique.items():
            same = form(values.get(name))
            holder = self._holders.get((name, same)) if same else None
            if holder is not None and holder != but:
                found[name] = holder
        return found

    def save(self, row: Row, person: str | None = None) -> Row:
        """Keep a new or changed row."""
        row = self.rewrite(row)
        key = self.key(row)
        old = self.rows.get(key)
        if old is not None:
            self._index(old, "")
            if self.moves_on_write:
                del self.rows[key]
                self.store.remove(self.slug, key)
        self.rows[key] = row
        self._index(row, key)
        if person is not None:
            self.people[key] = person
        self.store.put(self.slug, key, row, self.people.get(key, ""))
        return row

    def key(self, row: Row) -> str:
        return str(row[self.id_key])

    def next_number(self) -> int:
        """The next of the vendor's own numbers; never the same again."""
        number = int(self.note("number") or 0) + 1
        self.keep_note("number", number)
        return number

    def keep_note(self, name: str, value: Any) -> None:
        """Remember a JSON value beside the rows."""
        self._notes[name] = value
        self.store.note(self.slug, name, value)

    def note(self, name: str) -> Any:
        return self._notes.get(name)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)

    @contextmanager
    def writing(self) -> Iterator[None]:
        with self.lock, self.store.transaction():
            yield

    def _load(self) -> None:
        self._notes = self.store.notes(self.slug)
        for key, row, person in self.store.rows(self.slug):
            self.rows[key] = row
            if person:
                self.people[key] = person
            self._index(row, key)

    def _index(self, row: Row, key: str) -> None:
        for name, form in self.unique.items():
            same = form(row.get(name))
            if same and key:
                self._holders[name, same] = key
            elif same:
                self._holders.pop((name, same), None)


def _nobody_to_fill_with(account: Account, count: int) -> None:
    raise RuntimeError("only a served fake can be filled")


def iso(when: datetime, digits: int = 3) -> str:
    """UTC with a Z and so many digits of a second, as `2026-01-31T16:23:27.000Z`."""
    whole = when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return f"{whole[: 20 + digits]}Z"


def lowered(value: Any) -> str:
    """E-mails and codes as vendors compare them."""
    return value.strip().lower() if isinstance(value, str) else ""


def only_digits(value: Any) -> str:
    """Phones and documents as vendors compare them."""
    return "".join(char for char in str(value or "") if char.isdigit())
