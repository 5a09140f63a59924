from collections.abc import Iterable
from typing import Any

from django import forms

from psqm_portal.core.calendars import Dated
from psqm_portal.core.forms import PortalForm


class DatesFilterForm(PortalForm):
    """Offers only what there is to choose from among a person's dates."""

    mark_optional = False

    whose = forms.ChoiceField(
        label="Whose dates",
        required=False,
        choices=[("", "All"), ("own", "My own"), ("others", "Those of schools and people I look after")],
    )
    round = forms.ChoiceField(label="Round", required=False)
    about = forms.ChoiceField(label="School or hub", required=False)

    def __init__(self, *args: Any, dates: Iterable[Dated], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        dates = list(dates)
        rounds = sorted({one.round for one in dates if one.round})
        about = sorted({name for one in dates for name in one.about})
        self._offer("round", "All rounds", rounds)
        self._offer("about", "All", about)
        if len({one.own for one in dates}) < 2:
            del self.fields["whose"]

    def _offer(self, name: str, everything: str, words: list[str]) -> None:
        if len(words) < 2:
            del self.fields[name]
            return
        self.fields[name].choices = [("", everything), *((word, word) for word in words)]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> dict[str, str]:
        """A filter that can't be read (an old link) narrows nothing."""
        if not self.is_bound:
            return {}
        self.is_valid()
        return {name: self.cleaned_data[name] for name in self.fields if self.cleaned_data.get(name)}

    def narrow(self, dates: Iterable[Dated]) -> list[Dated]:
        chosen = self.chosen
        return [
            one
            for one in dates
            if ("whose" not in chosen or one.own == (chosen["whose"] == "own"))
            and ("round" not in chosen or one.round == chosen["round"])
            and ("about" not in chosen or chosen["about"] in one.about)
        ]
