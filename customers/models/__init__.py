"""The tables, one file an idea."""

from customers import lookups as _lookups  # noqa: F401 registers them
from customers.models.conflict import UNDECIDED, Conflict, ConflictKind, Decision
from customers.models.connection import Connection, Health
from customers.models.customer import BlockHolder, Customer, KeyHolder, MatchKey
from customers.models.erasure import ErasedRecord, Erasure, ErasureLine, ErasureState
from customers.models.event import Event, EventKind
from customers.models.figures import Figures
from customers.models.link import CustomerLink, LinkState
from customers.models.merge import Merge, NotSame
from customers.models.rule import FieldRule, MatchSettings
from customers.models.run import UNFINISHED, Run, RunKind, RunPage, RunState, SetAside
from customers.models.write import OPEN, Plan, Write, WriteKind, WriteState

__all__ = [
    "OPEN",
    "UNDECIDED",
    "UNFINISHED",
    "BlockHolder",
    "Conflict",
    "ConflictKind",
    "Connection",
    "Customer",
    "CustomerLink",
    "Decision",
    "ErasedRecord",
    "Erasure",
    "ErasureLine",
    "ErasureState",
    "Event",
    "EventKind",
    "FieldRule",
    "Figures",
    "Health",
    "KeyHolder",
    "LinkState",
    "MatchKey",
    "MatchSettings",
    "Merge",
    "NotSame",
    "Plan",
    "Run",
    "RunKind",
    "RunPage",
    "RunState",
    "SetAside",
    "Write",
    "WriteKind",
    "WriteState",
]
