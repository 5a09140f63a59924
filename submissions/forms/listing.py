from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet, Value

from hubs.models import Hub
from psqm_portal.core.forms import PortalForm
from rounds.models import Round
from submissions.models import Submission
from submissions.models.submission import Status


class FilterForm(PortalForm):
    """What the list is narrowed to; offers only rounds and hubs that are in it."""

    mark_optional = False
    options = {"q": {"width": 20}}

    q = forms.CharField(label="School", required=False, max_length=100)
    round = forms.ChoiceField(label="Round", required=False)
    hub = forms.ChoiceField(label="Hub", required=False)
    status = forms.ChoiceField(label="Stage", required=False)

    def __init__(self, *args: Any, listed: Any, knows: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rounds, hubs = _rounds_and_hubs(listed.order_by())
        self.fields["round"].choices = [("", "All rounds"), *rounds]  # type: ignore[attr-defined]
        self.fields["hub"].choices = [("", "All hubs"), *hubs]  # type: ignore[attr-defined]
        hidden = set() if knows else {Status.REVIEWED, Status.DECIDED}
        stages = [(status.value, status.label) for status in Status if status not in hidden]
        self.fields["status"].choices = [("", "All stages"), *stages]  # type: ignore[attr-defined]

    def value(self, name: str) -> Any:
        """A filter that can't be read (an old link) narrows nothing."""
        return self.cleaned_data.get(name) if self.is_valid() or name in self.cleaned_data else None


def _rounds_and_hubs(own: QuerySet[Submission]) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Slug and name of those that some submissions are in, the newest round first; one query."""
    rounds = Round.objects.filter(pk__in=own.values("round")).order_by()
    hubs = Hub.objects.filter(pk__in=own.values("hub")).order_by()
    rows = rounds.values_list("slug", "name", "year", "season", "kind").union(
        hubs.values_list("slug", "name", Value(0), Value(""), Value("")), all=True
    )
    by_year = sorted((row for row in rows if row[2]), key=lambda row: (-row[2], row[3], row[4]))
    by_name = sorted((row for row in rows if not row[2]), key=lambda row: row[1].casefold())
    return [row[:2] for row in by_year], [row[:2] for row in by_name]


class DeskForm(PortalForm):
    """What the desk is narrowed to; offers only rounds and hubs that are on it."""

    mark_optional = False

    show = forms.ChoiceField(
        required=False,
        choices=[("", "All schools"), ("mine", "Waiting for you"), ("late", "Late")],
    )
    stage = forms.ChoiceField(required=False)
    hub = forms.ChoiceField(required=False)
    round = forms.ChoiceField(required=False)

    def __init__(self, *args: Any, rows: Iterable[Any], stages: Iterable[Status], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = [row.submission for row in rows]
        hubs = sorted({(one.hub.name, str(one.hub_id)) for one in found})
        rounds = sorted({(one.round.name, str(one.round_id)) for one in found})
        self._offer("stage", "All stages", [(status.value, status.label) for status in stages])
        self._offer("hub", "All hubs", [(pk, name) for name, pk in hubs])
        self._offer("round", "All rounds", [(pk, name) for name, pk in rounds])

    def _offer(self, name: str, whole: str, choices: list[tuple[str, str]]) -> None:
        if name != "stage" and len(choices) < 2:
            del self.fields[name]
        else:
            self.fields[name].choices = [("", whole), *choices]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> dict[str, str]:
        """A filter that can't be read (an old link) narrows nothing."""
        if not self.is_bound:
            return {}
        self.is_valid()
        return {name: self.cleaned_data[name] for name in self.fields if self.cleaned_data.get(name)}
