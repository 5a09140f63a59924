from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django import forms

from accounts.models import User
from awards.domain.staffing import Person
from awards.queries import Candidate
from psqm_portal.core.forms import DateField, PortalForm
from schools.models import School


class ReviewersForm(PortalForm):
    """Only those who may review can be chosen; the others are shown beside, with their reason."""

    reviewers = forms.TypedMultipleChoiceField(
        label="Reviewers", coerce=int, widget=forms.CheckboxSelectMultiple, required=True
    )
    options = {"reviewers": {"small": True}}

    def __init__(self, *args: Any, candidates: Iterable[Candidate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {one.user.pk: one.user for one in candidates if not one.why_not}
        free = [one for one in candidates if not one.why_not]
        field = self.fields["reviewers"]
        field.choices = [(one.user.pk, one.user.name) for one in free]  # type: ignore[attr-defined]
        self.field_options["reviewers"]["hints"] = {
            one.user.pk: f"{', '.join(one.hubs)}. {one.load} of {one.agreed} agreed reviews in this round"
            for one in free
        }

    def chosen(self) -> list[Any]:
        return [self.people[pk] for pk in self.cleaned_data["reviewers"]]


class ConflictForm(PortalForm):
    person = forms.TypedChoiceField(label="Hub leader", coerce=int)
    why = forms.CharField(label="Why", max_length=150, help_text="For example: governor of the school.")
    main_button = "Declare the conflict"

    def __init__(self, *args: Any, candidates: Iterable[Candidate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {one.user.pk: one.user for one in candidates if not one.why_not.startswith("Conflict")}
        self.fields["person"].choices = [  # type: ignore[attr-defined]
            ("", "Choose one"),
            *((pk, user.name) for pk, user in self.people.items()),
        ]


class PlannedForm(PortalForm):
    """The reviewers planned for one submission. ``warnings``: what HQ should know of each before choosing."""

    reviewers = forms.TypedMultipleChoiceField(
        label="Planned reviewers", coerce=int, widget=forms.CheckboxSelectMultiple
    )
    options = {"reviewers": {"small": True}}
    main_button = "Save this choice"

    def __init__(
        self,
        *args: Any,
        people: Sequence[Person],
        load: Mapping[int, int],
        warnings: Mapping[int, Sequence[str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.people = {one.user.pk: one.user for one in people}
        field = self.fields["reviewers"]
        field.choices = [(one.user.pk, one.user.name) for one in people]  # type: ignore[attr-defined]
        self.field_options["reviewers"]["hints"] = {
            one.user.pk: f"{', '.join(one.hubs)}. {load[one.user.pk]} of {one.agreed} agreed reviews"
            + "".join(f"; {word}" for word in warnings[one.user.pk])
            for one in people
        }

    def chosen(self) -> list[User]:
        return [self.people[pk] for pk in self.cleaned_data["reviewers"]]


class ConfirmPlanForm(PortalForm):
    answer_by = DateField(
        label="Answers by", help_text="Until the end of this day each reviewer accepts or declines."
    )
    main_button = "Assign these reviews"

    def answer_day(self) -> date:
        return date.fromisoformat(str(self.cleaned_data["answer_by"]))


class AgreedForm(PortalForm):
    """How many reviews each hub leader does in a round, at most: a field for each."""

    main_button = "Save these numbers"
    mark_optional = False

    def __init__(self, *args: Any, people: Iterable[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in people:
            name = f"agreed-{one.user.pk}"
            self.fields[name] = forms.IntegerField(
                label=one.user.name,
                min_value=1,
                max_value=99,
                initial=one.agreed,
                help_text=", ".join(one.hubs),
            )
            wrong = f"Enter the reviews of {one.user.name} as a number from 1 to 99"
            self.fields[name].error_messages |= {"invalid": wrong, "required": wrong}
            for check in self.fields[name].validators:
                check.message = wrong  # type: ignore[attr-defined]  # the smallest and largest number
            self.field_options[name] = {"width": 2}

    def numbers(self) -> dict[int, int]:
        return {int(name.removeprefix("agreed-")): value for name, value in self.cleaned_data.items()}


class InterestForm(PortalForm):
    """What a hub leader finds by name: schools, and trusts and local authorities as employers."""

    what = forms.ChoiceField(label="What is it?", widget=forms.RadioSelect)
    why = forms.CharField(label="How you know them", max_length=500, widget=forms.Textarea)
    options = {"why": {"rows": 3}}
    main_button = "Declare this"

    def __init__(
        self, *args: Any, schools: Iterable[School], employers: Iterable[str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.schools = {f"school-{one.pk}": one for one in schools}
        self.employers = {f"employer-{name}": name for name in employers}
        self.fields["what"].choices = [  # type: ignore[attr-defined]
            *((key, one.name) for key, one in self.schools.items()),
            *self.employers.items(),
        ]
        self.field_options["what"] = {
            "hints": {key: f"School in {one.town}" for key, one in self.schools.items()}
            | dict.fromkeys(self.employers, "Trust or local authority: all its schools"),
        }

    def thing(self) -> dict[str, Any]:
        """As the verb takes it."""
        what = self.cleaned_data["what"]
        if what in self.schools:
            return {"school": self.schools[what]}
        return {"employer": self.employers[what]}


class NameLeaderForm(PortalForm):
    """A school names a hub leader. All are offered alike, so that it can't tell who reviews its work."""

    person = forms.TypedChoiceField(label="Hub leader", coerce=int)
    why = forms.CharField(label="Why", max_length=500, widget=forms.Textarea, help_text="Only HQ reads it.")
    options = {"why": {"rows": 3}}
    main_button = "Tell HQ"

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {one.pk: one for one in people}
        self.fields["person"].choices = [  # type: ignore[attr-defined]
            ("", "Choose one"),
            *((pk, one.name) for pk, one in self.people.items()),
        ]
