from collections.abc import Iterable
from typing import Any

from django import forms

from hubs.models import Hub
from psqm_portal.core.forms import PortalForm
from rounds.models import Round
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
        own = listed.order_by()
        rounds = Round.objects.filter(pk__in=own.values("round")).values_list("slug", "name")
        hubs = Hub.objects.filter(pk__in=own.values("hub")).values_list("slug", "name")
        self.fields["round"].choices = [("", "All rounds"), *rounds]  # type: ignore[attr-defined]
        self.fields["hub"].choices = [("", "All hubs"), *hubs]  # type: ignore[attr-defined]
        hidden = set() if knows else {Status.REVIEWED, Status.DECIDED}
        stages = [(status.value, status.label) for status in Status if status not in hidden]
        self.fields["status"].choices = [("", "All stages"), *stages]  # type: ignore[attr-defined]

    def value(self, name: str) -> Any:
        """A filter that can't be read (an old link) narrows nothing."""
        return self.cleaned_data.get(name) if self.is_valid() or name in self.cleaned_data else None


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
