from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms

from hubs.domain.training import MOST_PEOPLE
from hubs.models import TrainingSession
from psqm_portal.core.forms import PortalForm, PortalModelForm
from schools.models import School


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
