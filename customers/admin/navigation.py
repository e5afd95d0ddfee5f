"""The frame around the screens: its name and its sidebar."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _


def title(request: HttpRequest) -> Any:
    return _("Customer desk")


def stylesheet(request: HttpRequest) -> str:
    return static("customers/desk.css")


def screens(request: HttpRequest) -> str:
    return static("customers/screens.css")


def script(request: HttpRequest) -> str:
    return static("customers/frame.js")


def palette(request: HttpRequest) -> str:
    return static("customers/palette.js")


def keys(request: HttpRequest) -> str:
    return static("customers/keys.js")


def moving(request: HttpRequest) -> str:
    return static("customers/moving.js")


def icon(request: HttpRequest) -> str:
    return static("customers/icon.svg")


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups and their items; each only for those who may see it."""
    groups = [
        (
            _("Desk"),
            [
                (_("Start"), "home", reverse_lazy("admin:index"), ""),
                _item(_("Customers"), "group", "customer"),
                _item(_("Open questions"), "help", "conflict"),
                _item(_("Rules"), "rule", "fieldrule"),
                _item(_("Erasures"), "person_remove", "erasure"),
            ],
        ),
        (
            _("Vendors"),
            [
                _item(_("Connections"), "cable", "connection"),
                _item(_("Runs"), "sync", "run"),
                _item(_("Writes"), "outbox", "write"),
                _item(_("Records set aside"), "inventory_2", "setaside"),
                _item(_("Matching"), "join_inner", "matchsettings"),
                _item(_("Retired match keys"), "key_off", "matchkey"),
            ],
        ),
        (
            _("Access"),
            [
                _item(_("People who log in"), "person", "user", "auth"),
                _item(_("Groups"), "shield_person", "group", "auth"),
            ],
        ),
    ]
    shown = [
        {
            "title": name,
            "separator": bool(number),
            "items": [
                _shape(request, *item)
                for item in items
                if not item[3] or request.user.has_perm(item[3])
            ],
        }
        for number, (name, items) in enumerate(groups)
    ]
    return [group for group in shown if group["items"]]


def _item(words: Any, icon: str, model: str, app: str = "customers") -> tuple[Any, str, Any, str]:
    return words, icon, reverse_lazy(f"admin:{app}_{model}_changelist"), f"{app}.view_{model}"


def _shape(request: HttpRequest, words: Any, icon: str, link: Any, permission: str) -> Any:
    exact = str(link) == str(reverse_lazy("admin:index"))
    here = request.path == str(link) if exact else request.path.startswith(str(link))
    return {"title": words, "icon": icon, "link": link, "active": here}
