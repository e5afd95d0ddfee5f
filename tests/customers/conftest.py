"""Sandbox vendors and connections for the engine's tests."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connectors.sandbox import SandboxServer, serve
from customers import accounts
from customers.models import Connection

Connect = Callable[..., Connection]


@pytest.fixture
def vendors(settings: Any) -> Iterator[SandboxServer]:
    """Every vendor's fake, without people."""
    with serve(seed=7) as server:
        settings.EXTRA_VENDOR_HOSTS = [server.address]
        yield server


@pytest.fixture
def connect(vendors: SandboxServer, db: None) -> Connect:
    """Makes the connection to a vendor's fake; keywords are further `--set` keys."""

    def make(slug: str, name: str = "", trust: int = 50, **given: str) -> Connection:
        fake = vendors.vendor(slug)
        return accounts.add(
            slug, name or slug, {**fake.credentials, **fake.options, **given}, trust
        )

    return make
