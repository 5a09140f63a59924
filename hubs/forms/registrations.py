from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import QuerySet

from hubs.forms.register import PeopleForm, no_link
from hubs.models import Hub, Registration
from hubs.pages.registrations import Choice
from hubs.turns import Turn
from psqm_portal.core.forms import PortalForm
from rounds.models import Round

# Hubs that stand on the page at once; the others unfold.
NEAREST = 8


class RegistrationFilter(PortalForm):
    mark_optional = False
    options: Mapping[str, Mapping[str, Any]] = {"q": {"width": 20}}

    status = forms.ChoiceField(
        label="Status", required=False, choices=[("", "All"), *Registration.Status.choices]
    )
    turn = forms.ChoiceField(
        label="Waits for",
        required=False,
        choices=[
            ("", "All"),
            (Turn.HQ, "HQ"),
            (Turn.HEADTEACHER, "A headteacher"),
            (Turn.HUB_LEADER, "A hub leader"),
            ("long", "Anybody, for long"),
        ],
    )
    agreed = forms.ChoiceField(
        label="Headteacher",
        required=False,
        choices=[("", "All"), ("yes", "Agreed"), ("no", "Not agreed yet")],
    )
    round = forms.ModelChoiceField(Round.objects.none(), label="Round", required=False, to_field_name="slug")
    hub = forms.ChoiceField(label="Hub", required=False)
    q = forms.CharField(label="School", required=False, max_length=100)

    def __init__(self, *args: Any, rounds: QuerySet[Round], hubs: QuerySet[Hub], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["round"].queryset = rounds  # type: ignore[attr-defined]
        self.fields["round"].empty_label = "All"  # type: ignore[attr-defined]
        self.fields["hub"].choices = [  # type: ignore[attr-defined]
            ("", "All"),
            ("none", "No hub yet"),
            *((str(hub.pk), hub.name) for hub in hubs),
        ]


class PassForm(PortalForm):
    """A hub of the round, the best one chosen already; how far it is and what room it has beside it."""

    main_button = "Pass to this hub"

    hub = forms.ChoiceField(label="Hub", widget=forms.RadioSelect)

    def __init__(self, *args: Any, choices: Sequence[Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offered = choices
        field = self.fields["hub"]
        field.choices = [(one.key, str(one.hub_round.hub)) for one in choices]  # type: ignore[attr-defined]
        if choices and not choices[0].is_full:
            field.initial = choices[0].key

    @property
    def nearest(self) -> Sequence[Choice]:
        return self.offered[:NEAREST]

    @property
    def further(self) -> Sequence[Choice]:
        return self.offered[NEAREST:]

    @property
    def picked(self) -> str:
        return str(self["hub"].value() or "")

    @property
    def chosen(self) -> Hub:
        hubs = {one.key: one.hub_round.hub for one in self.offered}
        return hubs[self.cleaned_data["hub"]]


class CorrectForm(PeopleForm):
    """The same people, when HQ puts a name or an address right."""

    main_button = "Save"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in (
            ("registrant", "Who registered?"),
            ("registrant_name", "Their name"),
            ("registrant_email", "Their email address"),
        ):
            self.fields[name].label = label
        self.fields["headteacher_email"].help_text = "Another address gets the agreement, with a new link"
        self.say_plainly()


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
