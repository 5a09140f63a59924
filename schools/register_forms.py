from typing import Any

from django import forms

from psqm_portal.core.forms import PortalForm, PortalModelForm
from schools.models import RegisterFilter


class RegisterUploadForm(PortalForm):
    main_button = "Read the file"

    file = forms.FileField(
        label="Register’s file",
        help_text="The CSV of all establishment data, as it comes out of the ZIP",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
    )
    links = forms.FileField(
        label="Links file",
        required=False,
        help_text="The CSV of all establishment links: it names the successors of closed schools",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,text/csv"}),
    )


class RegisterFilterForm(PortalModelForm):
    main_button = "Save the rule"
    options = {
        "column": {"hints": {"type_group": "Special schools, for example; a type goes before its group"}},
        "is_open": {"small": True},
    }

    class Meta:
        model = RegisterFilter
        fields = ["column", "value", "is_taken", "is_open", "phase"]
        labels = {
            "column": "Column",
            "value": "Word in the register",
            "is_taken": "We take these schools",
            "is_open": "A school with this status is open",
            "phase": "What we call the phase",
        }
        help_texts = {
            "value": "Exactly as the register writes it",
            "phase": "For phases and types. Primary ones are infant or junior schools by their ages",
        }
        widgets = {"column": forms.RadioSelect}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        column, value = given.get("column"), " ".join(str(given.get("value") or "").split())
        others = RegisterFilter.objects.exclude(pk=self.instance.pk)
        if value and others.filter(column=column, value__iexact=value).exists():
            self.add_error("value", f"There is a rule for “{value}” already")
        if given.get("is_taken") and column in {"phase", "type_group"} and not given.get("phase"):
            self.add_error("phase", "Choose what we call the phase")
        return {**given, "value": value}
