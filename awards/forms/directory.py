from datetime import date

from django import forms

from awards.pages.directory import levels, years
from psqm_portal.core.forms import PortalForm
from schools.distance import Point, point_of_postcode


class DirectoryForm(PortalForm):
    mark_optional = False
    options = {"near": {"width": 10, "autocomplete": "postal-code"}, "level": {"width": 10}}

    q = forms.CharField(label="School, place or postcode", required=False, max_length=100)
    level = forms.ChoiceField(label="Level", required=False)
    year = forms.TypedChoiceField(label="Awarded in", required=False, coerce=int, empty_value=None)
    near = forms.CharField(label="Nearest to (postcode)", required=False, max_length=10)

    def __init__(self, *args: object, day: date, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.point: Point | None = None
        self.fields["level"].choices = [("", "Any level"), *((one, one) for one in levels(day))]  # type: ignore[attr-defined]
        self.fields["year"].choices = [("", "Any year"), *((one, str(one)) for one in years(day))]  # type: ignore[attr-defined]

    def clean_near(self) -> str:
        typed = str(self.cleaned_data["near"]).strip()
        if typed:
            self.point = point_of_postcode(typed)
            if self.point is None:
                raise forms.ValidationError(
                    "We know no school near this postcode. Check it, or leave it empty"
                )
        return typed
