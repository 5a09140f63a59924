"""The mails of awards that end."""

from awards.domain.renewal import TEMPLATE, standing_awards, url_of
from awards.mails.shared import NEWEST, Examples
from messaging.registers import MailField, MailKind, at, mail_kind
from psqm_portal.core.clock import london_day, long_day, now


def _awards() -> Examples:
    rows = standing_awards(london_day(now())).select_related("school", "level").order_by("valid_until", "pk")
    return [(str(row), {"award": row, "url": url_of(row)}) for row in rows[:NEWEST]]


mail_kind(
    MailKind(
        TEMPLATE,
        "Awards",
        "The award ends soon",
        "To a school’s headteacher (its subject leaders where there is none) twelve, six and three months "
        "before its award ends, unless the school takes part again or has registered.",
        fields=(
            MailField("school", "The school", at("award.school_name")),
            MailField("level", "The level", at("award.level")),
            MailField("until", "The award’s last day", lambda given: long_day(given["award"].valid_until)),
        ),
        keep=("school",),
        examples=_awards,
    )
)
