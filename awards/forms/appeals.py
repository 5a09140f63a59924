from django import forms

from awards.models import AppealTerms
from psqm_portal.core.forms import PortalForm, PortalModelForm


class AppealReasonsForm(PortalForm):
    reasons = forms.CharField(
        label="Your reasons",
        help_text="Say what was overlooked and where it stands in your work: which criterion, which "
        "evidence. New evidence can’t be added.",
        widget=forms.Textarea,
        max_length=6000,
    )
    main_button = "Send the appeal to HQ"
    options = {"reasons": {"rows": 10}}


class TurnDownForm(PortalForm):
    answer = forms.CharField(
        label="Answer for the school",
        help_text="They read it at once. Say what HQ looked at and why the outcome stands.",
        widget=forms.Textarea,
    )
    main_button = "Turn the appeal down and tell the school"
    options = {"answer": {"rows": 8}}


class AppealTermsForm(PortalModelForm):
    main_button = "Save"
    options = {"appeal_days": {"width": 3}, "answer_days": {"width": 3}}

    class Meta:
        model = AppealTerms
        fields = ("appeal_days", "answer_days")
