from typing import Any

from django import forms
from django.db.models import QuerySet

from hubs.forms.register import no_link
from hubs.models import Hub, HubRound, Registration
from psqm_portal.core.forms import PortalForm
from rounds.models import Round


class RegistrationFilter(PortalForm):
    mark_optional = False

    status = forms.ChoiceField(
        label="Status", required=False, choices=[("", "All"), *Registration.Status.choices]
    )
    round = forms.ModelChoiceField(Round.objects.none(), label="Round", required=False, to_field_name="slug")
    hub = forms.ChoiceField(
        label="Hub", required=False, choices=[("", "All"), ("none", "No hub yet"), ("some", "With a hub")]
    )
    q = forms.CharField(label="School", required=False, max_length=100)

    def __init__(self, *args: Any, rounds: QuerySet[Round], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["round"].queryset = rounds  # type: ignore[attr-defined]
        self.fields["round"].empty_label = "All"  # type: ignore[attr-defined]


class PassForm(PortalForm):
    """A hub of the round, with its free places beside the name."""

    main_button = "Pass to this hub"

    hub = forms.ChoiceField(label="Hub", widget=forms.RadioSelect)

    def __init__(self, *args: Any, hub_rounds: list[HubRound], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hubs = {str(row.hub_id): row.hub for row in hub_rounds}
        places = "1 free place", "{} free places"
        self.fields["hub"].choices = [  # type: ignore[attr-defined]
            (
                str(row.hub_id),
                f"{row.hub}, {row.hub.place} ({places[row.places_free != 1].format(row.places_free)})",  # type: ignore[attr-defined]
            )
            for row in hub_rounds
        ]

    @property
    def chosen(self) -> Hub:
        return self.hubs[self.cleaned_data["hub"]]


class ReasonForm(PortalForm):
    reason = forms.CharField(label="Reason", widget=forms.Textarea, max_length=2000)


class PaperForm(PortalForm):
    main_button = "Record the agreement"

    name = forms.CharField(label="Name of the person who signed", max_length=150)
    signed_on = forms.DateField(label="Date of the signature")


class AgreementForm(PortalForm):
    main_button = "Agree and send"

    name = forms.CharField(label="Your full name", max_length=150, validators=[no_link])
    agree = forms.BooleanField(label="I’m the headteacher, or may speak for them, and I agree")
