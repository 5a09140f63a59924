"""The public form, page by page."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from hubs.models import Registration
from psqm_portal.core.forms import PortalForm, PortalModelForm
from rounds.models import Round
from schools.models import School


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
