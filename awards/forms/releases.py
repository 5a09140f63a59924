from datetime import date, datetime, time
from typing import Any

from django import forms

from awards.domain.releasing import on_the_day
from psqm_portal.core.clock import long_day
from psqm_portal.core.forms import PortalForm, TimeField

SOON, ON_DAY = "soon", "day"


class ReleaseForm(PortalForm):
    """``day``: the notification day, where it lies ahead; ``early``: telling before it needs a reason."""

    when = forms.ChoiceField(label="When", widget=forms.RadioSelect, initial=ON_DAY)
    at = TimeField(label="Time on that day", initial=time(9), required=False, help_text="For example 9.30am")
    reason = forms.CharField(
        label="Why before the notification day",
        widget=forms.Textarea,
        required=False,
        help_text="Kept in the history. Needed only if you tell schools earlier.",
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    mark_optional = False
    options = {"at": {"width": 10}, "reason": {"rows": 3}}

    def __init__(self, *args: Any, day: date | None, early: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.day = day
        soon = (SOON, "In five minutes")
        if day is None:
            for name in ("when", "at"):
                del self.fields[name]
        else:
            self.fields["when"].choices = [(ON_DAY, f"On {long_day(day)}, the notification day"), soon]  # type: ignore[attr-defined]
        if not early:
            del self.fields["reason"]

    def at_time(self) -> datetime | None:
        """None: in five minutes."""
        if self.day is None or self.cleaned_data["when"] == SOON:
            return None
        return on_the_day(self.day, self.cleaned_data.get("at") or time(9))


class LettersFilterForm(PortalForm):
    outcome = forms.ChoiceField(label="Outcome", required=False)
    q = forms.CharField(label="School", required=False)
    mark_optional = False

    def __init__(self, *args: Any, outcomes: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = [("", "All outcomes"), *outcomes]  # type: ignore[attr-defined]
