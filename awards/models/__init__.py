from awards.models.awards import Award, Certificate, Decision
from awards.models.proof import PressText, Unlisted
from awards.models.reviews import Judgement, Review, Standing

__all__ = ["Award", "Certificate", "Decision", "Judgement", "PressText", "Review", "Standing", "Unlisted"]
