"""The table of a list, made in one pass.

The theme makes its headings anew for every row, a template for every checkbox and label, and one
for the row around them: four fifths of a page's time. What comes out here is the same, class for
class (tests/customers/admin/test_listing.py holds the two side by side). Lists that are edited in
place, sorted by hand or opened as pop-ups are not made here: the desk has none.
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, NamedTuple

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.templatetags.admin_urls import add_preserved_filters
from django.contrib.admin.utils import label_for_field
from django.core.exceptions import FieldDoesNotExist
from django.db.models import ForeignKey, Model
from django.forms.utils import flatatt
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from unfold.admin import checkbox
from unfold.templatetags.unfold_list import (
    CHECKBOX_CLASSES,
    LINK_CLASSES,
    ROW_CLASSES,
    result_headers,
)
from unfold.utils import display_for_field, display_for_label, display_for_value
from unfold.views import ChangeList

STRIPES = ("", "bg-base-50 dark:bg-white/[.02]")
ROW = (
    '<tbody class="block relative lg:table-row-group {}" x-data="{{rowOpen: false}}">'
    '<tr class="data-row block border border-base-200 mb-3 relative rounded-default lg:table-row '
    'lg:border-none lg:mb-0 lg:rounded-none dark:border-base-800">{}</tr></tbody>'
)
Shown = Callable[[Any], Any]


class Column(NamedTuple):
    """A cell's tag, what stands in it for a row, and the tag's end."""

    opens: str
    shown: Shown
    closes: str


class DeskChangeList(ChangeList):
    @cached_property
    def headings(self) -> list[dict[str, Any]]:
        return list(result_headers(self))

    @cached_property
    def rows(self) -> str:
        columns = list(_columns(self))
        return format_html_join(
            "",
            ROW,
            (
                (STRIPES[number % 2], _cells(columns, row))
                for number, row in enumerate(self.result_list)
            ),
        )


def _cells(columns: list[Column], row: Model) -> str:
    cells = ((column.opens, column.shown(row), column.closes) for column in columns)
    return format_html_join("", "{}{}{}", cells)


def _columns(listed: DeskChangeList) -> Iterator[Column]:
    """The columns in their order; the first that leads to a row's page is its heading."""
    tag = "th"
    for name, heading in zip(listed.list_display, listed.headings, strict=True):
        if name == "action_checkbox":
            label, classes = checkbox.attrs["aria-label"], CHECKBOX_CLASSES
            yield _column("td", classes, label, _checkbox())
            continue
        shown, more = _shown(listed, name)
        classes = [f"field-{name}", *ROW_CLASSES, *more]
        if name in (listed.list_display_links or ()):
            yield _column(tag, classes, heading["text"], _linked(listed, shown))
            tag = "td"
        else:
            yield _column("td", classes, heading["text"], shown)


def _column(tag: str, classes: list[str], label: Any, shown: Shown) -> Column:
    opens = format_html('<{} class="{}" data-label="{}">', tag, " ".join(classes), label)
    return Column(opens, shown, format_html("</{}>", tag))


def _checkbox() -> Shown:
    attributes = flatatt(checkbox.attrs)
    return lambda row: format_html(
        '<input type="checkbox" name="{}" value="{}"{}>', ACTION_CHECKBOX_NAME, row.pk, attributes
    )


def _linked(listed: DeskChangeList, shown: Shown) -> Shown:
    """In a link to the row's page. The addresses of a list differ in the row's number alone."""
    first = listed.result_list[0]
    kept = {"preserved_filters": listed.preserved_filters, "opts": listed.opts}
    whole = add_preserved_filters(kept, listed.url_for_result(first))
    before, after = whole.rsplit(f"/{first.pk}/", 1)
    classes = " ".join(LINK_CLASSES)
    return lambda row: format_html(
        '<a href="{}/{}/{}" class="{}">{}</a>', before, row.pk, after, classes, shown(row)
    )


def _shown(listed: DeskChangeList, name: str) -> tuple[Shown, list[str]]:
    """What a column shows of a row, and the classes that it adds."""
    empty = listed.model_admin.get_empty_value_display()
    try:
        field = listed.opts.get_field(name)
    except FieldDoesNotExist:
        return _told(listed, name, empty), []
    if isinstance(field, ForeignKey):
        return lambda row: _or(getattr(row, name), empty), ["nowrap"]
    return lambda row: display_for_field(getattr(row, name), field, empty), []


def _or(found: Any, empty: str) -> Any:
    return empty if found is None else found


def _told(listed: DeskChangeList, name: str, empty: str) -> Shown:
    """What a method of the screen says; one with colours as a label, each made once."""
    says: Any
    _text, says = label_for_field(
        name, listed.model, model_admin=listed.model_admin, return_attr=True
    )
    colours = getattr(says, "label", None)
    if not colours:
        return lambda row: display_for_value(says(row), empty)
    badge = cache(lambda value: display_for_label(value, empty, colours))
    return lambda row: badge(says(row))
