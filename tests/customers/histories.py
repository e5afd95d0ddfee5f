"""Who had seen which value when they wrote another: how the model test counts what is lost.

Every value that anybody writes is new, so that a value names its author. A value may go where
whoever wrote the next one had seen it, where it was shown as a difference, or where it was
excused: cleared by somebody who saw it, or overwritten in the moment between our re-read and
the vendor's PUT, which nobody can close.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from customers.values import canonical


def mark(name: str, value: Any) -> str:
    """A value of a field, however it is written; `""` for none."""
    text = canonical(name, value)
    return "".join(filter(str.isdigit, text)) if name == "phone" else text


@dataclass
class History:
    """`seen`: value to those that its author had seen, and theirs."""

    seen: dict[str, set[str]] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)
    excused: set[str] = field(default_factory=set)
    number: int = 0
    raced: int = 0

    def fresh(self, name: str, over: Iterable[str]) -> str:
        """A new value of a field, written by somebody who saw `over`."""
        self.number += 1
        value = {
            "email": f"Mail{self.number}@example.com",
            "phone": f"+5939{87_000_000 + self.number}",
            "notes": f"Note {self.number}",
        }[name]
        self.born(mark(name, value), over)
        return value

    def born(self, one: str, over: Iterable[str]) -> None:
        before = {old for old in over if old}
        if one:
            earlier = (self.seen.get(old, ()) for old in before)
            self.seen.setdefault(one, set()).update(before, *earlier)

    def show(self, values: Iterable[str]) -> None:
        """A person sees these, and so that what their authors had seen has gone."""
        for one in values:
            self.shown.update([one], self.seen.get(one, ()))

    def excuse(self, *values: str) -> None:
        """These may go, and so may what their authors had seen."""
        self.excused.update(values, *(self.seen.get(one, ()) for one in values))

    def unsaid(self, values: Iterable[tuple[str, Any]]) -> None:
        """Values that their vendor did not take from its own staff."""
        self.excused |= {mark(name, value) for name, value in values}

    def may_go(self, old: str, new: str) -> bool:
        """Whether `new` may stand where `old` stood."""
        known = self.shown | self.excused | self.seen.get(new, set())
        return old in ("", new) or old in known

    def lost(self, standing: Iterable[str]) -> set[str]:
        """What was once written, and is neither held, nor shown, nor known to have gone to the
        author of what is."""
        here, gone = set(standing), self.shown | self.excused
        known = here.union(*(self.seen.get(one, set()) for one in here | gone))
        return set(self.seen) - known - gone
