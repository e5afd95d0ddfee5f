"""What each vendor would be told, of the customers in a workspace that changed."""

from msgspec import Struct, field

from customers.merging import Sides, merge
from customers.models import Connection, LinkState
from customers.restoring import UNIQUE_FIELDS, is_second
from customers.settling import pair_of
from customers.values import NOT_SAID, Value
from customers.workspace import LinkWork, Workspace


class Telling(Struct):
    """What one link would be told: field to `[the vendor's value, ours]`."""

    link: LinkWork
    fields: dict[str, list[Value]] = field(default_factory=dict)


def tellings(work: Workspace) -> list[Telling]:
    """Writes nothing; one query."""
    links = [
        link
        for golden in work.customers.values()
        for link in work.links_of.get(golden.id, ())
        if golden.dirty and link.state == LinkState.ACTIVE.value
    ]
    places = {link.connection_id for link in links}
    written_to = set(
        Connection.objects.filter(pk__in=places, writes=True).values_list("pk", flat=True)
    )
    found = [_look(work, link) for link in links if link.connection_id in written_to]
    return [one for one in found if one.fields]


def _look(work: Workspace, link: LinkWork) -> Telling:
    golden, found = work.customers[link.customer_id], Telling(link)
    asked = {(one.link_id, one.field) for one in work.conflicts} | set(work.open_fields)
    for name in sorted({*link.stated, *link.base, *golden.values}):
        if (link.id, name) in asked or (name in UNIQUE_FIELDS and is_second(work, link)):
            continue
        hub, vendor = golden.value(name), link.stated.get(name, NOT_SAID)
        sides = Sides(
            field=name,
            hub=hub,
            vendor=vendor,
            pair=pair_of(link, name),
            by_person=golden.by_person(name),
            tellable=True,
        )
        if merge(sides).step == "tell":
            found.fields[name] = [vendor, hub]
    return found
