"""Reflections on strand A, two voices for each criterion. Made up."""

REFLECTIONS: dict[str, tuple[str, str]] = {
    "A1": (
        (
            "In September I had led science for a year, mostly by ordering batteries and answering "
            "questions in the corridor. The audit made me ask what leading means. I was given half a day "
            "every two weeks and used it for three things: visiting lessons, planning beside colleagues, "
            "and my own learning.\n\n"
            "The largest change came from planning together. Two teachers told me in the autumn survey "
            "that they avoided electricity because they feared the questions. We planned the unit as a "
            "team, I taught the first lesson while they watched, and they taught the second while I did. "
            "Both now say that they would choose to teach it. In their books pupils draw circuits with "
            "symbols and explain why a bulb stays dark, which we hadn't seen the year before.\n\n"
            "I report to governors each term now. After the spring report they added science to their own "
            "visits. What I would do differently: start the visits earlier, because I learnt more from "
            "twenty minutes in a classroom than from a pile of books."
        ),
        (
            "My headteacher and I agreed at the start that my role should be seen by what teachers do, not "
            "by what I file. I kept a log of each conversation about science and what came of it: 41 "
            "entries by the summer. Reading it back, most of the change came from short and practical "
            "help, such as trying out an enquiry together after school.\n\n"
            "I went to four sessions with our hub, joined an online course about working scientifically in "
            "Key Stage 1 and read about questioning. I tried each idea in my own Year 4 class first and "
            "shared only what had worked. Colleagues noticed: seven of nine asked for a follow-up.\n\n"
            "In the staff survey confidence in teaching science rose from 2.6 to 3.9 out of five. The "
            "lowest answer is still about adapting enquiries for pupils with special needs, so this is "
            "where I start in September, with the help of our SENCo."
        ),
    ),
    "A2": (
        (
            "We had principles before, but nobody could name one. This year we wrote new ones together. "
            "Pupils drew a lesson in which they had learnt a lot, staff wrote down what a visitor should "
            "see, and families answered one question at parents' evening. We sorted 230 notes in a staff "
            "meeting, and five statements came out of it. The science council turned them into pupils' "
            "words.\n\n"
            "They hang in each classroom beside photos of that class doing what the statement says. "
            "Teachers name the principle that a lesson is about on the planning page. When I asked 24 "
            "pupils from six classes in May, 21 could explain at least two principles with an example, one "
            "of them with 'we decide how to find out, not only the teacher'.\n\n"
            "The principles have begun to decide things for us: we didn't renew a scheme whose lessons "
            "came with finished methods, because it didn't fit the third one."
        ),
        (
            "Our vision grew out of a disagreement. Half of the staff felt that science should be mostly "
            "hands-on, others worried about knowledge. We read two short texts, taught one lesson each way "
            "and compared what pupils could say a week later. The result was a sentence that we all stand "
            "by: doing and thinking belong in the same lesson.\n\n"
            "Four more statements followed. Pupils from Reception to Year 6 illustrated them, and the "
            "pictures are on the corridor wall and the website. Lesson visits in the spring showed them in "
            "action in ten classes of eleven: time to talk before recording, and equipment that pupils "
            "choose.\n\n"
            "We'll look at the wording each June with the new science council. This June the word "
            "'careful' was added by Year 2, because 'you can't be curious with a hot thing without being "
            "careful'."
        ),
    ),
    "A3": (
        (
            "Our audit showed three gaps: pupils rarely asked their own questions, assessment didn't "
            "change lessons, and few families heard about science. They became our three goals, and they "
            "stand in the school development plan with dates and names.\n\n"
            "By March the first goal was well on its way. Question walls are in every class, and each unit "
            "keeps one lesson for a question from the wall. In October we had found pupils' own questions "
            "in 2 books of 30; in May in 23. The second goal needed a change of plan. Our first record "
            "sheet was too long and teachers filled it in at the end of term, so we replaced it by three "
            "pupils to watch each lesson.\n\n"
            "The third goal is reached: 118 adults came to the family evening. Next year we go on with "
            "assessment and add outdoor learning, which pupils asked for in the survey."
        ),
        (
            "I used to write an action plan alone and file it. This one was made by the staff after the "
            "audit: each phase chose the goal that would help its pupils most, and we kept the four that "
            "overlapped. The headteacher moved two staff meetings so that there was time for them.\n\n"
            "We looked at the plan every half term and coloured it. Two rows went red in February: the "
            "outdoor area was flooded, and the teacher who led the club left. Saying so early helped, "
            "because a governor knew a builder and two teaching assistants took the club over.\n\n"
            "Three of the four goals have been reached. The evidence is in pupils' work more than in my "
            "paperwork: Year 5 plan a fair test without a frame now, and Year 1 sort materials by their "
            "own rules. What is left is writing conclusions, which is row one of next year's plan."
        ),
    ),
    "A4": (
        (
            "At the start of the year science was on the timetable but lost its place to rehearsals and "
            "trips. We asked everybody how people would know that science matters here. The answers were "
            "honest: 'it's not in assembly', 'it's not on the fridge at home'.\n\n"
            "Now each class has two hours a week and we record when a lesson moves. A scientist of the "
            "month opens assembly, chosen by pupils. Each classroom has one science display that shows "
            "thinking, not only results. Governors had science on the agenda three times and one of them "
            "joined our walk around the school.\n\n"
            "In May 86 % of pupils said that science is important in our school, up from 58 % in October. "
            "One Year 3 pupil put it like this: 'You can tell because the head came to our melting lesson "
            "and got it wrong.'"
        ),
        (
            "Families told us that they knew more about spellings than about science. So each half term a "
            "class takes a science bag home with one enquiry that needs only a kitchen. We have lent 164 "
            "bags. The notes that come back are on display, and some have started conversations with "
            "grandparents who worked in the mill's dye house.\n\n"
            "Inside school we gave science the status that writing has: a celebration book in the "
            "entrance, an award in assembly for the best question of the week, and a budget that is spent "
            "by the science council.\n\n"
            "Attendance at our science evening went from 30 to 96 adults. More important to me is that the "
            "teaching assistants asked for their own training, because they didn't want to be left out of "
            "it."
        ),
    ),
    "A5": (
        (
            "I planned the year's monitoring on one page: book looks in October, February and May, visits "
            "in every class, talks with pupils each half term, and a look at assessments in July. After "
            "each I wrote one page with two things to celebrate and one to change, and shared it within a "
            "week.\n\n"
            "The October look showed beautiful write-ups that were all alike: pupils had copied the "
            "method. That led to our work on planning boards. In February the methods differed from child "
            "to child, but few conclusions used the results. In May two thirds did. The three looks "
            "together tell the story of the year better than any one of them.\n\n"
            "Pupils took part: the science council interviewed each class with questions of its own. Their "
            "finding that 'the same people always hold the thermometer' led to roles that move on each "
            "week."
        ),
        (
            "Before this year monitoring was something I did to colleagues. Now we do it together. In each "
            "round three teachers and I look at six books from another phase and ask one question only. "
            "The first was 'Who did the thinking?'.\n\n"
            "We found that sentence starters helped in Year 2 and held pupils back in Year 6, so the older "
            "classes stopped using them in spring. Visits two months later showed longer and more personal "
            "explanations, and the lower attainers managed well with a word bank.\n\n"
            "Governors received a summary each term and asked good questions, such as how we know that "
            "girls take as large a part as boys. We didn't know, so we counted who handled equipment in "
            "eight lessons. It led to changes in how groups are made."
        ),
    ),
}
