"""The admin: one module a screen. Each is a door: load, call one function, report."""

from customers.admin import (
    conflicts,
    connections,
    customers,
    home,
    match_keys,
    matching,
    people,
    runs,
    set_aside,
)

__all__ = [
    "conflicts",
    "connections",
    "customers",
    "home",
    "match_keys",
    "matching",
    "people",
    "runs",
    "set_aside",
]
