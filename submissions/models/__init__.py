from submissions.models.cases import Case, CaseNote, ExtensionRequest
from submissions.models.evidence import Evidence, EvidenceLink, Incoming
from submissions.models.feedback import Feedback, ReplyTemplate
from submissions.models.packs import Pack, QuestionPaper
from submissions.models.parts import ActionRow, AuditEntry, Part, PartVersion
from submissions.models.submission import LIVE, Extension, Status, Submission

__all__ = [
    "LIVE",
    "ActionRow",
    "AuditEntry",
    "Case",
    "CaseNote",
    "Evidence",
    "EvidenceLink",
    "Extension",
    "ExtensionRequest",
    "Feedback",
    "Incoming",
    "Pack",
    "Part",
    "PartVersion",
    "QuestionPaper",
    "ReplyTemplate",
    "Status",
    "Submission",
]
