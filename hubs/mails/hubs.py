"""The mails of a hub's substitute leader, to the leader and to who stands in."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse

from hubs.models import Substitution
from messaging.registers import MailField, MailKind, at, mail_kind
from psqm_portal.core.clock import long_day

NEWEST = 5


def _day(name: str) -> Any:
    return lambda given: long_day(getattr(given["substitution"], name))


def _substitutions() -> Sequence[tuple[str, Mapping[str, Any]]]:
    rows = Substitution.objects.select_related("hub", "leader", "substitute", "invitation").order_by("-pk")
    return [
        (
            str(row),
            {"person": row.leader, "substitution": row, "url": reverse("hub_hand_over", args=[row.hub.slug])},
        )
        for row in rows[:NEWEST]
    ]


for _name, _title, _when in (
    (
        "substitute_planned",
        "Somebody will stand in for a hub leader",
        "To the hub leader and the substitute when HQ plans it or changes the last day.",
    ),
    (
        "substitute_called_off",
        "Nobody stands in for a hub leader after all",
        "To the hub leader and the substitute when it is called off before its first day.",
    ),
):
    mail_kind(
        MailKind(
            f"hubs/mail/{_name}",
            "Hub leaders",
            _title,
            _when,
            fields=(
                MailField("hub", "The hub", at("substitution.hub")),
                MailField("leader", "The hub leader", at("substitution.leader")),
                MailField("substitute", "Who stands in", at("substitution.name"), sample="Asha Rao"),
                MailField("first_day", "The first day", _day("first_day"), sample="Monday 4 January 2027"),
                MailField("last_day", "The last day", _day("last_day"), sample="Friday 26 March 2027"),
            ),
            keep=("hub",),
            examples=_substitutions,
        )
    )
