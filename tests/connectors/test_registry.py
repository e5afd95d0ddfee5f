from pathlib import Path
from types import ModuleType

import pytest

import connectors
from connectors import registry
from connectors.errors import ConfigurationError


def test_every_folder_with_a_connector_is_a_vendor() -> None:
    folders = Path(connectors.__file__).parent.glob("*/connector.py")
    assert list(registry.vendors()) == sorted(folder.parent.name for folder in folders)


def test_a_vendors_slug_is_its_folder() -> None:
    assert all(slug == kind.slug for slug, kind in registry.vendors().items())


def test_an_unknown_vendor_is_a_configuration_error() -> None:
    with pytest.raises(ConfigurationError, match="unknown vendor 'nobody'"):
        registry.vendor("nobody")


def test_a_folder_without_one_connector_is_refused() -> None:
    with pytest.raises(ImportError, match="should define one connector, it has 0"):
        registry._connector_in(ModuleType("empty"))
