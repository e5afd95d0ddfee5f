"""Every vendor's API, faked and served over real sockets on loopback.

`with serve(people=1200) as server:` gives each vendor's account under its own prefix;
`server.base_url(slug)` is what a connection's `base_url` takes. The fakes are found by
walking the vendors' folders; nothing here names one.
"""

import pkgutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from inspect import isabstract, isclass
from pathlib import Path
from typing import Self

import connectors
from connectors.population import people as invented
from connectors.population_sightings import Acquaintances
from connectors.sandbox_http import Call, LoopbackServer, RefusalError, Reply
from connectors.sandbox_rows import Account
from connectors.sandbox_store import Store
from connectors.sandbox_vendor import VendorSandbox

__all__ = ["Call", "RefusalError", "Reply", "SandboxServer", "VendorSandbox", "find", "serve"]

OURS = "*"  # under which the server itself keeps notes in the store
ODD_ROWS_FROM = 200  # a population of so many people has unreadable rows in it


class SandboxServer:
    """The fakes of all vendors on one port.

    `latency` (seconds) is added to every answer; `strays` are requests to no vendor's path.
    """

    def __init__(
        self, *, seed: int, state: Path | None, port: int, limits: bool, clock: Callable[[], float]
    ) -> None:
        self.store = Store(state)
        self.seed = int(self.store.notes(OURS).get("seed", seed))
        self.latency = 0.0
        self.strays: list[Call] = []
        self._next_person = int(self.store.notes(OURS).get("people", 0))
        self._http = LoopbackServer(port, self.respond, clock)
        self.address = f"127.0.0.1:{self._http.server_port}"
        self.vendors: dict[str, VendorSandbox] = {
            slug: kind(self.store, seed=self.seed, clock=clock) for slug, kind in find().items()
        }
        for vendor in self.vendors.values():
            vendor.base_url = self.base_url(vendor.slug)
            vendor.filler = self.fill
            if vendor.rate_limit is not None:
                vendor.rate_limit.on = limits

    def start(self) -> Self:
        self._http.start()
        return self

    def close(self) -> None:
        self._http.stop()
        self.store.close()

    def vendor(self, slug: str) -> VendorSandbox:
        return self.vendors[slug]

    def base_url(self, slug: str) -> str:
        return f"http://{self.address}/{slug}{self.vendors[slug].base_path}"

    def truth(self) -> dict[tuple[str, str], str]:
        """Who each invented row really is: (slug, external id) to the person's id."""
        return {
            (vendor.slug, key): person
            for vendor in self.vendors.values()
            for key, person in list(vendor.people.items())
        }

    def populate(self, count: int) -> None:
        """Add `count` people, each known to one vendor or more. Once: a population that the
        state already holds stays as it is."""
        if count <= 0 or self._next_person:
            return
        known = Acquaintances(self.seed, {slug: v.home for slug, v in self.vendors.items()})
        with self.store.transaction():
            for person in invented(self.seed, count):
                for slug in known.vendors_of(person):
                    self.vendors[slug].plant(known.sighting(person, slug))
            self._met(count)
            if count >= ODD_ROWS_FROM:
                for vendor in self.vendors.values():
                    for key, fields in vendor.odd_rows().items():
                        vendor.save({**vendor.rows[key], **fields})

    def fill(self, vendor: Account, count: int) -> None:
        """Add `count` rows, of people whom only this vendor knows."""
        known = Acquaintances(self.seed, {vendor.slug: vendor.home})
        with vendor.writing():
            goal = len(vendor.rows) + count
            while len(vendor.rows) < goal:
                for person in invented(self.seed, goal - len(vendor.rows), self._next_person):
                    self._met(1)
                    if vendor.home.get(person.country) and not person.placeholder:
                        vendor.plant(known.sighting(person, vendor.slug))

    def respond(self, call: Call) -> Reply:
        """Answer by the vendor whose prefix the path has."""
        if self.latency:
            time.sleep(self.latency)
        slug, _, rest = call.path.lstrip("/").partition("/")
        vendor = self.vendors.get(slug)
        base = vendor.base_path.lstrip("/") if vendor else ""
        if vendor is None or not f"/{rest}/".startswith(f"/{base}/"):
            self.strays.append(call)
            return Reply(404, {"message": "no vendor of the sandbox lives here"})
        call.path = f"/{rest}".removeprefix(vendor.base_path) or "/"
        return vendor.answer(call)

    def _met(self, count: int) -> None:
        self._next_person += count
        self.store.note(OURS, "people", self._next_person)
        self.store.note(OURS, "seed", self.seed)


@contextmanager
def serve(
    *,
    seed: int = 1,
    people: int = 0,
    state: Path | str | None = None,
    port: int = 0,
    limits: bool = False,
    clock: Callable[[], float] = time.time,
) -> Iterator[SandboxServer]:
    """Serve every vendor's fake on 127.0.0.1 until the block ends.

    `people`: how many to invent, from `seed`. `state`: a file that keeps all rows; a second
    run on it serves the same, whatever `seed` and `people` say. `port` 0: any that is free.
    `limits`: refuse by the documented rate limits (their headers are always sent).
    """
    path = Path(state) if state is not None else None
    server = SandboxServer(seed=seed, state=path, port=port, limits=limits, clock=clock)
    try:
        server.populate(people)
        server.start()
        yield server
    finally:
        server.close()


def find() -> dict[str, type[VendorSandbox]]:
    """Each vendor's fake by slug: the one class in its folder's `sandbox` module."""
    found = {}
    for package in sorted(pkgutil.iter_modules(connectors.__path__), key=lambda one: one.name):
        name = f"connectors.{package.name}.sandbox"
        if package.ispkg and find_spec(name) is not None:
            module = import_module(name)
            kinds = [
                value
                for value in vars(module).values()
                if isclass(value)
                and issubclass(value, VendorSandbox)
                and not isabstract(value)
                and value.__module__ == module.__name__
            ]
            found.update({kind.slug: kind for kind in kinds})
    return found
