"""Who may do what: a line for every address and action of the admin.

`test_access.py` walks the URL configuration and the actions of every screen, and tries each as
every role. A new address needs a line in `TABLE` (by its name, or by its route where it has
none), a new action one in `ACTIONS`; a screen that needs a row to be opened has it made in
`world`. Who is named may; everybody else is refused.
"""

from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import Group, User
from django.utils import timezone

from customers.models import (
    Conflict,
    Connection,
    Customer,
    CustomerLink,
    Erasure,
    FieldRule,
    MatchKey,
    Run,
    SetAside,
    Write,
)

ID = 900_001  # of every row that the world has
FILLED = {
    "<path:object_id>": str(ID),
    "<int:object_id>": str(ID),
    "<id>": str(ID),
    "<path:content_type_id>": "1",
    "<int:content_type_id>": "1",
    "^(?P<app_label>customers|auth)/$": "customers/",
    "(?P<url>.*)$": "nowhere/",
}

ROLES = ("viewer", "steward", "operator", "admin")
# A clerk may log in and has no role; anonymous has not logged in.
EVERYONE = ("anonymous", "clerk", *ROLES)
STAFF = ("clerk", *ROLES)
ALL = ROLES
KEEPERS = ("operator", "admin")  # of connections and runs
STEWARDS = ("steward", "admin")
INSIDE = ("steward", "operator", "admin")
ADMIN = ("admin",)
NOBODY: tuple[str, ...] = ()


class Line:
    """Who may GET and who may POST. `get` None: it is a button, to be POSTed only; `post` empty:
    it is only to be read. `missing`: there may be nothing to be found there, so that 404 is an
    answer too. `sent`: what is POSTed."""

    def __init__(
        self,
        get: Iterable[str] | None,
        post: Iterable[str],
        *,
        missing: bool = False,
        sent: dict[str, str] | None = None,
    ) -> None:
        self.get = None if get is None else frozenset(get)
        self.post = frozenset(post)
        self.missing = missing
        self.sent = sent or {}


def page(who: Iterable[str]) -> Line:
    """A page, or a form that they may send too."""
    return Line(who, who)


def shown(who: Iterable[str]) -> Line:
    """What can only be read."""
    return Line(who, NOBODY)


def button(who: Iterable[str], **sent: str) -> Line:
    return Line(None, who, sent=sent)


def screen(
    model: str,
    seen: Iterable[str],
    added: Iterable[str] = NOBODY,
    changed: Iterable[str] | None = None,
    deleted: Iterable[str] = NOBODY,
) -> dict[str, Line]:
    """The addresses that every model's screen has. `changed`: who may send the row's page; by
    default whoever sees it, where the page only shows."""
    app, _, name = model.partition("_")
    return {
        f"{model}_changelist": page(seen),
        f"{model}_add": page(added),
        f"{model}_change": Line(seen, seen if changed is None else changed),
        f"{model}_delete": page(deleted),
        f"{model}_history": page(seen),
        f"/admin/{app}/{name}/<path:object_id>/": page(STAFF),  # leads on to the row's page
    }


