"""The admin: one module a screen. Each is a door: load, call one function, report."""

from customers.admin import (
    conflicts,
    connections,
    customers,
    erasures,
    home,
    match_keys,
    matching,
    people,
    rules,
    runs,
    set_aside,
    writes,
)

__all__ = [
    "conflicts",
    "connections",
    "customers",
    "erasures",
    "home",
    "match_keys",
    "matching",
    "people",
    "rules",
    "runs",
    "set_aside",
    "writes",
]
