from awards.models.appeals import Appeal, AppealTerms
from awards.models.awards import Award, Certificate, Decision
from awards.models.interests import Interest
from awards.models.moderation import Moderation, ModerationNote
from awards.models.past import PastColumns, PastImport, PastRow, PastWord
from awards.models.plans import AssignmentPlan, PlannedReview
from awards.models.proof import PressText, Unlisted
from awards.models.releases import Release, ReleaseItem
from awards.models.reviews import Judgement, Review, Standing

__all__ = [
    "Appeal",
    "AppealTerms",
    "AssignmentPlan",
    "Award",
    "Certificate",
    "Decision",
    "Interest",
    "Judgement",
    "Moderation",
    "ModerationNote",
    "PastColumns",
    "PastImport",
    "PastRow",
    "PastWord",
    "PlannedReview",
    "PressText",
    "Release",
    "ReleaseItem",
    "Review",
    "Standing",
    "Unlisted",
]
