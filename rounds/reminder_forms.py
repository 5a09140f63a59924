"""Forms of HQ's pages about reminders, and of the list of what is late."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, ClassVar

from django import forms

from psqm_portal.core.forms import DateField, PortalForm, PortalModelForm
from psqm_portal.core.templatetags.portal import long_date
from rounds.models import Audience, Reminder, ReminderRule, Round, Step

BEFORE, ON, AFTER = "before", "on", "after"


class RuleForm(PortalModelForm):
    main_button = "See what this changes"
    options: Mapping[str, Mapping[str, Any]] = {
        "days": {"width": 3, "suffix": "days"},
        "side": {"inline": True},
        "text": {"rows": 3},
    }

    side = forms.ChoiceField(
        label="When",
        choices=[(BEFORE, "Before the due day"), (ON, "On the due day"), (AFTER, "After the due day")],
        widget=forms.RadioSelect,
    )
    days = forms.IntegerField(
        label="How many days", required=False, min_value=1, help_text="Not needed for the due day itself"
    )

    class Meta:
        model = ReminderRule
        fields: ClassVar = ["text", "copies_hub_leader", "is_on"]
        labels: ClassVar = {
            "text": "Your own words",
            "copies_hub_leader": "Tell the hub leader too",
            "is_on": "Switched on",
        }
        help_texts: ClassVar = {"text": "A sentence or two that stand under the step in this reminder’s mail"}
        widgets: ClassVar = {"text": forms.Textarea}

    field_order = ("side", "days", "text", "copies_hub_leader", "is_on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rule: ReminderRule = self.instance
        if rule.audience != Audience.SCHOOL:
            del self.fields["copies_hub_leader"]
        if rule.offset is not None:
            self.initial["side"] = ON if rule.offset == 0 else BEFORE if rule.offset < 0 else AFTER
            self.initial["days"] = abs(rule.offset) or None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("side") in {BEFORE, AFTER} and not given.get("days") and "days" not in self.errors:
            self.add_error("days", "Enter how many days, like 7")
        return given

    @property
    def offset(self) -> int:
        days = self.cleaned_data.get("days") or 0
        return {BEFORE: -days, ON: 0, AFTER: days}[self.cleaned_data["side"]]


class OwnRulesForm(PortalForm):
    """Which step gets its own reminders; ``taken`` have some."""

    main_button = "Give this step its own reminders"

    step = forms.ChoiceField(label="Step")

    def __init__(self, *args: Any, steps: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = [
            (f"{audience}.{step}", f"{Audience(audience).label}: {Step(step).label}")
            for audience, step in steps
        ]
        self.fields["step"].choices = [("", "Choose a step"), *labels]  # type: ignore[attr-defined]


class PauseForm(PortalForm):
    options: Mapping[str, Mapping[str, Any]] = {"why": {"rows": 2}}

    why = forms.CharField(
        label="Why you pause them", max_length=200, widget=forms.Textarea, help_text="HQ reads it"
    )


class FreeDaysForm(PortalForm):
    main_button = "Keep these days free"

    first = DateField(label="First day")
    last = DateField(label="Last day", required=False, help_text="Leave it empty for a single day")
    why = forms.CharField(label="Why", max_length=100, help_text="Such as “Half term”")


class _RoundFilter(PortalForm):
    mark_optional = False

    round = forms.ModelChoiceField(
        Round.objects.none(), label="Round", required=False, empty_label="All rounds", to_field_name="slug"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Round.objects.exclude(status__in=[Round.Status.PLANNED, Round.Status.ARCHIVED])
        self.fields["round"].queryset = rows  # type: ignore[attr-defined]


class AheadForm(_RoundFilter):
    day = forms.ChoiceField(label="Day", required=False)
    who = forms.CharField(label="Person", required=False, max_length=100)

    def __init__(self, *args: Any, days: Iterable[date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["day"].choices = [  # type: ignore[attr-defined]
            ("", "All days"),
            *((day.isoformat(), long_date(day)) for day in days),
        ]


class SentForm(_RoundFilter):
    state = forms.ChoiceField(
        label="What became of it", required=False, choices=[("", "All"), *Reminder.State.choices]
    )
    who = forms.CharField(label="Person", required=False, max_length=100)


class LateForm(_RoundFilter):
    who = forms.CharField(label="School, hub or person", required=False, max_length=100)
