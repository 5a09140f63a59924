"""The people of the scheme, by the words of the product (its table "Who may what").

A role is always held towards something (a submission, a hub, a school) and comes from a membership that
may end; nothing stores it.
"""

from enum import StrEnum


class Role(StrEnum):
    SUBJECT_LEADER = "subject leader"
    HEADTEACHER = "headteacher"
    SCHOOL_FINANCE = "school finance contact"
    MENTOR = "mentor"
    HUB_LEADER = "hub leader"
    REVIEWER = "reviewer"
    HQ_ADMIN = "HQ admin"
    HQ_FINANCE = "HQ finance"
    HQ_VIEWER = "HQ viewer"
    CLOCK = "the clock"


SCHOOL = frozenset({Role.SUBJECT_LEADER, Role.HEADTEACHER})
HUB = frozenset({Role.MENTOR, Role.HUB_LEADER})
HQ = frozenset({Role.HQ_ADMIN, Role.HQ_FINANCE, Role.HQ_VIEWER})
