from rounds.models.feeds import CalendarFeed
from rounds.models.frameworks import (
    CoreDocument,
    Criterion,
    Descriptor,
    Framework,
    Level,
    Strand,
)
from rounds.models.reminders import NoSendDay, Reminder, ReminderPause, ReminderRule, ReminderRun
from rounds.models.rounds import (
    Audience,
    Kind,
    Milestone,
    Round,
    RoundTemplate,
    Season,
    Step,
    TemplateMilestone,
)

__all__ = [
    "Audience",
    "CalendarFeed",
    "CoreDocument",
    "Criterion",
    "Descriptor",
    "Framework",
    "Kind",
    "Level",
    "Milestone",
    "NoSendDay",
    "Reminder",
    "ReminderPause",
    "ReminderRule",
    "ReminderRun",
    "Round",
    "RoundTemplate",
    "Season",
    "Step",
    "Strand",
    "TemplateMilestone",
]
