"""The public form, page by page."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from hubs.models import Registration
from psqm_portal.core.forms import PortalForm, PortalModelForm
from rounds.models import Round
from schools.models import School
from schools.words import UK_POSTCODE

Country = School.Country
ASE = "the Association for Science Education"


def no_link(name: str) -> None:
    """Names stand in our mails to addresses that a visitor typed: none is to carry a link (S24)."""
    if re.search(r"://|www\.", name, re.IGNORECASE):
        raise ValidationError("Leave web addresses out of this name")


class RoundForm(PortalForm):
    """``hints``: what to know of each round, by its id."""

    main_button = "Continue"

    round = forms.ModelChoiceField(
        Round.objects.none(),
        label="Which round do you want to join?",
        widget=forms.RadioSelect,
        empty_label=None,
    )

    def __init__(
        self, *args: Any, rounds: QuerySet[Round], hints: Mapping[str, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["round"].queryset = rounds  # type: ignore[attr-defined]
        self.fields["round"].error_messages["required"] = "Choose a round"
        self.field_options["round"] = {"hints": hints or {}, "label_size": "m"}


class NewSchoolForm(PortalForm):
    main_button = "Continue"
    options: Mapping[str, Mapping[str, Any]] = {
        "urn": {"width": 10},
        "postcode": {"width": 10, "optional": False, "autocomplete": "postal-code"},
        "pupils": {"width": 4},
    }

    name = forms.CharField(label="School name", max_length=200, validators=[no_link])
    country = forms.ChoiceField(
        label="Country", choices=Country, widget=forms.RadioSelect, initial=Country.ENGLAND
    )
    urn = forms.CharField(
        label="URN",
        required=False,
        max_length=6,
        help_text="Six digits. If you don’t have it to hand, leave it empty",
    )
    phase = forms.ChoiceField(label="Phase", choices=School.Phase, widget=forms.RadioSelect)
    street = forms.CharField(label="Street", max_length=200)
    town = forms.CharField(label="Town", max_length=100)
    postcode = forms.CharField(
        label="Postcode", max_length=10, required=False, help_text="Abroad only if there is one"
    )
    pupils = forms.IntegerField(label="Pupils on roll", min_value=1, max_value=5000)

    def clean_name(self) -> str:
        return " ".join(str(self.cleaned_data["name"]).split())

    def clean_urn(self) -> str:
        """Only England's schools have one; what was typed before another country was chosen goes."""
        urn = str(self.cleaned_data["urn"]).strip()
        if self.cleaned_data.get("country", Country.ENGLAND) != Country.ENGLAND:
            return ""
        if urn and not re.fullmatch(r"\d{6}", urn):
            raise ValidationError("URN must be six digits, like 123456")
        return urn

    def clean_postcode(self) -> str:
        """Written as the register writes it, so that the school and its distance to hubs are found by it."""
        postcode = " ".join(str(self.cleaned_data["postcode"]).upper().split())
        squeezed = postcode.replace(" ", "")
        if UK_POSTCODE.fullmatch(squeezed):
            return f"{squeezed[:-3]} {squeezed[-3:]}"
        if self.cleaned_data.get("country") != Country.ABROAD:
            raise ValidationError("Enter a postcode like AS1 2BC" if postcode else "Enter postcode")
        return postcode


