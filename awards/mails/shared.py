from collections.abc import Mapping, Sequence
from typing import Any

from messaging.registers import MailField, at

NEWEST = 5

SCHOOL = MailField("school", "The school", at("submission.school"))
ROUND = MailField("round", "The round", at("submission.round"))

Examples = Sequence[tuple[str, Mapping[str, Any]]]
