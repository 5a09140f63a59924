"""A school's later date: which step, until when, and why."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms

from psqm_portal.core.clock import long_day
from psqm_portal.core.forms import DateField, PortalForm
from rounds.models import Step
from submissions.domain.later_date import OwnDate, why_not


class DateForm(PortalForm):
    """``dates``: the steps as they stand for this school; the form refuses what the verb would refuse."""

    options = {"why": {"rows": 4}}

    step = forms.ChoiceField(label="Step", widget=forms.RadioSelect)
    until = DateField(label="New last day", help_text="The school has until the end of this day.")
    why = forms.CharField(label="Reason", widget=forms.Textarea, max_length=2000)

    def __init__(self, *args: Any, dates: Mapping[Step, OwnDate], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._dates, self._today = dates, today
        self.fields["step"].choices = [  # type: ignore[attr-defined]
            (step.value, f"{own.label}: now {long_day(own.due_on)}") for step, own in dates.items()
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        step, until = given.get("step"), given.get("until")
        if step and until:
            given["step"] = Step(step)
            if sentence := why_not(self._dates, given["step"], until, today=self._today):
                self.add_error("until", sentence)
        return given


class GiveForm(DateForm):
    main_button = "Continue"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["why"].help_text = "The school and its hub leader read it."


class AskForm(DateForm):
    main_button = "Ask HQ"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["why"].required = False
        self.fields["why"].help_text = "HQ reads it. The school doesn’t."


class ChangeForm(AskForm):
    """The step stays: another step is another request."""

    main_button = "Change the request"

    def __init__(self, *args: Any, step: Step, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._step = step
        del self.fields["step"]

    def clean(self) -> dict[str, Any]:
        given = super().clean()
        if given.get("until") and (
            sentence := why_not(self._dates, self._step, given["until"], today=self._today)
        ):
            self.add_error("until", sentence)
        return given


class AnswerForm(ChangeForm):
    """HQ's answer; the date may be another than the hub leader asked for."""

    main_button = "Give the school this date"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["why"].required = True
        self.fields["why"].label = "Answer"
        self.fields["why"].error_messages["required"] = "Write the answer, with the reason"
        self.fields["why"].help_text = "The school and its hub leader read it."


class DeclineForm(PortalForm):
    main_button = "Decline"
    options = {"answer": {"rows": 4}}

    answer = forms.CharField(
        label="Why not",
        widget=forms.Textarea,
        max_length=2000,
        help_text="The school and its hub leader read it.",
        error_messages={"required": "Write why not"},
    )
