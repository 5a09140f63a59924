"""Texts of the core documents, rows of the action plan, notes of the audit. Made up."""

DOCUMENTS = {
    "principles": (
        "Our principles were written by staff, pupils and families in the autumn term.\n\n"
        "1. We begin with questions, and some of them are ours.\n"
        "2. We do and think in the same lesson.\n"
        "3. We choose how to find out and what to use.\n"
        "4. Everybody belongs in science.\n"
        "5. We use what we find out: at home, outdoors and in other subjects.\n\n"
        "They hang in each classroom and in the corridor, stand on the website, and are looked at each "
        "June by staff and the science council."
    ),
    "leader_log": (
        "9 September: first training of our hub. Planned the audit with the headteacher.\n"
        "2 October: visits in all classes. Saw that methods are copied, so I chose planning as the first "
        "topic.\n"
        "5 November: led a staff meeting on questions. Seven colleagues asked for a follow-up.\n"
        "21 January: planned electricity with Years 4 and 6. Both teachers taught it themselves.\n"
        "11 March: visit to a school of our hub. Brought back their way of looking at books together.\n"
        "30 April: talked with governors about attitudes. They asked for figures each term."
    ),
    "cpd": (
        "5 November, all staff: questions that make pupils think. Effect: fewer questions with one answer; "
        "pupils' questions in books in nine classes.\n"
        "3 December, teaching assistants: safe practical work in small groups. Effect: groups led in Key "
        "Stage 1.\n"
        "21 January, Years 4 and 6: electricity. Effect: both units taught with enquiry for the first time.\n"
        "17 March, two teachers: outdoor science. Effect: eleven lessons outdoors since then.\n"
        "6 May, all staff: comparing judgements in pairs. Effect: agreed examples for each phase."
    ),
    "development_plan": (
        "Priority 3 of our school development plan: pupils work scientifically with growing independence.\n\n"
        "Reached: enquiry in every unit, pupils' own questions, training for all staff.\n"
        "On the way: assessment of enquiry skills.\n"
        "Next year: writing conclusions; science for pupils with special needs."
    ),
    "portfolio": (
        "Twelve pieces from Reception to Year 6, chosen with pupils. They show the five kinds of enquiry, "
        "work indoors and outdoors, and progress in recording. Each has a caption that says what it shows."
    ),
    "calendar": (
        "October: drawings of scientists, survey in all classes.\n"
        "November: star dome, all classes and families.\n"
        "January: vet nurse in Years 1 and 2.\n"
        "March: science week, 96 adults on Friday.\n"
        "April: day in the secondary school's laboratory, Year 6.\n"
        "May: pond and birds with the ranger, Year 4.\n"
        "All year: club at lunchtime, 45 pupils; science bags at home."
    ),
}

# criterion, objective, actions, who, resources, cost in pounds or "", success measure, and the part of the
# year until it is due
PLAN = (
    (
        "C1",
        "Pupils in every class ask and answer their own questions by the five kinds of enquiry.",
        (
            "Teach the kinds by name with symbols. Question wall in each class. One lesson of each unit is "
            "kept for a question from the wall."
        ),
        "Subject leader, all class teachers",
        "Planning boards, sticky notes, one staff meeting",
        "85",
        "In May at least 20 books of 30 show an enquiry that began with a pupil's question (October: 2).",
        0.8,
    ),
    (
        "B1",
        "All who teach science feel sure about leading practical work.",
        (
            "Survey in autumn and summer. Three staff meetings from its results. Pairs visit each other. "
            "Paid training for teaching assistants."
        ),
        "Subject leader, headteacher",
        "Cover for six half days, course for two teachers",
        "740",
        "Mean confidence rises from 2.6 to at least 3.5 of 5; each adult can name what they do differently.",
        0.6,
    ),
    (
        "C2",
        "Teachers use what they find out about enquiry skills in the next lesson.",
        (
            "Start and end question for each unit. Watch three pupils in each lesson. Compare judgements "
            "in pairs each half term."
        ),
        "Subject leader, assessment leader",
        "Record sheet, two staff meetings",
        "",
        "Plans changed because of a start question in each class; agreed examples for each phase.",
        0.75,
    ),
    (
        "C3",
        "All pupils can see themselves in science, girls in Years 5 and 6 among them.",
        (
            "Survey with the science council. Local people who use science work with each class. Link each "
            "unit with a job and with home."
        ),
        "Subject leader, science council, Year 6 teacher",
        "Visitors' costs, science bags",
        "260",
        (
            "Half of the girls in Years 5 and 6 can name a job with science that they might like (October: "
            "34 %)."
        ),
        0.9,
    ),
    (
        "A4",
        "Families know what science looks like here and take part.",
        "Science bags, family evening, page on the website. Scientist of the month in assembly.",
        "Subject leader, office, parents' association",
        "Bags and material",
        "190",
        "At least 80 adults at the family evening; each class lends its bags each week.",
        0.5,
    ),
)

AUDIT_NOTES = {
    "A1": "One year in the role. Time is given from September; little training so far.",
    "A2": "Old principles exist but staff and pupils can't name them.",
    "A3": "Goals were set by me alone. They aren't in the school's development plan.",
    "A4": "Science gives way to other things in busy weeks. Families hear little about it.",
    "A5": "Books looked at twice last year. Findings weren't shared with everybody.",
    "B1": "Last training for all staff was three years ago. Teaching assistants had none.",
    "B2": "Practical work in most units, but the method is usually given.",
    "B3": "Plenty of equipment, poorly sorted. Outdoor area is hardly used.",
    "C1": "Fair tests are strong in Key Stage 2. Other kinds of enquiry are rare.",
    "C2": "Tests at the end of units. Enquiry skills aren't assessed.",
    "C3": "No survey yet. Some older girls say that science isn't for them.",
    "D1": "Good links with English in Year 2; elsewhere by chance.",
    "D2": "Science week each March. Trips depend on the class teacher.",
}
