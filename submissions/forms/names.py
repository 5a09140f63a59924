"""The question "Is this a child's name?" in forms whose words others read (S35)."""

from typing import Any

from django import forms

from submissions.domain.names import child_name_in, question_about


class AsksAboutNames:
    """Put before the form's class. A title or caption that looks like a child's full name is asked about
    once: with the box ticked it may stay.
    """

    fields: dict[str, forms.Field]
    asks_about: tuple[str, ...] = ("title", "caption")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data  # type: ignore[misc, attr-defined]
        for name in self.asks_about:
            if found := child_name_in(data.get(name) or ""):
                self._ask()
                if not self.data.get(self.add_prefix("not_a_name")):  # type: ignore[attr-defined]
                    self.add_error(name, question_about(found))  # type: ignore[attr-defined]
        return data

    def _ask(self) -> None:
        label = "This is not a child’s name"
        self.fields["not_a_name"] = forms.BooleanField(required=False, label=label)
        self.field_options.setdefault("not_a_name", {})["optional"] = False  # type: ignore[attr-defined]