TABLE: dict[str, Line] = {
    # the frame
    "/": page(EVERYONE),
    "reading": page(STAFF),
    "healthz": shown(EVERYONE),
    "index": page(STAFF),
    "login": page(EVERYONE),
    "logout": button(EVERYONE),
    "password_change": page(STAFF),
    "password_change_done": shown(STAFF),
    "search": page(STAFF),
    "autocomplete": page(NOBODY),
    "jsi18n": shown(STAFF),
    "view_on_site": Line(STAFF, STAFF, missing=True),
    "app_list": Line(STAFF, STAFF, missing=True),
    "/admin/(?P<url>.*)$": Line(STAFF, STAFF, missing=True),
    # customers
    **screen("customers_customer", seen=ALL, added=STEWARDS),
    "customers_customer_find": shown(ALL),
    "customers_customer_timeline": page(ALL),
    "customers_customer_edit": page(STEWARDS),
    "customers_customer_merge": page(STEWARDS),
    "customers_customer_unmerge": page(STEWARDS),
    "customers_customer_pull": button(STEWARDS, link=str(ID)),
    "customers_customer_push": button(STEWARDS),
    "customers_customer_take": button(STEWARDS),
    "customers_customer_pin": button(STEWARDS),
    "customers_customer_unpin": button(STEWARDS),
    "customers_customer_ignore": button(STEWARDS),
    "customers_customer_heed": button(STEWARDS),
    "customers_customer_export": page(STEWARDS),
    "customers_customer_erase": page(ADMIN),
    "customers_customer_remove": Line(ADMIN, ADMIN, missing=True),  # of a link that can be
    "customers_customer_add_to": page(STEWARDS),
    # questions
    **screen("customers_conflict", seen=ALL),
    "customers_conflict_review": page(STEWARDS),
    "customers_conflict_take_back": button(STEWARDS),
    "customers_conflict_same": button(STEWARDS),
    "customers_conflict_not_same": button(STEWARDS),
    "customers_conflict_decide": Line(None, STEWARDS, missing=True),  # a question about a field
    "customers_conflict_many": Line(STEWARDS, STEWARDS, missing=True),
    "customers_conflict_gone": Line(ALL, ALL, missing=True),  # a question about a record gone
    "customers_conflict_decide_gone": Line(None, STEWARDS, missing=True),
    # rules
    **screen("customers_fieldrule", seen=INSIDE, added=STEWARDS),
    "customers_fieldrule_off": button(STEWARDS),
    "customers_fieldrule_undo": button(STEWARDS),
    # erasures
    **screen("customers_erasure", seen=STEWARDS),
    "customers_erasure_confirm": Line(None, ADMIN, missing=True),
    "customers_erasure_look": Line(None, ADMIN, missing=True),  # where a line waits
    # connections and runs
    **screen("customers_connection", seen=ALL, added=KEEPERS),
    "customers_connection_settings": page(KEEPERS),
    "customers_connection_writing": page(KEEPERS),
    "customers_connection_check": button(KEEPERS),
    "customers_connection_pull": button(KEEPERS),
    "customers_connection_scan": button(KEEPERS),
    "customers_connection_retry": button(KEEPERS),
    "customers_connection_pause": button(KEEPERS),
    "customers_connection_resume": button(KEEPERS),
    "customers_connection_remove": page(KEEPERS),
    **screen("customers_run", seen=ALL),
    "customers_run_progress": page(ALL),
    "customers_run_release": button(KEEPERS),
    "customers_run_end": button(KEEPERS),
    "customers_run_undo": page(KEEPERS),
    "customers_run_undo_now": button(KEEPERS),
    # what is told to vendors
    **screen("customers_write", seen=ALL),
    "customers_write_retry": button(STEWARDS),
    "customers_write_drop": button(STEWARDS),
    "customers_write_recognise": button(STEWARDS),
    "customers_write_again": button(STEWARDS),
    "customers_write_give_up": button(STEWARDS),
    **screen("customers_setaside", seen=INSIDE),
    "customers_setaside_retry": button(KEEPERS),
    **screen("customers_matchkey", seen=INSIDE),
    **screen("customers_matchsettings", seen=INSIDE)
    | {
        "customers_matchsettings_changelist": Line(INSIDE, KEEPERS),
        # one row, whose id is another: the way back to the start page
        "customers_matchsettings_history": Line(STAFF, STAFF),
    },
    "customers_matchsettings_match": button(KEEPERS),
    # who logs in
    **screen("auth_user", seen=ADMIN, added=ADMIN, changed=ADMIN, deleted=ADMIN),
    "auth_user_password_change": page(ADMIN),
    **screen("auth_group", seen=ADMIN, added=ADMIN, changed=ADMIN, deleted=ADMIN),
}

ACTIONS: dict[str, dict[str, Iterable[str]]] = {
    "customers.customer": {"merge_chosen": STEWARDS, "add_to_vendor": STEWARDS},
    "auth.user": {"delete_selected": ADMIN},
    "auth.group": {"delete_selected": ADMIN},
}


def world() -> dict[type, Any]:
    """A row for every screen, all of one id."""
    connection = Connection.objects.create(pk=ID, name="Main shop", vendor="yampi")
    customer = Customer.objects.create(pk=ID, name="Ana Paz", email="ana@example.com")
    link = CustomerLink.objects.create(
        pk=ID,
        customer=customer,
        connection=connection,
        external_id="7",
        read_at=timezone.now(),
    )
    run = Run.objects.create(pk=ID, connection=connection, mode="full", state="held")
    rows = [
        connection,
        customer,
        link,
        run,
        Conflict.objects.create(pk=ID, kind="duplicate", customer=customer),
        Write.objects.create(pk=ID, kind="create", customer=customer, connection=connection),
        SetAside.objects.create(pk=ID, connection=connection, run=run, text="{}", reason="?"),
        FieldRule.objects.create(pk=ID, field="email", connection=connection),
        Erasure.objects.create(pk=ID, customer=ID + 1),
        MatchKey.objects.create(pk=ID, kind="email", value="a@x.org", retired_at=timezone.now()),
        User.objects.create(pk=ID, username="somebody"),
        Group.objects.create(pk=ID, name="some"),
    ]
    return {type(row): row for row in rows}
