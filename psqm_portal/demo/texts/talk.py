"""Feedback and messages between hub and school. Made up."""

RETURNED = {
    "reflection": (
        (
            "A clear account of what you did. It would be stronger with what pupils gained: you say that "
            "books show more enquiry, so put a number or a child's words in. The second photo doesn't show "
            "this criterion yet; say in its caption what a reviewer should look at."
        ),
        (
            "I like how honest this is. Two thirds of it tell what you did and a third what changed. Turn "
            "that round. Choose one class and follow it from autumn to summer, then say how you know."
        ),
    ),
    "core_document": (
        (
            "Good to have it in one place. Add for each entry what changed because of it; at the moment it "
            "is a list of dates."
        ),
    ),
    "action_plan": (
        (
            "The goals fit your audit well. Row 2 says 'staff feel better': how will you measure it? And "
            "put a name to each action, so that it isn't all on you."
        ),
    ),
}
COMMENTS = (
    "This is a lovely example. Could you say which year group it was, and what came before it?",
    "The caption says what it is. Say how it shows the criterion, in one more sentence.",
    "Strong evidence. It would also fit C1: you could tie it to that one too.",
    "You mention a survey. Put the two figures side by side, so that the change can be seen at a glance.",
)
ANSWERS = (
    "Thank you, I've added the year group and the lesson before it.",
    "Done. I asked the class teacher for her notes and used two of the pupils' sentences.",
    "Good idea. I'll do that after half term, when the second survey is in.",
)

# What a hub leader says again and again: name and words.
REPLIES = (
    ("Say how you know", "Say how you know that it worked: one figure, or one sentence of a pupil."),
    ("Name the year group", "Name the year group and the term. Reviewers don't know your classes."),
    ("Caption", "The caption says what it is. Say how it shows the criterion, in one more sentence."),
)

# Conversations: who writes ("school", "hub", "mentor") and what.
CONVERSATIONS = (
    (
        (
            ("hub"),
            (
                "Welcome to the hub. Have a look at the audit before our first training and bring your "
                "questions. You don't have to prepare anything else."
            ),
        ),
        (
            ("school"),
            (
                "Thank you. I've begun the audit with our assessment leader. Do we rate what we do now, or "
                "what we'd be able to show?"
            ),
        ),
        (
            ("hub"),
            (
                "What you do now. Showing it comes later, and an honest 'developing' gives you something to "
                "write about."
            ),
        ),
    ),
    (
        ("school", "Could I use the same evidence for two criteria? Our science week fits both D2 and A4."),
        (
            ("mentor"),
            (
                "Yes, tie it to both and write a caption of its own for each. Say what a reviewer should "
                "look at."
            ),
        ),
        ("school", "That helps, thank you."),
    ),
    (
        ("school", "I'm away for two weeks because of an operation. Will that be a problem for session 3?"),
        (
            ("hub"),
            (
                "Not at all. I'll send you the slides, and we can talk on the phone when you are back. Get "
                "well soon."
            ),
        ),
    ),
    (
        (
            ("hub"),
            ("Your action plan reads well. Before I approve it: who leads the club when you're away?"),
        ),
        ("school", "Our two teaching assistants. I've put their names into the plan."),
    ),
)

STAR = (
    (
        ("hub"),
        (
            "Welcome to the Chiltern Vale hub. I'm glad that you and Gareth decided to take part. The audit "
            "is the best place to begin."
        ),
    ),
    (
        ("school"),
        ("Thank you, Moira. We did it together with the phase leaders and disagreed more than I'd expected."),
    ),
    (
        ("mentor"),
        (
            "That is usually a good sign. Write down where you disagreed: it makes a fine start for "
            "reflection A5."
        ),
    ),
    (
        ("school"),
        (
            "I've sent the reflections on A1 and C1 and the principles. The one on B2 worries me. It is long "
            "and I can't see what to leave out."
        ),
    ),
    (
        ("hub"),
        (
            "I've signed off A1 and C1, both are a pleasure to read. B2 I've returned with a few words: it "
            "needs fewer activities and more about what pupils gained."
        ),
    ),
    (
        ("mentor"),
        (
            "If it helps, I'm free on Thursday after four. We could look at B2 on a call and choose one "
            "class to follow."
        ),
    ),
)

# Title and words; the first goes from a hub leader to the hub's schools, the second from HQ to a round's
# schools, the third from HQ to all hub leaders.
ANNOUNCEMENTS: tuple[tuple[str, str], ...] = (
    (
        "Our next training: what to bring",
        (
            "Bring your action plan and one piece of evidence that you aren't sure about. We'll look at "
            "them in pairs.\n\nCoffee is from half past eight. Park behind the church, not at the school."
        ),
    ),
    (
        "Photos of children: check who has consented",
        (
            "A photo on which a child can be recognised needs the family's consent, even a small one. "
            "The evidence page asks you for it. If you're not sure, choose another photo."
        ),
    ),
    (
        "Development and quality meeting",
        (
            "It will be online, for two hours, and we'll read two anonymous submissions together. The link "
            "comes with the invitation. Tell us if you can't come."
        ),
    ),
)

# Who says it ("leader" or "HQ"), and what.
WITH_HQ: tuple[tuple[str, str], ...] = (
    (
        "leader",
        "One of my schools has a new headteacher from January. Does the agreement have to be signed again?",
    ),
    (
        "HQ",
        (
            "No, the agreement stays. Ask the school to add the new head on its People page, and to end the "
            "former one there."
        ),
    ),
    ("leader", "Done, thank you. And may two schools share one training day with the hub next door?"),
)
