"""What a hub leader logs, and what HQ's page of leaders is narrowed to."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from hubs.domain.mentoring import minutes_in
from hubs.models import MentoringEntry
from hubs.models.training import time_words
from hubs.pages.checklist import DUTIES
from psqm_portal.core.forms import DateField, PortalForm
from psqm_portal.core.seen import SeenMixin
from rounds.domain.calendar import RUNNING
from rounds.models import Round
from schools.models import School


class MinutesField(forms.CharField):
    """Minutes, typed as people say them."""

    def prepare_value(self, value: Any) -> Any:
        return time_words(value) if isinstance(value, int) else value

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return text
        try:
            return minutes_in(text)
        except ValueError as wrong:
            raise ValidationError(str(wrong), code="invalid") from None

    def run_validators(self, value: Any) -> None:
        """A number by now: a text's own checks have nothing to look at."""


class TimeGivenForm(SeenMixin, PortalForm):
    """Time given to a school; ``schools`` to choose from, None where the school stands."""

    main_button = "Log this time"
    options: Mapping[str, Mapping[str, Any]] = {
        "minutes": {"width": 10},
        "how": {"inline": True, "small": True},
        "note": {"rows": 3},
    }

    school = forms.ModelChoiceField(School.objects.none(), label="School")
    minutes = MinutesField(label="How long", help_text="Like 45, 1h 30 or 1.5 hours")
    how = forms.ChoiceField(label="How", choices=MentoringEntry.How.choices, widget=forms.RadioSelect)
    held_on = DateField(label="Date")
    note = forms.CharField(
        label="What it was about",
        required=False,
        max_length=2000,
        widget=forms.Textarea,
        help_text="Your hub and HQ read it, the school doesn’t",
    )

    def __init__(self, *args: Any, schools: QuerySet[School] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if schools is None:
            del self.fields["school"]
        else:
            self.fields["school"].queryset = schools  # type: ignore[attr-defined]


class LeadersForm(PortalForm):
    """What HQ's page of leaders is narrowed to; what can't be read narrows nothing."""

    mark_optional = False

    q = forms.CharField(label="Name or hub", required=False, max_length=100)
    missing = forms.ChoiceField(
        label="Show", required=False, choices=[("", "All hub leaders"), ("yes", "Something is missing")]
    )
    duty = forms.ChoiceField(
        label="Late with",
        required=False,
        choices=[
            ("", "Anything"),
            *((key, label) for key, label in DUTIES.items() if key not in {"issues", "conference"}),
        ],
    )
    round = forms.ModelChoiceField(
        Round.objects.none(), label="Round", required=False, to_field_name="slug", empty_label="All that run"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["round"].queryset = Round.objects.filter(status__in=RUNNING)  # type: ignore[attr-defined]

    @property
    def chosen(self) -> dict[str, Any]:
        if not self.is_bound:
            return {}
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


def first_answers(school: int | None, today: date) -> dict[str, Any]:
    """What most entries say, so that two taps are enough."""
    return {"school": school, "held_on": today, "minutes": 30, "how": MentoringEntry.How.PHONE}
