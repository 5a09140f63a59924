from submissions.models.evidence import Evidence, EvidenceLink
from submissions.models.feedback import Feedback
from submissions.models.parts import ActionRow, AuditEntry, Part, PartVersion
from submissions.models.submission import LIVE, Extension, Status, Submission

__all__ = [
    "LIVE",
    "ActionRow",
    "AuditEntry",
    "Evidence",
    "EvidenceLink",
    "Extension",
    "Feedback",
    "Part",
    "PartVersion",
    "Status",
    "Submission",
]
