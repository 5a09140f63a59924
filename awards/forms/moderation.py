from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet

from awards.queries import Candidate
from psqm_portal.core.forms import PortalForm
from submissions.models import Submission


class NoteForm(PortalForm):
    text = forms.CharField(
        label="Note",
        help_text="What you found, what you asked, how it was settled. Only HQ reads it.",
        widget=forms.Textarea,
        max_length=5000,
    )
    main_button = "Add this note"
    options = {"text": {"rows": 5}}


class ThirdForm(PortalForm):
    """The few who suit best; anybody else is chosen on the page of the reviewers."""

    reviewer = forms.TypedChoiceField(label="Ask for another review", coerce=int, widget=forms.RadioSelect)
    main_button = "Ask for this review"
    options = {"reviewer": {"small": True, "label_size": "s"}}

    def __init__(self, *args: Any, suggested: Iterable[Candidate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {one.user.pk: one.user for one in suggested}
        self.fields["reviewer"].choices = [(one.user.pk, one.user.name) for one in suggested]  # type: ignore[attr-defined]
        self.field_options["reviewer"]["hints"] = {
            one.user.pk: f"{', '.join(one.hubs)}. {one.load} of {one.agreed} agreed reviews in this round"
            for one in suggested
        }


class ChooseForm(PortalForm):
    """Adds a submission to the queue that nothing in its reviews brings there."""

    submission = forms.ModelChoiceField(label="School", queryset=Submission.objects.none())
    why = forms.CharField(label="Why HQ looks at it", widget=forms.Textarea, max_length=2000)
    main_button = "Add to the queue"
    options = {"why": {"rows": 3}}

    def __init__(self, *args: Any, open_: QuerySet[Submission], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["submission"]
        field.queryset = open_  # type: ignore[attr-defined]
        field.empty_label = "Choose one"  # type: ignore[attr-defined]
        field.label_from_instance = lambda one: str(one.school)  # type: ignore[attr-defined]
