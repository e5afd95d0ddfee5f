"""A customer's vendors, a badge for each link."""

from collections.abc import Iterable

from django.utils.html import format_html_join

from customers.models import CustomerLink, LinkState
from customers.models.connection import vendor_choices


def badges(links: Iterable[CustomerLink]) -> str:
    """`""` for a customer that no vendor knows. A link that is not active is faded."""
    vendors = dict(vendor_choices())
    return format_html_join(
        "",
        '<span class="desk-badge{}" title="{}: {}">{}</span>',
        (
            (
                "" if link.state == LinkState.ACTIVE else " desk-badge-faded",
                link.connection.name,
                LinkState(link.state).label,
                vendors.get(link.connection.vendor, link.connection.vendor),
            )
            for link in links
        ),
    )
