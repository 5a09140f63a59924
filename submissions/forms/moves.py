"""What a move needs: a reason, a date, a later round with a hub, parts."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Q

from hubs.models import Hub
from psqm_portal.core.forms import DateField, PortalForm
from psqm_portal.core.machine import Move
from rounds.models import Round
from submissions.models import Part, Submission


class ReasonForm(PortalForm):
    """A reason that the school reads."""

    options = {"reason": {"rows": 5}}

    reason = forms.CharField(widget=forms.Textarea, max_length=5000)

    def __init__(
        self, *args: Any, label: str = "Reason", hint: str = "", required: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = required
        self.fields["reason"].label, self.fields["reason"].help_text = label, hint
        self.fields["reason"].error_messages["required"] = f"Write {label[:1].lower()}{label[1:]}"


class ReopenPartsForm(PortalForm):
    options = {"reason": {"rows": 4}, "parts": {"small": True}}

    parts = forms.ModelMultipleChoiceField(
        Part.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        label="Parts to reopen",
        error_messages={"required": "Choose at least one part to reopen"},
    )
    reason = forms.CharField(
        widget=forms.Textarea,
        max_length=5000,
        label="Reason",
        help_text="The school reads this beside each part that you reopen.",
        error_messages={"required": "Write the reason"},
    )

    def __init__(
        self, *args: Any, submission: Submission, offered: Iterable[Part] | None = None, **kwargs: Any
    ) -> None:
        """``offered``: the signed-off parts, where the page has them already."""
        super().__init__(*args, **kwargs)
        signed = submission.parts.filter(status=Part.Status.SIGNED_OFF)
        self.fields["parts"].queryset = signed  # type: ignore[attr-defined]
        if offered is not None:
            self.fields["parts"].choices = [(part.pk, str(part)) for part in offered]  # type: ignore[attr-defined]


class MoveForm(PortalForm):
    """The fields that a move needs, and no others."""

    options = {"reason": {"rows": 5}}

    reason = forms.CharField(
        widget=forms.Textarea,
        max_length=5000,
        label="Reason",
        help_text="The school and its hub leader can read it in the history.",
        error_messages={"required": "Write the reason"},
    )
    until = DateField(label="New last day", help_text="The school can submit until the end of this day.")
    round = forms.ModelChoiceField(Round.objects.none(), label="Later round")
    hub = forms.ModelChoiceField(Hub.objects.none(), label="Hub")

    def __init__(self, *args: Any, move: Move, submission: Submission, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in list(self.fields):
            if name not in move.needs:
                del self.fields[name]
        self.main_button = move.label
        if "round" in self.fields:
            open_ = Q(status__in=[Round.Status.PLANNED, Round.Status.OPEN])
            rounds = Round.objects.filter(open_, framework=submission.round.framework_id)
            self.fields["round"].queryset = rounds.exclude(pk=submission.round_id)  # type: ignore[attr-defined]
        if "hub" in self.fields:
            self.fields["hub"].queryset = Hub.objects.filter(is_active=True)  # type: ignore[attr-defined]
            self.fields["hub"].initial = submission.hub_id

    def given(self) -> dict[str, Any]:
        return dict(self.cleaned_data)
