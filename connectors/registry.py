"""Finds the vendors: every sub-package of `connectors` that has a `connector` module.

Adding a vendor is adding its folder; nothing here or elsewhere names one.
"""

import pkgutil
from functools import cache
from importlib import import_module
from inspect import isabstract, isclass
from types import ModuleType

import connectors
from connectors.base import Connector
from connectors.errors import ConfigurationError


@cache
def vendors() -> dict[str, type[Connector]]:
    """Each vendor's connector class by slug, in alphabetical order."""
    found: dict[str, type[Connector]] = {}
    for module in sorted(pkgutil.iter_modules(connectors.__path__), key=lambda m: m.name):
        if module.ispkg:
            found[module.name] = _connector_in(import_module(f"connectors.{module.name}.connector"))
    return found


def vendor(slug: str) -> type[Connector]:
    """The connector class of a vendor. Raises ConfigurationError for an unknown slug."""
    try:
        return vendors()[slug]
    except KeyError:
        raise ConfigurationError(
            f"unknown vendor {slug!r}; there are {', '.join(vendors())}"
        ) from None


def _connector_in(module: ModuleType) -> type[Connector]:
    classes = [
        value
        for value in vars(module).values()
        if isclass(value) and issubclass(value, Connector) and not isabstract(value)
    ]
    if len(classes) != 1:
        raise ImportError(f"{module.__name__} should define one connector, it has {len(classes)}")
    return classes[0]