class SameSchoolForm(PortalForm):
    """Is it one of these? ``NONE``: no, it is another one."""

    NONE = "none"
    main_button = "Continue"

    school = forms.ChoiceField(label="Is it one of these?", widget=forms.RadioSelect)

    def __init__(self, *args: Any, schools: Iterable[School], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = list(schools)
        self.fields["school"].choices = [  # type: ignore[attr-defined]
            *((str(school.pk), school.name) for school in known),
            (self.NONE, "No, it’s another school"),
        ]
        self.fields["school"].error_messages["required"] = "Choose a school, or say that it’s another one"
        places = {
            str(school.pk): ", ".join(filter(None, (school.street, school.town, school.postcode)))
            for school in known
        }
        self.field_options["school"] = {"hints": places, "heading": True}


class PeopleForm(PortalModelForm):
    """Who registers is the subject leader or the headteacher, whose details follow anyway, or says who."""

    main_button = "Continue"

    class Meta:
        model = Registration
        fields: ClassVar = [
            "registrant",
            "registrant_name",
            "registrant_email",
            "subject_leader_name",
            "subject_leader_email",
            "second_name",
            "second_email",
            "headteacher_name",
            "headteacher_email",
        ]
        widgets: ClassVar = {"registrant": forms.RadioSelect}
        labels: ClassVar = {
            "registrant": "Who are you?",
            "registrant_name": "Your name",
            "registrant_email": "Your email address",
            "subject_leader_name": "Science subject leader’s name",
            "subject_leader_email": "Science subject leader’s email address",
            "second_name": "Second person’s name",
            "second_email": "Second person’s email address",
            "headteacher_name": "Headteacher’s name",
            "headteacher_email": "Headteacher’s email address",
        }
        help_texts: ClassVar = {
            "subject_leader_email": "They get an invitation to the portal here",
            "headteacher_email": "Their own, not the school office’s: we ask them here to agree",
        }

    options: Mapping[str, Mapping[str, Any]] = {
        "registrant": {"label_size": "m"},
        "registrant_name": {"optional": False},
        "registrant_email": {"optional": False},
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["registrant"].error_messages["required"] = "Choose who you are"
        if self.instance.pk is None and "registrant" not in (kwargs.get("initial") or {}):
            # Nobody is taken for somebody else because they looked past the question.
            self.initial["registrant"] = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in self.fields:
            if name.endswith("_name") and cleaned.get(name):
                cleaned[name] = " ".join(cleaned[name].split())
                self._no_link(name)
        if cleaned.get("registrant") == Registration.Registrant.OTHER:
            for name, words in (("registrant_name", "your name"), ("registrant_email", "your email address")):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, f"Enter {words}")
        else:
            cleaned["registrant_name"] = cleaned["registrant_email"] = ""
        _both_or_neither(self, cleaned, "second", "the second person’s")
        self._own_addresses(cleaned)
        return cleaned

    def _no_link(self, name: str) -> None:
        try:
            no_link(self.cleaned_data[name])
        except ValidationError as wrong:
            self.add_error(name, wrong)

    def _own_addresses(self, cleaned: dict[str, Any]) -> None:
        """Each has an account of their own; and the headteacher agrees, not who registers."""
        leader = str(cleaned.get("subject_leader_email", "")).lower()
        head, second = (str(cleaned.get(f"{who}_email", "")).lower() for who in ("headteacher", "second"))
        are_one = _same_name(cleaned.get("subject_leader_name"), cleaned.get("headteacher_name"))
        if leader and leader == head and not are_one:
            self.add_error("headteacher_email", "Enter the headteacher’s own address: we ask them to agree")
        if second and second == leader:
            self.add_error("second_email", "Enter another address: each person gets an account of their own")


def _same_name(one: str | None, other: str | None) -> bool:
    return (one or "").casefold() == (other or "").casefold()


def _both_or_neither(form: Any, cleaned: dict[str, Any], who: str, whose: str) -> None:
    names = {f"{who}_name", f"{who}_email"}
    if form.errors.keys() & names or bool(cleaned.get(f"{who}_name")) == bool(cleaned.get(f"{who}_email")):
        return
    missing = next(name for name in sorted(names) if not cleaned.get(name))
    form.add_error(missing, f"Enter {whose} name and email address, or neither")


class PaymentForm(PortalModelForm):
    """``needs_ase``: the round asks for membership."""

    main_button = "Continue"
    options: Mapping[str, Mapping[str, Any]] = {
        "payer": {"label_size": "m"},
        "payer_name": {"optional": False},
        "payer_address": {"rows": 4, "optional": False},
        "order_number": {"width": 20},
        "ase_number": {"width": 20},
        "note": {"rows": 4},
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
            "payer": "Who pays the fee?",
            "payer_name": "Name on the invoice",
            "payer_address": "Address on the invoice",
            "finance_name": "Finance contact’s name",
            "finance_email": "Finance contact’s email address",
            "ase_member": f"We’re a member of {ASE} (the school or a teacher)",
            "ase_number": "Membership number",
            "note": "Anything else we should know",
        }
        help_texts: ClassVar = {"order_number": "If your school needs one on the invoice"}

    def __init__(self, *args: Any, needs_ase: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.needs_ase = needs_ase
        self.fields["payer"].error_messages["required"] = "Choose who pays"

    def clean_finance_name(self) -> str:
        no_link(self.cleaned_data["finance_name"])
        return str(self.cleaned_data["finance_name"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("payer") == Registration.Payer.SCHOOL:
            cleaned["payer_name"] = cleaned["payer_address"] = ""
        elif cleaned.get("payer"):
            for name, words in [("payer_name", "name"), ("payer_address", "address")]:
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, f"Enter the {words} for the invoice")
        _both_or_neither(self, cleaned, "finance", "the finance contact’s")
        if self.needs_ase and not cleaned.get("ase_member"):
            self.add_error("ase_member", f"This round is for members of {ASE}. Tick the box if you’re one")
        return cleaned
