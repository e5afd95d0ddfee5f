"""A vendor says something, with no vendor: one record, placed as a page of records is."""

import os
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from connectors.records import CustomerRecord, Name
from customers import bulk
from customers.editing import edit
from customers.linking import Place, Row
from customers.models import Conflict, Connection, Customer, CustomerLink
from customers.normalise import state, texts
from customers.workspace import Workspace
from customers.writing import Writer

EMAIL = "ana@example.com"
ANA: dict[str, Any] = {"name": Name(given="Ana", family="Prado"), "email": EMAIL}


def shop(name: str, trust: int = 50, *, told: bool = False) -> Connection:
    """A connection; `told`: its vendor can be told of changes."""
    options = {"alias": "shop", "allow_update": told}
    return Connection.objects.create(
        name=name, vendor="yampi", trust=trust, options=options, writes=told, region="BR"
    )


def says(connection: Connection, external_id: str = "1", **fields: Any) -> CustomerLink:
    """The connection's record says this now; it is Ana's unless the fields say otherwise."""
    record = CustomerRecord(external_id=external_id, **(ANA | fields))
    statement = state(record, connection.country)
    row = Row.of(record, statement, "{}", texts(record, statement), os.urandom(8))
    row.sent_at = timezone.now()
    links = CustomerLink.objects.filter(connection=connection, external_id=external_id)
    with transaction.atomic():
        work = Workspace()
        work.load_links_keys(list(links.values_list("pk", flat=True)))
        work.lock_keys({*statement.keys, *(key for ks in work.keys_of_link.values() for key in ks)})
        held = {one for key in work.keys.values() for one in key.holders}
        work.load_customers({*held, *links.values_list("customer_id", flat=True)})
        place = Place(work, connection.pk, None, settings.MATCH_KEY_MAX_CARRIERS)
        place.customer_ids = bulk.new_ids(Customer, 1)
        place.link_ids = bulk.new_ids(CustomerLink, 1)
        place.put(row)
        Writer(work, connection.pk, None).write()
    return links.get()


def apart(link: CustomerLink, field: str) -> str:
    """Why a field of a link is apart, `""` where it agrees."""
    link.refresh_from_db()
    entry = link.base.get(field, ["", ""])
    return str(entry[2]) if len(entry) > 2 else ""


def disagree(connection: Connection, people: int, user: User) -> list[int]:
    """So many people of whom the person and the connection say different notes (`ours` and
    `theirs`): the questions, oldest first."""
    for number in range(people):
        who = {"email": f"person{number}@example.com", "external_id": str(number)}
        says(connection, notes="old", **who)
        customer = Customer.objects.get(email=who["email"])
        edit(customer.pk, {"notes": "ours"}, user, customer.version)
        says(connection, notes="theirs", **who)
    return list(Conflict.objects.order_by("id").values_list("pk", flat=True))
