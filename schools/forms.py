import re
from typing import Any

from django import forms

from psqm_portal.core.forms import PortalForm, PortalModelForm
from schools.models import School, SchoolMembership

POSTCODE = re.compile(r"^([A-Z]{1,2}\d[A-Z\d]?)\s*(\d[A-Z]{2})$")


class PostcodeMixin:
    cleaned_data: dict[str, Any]

    def clean_postcode(self) -> str:
        """``ab12cd`` -> ``AB1 2CD``; places outside the UK keep theirs."""
        typed = " ".join(str(self.cleaned_data["postcode"]).upper().split())
        found = POSTCODE.match(typed)
        return f"{found[1]} {found[2]}" if found else typed


class SchoolForm(PostcodeMixin, PortalModelForm):
    """All of a school, for HQ."""

    main_button = "Save the school"
    options = {
        "urn": {"width": 10},
        "postcode": {"width": 10, "autocomplete": "off"},
        "pupils": {"width": 5},
        "phone": {"width": 20},
        "ase_number": {"width": 20},
    }

    class Meta:
        model = School
        fields = [
            "name", "urn", "phase", "street", "town", "postcode", "local_authority", "pupils", "phone",
            "website", "ase_member", "ase_number", "is_open",
        ]  # fmt: skip
        labels = {"name": "School name", "is_open": "The school is open"}
        help_texts = {"urn": "Six digits, for schools in England"}
        widgets = {"phase": forms.RadioSelect}

    def clean_urn(self) -> str | None:
        urn = (self.cleaned_data.get("urn") or "").strip()
        if urn and not re.fullmatch(r"\d{6}", urn):
            raise forms.ValidationError("URN must be six digits, like 123456")
        other = School.objects.filter(urn=urn).exclude(pk=self.instance.pk).first() if urn else None
        if other is not None:
            raise forms.ValidationError(f"{other} has this URN already")
        return urn or None


class ContactForm(PostcodeMixin, PortalModelForm):
    """What a headteacher may change: how the school is reached. Its identity is HQ's, and so is the number
    of pupils: the fee depends on it.
    """

    main_button = "Save the details"
    options = {
        "postcode": {"width": 10},
        "phone": {"width": 20},
        "ase_number": {"width": 20},
    }

    class Meta:
        model = School
        fields = ["street", "town", "postcode", "phone", "website", "ase_member", "ase_number"]


class SchoolFilterForm(PortalForm):
    mark_optional = False

    q = forms.CharField(label="Name, town, postcode or URN", required=False, max_length=100)
    phase = forms.ChoiceField(
        label="Phase", required=False, choices=[("", "Any phase"), *School.Phase.choices]
    )
    state = forms.ChoiceField(
        label="Open or closed",
        required=False,
        choices=[("open", "Open schools"), ("closed", "Closed schools"), ("all", "All schools")],
    )


class PersonForm(PortalForm):
    main_button = "Send the invitation"

    name = forms.CharField(label="Full name", max_length=150)
    email = forms.EmailField(label="Email address", max_length=254)
    role = forms.ChoiceField(
        label="What they do at the school",
        choices=SchoolMembership.Kind.choices,
        widget=forms.RadioSelect,
    )
    options = {
        "role": {
            "hints": {
                SchoolMembership.Kind.SUBJECT_LEADER.value: "Leads science and writes the submission",
                SchoolMembership.Kind.HEADTEACHER.value: "Reads all of the school, agrees, names people",
                SchoolMembership.Kind.FINANCE.value: "Sees the school’s invoices and gives an order number",
            }
        }
    }
