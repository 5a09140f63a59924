"""Papers that a school would scan or save as PDF: title, then paragraphs, "# headings" and "* points"."""

PAPERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "training": (
        "Staff meeting: questions that make pupils think",
        (
            "Present: nine teachers, four teaching assistants. Led by the subject leader for science.",
            "# What we looked at",
            (
                "Two short films of lessons in our own school. We counted questions: 31 in one lesson, 27 "
                "of them with one answer. Nobody had expected that many."
            ),
            "# What each of us tries until Christmas",
            "* Reception: objects on the table before any words.",
            "* Years 1 and 2: think, then talk with a partner, then tell the class what the partner said.",
            "* Years 3 and 4: 'What makes you say that?' after each answer.",
            "* Years 5 and 6: four planned questions, and ten seconds of silence after each.",
            "# Six weeks later",
            (
                "Seven of nine teachers say that answers have become longer. In Year 3 pupils asked 14 "
                "questions in one lesson, and two of them became enquiries. Teaching assistants want the "
                "same training for group work."
            ),
        ),
    ),
    "monitoring": (
        "Monitoring science: autumn term",
        (
            "# What we looked at",
            "Thirty books from all classes, six lesson visits, talks with twelve pupils.",
            "# Two things to celebrate",
            "* Vocabulary is used well from Year 2 on.",
            "* Practical work takes place in every unit.",
            "# One thing to change",
            (
                "Methods are the same in all books of a class: they were copied. Pupils told us that 'we "
                "know what to do because it is on the board'."
            ),
            "# What we did",
            (
                "Planning boards in all classes from November; one lesson of each unit begins with pupils' "
                "own questions."
            ),
            "# What was different in February",
            (
                "Methods differed in eight classes of eleven. Conclusions are the next step: few used the "
                "results."
            ),
        ),
    ),
    "voices": (
        "Talks with pupils in May",
        (
            "24 pupils from six classes, in groups of four. Questions by the science council.",
            "# 1. What do you do in science that you like?",
            "* 'We decide how to find out, not only the teacher.' (Year 4)",
            "* 'I like it when it goes wrong and we have to find out why.' (Year 6)",
            "# 2. Who can be a scientist?",
            "* October: 'Clever people.' 'Men with glasses.'",
            "* May: 'Kai's mum. She tests the water.' 'Anybody who keeps asking.'",
            "# 3. How do you know what to do next?",
            "* 'There are steps on the wall and I'm on the third.' (Year 3)",
            "# 4. Which of our principles can you explain?",
            "21 of 24 pupils explained two or more with an example from their own class.",
        ),
    ),
    "development": (
        "School development plan: priority 3, science",
        (
            "# Goal",
            "Pupils work scientifically with growing independence.",
            "# Actions until July",
            "* Training for all staff on questions and enquiry: done in November, January and May.",
            "* Enquiry of each of the five kinds in every class: done in nine classes of eleven.",
            "* Assessment of enquiry skills: record sheet changed in February, in use since March.",
            "* Outdoor area: first beds and pond tray since April.",
            "# Money",
            "£1,275 for training, equipment and visits; £300 from the parents' association.",
            "# Governors",
            "Report each term; visit of the link governor on 12 March.",
        ),
    ),
    "cpd": (
        "Training in science this year",
        (
            "# 5 November: questions that make pupils think",
            (
                "All teachers and four teaching assistants. Fewer questions with one answer; pupils' "
                "questions in books."
            ),
            "# 3 December: safe practical work in small groups",
            "Six teaching assistants. They lead groups in Key Stage 1 now.",
            "# 21 January: electricity in Years 4 and 6",
            "Two teachers. Both taught the unit with enquiry for the first time.",
            "# 17 March: science outdoors",
            "Two teachers, course of the nature reserve. Eleven lessons outdoors since then.",
            "# 6 May: comparing judgements",
            "All teachers. Agreed examples of pupils' work for each phase.",
        ),
    ),
    "calendar": (
        "Calendar of science events",
        (
            "* October: survey and drawings of scientists, all classes",
            "* November: star dome, all classes; evening for families, 118 adults",
            "* January: vet nurse, Years 1 and 2",
            "* February: engineer of wind turbines, Year 6",
            "* March: science week, all classes; 96 adults on Friday",
            "* April: laboratory day in the secondary school, Year 6",
            "* May: pond and birds with the ranger, Year 4",
            "* June: helicopter competition, all classes",
            "* All year: club at lunchtime, 45 pupils; science bags at home, 164 loans",
        ),
    ),
    "log": (
        "My log as subject leader for science",
        (
            "* 9 September: first training of our hub. Planned the audit with the headteacher.",
            "* 2 October: visits in all classes. Methods are copied, so planning comes first.",
            "* 5 November: staff meeting on questions. Seven colleagues asked for a follow-up.",
            "* 3 December: training of teaching assistants. Four of them lead groups now.",
            "* 21 January: planned electricity with Years 4 and 6.",
            "* 11 March: visit to a school of our hub. Brought back their way of looking at books together.",
            "* 30 April: report to governors. They asked for figures on attitudes.",
            "* 6 May: compared judgements in pairs. We agree more than in autumn.",
            "* 12 June: wrote the reflections with two colleagues. Their view of the year differs from mine.",
        ),
    ),
}
