from django.urls import path

from submissions.views import (
    audit,
    enrol,
    evidence,
    feedback,
    history,
    level,
    listing,
    moves,
    parts,
    plan,
    sign_off,
    submit,
    talk,
    tasks,
    ties,
)

urlpatterns = [
    path("submissions/", listing.submissions, name="submissions"),
    path("submissions/<int:pk>/", tasks.submission, name="submission"),
    path("submissions/<int:pk>/audit/", audit.submission_audit, name="submission_audit"),
    path("submissions/<int:pk>/level/", level.submission_level, name="submission_level"),
    path("submissions/<int:pk>/level/answer/", level.level_answer, name="level_answer"),
    path("submissions/<int:pk>/action-plan/", plan.action_plan, name="action_plan"),
    path("submissions/<int:pk>/action-plan/rows/new/", plan.action_row_new, name="action_row_new"),
    path("submissions/<int:pk>/action-plan/rows/<int:row>/", plan.action_row, name="action_row"),
    path(
        "submissions/<int:pk>/action-plan/rows/<int:row>/remove/",
        plan.action_row_remove,
        name="action_row_remove",
    ),
    path(
        "submissions/<int:pk>/action-plan/rows/<int:row>/progress/",
        plan.action_row_progress,
        name="action_row_progress",
    ),
    path("submissions/<int:pk>/documents/<slug:code>/", parts.core_document, name="core_document"),
    path("submissions/<int:pk>/reflections/<slug:code>/", parts.reflection, name="reflection"),
    path("submissions/<int:pk>/parts/<int:part>/text/", parts.part_text, name="part_text"),
    path("submissions/<int:pk>/parts/<int:part>/versions/", parts.part_versions, name="part_versions"),
    path("submissions/<int:pk>/parts/<int:part>/evidence/", ties.part_evidence, name="part_evidence"),
    path(
        "submissions/<int:pk>/parts/<int:part>/evidence/<int:piece>/",
        ties.part_caption,
        name="part_caption",
    ),
    path(
        "submissions/<int:pk>/parts/<int:part>/evidence/<int:piece>/untie/",
        ties.part_untie,
        name="part_untie",
    ),
    path("submissions/<int:pk>/parts/<int:part>/feedback/", feedback.part_feedback, name="part_feedback"),
    path("submissions/<int:pk>/parts/<int:part>/<slug:action>/", parts.part_action, name="part_action"),
    path("submissions/<int:pk>/evidence/", evidence.evidence, name="evidence"),
    path("submissions/<int:pk>/evidence/new/", evidence.evidence_new, name="evidence_new"),
    path("submissions/<int:pk>/evidence/<int:piece>/", evidence.evidence_piece, name="evidence_piece"),
    path(
        "submissions/<int:pk>/evidence/<int:piece>/change/", evidence.evidence_change, name="evidence_change"
    ),
    path(
        "submissions/<int:pk>/evidence/<int:piece>/children/",
        evidence.evidence_children,
        name="evidence_children",
    ),
    path(
        "submissions/<int:pk>/evidence/<int:piece>/consent/",
        evidence.evidence_consent,
        name="evidence_consent",
    ),
    path(
        "submissions/<int:pk>/evidence/<int:piece>/remove/", evidence.evidence_remove, name="evidence_remove"
    ),
    path(
        "submissions/<int:pk>/evidence/<int:piece>/feedback/",
        feedback.evidence_feedback,
        name="evidence_feedback",
    ),
    path(
        "submissions/<int:pk>/feedback/<int:thread>/answer/",
        feedback.feedback_answer,
        name="feedback_answer",
    ),
    path(
        "submissions/<int:pk>/feedback/<int:thread>/resolve/",
        feedback.feedback_resolve,
        name="feedback_resolve",
    ),
    path("submissions/<int:pk>/sign-off/", sign_off.sign_off, name="sign_off"),
    path("submissions/<int:pk>/sign-off/send/", sign_off.sign_off_send, name="sign_off_send"),
    path("submissions/<int:pk>/sign-off/whole/", sign_off.sign_off_whole, name="sign_off_whole"),
    path("submissions/<int:pk>/sign-off/return/", sign_off.sign_off_return, name="sign_off_return"),
    path("submissions/<int:pk>/sign-off/reopen/", sign_off.sign_off_reopen, name="sign_off_reopen"),
    path("submissions/<int:pk>/submit/", submit.submit, name="submit"),
    path("submissions/<int:pk>/receipt/", submit.receipt, name="receipt"),
    path("submissions/<int:pk>/messages/", talk.conversation, name="conversation"),
    path("submissions/<int:pk>/history/", history.submission_history, name="submission_history"),
    path("submissions/<int:pk>/do/<slug:action>/", moves.submission_action, name="submission_action"),
    path("registrations/<int:pk>/accepted/", enrol.registration_accepted, name="registration_accepted"),
    path("registrations/<int:pk>/accept/", enrol.registration_accept, name="registration_accept"),
]
