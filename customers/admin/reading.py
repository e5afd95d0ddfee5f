"""How somebody reads: their language and their time zone.

Both come from the browser, and each person may choose others; the choice is kept in cookies,
as Django keeps the language. The middleware puts them to use (see `reader`).
"""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from unfold.widgets import UnfoldAdminSelectWidget

from customers.admin.reader import CHOSEN_ZONE, zone_of
from customers.admin.words import moment

YEAR = 365 * 24 * 3600
PLACES = ("Africa", "America", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


def zones() -> list[Any]:
    """Time zones by continent, as a select takes them."""
    names = sorted(name for name in available_timezones() if name.partition("/")[0] in PLACES)
    grouped: dict[str, list[tuple[str, str]]] = {}
    for name in names:
        place, _slash, city = name.partition("/")
        grouped.setdefault(place, []).append((name, city.replace("_", " ").replace("/", ", ")))
    return [("", _("As the browser says")), ("UTC", "UTC"), *grouped.items()]


def languages() -> list[tuple[str, str]]:
    """Each language by its own name."""
    found = []
    for code, name in settings.LANGUAGES:
        with override(code):
            found.append((code, str(name)))
    return [("", _("As the browser says")), *found]


class ReadingForm(forms.Form):
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), required=False, widget=UnfoldAdminSelectWidget()
    )
    zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"), required=False, widget=UnfoldAdminSelectWidget()
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (("language", languages()), ("zone", zones())):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)  # noqa: S101
            field.choices = choices


def reading_view(request: HttpRequest) -> HttpResponse:
    """The page, and what was chosen on it."""
    cookies = {"language": settings.LANGUAGE_COOKIE_NAME, "zone": CHOSEN_ZONE}
    initial = {name: request.COOKIES.get(cookie, "") for name, cookie in cookies.items()}
    form = ReadingForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        messages.success(request, _("Saved."))
        answer = HttpResponseRedirect(request.path)
        for name, cookie in cookies.items():
            _keep(answer, cookie, form.cleaned_data[name])
        return answer
    return TemplateResponse(
        request,
        "customers/reading.html",
        {
            **admin.site.each_context(request),
            "title": _("Language and time zone"),
            "form": form,
            "now": moment(timezone.now()),
            "zone": zone_of(request) or settings.TIME_ZONE,
        },
    )


def _keep(answer: HttpResponse, cookie: str, value: str) -> None:
    if value:
        secure = settings.SESSION_COOKIE_SECURE
        answer.set_cookie(cookie, value, YEAR, secure=secure, httponly=True, samesite="Lax")
    else:
        answer.delete_cookie(cookie, samesite="Lax")
