"""What is wrong with a vendor's answer, a record or a connection's options, as connectors say it:
known whole sentences, and forms with names or numbers in them. For `engine_words`."""

from typing import Any

from django.utils.translation import gettext_lazy

SENTENCES: dict[str, Any] = {
    # an answer
    "no whole answer in time": gettext_lazy("no whole answer in time"),
    "the answer is empty": gettext_lazy("the answer is empty"),
    "a web page came instead of the vendor's data": gettext_lazy(
        "a web page came instead of the vendor's data"
    ),
    "the vendor hung up before its answer was whole": gettext_lazy(
        "the vendor hung up before its answer was whole"
    ),
    "the answer was packed and could not be unpacked": gettext_lazy(
        "the answer was packed and could not be unpacked"
    ),
    "the answer holds no customer": gettext_lazy("the answer holds no customer"),
    # a record
    "the record is not a JSON object": gettext_lazy("the record is not a JSON object"),
    # options
    "base_url must hold a scheme, a host and a path only": gettext_lazy(
        "base_url must hold a scheme, a host and a path only"
    ),
    "get_path must begin with / and contain {id}": gettext_lazy(
        "get_path must begin with / and contain {id}"
    ),
}
FORMS: list[tuple[str, Any]] = [
    # an answer
    (
        r"the answer is not the JSON expected: (?P<why>.*)",
        gettext_lazy("the answer is not the JSON expected: %(why)s"),
    ),
    (
        r"the answer is over (?P<n>[\d,]+) bytes",
        gettext_lazy("the answer is over %(n)s bytes"),
    ),
    (
        r"the answer to (?P<what>.+) holds no (?P<key>\w+)",
        gettext_lazy("the answer to %(what)s holds no %(key)s"),
    ),
    (
        r"one customer was expected, (?P<n>\d+) came",
        gettext_lazy("one customer was expected, %(n)s came"),
    ),
    (
        r"the connection failed \((?P<why>.*)\)",
        gettext_lazy("the connection failed (%(why)s)"),
    ),
    (
        r"(?P<words>.*) \(redirects are not followed\)",
        gettext_lazy("%(words)s (redirects are not followed)"),
    ),
    (
        r"(?P<vendor>.+) answered the create with a KYC link",
        gettext_lazy("%(vendor)s answered the create with a KYC link"),
    ),
    (
        r"(?P<vendor>.+) answered the create without a record that can be read",
        gettext_lazy("%(vendor)s answered the create without a record that can be read"),
    ),
    # a record
    (
        r"the record is not readable JSON: (?P<why>.*)",
        gettext_lazy("the record is not readable JSON: %(why)s"),
    ),
    (
        r"not understood \((?P<kind>\w+)\)",
        gettext_lazy("the record was not understood (%(kind)s)"),
    ),
    (
        r"(?P<key>\S+) should be a list of objects",
        gettext_lazy("%(key)s should be a list of objects"),
    ),
    (r"(?P<key>\S+) should be a list", gettext_lazy("%(key)s should be a list")),
    (r"(?P<key>\S+) should be an object", gettext_lazy("%(key)s should be an object")),
    (r"(?P<key>\S+) should be true or false", gettext_lazy("%(key)s should be true or false")),
    (
        r"(?P<key>\S+) should be a date \(YYYY-MM-DD\)",
        gettext_lazy("%(key)s should be a date (YYYY-MM-DD)"),
    ),
    (
        r"(?P<key>\S+) should be text, not true or false",
        gettext_lazy("%(key)s should be text, not true or false"),
    ),
    (
        r"(?P<key>\S+) should be text, not a list",
        gettext_lazy("%(key)s should be text, not a list"),
    ),
    (
        r"(?P<key>\S+) should be text, not an object",
        gettext_lazy("%(key)s should be text, not an object"),
    ),
    (
        r"(?P<key>\S+) is missing or is not an id",
        gettext_lazy("%(key)s is missing or is not an id"),
    ),
    (
        r"(?P<key>\S+) is empty or longer than (?P<n>\d+) characters",
        gettext_lazy("%(key)s is empty or longer than %(n)s characters"),
    ),
    (
        r"(?P<key>\S+) is longer than (?P<n>\d+) characters",
        gettext_lazy("%(key)s is longer than %(n)s characters"),
    ),
    # what a vendor can do
    (r"(?P<vendor>.+) gives no tokens", gettext_lazy("%(vendor)s gives no tokens")),
    (r"(?P<vendor>.+) has no token to fetch", gettext_lazy("%(vendor)s has no token to fetch")),
    (
        (
            r"(?P<vendor>.+): (?P<what>\w+) is not confirmed by its page; option (?P<option>\w+) "
            r"turns it on"
        ),
        gettext_lazy(
            "%(vendor)s: %(what)s is not confirmed by its page; option %(option)s turns it on"
        ),
    ),
    (
        r"(?P<vendor>.+) has no documented way to create a customer",
        gettext_lazy("%(vendor)s has no documented way to create a customer"),
    ),
    (
        r"(?P<vendor>.+) has no documented way to update a customer",
        gettext_lazy("%(vendor)s has no documented way to update a customer"),
    ),
    (
        r"(?P<vendor>.+) has no documented way to delete a customer",
        gettext_lazy("%(vendor)s has no documented way to delete a customer"),
    ),
    (
        r"(?P<vendor>.+) has no documented way to (?P<what>\w+) a customer",
        gettext_lazy("%(vendor)s has no documented way for this: %(what)s"),
    ),
    (
        r"(?P<vendor>.+) does not take a customer without: (?P<names>.+)",
        gettext_lazy("%(vendor)s does not take a customer without: %(names)s"),
    ),
    (
        (
            r"(?P<vendor>.+) never shows a customer's company, and an update without one may "
            r"remove it; give the customer a company, or turn on option (?P<option>\w+)"
        ),
        gettext_lazy(
            "%(vendor)s never shows a customer's company, and an update without one may remove "
            "it; give the customer a company, or turn on option %(option)s"
        ),
    ),
    # options
    (r"unknown key: (?P<names>.+)", gettext_lazy("unknown key: %(names)s")),
    (
        r"unknown vendor (?P<name>.+); there are (?P<names>.+)",
        gettext_lazy("unknown vendor %(name)s; there are %(names)s"),
    ),
    (r"base_url has a bad port: (?P<url>.+)", gettext_lazy("base_url has a bad port: %(url)s")),
    (
        (
            r"base_url leads to (?P<url>\S+), which is not one of this vendor's hosts "
            r"\((?P<hosts>.*), https\); EXTRA_VENDOR_HOSTS admits others"
        ),
        gettext_lazy(
            "base_url leads to %(url)s, which is not one of this vendor's hosts (%(hosts)s, "
            "https); EXTRA_VENDOR_HOSTS admits others"
        ),
    ),
    (
        r"the vendor's host leads to (?P<address>.+), an inner address: refused",
        gettext_lazy("the vendor's host leads to %(address)s, an inner address: refused"),
    ),
]
