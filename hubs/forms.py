import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.text import slugify

from hubs.domain.training import MOST_PEOPLE
from hubs.models import Hub, HubMembership, HubRound, Registration, TrainingSession
from psqm_portal.core.forms import PortalForm, PortalModelForm
from rounds.models import Kind, Round
from schools.models import School

# Words that stand behind a hub's or round's name in an address.
TAKEN_SLUGS = frozenset({"new", "people", "edit", "take-part"})


class HubForm(PortalModelForm):
    main_button = "Save hub"

    class Meta:
        model = Hub
        fields: ClassVar = ["name", "place", "is_active"]
        labels: ClassVar = {"is_active": "This hub takes part in the scheme"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            del self.fields["is_active"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.instance.pk is None and "name" in cleaned:
            slug = slugify(cleaned["name"])
            if not slug or slug in TAKEN_SLUGS or Hub.objects.filter(slug=slug).exists():
                self.add_error("name", "Choose another name: this one can't be told from another hub's")
            self.instance.slug = slug
        return cleaned


class PersonForm(PortalForm):
    """Somebody for a hub: known to the portal or not, the form is the same."""

    options: Mapping[str, Mapping[str, Any]] = {"email": {"autocomplete": "off"}}

    name = forms.CharField(label="Full name", max_length=150)
    email = forms.EmailField(label="Email address", max_length=254)


class PayeeForm(PortalModelForm):
    main_button = "Save payee reference"
    options: Mapping[str, Mapping[str, Any]] = {"payee_reference": {"width": 20}}

    class Meta:
        model = HubMembership
        fields: ClassVar = ["payee_reference"]


class TakePartForm(PortalForm):
    main_button = "Take part"

    round = forms.ModelChoiceField(Round.objects.none(), label="Round")
    training = forms.ChoiceField(label="Training", choices=HubRound.Training, widget=forms.RadioSelect)

    def __init__(self, *args: Any, hub: Hub, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rounds = Round.objects.filter(status__in=[Round.Status.PLANNED, Round.Status.OPEN])
        self.fields["round"].queryset = rounds.exclude(hub_rounds__hub=hub)  # type: ignore[attr-defined]


class PlacesForm(PortalForm):
    main_button = "Save"
    options: Mapping[str, Mapping[str, Any]] = {"places": {"width": 3}}

    places = forms.IntegerField(
        label="Places", min_value=1, max_value=50, help_text="Fewer: only free places go, schools stay"
    )
    training = forms.ChoiceField(label="Training", choices=HubRound.Training, widget=forms.RadioSelect)

    def __init__(self, *args: Any, hub_round: HubRound, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if hub_round.round.kind == Kind.REACCREDITATION:
            del self.fields["training"]


class SessionForm(PortalModelForm):
    main_button = "Save session"

    class Meta:
        model = TrainingSession
        fields: ClassVar = ["held_on", "starts_at", "ends_at", "place", "note"]
        help_texts: ClassVar = {
            "starts_at": "Like 9.30am",
            "ends_at": "Like 3pm. It goes into your schools’ calendars",
            "place": "An address or a link to an online meeting",
            "note": "What schools bring or prepare",
        }


class RegisterForm(PortalForm):
    """Who came to a session: a tick and a number for each school (``school_<id>``, ``people_<id>``)."""

    main_button = "Save register"

    def __init__(self, *args: Any, schools: list[School], present: Mapping[int, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.schools = schools
        for school in schools:
            self.fields[f"school_{school.pk}"] = forms.BooleanField(
                label=school.name, required=False, initial=school.pk in present
            )
            self.fields[f"people_{school.pk}"] = forms.IntegerField(
                label=f"How many came from {school.name}",
                required=False,
                min_value=1,
                max_value=MOST_PEOPLE,
                initial=present.get(school.pk, 1),
            )

    def rows(self) -> list[dict[str, Any]]:
        return [
            {"school": school, "came": self[f"school_{school.pk}"], "people": self[f"people_{school.pk}"]}
            for school in self.schools
        ]

    @property
    def present(self) -> dict[int, int]:
        return {
            school.pk: self.cleaned_data.get(f"people_{school.pk}") or 1
            for school in self.schools
            if self.cleaned_data.get(f"school_{school.pk}")
        }


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


# The public form, page by page


def no_link(name: str) -> None:
    """Names stand in our mails to addresses that a visitor typed: none is to carry a link (S24)."""
    if re.search(r"://|www\.", name, re.IGNORECASE):
        raise ValidationError("Leave web addresses out of this name")


class RoundForm(PortalForm):
    main_button = "Continue"

    round = forms.ModelChoiceField(
        Round.objects.none(),
        label="Which round do you want to join?",
        widget=forms.RadioSelect,
        empty_label=None,
    )

    def __init__(self, *args: Any, rounds: QuerySet[Round], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["round"].queryset = rounds  # type: ignore[attr-defined]
        self.fields["round"].error_messages["required"] = "Choose a round"


class FindSchoolForm(PortalForm):
    mark_optional = False

    q = forms.CharField(label="URN, or name and postcode", required=False, max_length=100)


class NewSchoolForm(PortalForm):
    main_button = "Continue"
    options: Mapping[str, Mapping[str, Any]] = {
        "urn": {"width": 10},
        "postcode": {"width": 10},
        "pupils": {"width": 4},
    }

    name = forms.CharField(label="School name", max_length=200, validators=[no_link])
    urn = forms.CharField(
        label="URN", required=False, max_length=6, help_text="Six digits. Schools outside England have none"
    )
    phase = forms.ChoiceField(label="Phase", choices=School.Phase, widget=forms.RadioSelect)
    street = forms.CharField(label="Street", max_length=200)
    town = forms.CharField(label="Town", max_length=100)
    postcode = forms.CharField(label="Postcode", max_length=10)
    pupils = forms.IntegerField(label="Pupils on roll", min_value=1, max_value=5000)

    def clean_urn(self) -> str:
        urn = str(self.cleaned_data["urn"]).strip()
        if urn and not re.fullmatch(r"\d{6}", urn):
            raise ValidationError("URN must be six digits, like 123456")
        return urn

    def clean_postcode(self) -> str:
        return " ".join(str(self.cleaned_data["postcode"]).upper().split())


class PeopleForm(PortalForm):
    main_button = "Continue"

    subject_leader_name = forms.CharField(
        label="Science subject leader’s name", max_length=150, validators=[no_link]
    )
    subject_leader_email = forms.EmailField(
        label="Science subject leader’s email address", help_text="They get an invitation to the portal here"
    )
    second_name = forms.CharField(
        label="Second person’s name",
        max_length=150,
        validators=[no_link],
        required=False,
        help_text="Two people for each school is normal",
    )
    second_email = forms.EmailField(label="Second person’s email address", required=False)
    headteacher_name = forms.CharField(label="Headteacher’s name", max_length=150, validators=[no_link])
    headteacher_email = forms.EmailField(
        label="Headteacher’s email address", help_text="We ask them to agree before the school gets a place"
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if bool(cleaned.get("second_name")) != bool(cleaned.get("second_email")) and not (
            self.errors.keys() & {"second_name", "second_email"}
        ):
            missing = "second_email" if cleaned.get("second_name") else "second_name"
            self.add_error(missing, "Enter the second person’s name and email address, or neither")
        return cleaned


class PaymentForm(PortalModelForm):
    main_button = "Continue"
    options: Mapping[str, Mapping[str, Any]] = {
        "payer_address": {"rows": 4},
        "order_number": {"width": 20},
        "ase_number": {"width": 20},
    }

    class Meta:
        model = Registration
        fields: ClassVar = [
            "payer",
            "payer_name",
            "payer_address",
            "finance_name",
            "finance_email",
            "order_number",
            "ase_member",
            "ase_number",
            "note",
        ]
        widgets: ClassVar = {"payer": forms.RadioSelect}
        labels: ClassVar = {
            "payer_name": "Name on the invoice",
            "payer_address": "Address on the invoice",
            "finance_name": "Finance contact’s name",
            "finance_email": "Finance contact’s email address",
            "ase_member": "We’re a member of the Association for Science Education (the school or a teacher)",
            "note": "Anything else we should know",
        }
        help_texts: ClassVar = {
            "payer_name": "Only if somebody else than the school pays",
            "order_number": "If your school needs one on the invoice",
        }

    def clean_finance_name(self) -> str:
        no_link(self.cleaned_data["finance_name"])
        return str(self.cleaned_data["finance_name"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("payer") not in {None, Registration.Payer.SCHOOL}:
            for name, words in [("payer_name", "name"), ("payer_address", "address")]:
                if not cleaned.get(name):
                    self.add_error(name, f"Enter the {words} for the invoice")
        return cleaned


class AgreementForm(PortalForm):
    main_button = "Agree and send"

    name = forms.CharField(label="Your full name", max_length=150, validators=[no_link])
    agree = forms.BooleanField(label="I’m the headteacher, or may speak for them, and I agree")
