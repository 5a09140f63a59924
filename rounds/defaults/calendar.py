"""The year of each season, from the scheme's calendar; the product's section 2 is the table of it.

Months count from January of the round's year: 13 is January of the next year, 18 its June.
"""

from dataclasses import dataclass

SCHOOL, HUB_LEADER, HQ = "school", "hub_leader", "hq"
TRAINING = ("training_1", "session_2", "session_3", "training_2")


@dataclass(frozen=True, slots=True)
class Months:
    step: str
    audience: str
    label: str
    first: int
    last: int
    opens_day: int | None = None
    due_day: int | None = None
    days_before_close: int | None = None


AUTUMN = (
    Months("training_1", SCHOOL, "Training day 1 / session 1", 9, 9),
    Months("audit", SCHOOL, "Audit against the criteria and decide on a level", 10, 10),
    Months("action_plan", SCHOOL, "Complete and upload your action plan", 11, 11),
    Months("session_2", SCHOOL, "Session 2", 11, 11),
    Months("implement", SCHOOL, "Put your plan into practice and gather evidence", 12, 15),
    Months("session_3", SCHOOL, "Session 3", 12, 15),
    Months("training_2", SCHOOL, "Training day 2 / session 4", 16, 16),
    Months("send_for_sign_off", SCHOOL, "Send for sign-off", 18, 18, days_before_close=14),
    Months("submit", SCHOOL, "Submit reflections with evidence", 18, 18),
    Months("notify", SCHOOL, "Award notification", 21, 21),
    Months("ceremony", SCHOOL, "Award ceremony", 23, 23),
    Months("recruit", HUB_LEADER, "Contact subject leaders and invite them to the first training", 6, 9),
    Months("training_1", HUB_LEADER, "Training day 1 / session 1", 9, 9),
    Months("levels", HUB_LEADER, "Assign levels", 10, 10),
    Months("action_plan", HUB_LEADER, "Review action plans", 11, 11),
    Months("session_2", HUB_LEADER, "Session 2", 11, 11),
    Months("session_3", HUB_LEADER, "Session 3", 12, 15),
    Months("training_2", HUB_LEADER, "Training day 2 / session 4", 17, 17),
    Months("finalise", HUB_LEADER, "Sign off submissions", 18, 18),
    Months("review", HUB_LEADER, "Review submissions", 20, 20),
    Months("notify", HUB_LEADER, "Award notification", 21, 21),
    Months("ceremony", HUB_LEADER, "Award ceremony", 23, 23),
    Months("assign_reviewers", HQ, "Assign reviewers", 19, 19),
    Months("decide", HQ, "Decide awards", 21, 21, due_day=14),
    Months("notify", HQ, "Release the outcomes", 21, 21, opens_day=15),
)

SPRING = (
    Months("training_1", SCHOOL, "Training day 1 / session 1", 4, 4),
    Months("audit", SCHOOL, "Audit against the criteria and decide on a level", 5, 5),
    Months("action_plan", SCHOOL, "Complete and upload your action plan", 6, 6),
    Months("session_2", SCHOOL, "Session 2", 6, 6),
    Months("implement", SCHOOL, "Put your plan into practice and gather evidence", 7, 11),
    Months("session_3", SCHOOL, "Session 3", 7, 11),
    Months("training_2", SCHOOL, "Training day 2 / session 4", 12, 12),
    Months("send_for_sign_off", SCHOOL, "Send for sign-off", 15, 15, days_before_close=14),
    Months("submit", SCHOOL, "Submit reflections with evidence", 15, 15),
    Months("notify", SCHOOL, "Award notification", 17, 17),
    Months("ceremony", SCHOOL, "Award ceremony", 23, 23),
    Months("recruit", HUB_LEADER, "Contact subject leaders and invite them to the first training", 1, 3),
    Months("training_1", HUB_LEADER, "Training day 1 / session 1", 4, 4),
    Months("levels", HUB_LEADER, "Assign levels", 5, 5),
    Months("action_plan", HUB_LEADER, "Review action plans", 6, 6),
    Months("session_2", HUB_LEADER, "Session 2", 6, 6),
    Months("session_3", HUB_LEADER, "Session 3", 9, 9),
    Months("training_2", HUB_LEADER, "Training day 2 / session 4", 12, 12),
    Months("finalise", HUB_LEADER, "Sign off submissions", 15, 15),
    Months("review", HUB_LEADER, "Review submissions", 16, 16),
    Months("notify", HUB_LEADER, "Award notification", 17, 17),
    Months("ceremony", HUB_LEADER, "Award ceremony", 23, 23),
    # The close is the last of March and reviewing opens on the first of April: no day lies between.
    Months("assign_reviewers", HQ, "Assign reviewers", 16, 16, due_day=7),
    Months("decide", HQ, "Decide awards", 17, 17, due_day=14),
    Months("notify", HQ, "Release the outcomes", 17, 17, opens_day=15),
)


def without_training(milestones: tuple[Months, ...]) -> tuple[Months, ...]:
    return tuple(row for row in milestones if row.step not in TRAINING)


TEMPLATES: dict[tuple[str, str], tuple[Months, ...]] = {
    ("autumn", "standard"): AUTUMN,
    ("autumn", "reaccreditation"): without_training(AUTUMN),
    ("spring", "standard"): SPRING,
    ("spring", "reaccreditation"): without_training(SPRING),
}
