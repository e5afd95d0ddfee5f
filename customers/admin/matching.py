"""How matching decides: two thresholds, what they would do, and learning the weights anew."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from customers import surveying
from customers.admin.base import DeskAdmin, typed
from customers.admin.words import ago, number
from customers.models import MatchSettings
from customers.rematching import due, under_way
from customers.tasks import match_everything
from customers.thresholds import learnt, of_settings

LIST = "admin:customers_matchsettings_changelist"


class ThresholdsForm(forms.Form):
    """Both in bits of evidence."""

    link_from = forms.FloatField(
        widget=UnfoldAdminDecimalFieldWidget(),
        label=gettext_lazy("Link from"),
        min_value=-20,
        max_value=60,
        help_text=gettext_lazy("Pairs whose evidence weighs this much are linked at once."),
    )
    ask_from = forms.FloatField(
        widget=UnfoldAdminDecimalFieldWidget(),
        label=gettext_lazy("Ask from"),
        min_value=-20,
        max_value=60,
        help_text=gettext_lazy("From here on a person is asked; below, two people stay apart."),
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        link, ask = found.get("link_from"), found.get("ask_from")
        if link is not None and ask is not None and ask > link:
            self.add_error("ask_from", _("This must not be above the other."))
        return found


@admin.register(MatchSettings)
class MatchSettingsAdmin(DeskAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        again = self.own_page("match/", "match", require_POST(self.match_view))
        return [again, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        self.demand(self.has_view_permission(request))
        return HttpResponseRedirect(reverse(LIST))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One page: the thresholds are tried first, and saved by a second press."""
        self.demand(self.has_view_permission(request))
        kept = MatchSettings.objects.filter(pk=1).first() or MatchSettings(pk=1)
        now = of_settings(kept)
        form = ThresholdsForm(typed(request), initial={"link_from": now.link, "ask_from": now.ask})
        tried = None
        if request.method == "POST":
            self.demand(self.has_change_permission(request))
            if form.is_valid():
                tried = (form.cleaned_data["link_from"], form.cleaned_data["ask_from"])
                if request.POST.get("seen") == _seen(tried):
                    return self._save(request, kept, tried)
        weights = learnt(kept)
        return self.page(
            request,
            "matching.html",
            _("Matching"),
            form=form,
            section=_("Thresholds, in bits of evidence"),
            fields=list(form),
            seen=_seen(tried) if tried else "",
            tried=bool(tried),
            consequences=_consequences((now.link, now.ask), tried),
            learnt_from=number(weights.learnt_from) if weights and weights.learnt_from else "",
            learnt=ago(kept.learnt_at) if weights and kept.learnt_at else "",
            busy=under_way() or due(),
        )

    def _save(
        self, request: HttpRequest, kept: MatchSettings, tried: tuple[float, float]
    ) -> HttpResponse:
        kept.link_from, kept.ask_from = tried
        kept.changed_at, kept.changed_by_id = timezone.now(), request.user.pk
        kept.save()
        self.say(request, _("Saved. It counts from the next pull on; match everything anew to "
                            "have it count for those who are known."))  # fmt: skip
        return HttpResponseRedirect(reverse(LIST))

    def match_view(self, request: HttpRequest) -> HttpResponse:
        """Match everything anew, with weights learnt first if that is asked for."""
        self.demand(self.has_change_permission(request))
        if under_way():
            self.say(request, _("It is under way already."), messages.WARNING)
        else:
            match_everything.delay_on_commit(learn=request.POST.get("learn") == "yes")
            self.say(
                request, _("Asked. A worker begins within moments; its run tells how far it is.")
            )
        return HttpResponseRedirect(reverse(LIST))


def _seen(tried: tuple[float, float]) -> str:
    return f"{tried[0]:g}:{tried[1]:g}"


def _consequences(
    now: tuple[float, float], tried: tuple[float, float] | None
) -> dict[str, Any] | None:
    """What the thresholds make of the pairs that the last run compared."""
    found = surveying.last()
    if found is None:
        return None
    ones = found.histogram.outcome(*now)
    others = found.histogram.outcome(*tried) if tried else ones
    names = (_("linked at once"), _("asked about"), _("left apart"))
    rows = [
        {"name": name, "now": number(one), "then": number(other)}
        for name, one, other in zip(names, ones, others, strict=True)
    ]
    return {"rows": rows, "customers": number(found.customers), "pairs": number(found.pairs)}
