"""Stops a run that would do too much: a shop that was emptied, a field gone blank, a count
that is far off. Pure but for its limits."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from customers.values import EMPTY, Values


class HoldError(Exception):
    """The run must not go on until a person releases it. Its text says why."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Shares are of the links known when the run began; a share counts only from the
    least number on."""

    changed_share: float
    changed_least: int
    missing_share: float
    missing_least: int
    count_share: float
    blank_least: int = 5
    blank_share: float = 0.9
    strangers_least: int = 3


def limits() -> Limits:
    return Limits(
        changed_share=settings.GUARD_CHANGED_SHARE,
        changed_least=settings.GUARD_CHANGED_MIN,
        missing_share=settings.GUARD_MISSING_SHARE,
        missing_least=settings.GUARD_MISSING_MIN,
        count_share=settings.GUARD_COUNT_SHARE,
    )


@dataclass
class Guard:
    """Watches one run. `known`: active links when it began. `last_seen`: distinct records of
    the connection's last complete scan, None if there was none; `last_total`: how many the
    vendor counted then. `released`: a person has looked, nothing is held any more."""

    limits: Limits
    known: int
    last_seen: int | None = None
    last_total: int | None = None
    released: bool = False
    changed: int = 0
    seen: int = 0
    filled: dict[str, int] = field(default_factory=dict)
    blanked: dict[str, int] = field(default_factory=dict)
    met: int = 0
    strangers: int = 0
    _page: dict[str, list[int]] = field(default_factory=dict)
    _page_met: int = 0
    _page_strangers: int = 0

    def start(self) -> None:
        """A page begins (again)."""
        self._page = {}
        self._page_met = self._page_strangers = 0

    def meet(self, strange: bool) -> None:
        """A known record changed; `strange` where it now seems to be somebody else's."""
        self._page_met += 1
        self._page_strangers += strange

    def compare(self, before: Values, after: Values) -> None:
        """Count the fields of a known record that were filled and those now blank."""
        for name, value in before.items():
            if value != EMPTY:
                found = self._page.setdefault(name, [0, 0])
                found[0] += 1
                found[1] += after.get(name, EMPTY) == EMPTY

    def look(self, counts: Any) -> None:
        """Raises HoldError when the run, with this page, goes too far."""
        if self.released:
            return
        changed = self.changed + counts.changed
        ceiling = max(self.limits.changed_least, self.limits.changed_share * self.known)
        if changed > ceiling:
            raise HoldError(f"{changed:,} of {self.known:,} known records would change in one run")
        strangers, met = self.strangers + self._page_strangers, self.met + self._page_met
        if strangers >= self.limits.strangers_least and 2 * strangers > met:
            raise HoldError(
                f"{strangers:,} of {met:,} changed records are somebody else's now: "
                "this looks like another shop"
            )
        for name, (filled, blank) in self._page.items():
            blanks = blank + self.blanked.get(name, 0)
            before = filled + self.filled.get(name, 0)
            if blanks >= self.limits.blank_least and blanks >= self.limits.blank_share * before:
                raise HoldError(
                    f"the field {name} came back blank in {blanks:,} of {before:,} records"
                )

    def uneasy(self) -> bool:
        """Whether the page blanks a field, so that the records that did not change count."""
        return any(blank for _, blank in self._page.values())

    def still(self, stated: Iterable[Values]) -> None:
        """Count what records of the page that did not change still state."""
        for values in stated:
            for name, found in self._page.items():
                found[0] += values.get(name, EMPTY) != EMPTY

    def accept(self, counts: Any) -> None:
        """The page was stored."""
        self.changed += counts.changed
        self.seen += counts.seen
        self.met += self._page_met
        self.strangers += self._page_strangers
        for name, (filled, blank) in self._page.items():
            self.filled[name] = self.filled.get(name, 0) + filled
            self.blanked[name] = self.blanked.get(name, 0) + blank
        self._page = {}

    def look_at_total(self, total: int | None) -> None:
        """The vendor's count at the start of a scan, against the last complete scan."""
        if self.released or total is None or self.last_seen is None or self._miscounts():
            return
        if self.last_seen >= self.limits.changed_least and (
            total < self.limits.count_share * self.last_seen
        ):
            raise HoldError(
                f"the vendor now counts {total:,} customers; the last scan saw {self.last_seen:,}"
            )

    def look_at_end(self, seen: int, total: int | None) -> None:
        """The distinct records of a whole scan, against the vendor's count."""
        if self._miscounts():
            total = self.last_seen
        if self.released or total is None or total < self.limits.changed_least:
            return
        if seen < self.limits.count_share * total:
            who = "the last scan saw" if self._miscounts() else "the vendor counts"
            raise HoldError(f"the scan saw {seen:,} of the {total:,} customers that {who}")

    def _miscounts(self) -> bool:
        """Whether the vendor's count was as far off at the last complete scan: it is then how
        the vendor counts, and tells nothing."""
        if self.last_seen is None or self.last_total is None:
            return False
        fewer, more = sorted((self.last_seen, self.last_total))
        return fewer < self.limits.count_share * more

    def look_at_missing(self, missing: int) -> None:
        """How many known records a proven scan did not see."""
        if self._too_many(missing):
            raise HoldError(
                f"{missing:,} of {self.known:,} known records are missing from the vendor's list"
            )

    def look_at_gone(self, gone: int) -> None:
        """How many known records the vendor would have no more, this one among them."""
        if self._too_many(gone):
            raise HoldError(f"the vendor no longer has {gone:,} of {self.known:,} known records")

    def _too_many(self, missing: int) -> bool:
        ceiling = max(self.limits.missing_least, self.limits.missing_share * self.known)
        return not self.released and missing > ceiling
