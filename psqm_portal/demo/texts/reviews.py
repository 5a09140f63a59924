"""What reviewers write. Made up."""

NARRATIVES = (
    (
        "Thank you for a submission that was a pleasure to read. Your principles are alive: they appear in "
        "lessons, in decisions and in what pupils say. The strongest part is enquiry. The work from Year 2 "
        "and Year 5 side by side shows progress in one skill better than any table could.\n\n"
        "A next step could be to follow a few pupils over more than one year, so that you see what stays "
        "with them."
    ),
    (
        "Your year shows what a subject leader can change with small and steady steps. The link from audit "
        "to plan to what pupils do now is clear throughout. We particularly liked how you counted pupils' "
        "questions and used the answer.\n\n"
        "To go further, let colleagues lead a part of the monitoring, and ask pupils what they would look "
        "for."
    ),
    (
        "This is an honest and well chosen set of evidence. The captions say exactly what to look at, "
        "which helps a reviewer. Science is valued in the school, and families have become part of it.\n\n"
        "Think next about assessment of enquiry skills in Key Stage 1, where your own monitoring sees a "
        "gap."
    ),
)
NOT_YET = (
    "There is much good practice in this submission, and the enthusiasm of staff can be felt. At the level "
    "you aim for, three criteria need more: the reflections on monitoring, assessment and attitudes tell "
    "what was done, but not yet what changed for pupils and how you know. The work is under way, and "
    "another term would let you show it."
)
COMMENTS = {
    "strongly_met": (
        "Change is measured and explained, and pupils' own words support it.",
        "Goes beyond the level: other schools could learn from this.",
    ),
    "met": (
        "Clear evidence, well captioned.",
        "The reflection follows one class from autumn to summer, which makes the change visible.",
        "Meets the level. Figures from the second survey would make it stronger still.",
    ),
    "not_met": (
        "The reflection tells what was done. What changed for pupils can't be seen from it yet.",
        "Evidence is from one class only; the level asks for the whole school.",
    ),
}
PRIVATE = (
    "",
    "A good example for the training of new hub leaders.",
    "I would be glad to talk about this one: the evidence is thin in Key Stage 1.",
)
MODERATION = (
    "Both reviews read again by two of us. The evidence for A5, C2 and C3 decides; see the notes on file."
)
DECISION_NOTE = (
    "You may send in the three reflections again in the next round; nothing else has to be done anew."
)
