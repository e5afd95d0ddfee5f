"""Vendors' fakes as the model test drives them: their staff, their whims, and a look at every
write that arrives. And the hub's own process, which can be killed or overtaken at a request."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from typing import Any

import pytest

from connectors.sandbox_http import Call, Reply
from connectors.sandbox_rows import Row
from connectors.sandbox_vendor import VendorSandbox
from tests.customers.histories import History, mark

CRM = " (crm)"
VENDORS = {
    "mercately": {"email": "email", "phone": "phone", "notes": "notes"},
    "tiendanegocio": {"email": "email", "phone": "phone", "notes": "note"},
    "yativo": {"email": "customer_email", "phone": "customer_phone"},
}
HIDES = "yativo"  # its list shows the active ones only
PEOPLE = (("Ana", "Paz"), ("Bruno", "Sol"), ("Carla", "Mar"))


def row_of(slug: str, person: int, values: dict[str, str]) -> dict[str, Any]:
    given, family = PEOPLE[person]
    names: dict[str, dict[str, Any]] = {
        "mercately": {"first_name": given, "last_name": family},
        "tiendanegocio": {"name": given, "last_name": family},
        "yativo": {"customer_name": f"{given} {family}", "customer_country": "ECU"},
    }
    theirs = VENDORS[slug]
    return names[slug] | {theirs[name]: value for name, value in values.items() if name in theirs}


class KilledError(BaseException):
    """The process ends here: nothing of ours may catch it."""


class Floor:
    """One vendor's account. `fields`: ours to theirs. `late`: writes that have been sent and
    not carried out yet. `created`: e-mail and id of what came of each create, as it was sent.
    `lost`: values overwritten by somebody who had not seen them."""

    def __init__(self, fake: VendorSandbox, fields: dict[str, str]) -> None:
        self.fake = fake
        self.fields = fields
        self.answer, self.carry_out = fake.answer, fake.carry_out
        fake.answer = self._answer  # type: ignore[method-assign]
        fake.carry_out = self._carry_out  # type: ignore[method-assign]
        self.reset(History())

    def reset(self, history: History, rewrite: str = "") -> None:
        """An empty account, with another history. `rewrite`: what it does to what it stores."""
        self.history = history
        self.fake.faults.clear()
        self.fake.writes.clear()
        for key in list(self.fake.rows):
            self.fake.remove(key)
        self.fake.rewrite = {"capitals": self._capitals, "adds": self._adds}.get(rewrite, dict)
        self.late: list[Call] = []
        self.created: list[list[str]] = []
        self.lost: list[tuple[str, str, str]] = []
        self.postpones = 0
        self.at_that_moment: tuple[str, str] | None = None

    # Staff

    def add(self, **values: Any) -> str:
        return self.fake.add(**values)

    def value(self, key: str, name: str) -> str:
        return mark(name, self.fake.rows[key].get(self.fields[name]))

    def edit(self, key: str, name: str) -> None:
        new = self.history.fresh(name, [self.value(key, name)])
        self.fake.edit(key, **{self.fields[name]: new})

    def empty(self, key: str, name: str) -> None:
        self.history.excuse(self.value(key, name))
        self.fake.edit(key, **{self.fields[name]: ""})

    def values(self) -> Iterator[str]:
        for key in self.fake.rows:
            yield from (self.value(key, name) for name in self.fields)

    # Whims

    def trouble(self, kind: str, name: str) -> None:
        """What goes wrong with the next write; `edited`: the staff edit a field of that record
        at the very moment at which it arrives."""
        if kind == "late":
            self.postpones = 1
        elif kind.startswith("edited"):
            name = name if name in self.fields else "email"
            self.at_that_moment = (kind.removeprefix("edited "), name)
        else:
            for method in ("PUT", "POST"):
                self.fake.misbehave(kind, method=method, path="customer")

    def _capitals(self, row: Row) -> Row:
        found = dict(row)
        for name in {"email", "notes"} & set(self.fields):
            if found.get(self.fields[name]):
                found[self.fields[name]] = f" {found[self.fields[name]].upper()} "
        return found

    def _adds(self, row: Row) -> Row:
        """It makes another value of what it is told."""
        key = self.fields.get("notes", "")
        told = row.get(key) or ""
        if not told or told.endswith(CRM):
            return dict(row)
        self.history.born(mark("notes", told + CRM), [mark("notes", told)])
        return {**row, key: told + CRM}

    # What arrives

    def _answer(self, call: Call) -> Reply:
        writes = not call.reads and "customer" in call.path
        if not (writes and self.postpones):
            return self.answer(call)
        self.postpones -= 1
        self.late.append(call)
        return Reply(delivery="dropped")

    def arrive(self) -> None:
        """What was late is carried out, whatever became of the record meanwhile."""
        for call in self.late:
            self._look(call, excused=True)
        self.late.clear()

    def _carry_out(self, call: Call) -> Reply:
        if call.reads or "customer" not in call.path:
            return self.carry_out(call)
        return self._look(call, excused=False)

    def _look(self, call: Call, excused: bool) -> Reply:
        moment, key = self.at_that_moment, call.path.rpartition("/")[2]
        races = call.method == "PUT" and moment is not None and key in self.fake.rows
        if races and moment is not None:
            self.at_that_moment = None
            if moment[0] == "before":
                excused = True
                self.edit(key, moment[1])
        before = dict(self.fake.rows)
        reply = self.carry_out(call)
        self._compare(call, before, excused)
        if races and moment is not None and moment[0] == "after":
            self.edit(key, moment[1])
        return reply

    def _compare(self, call: Call, before: dict[str, Row], excused: bool) -> None:
        for key, row in self.fake.rows.items():
            if key not in before:
                self.created.append([str(row.get(self.fields["email"])).strip().lower(), key])
                continue
            for name, theirs in self.fields.items():
                old, new = mark(name, before[key].get(theirs)), self.value(key, name)
                if old == new or self.history.may_go(old, new):
                    continue
                if excused:
                    self.history.excuse(old)
                    self.history.raced += 1
                else:
                    self.lost.append((name, old, new))


@dataclass
class Wire:
    """What happens to our process at its next requests to a vendor: at the number `place` of a
    `method`, `before` it leaves or `after` it was answered."""

    method: str = ""
    place: int = 0
    moment: str = ""
    deed: Callable[[], object] = field(default=lambda: None)

    def arm(self, method: str, place: int, moment: str, deed: Callable[[], object]) -> None:
        self.method, self.place, self.moment, self.deed = method, place, moment, deed

    def disarm(self) -> None:
        self.method = ""

    def at(self, method: str, moment: str) -> None:
        ours = threading.current_thread() is threading.main_thread()
        if not (ours and self.method == method and self.moment == moment):
            return
        self.place -= 1
        if self.place < 0:
            self.disarm()
            self.deed()


@contextmanager
def watched(wire: Wire, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """Requests pass by `wire`, in the standard library's own client."""
    request, getresponse = HTTPConnection.putrequest, HTTPConnection.getresponse

    def leaving(self: Any, method: str, *args: Any, **kwargs: Any) -> None:
        self.asked = method
        wire.at(method, "before")
        request(self, method, *args, **kwargs)

    def answered(self: Any, *args: Any, **kwargs: Any) -> Any:
        found = getresponse(self, *args, **kwargs)
        wire.at(self.asked, "after")
        return found

    with patch.context() as mine:
        mine.setattr(HTTPConnection, "putrequest", leaving)
        mine.setattr(HTTPConnection, "getresponse", answered)
        yield
