from typing import Any

from django import forms

from psqm_portal.core.forms import PortalForm
from rounds.models import Level
from submissions.models import Submission

NOT_YET = "not_yet"


class OutcomeForm(PortalForm):
    """``level`` is a level's id or "not_yet"."""

    outcome = forms.ChoiceField(label="Outcome", widget=forms.RadioSelect)
    note = forms.CharField(
        label="Note for the school (optional)",
        help_text="They read it with the outcome, above the reviewers' words.",
        widget=forms.Textarea,
        required=False,
    )
    mark_optional = False
    options = {"note": {"rows": 5}}

    def __init__(self, *args: Any, submission: Submission, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        target = submission.target_level
        levels = (
            Level.objects.filter(framework=submission.round.framework_id, rank__lte=target.rank)
            if target
            else Level.objects.none()
        )
        self.levels = {str(level.pk): level for level in levels.order_by("-rank")}
        self.fields["outcome"].choices = [  # type: ignore[attr-defined]
            *((pk, level.name) for pk, level in self.levels.items()),
            (NOT_YET, "Not yet"),
        ]

    def level(self) -> Level | None:
        return self.levels.get(self.cleaned_data["outcome"])


class DecisionForm(OutcomeForm):
    moderation_note = forms.CharField(
        label="Moderation note",
        help_text="How HQ settled it. The school never sees this.",
        widget=forms.Textarea,
        required=False,
    )
    options = {"note": {"rows": 5}, "moderation_note": {"rows": 4}}

    def __init__(self, *args: Any, flagged: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not flagged:
            del self.fields["moderation_note"]


class SeveralForm(PortalForm):
    moderation_note = forms.CharField(
        label="Moderation note",
        help_text="For those whose reviewers say not yet: how HQ settled it. Schools never see this.",
        widget=forms.Textarea,
    )
    options = {"moderation_note": {"rows": 3}}


class AppealForm(OutcomeForm):
    reason = forms.CharField(
        label="Why the appeal is upheld",
        help_text="Kept in the submission's history.",
        widget=forms.Textarea,
    )
    options = {"note": {"rows": 5}, "reason": {"rows": 4}}
