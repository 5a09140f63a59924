from collections.abc import Iterable
from typing import Any

from django import forms

from awards.queries import Candidate
from psqm_portal.core.forms import PortalForm


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
