from awards.models.awards import Award, Certificate, Decision
from awards.models.moderation import Moderation, ModerationNote
from awards.models.proof import PressText, Unlisted
from awards.models.reviews import Judgement, Review, Standing

__all__ = ["Award", "Certificate", "Decision", "Judgement", "Moderation", "ModerationNote", "PressText", "Review", "Standing", "Unlisted"]
