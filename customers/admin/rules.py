"""Rules for fields: listed, added with what they would do, switched off, taken back."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from connectors.fields import clean
from customers import ruling
from customers.admin.base import DeskAdmin, unbroken
from customers.admin.engine_words import say
from customers.admin.rule_words import ahead, left_of, rule_words
from customers.admin.run_words import RunLine, did, run_line
from customers.admin.words import FIELD_LABELS, ago, label
from customers.applying import BusyError
from customers.models import Conflict, Connection, FieldRule, Run
from customers.tasks import apply_rules, undo_run
from customers.undoing import RefusedError


class RuleForm(forms.Form):
    field = forms.ChoiceField(
        label=gettext_lazy("Field"),
        choices=list(FIELD_LABELS.items()),
        widget=UnfoldAdminSelectWidget(),
    )
    connection = forms.ModelChoiceField(
        label=gettext_lazy("Belongs to"),
        queryset=Connection.present.all(),
        empty_label=None,
        widget=UnfoldAdminSelectWidget(),
    )
    note = forms.CharField(
        label=gettext_lazy("Why"),
        required=False,
        max_length=300,
        widget=UnfoldAdminTextInputWidget(),
    )

    def clean_note(self) -> str:
        return clean(self.cleaned_data["note"])


@admin.register(FieldRule)
class FieldRuleAdmin(DeskAdmin):
    list_display = ("rule", "state", "why", "added", "did")
    empty_words = gettext_lazy("No rules yet")
    empty_next = gettext_lazy(
        "A rule gives a field to one vendor: its value wins, and nobody is asked. Without one, "
        "a person decides where two sides disagree."
    )
    empty_link = "admin:customers_fieldrule_add"
    empty_link_words = gettext_lazy("Add a rule")

    def get_queryset(self, request: HttpRequest) -> QuerySet[FieldRule]:
        rows = FieldRule.objects.select_related("connection", "created_by")
        return rows.order_by("-enabled", "field", "-id")

    @display(description=gettext_lazy("Rule"))
    def rule(self, rule: FieldRule) -> str:
        return rule_words(rule)

    @display(description=gettext_lazy("State"), label={"on": "success", "off": ""})
    def state(self, rule: FieldRule) -> tuple[str, Any]:
        return ("on", _("In force")) if rule.enabled else ("off", _("Switched off"))

    @display(description=gettext_lazy("Why"))
    def why(self, rule: FieldRule) -> str:
        return rule.note

    @display(description=gettext_lazy("Added"))
    def added(self, rule: FieldRule) -> str:
        return unbroken(ago(rule.created_at))

    @display(description=gettext_lazy("What it did"))
    def did(self, rule: FieldRule) -> str:
        found = ruling.runs_of(rule)
        return did(found[0]) if found else ""

    # Pages

    def get_urls(self) -> list[URLPattern]:
        return [
            self.button("off", self.off_view),
            self.button("undo", self.undo_view),
            *super().get_urls(),
        ]

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """First what it would do, by GET; then it is added."""
        self.demand(self.has_add_permission(request))
        form = RuleForm(request.POST if request.method == "POST" else _asked(request))
        valid = form.is_bound and form.is_valid()
        if request.method == "POST" and valid and (run := self._add(request, form)):
            apply_rules.delay_on_commit(run.pk)
            self.say(request, _("Added. It is applied to the customers there are, in this run."))
            return self.back(run.place["rule"] if run.place else "")
        found = form.cleaned_data if valid else None
        return self.page(
            request,
            "rule_add.html",
            _("Add a rule"),
            form=form,
            born_of=_born_of(request),
            ahead=found and _ahead(found),
            replaces=found and _in_force(found["field"]),
            chosen=found and {"field": label(found["field"]), "connection": found["connection"]},
        )

    def _add(self, request: HttpRequest, form: RuleForm) -> Run | None:
        found = form.cleaned_data
        try:
            _rule, run = ruling.add_rule(
                found["field"],
                found["connection"].pk,
                request.user,
                note=found["note"],
                born_of=_born_of(request),
            )
        except BusyError as error:
            form.add_error(None, say(str(error)))
            return None
        return run

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        self.demand(self.has_view_permission(request))
        rows = FieldRule.objects.select_related("connection", "created_by", "ended_by", "born_of")
        rule = self.found(rows, object_id)
        runs: list[Run] = ruling.runs_of(rule)
        lines: list[RunLine] = [run_line(run) for run in runs]
        return self.page(
            request,
            "rule.html",
            rule_words(rule),
            rule=rule,
            field=label(rule.field),
            added=ago(rule.created_at),
            ended=ago(rule.ended_at) if rule.ended_at else "",
            runs=lines,
            left=left_of(runs[-1]) if len(runs) > 1 else [],
            may_add=self.has_add_permission(request),
        )

    # Buttons

    def off_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        rule = self.found(FieldRule.objects.all(), str(object_id))
        ruling.switch_off(rule.pk, request.user)
        self.say(request, _("Switched off. What it has decided stays as it is."))
        return self.back(object_id)

    def undo_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        rule = self.found(FieldRule.objects.all(), str(object_id))
        try:
            run = ruling.undo(rule.pk, request.user)
        except RefusedError as error:
            self.say(request, say(str(error)), messages.ERROR)
            return self.back(object_id)
        undo_run.delay_on_commit(run.pk)
        self.say(request, _("Switched off. What it changed is put back, in the run below."))
        return self.back(object_id)


def _asked(request: HttpRequest) -> Any:
    """What the address asks to be shown, None where it asks for nothing."""
    return request.GET if "connection" in request.GET else None


def _born_of(request: HttpRequest) -> int | None:
    """The question out of which the rule comes."""
    sent = {**request.GET.dict(), **request.POST.dict()}.get("born_of", "")
    if not sent.isdecimal():
        return None
    return Conflict.objects.filter(pk=int(sent)).values_list("pk", flat=True).first()


def _ahead(found: dict[str, Any]) -> Any:
    name, connection = found["field"], found["connection"]
    return ahead(ruling.preview(name, connection.pk), ruling.foresee(name, connection.pk))


def _in_force(name: str) -> FieldRule | None:
    rules = FieldRule.objects.filter(field=name, enabled=True)
    return rules.select_related("connection").first()
