"""Texts that are shown in the admin but written elsewhere, named here for the catalogues.

Connectors know no Django, so what they declare (labels, hints, notes) cannot be marked where
it stands; the theme brings no translations of its own. A text that is not named here is shown
in English: a new vendor needs no line in this file.
"""

from django.utils.translation import gettext_noop

DECLARED = (
    gettext_noop("API address"),
    gettext_noop("API key"),
    gettext_noop("A new key ends the old one"),
    gettext_noop("Access token"),
    gettext_noop("Account id"),
    gettext_noop("App secret"),
    gettext_noop("Brand"),
    gettext_noop("Client id"),
    gettext_noop("Client secret"),
    gettext_noop("Country of new customers without an address"),
    gettext_noop("Create customers (not confirmed by the page)"),
    gettext_noop("Field names in writes"),
    gettext_noop("Form of the Authorization header"),
    gettext_noop("Form of writes"),
    gettext_noop("ISO code; the vendor takes no customer without a country"),
    gettext_noop("Instead of the token's own venue"),
    gettext_noop("Integrator id"),
    gettext_noop("Paging"),
    gettext_noop("Path of one customer"),
    gettext_noop("Shop alias"),
    gettext_noop("The current guide says /customer/customer/{id}, the older one /customer/{id}"),
    gettext_noop("The current reference sends the fields flat, the older one inside `customer`"),
    gettext_noop("The page shows no request body; theirs=other, comma-separated, renames keys"),
    gettext_noop("The restaurant's slug"),
    gettext_noop("The shop never shows a company, and an update without one may remove it"),
    gettext_noop("The shop's name in its address"),
    gettext_noop("Update customers (not confirmed by the page)"),
    gettext_noop("Updates may clear the company that the shop holds"),
    gettext_noop("User secret key"),
    gettext_noop("User token"),
    gettext_noop("Venue id"),
    gettext_noop("`Bearer TOKEN`, or the token alone; working clients send either"),
    gettext_noop("a country too: the address's, or option default_country"),
    gettext_noop("all fields are sent"),
    gettext_noop("an e-mail or a phone too, the older generation says"),
    gettext_noop("body not documented"),
    gettext_noop("no body is documented, and an empty 200 is no proof"),
    gettext_noop("no filter: sorted by updated_at, newest first"),
    gettext_noop("path and body not documented"),
    gettext_noop("required fields not stated"),
    gettext_noop("the answer holds no customer: read it again"),
    gettext_noop("the window is by creation date, clients say"),
)

THEME = (
    gettext_noop(" By %(filter_title)s "),
    gettext_noop("Apply Filters"),
    gettext_noop("Clear all filters"),
    gettext_noop("Dark"),
    gettext_noop("Filters"),
    gettext_noop("Go back"),
    gettext_noop("Light"),
    gettext_noop("Next"),
    gettext_noop("Previous"),
    gettext_noop("System"),
    gettext_noop("Type to search"),
)
