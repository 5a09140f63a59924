import re
from typing import Any, cast

from django import forms
from django.db.models import Field
from django.urls import reverse

from psqm_portal.core.forms import PortalForm, PortalModelForm
from schools.domain import merging
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
        "country": {"small": True},
        "phase": {"small": True},
        "urn": {"width": 10},
        "postcode": {"width": 10, "autocomplete": "off"},
        "pupils": {"width": 5},
        "phone": {"width": 20},
        "ase_number": {"width": 20},
    }

    class Meta:
        model = School
        fields = [
            "name", "country", "urn", "phase", "street", "town", "county", "postcode", "local_authority",
            "pupils", "headteacher_name", "phone", "website", "ase_member", "ase_number", "is_open",
        ]  # fmt: skip
        labels = {
            "name": "School name",
            "country": "Where is the school?",
            "headteacher_name": "Headteacher’s name for letters",
            "is_open": "The school is open",
        }
        help_texts = {
            "urn": "Six digits. Schools outside England have none",
            "postcode": "May be left empty for a school abroad",
            "headteacher_name": "",
        }
        widgets = {"phase": forms.RadioSelect, "country": forms.RadioSelect}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = School.Country.choices  # type: ignore[attr-defined]
        self.fields["postcode"].required = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        is_abroad = cleaned.get("country") == School.Country.ABROAD
        if not (cleaned.get("postcode") or is_abroad or "postcode" in self.errors):
            self.add_error("postcode", "Enter postcode")
        if cleaned.get("urn") and is_abroad:
            self.add_error("urn", "A school abroad has no URN: leave it empty")
        return cleaned

    def clean_urn(self) -> str | None:
        urn = (self.cleaned_data.get("urn") or "").strip()
        if urn and not re.fullmatch(r"\d{6}", urn):
            raise forms.ValidationError("URN must be six digits, like 123456")
        other = School.objects.filter(urn=urn).exclude(pk=self.instance.pk).first() if urn else None
        if other is not None:
            raise forms.ValidationError(f"{other} has this URN already")
        return urn or None


class MergeForm(PortalForm):
    """Which record stays, and what of the other it takes; only what differs is asked."""

    main_button = "Merge the two records"

    stays = forms.TypedChoiceField(label="Which record stays?", coerce=int, widget=forms.RadioSelect)
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, pair: tuple[School, School], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pair, best = pair, merging.fuller(*pair)
        other = next(one for one in pair if one != best)
        stays = self.fields["stays"]
        stays.choices = [(one.pk, f"{one}, {one.urn or 'no URN'}") for one in pair]  # type: ignore[attr-defined]
        stays.initial, self.fields["seen"].initial = best.pk, merging.mark(*pair)
        stays.help_text = "Its page and address stay. The other one’s page leads to it."
        taken = merging.default_taken(best, other)
        for name in merging.differing(*pair):
            if name == "urn" and not all(one.urn for one in pair):
                continue  # the only one there is
            self.fields[name] = forms.TypedChoiceField(
                label=label_of(name),
                choices=[(one.pk, shown(one, name)) for one in pair],
                coerce=int,
                widget=forms.RadioSelect,
                initial=(other if name in taken else best).pk,
            )

    def taken(self) -> set[str]:
        """The fields that come from the record that goes."""
        stays = self.cleaned_data["stays"]
        return {name for name in merging.CHOSEN if self.cleaned_data.get(name, stays) != stays}


def label_of(name: str) -> str:
    field = cast("Field[Any, Any]", School._meta.get_field(name))  # noqa: SLF001 - Django documents it
    label = str(field.verbose_name)
    return {"is open": "Open or closed"}.get(label, label[:1].upper() + label[1:])


def shown(school: School, name: str) -> str:
    """A field's value in words."""
    value = getattr(school, name)
    if name == "is_open":
        return "Open" if value else "Closed"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    told = getattr(school, f"get_{name}_display", lambda: value)()
    return str(told) if told not in {None, ""} else "Nothing"


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

    def as_typed(self) -> None:
        """What is found so far is shown as it is typed, where its pages may be opened."""
        self.fields["q"].widget.attrs |= {
            "data-school-search": reverse("school_search"),
            "data-as": "page",
            "aria-controls": "found-schools",
            "autocomplete": "off",
        }


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
