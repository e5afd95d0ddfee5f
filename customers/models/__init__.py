"""The tables, one file an idea."""

from customers import lookups as _lookups  # noqa: F401 registers them
from customers.models.conflict import Conflict, ConflictKind
from customers.models.connection import Connection, Health
from customers.models.customer import Customer, KeyHolder, MatchKey
from customers.models.event import Event, EventKind
from customers.models.link import CustomerLink, LinkState
from customers.models.run import UNFINISHED, Run, RunPage, RunState, SetAside

__all__ = [
    "UNFINISHED",
    "Conflict",
    "ConflictKind",
    "Connection",
    "Customer",
    "CustomerLink",
    "Event",
    "EventKind",
    "Health",
    "KeyHolder",
    "LinkState",
    "MatchKey",
    "Run",
    "RunPage",
    "RunState",
    "SetAside",
]
