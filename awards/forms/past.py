from typing import Any

from django import forms

from awards.domain.past_columns import FIELDS, what_is_missing
from awards.models import PastImport
from psqm_portal.core.forms import PortalForm
from rounds.models import Level

NEEDED = ("school_name", "level")


class PastUploadForm(PortalForm):
    main_button = "Read the file"
    options = {"sheet": {"width": 20}}

    file = forms.FileField(
        label="Spreadsheet",
        help_text="An .xlsx or .csv file of up to 10 MB, with a row that names the columns",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.csv,text/csv"}),
    )
    sheet = forms.CharField(
        label="Sheet",
        required=False,
        max_length=100,
        help_text="Of a workbook with several. Otherwise the first one is read",
    )


class ColumnsForm(PortalForm):
    """For each thing that we keep of an award, the file's column that holds it."""

    main_button = "Save and read the file"

    def __init__(self, *args: Any, past: PastImport, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        columns = [(str(place), _named(past, place)) for place in range(len(past.header))]
        for name, field in FIELDS.items():
            self.fields[name] = forms.TypedChoiceField(
                label=field.label,
                choices=[("", "Not in this file"), *columns],
                coerce=int,
                empty_value=None,
                required=name in NEEDED,
                initial=past.columns.get(name, ""),
            )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and (sentence := what_is_missing(self.columns())):
            raise forms.ValidationError(sentence)
        return given

    def columns(self) -> dict[str, int]:
        return {name: place for name, place in self.cleaned_data.items() if place is not None}


def _named(past: PastImport, place: int) -> str:
    name = past.header[place] or f"Column {place + 1}, without a name"
    example = past.example[place] if place < len(past.example) else ""
    return f"{name} (“{example}”)" if example else name


class WordsForm(PortalForm):
    """A choice of level for each word of the file. The fields are numbered: words can be anything."""

    main_button = "Save what the words mean"
    mark_optional = False

    def __init__(self, *args: Any, words: dict[str, int | None], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.words = list(words)
        levels = Level.objects.select_related("framework").order_by(
            "-framework__is_active", "-framework", "rank"
        )
        self.levels = {level.pk: level for level in levels}
        choices = [
            ("", "No level: leave these rows"),
            *((pk, f"{one.name} ({one.framework})") for pk, one in self.levels.items()),
        ]
        for number, (word, level) in enumerate(words.items()):
            self.fields[f"word_{number}"] = forms.TypedChoiceField(
                label=f"“{word}”",
                choices=choices,
                coerce=int,
                empty_value=None,
                required=False,
                initial=level or "",
            )

    def named(self) -> dict[str, Level | None]:
        return {
            word: self.levels.get(self.cleaned_data[f"word_{number}"] or 0)
            for number, word in enumerate(self.words)
        }
