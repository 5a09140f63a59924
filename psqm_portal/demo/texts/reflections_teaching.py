"""Reflections on strands B to D, two voices for each criterion. Made up."""

REFLECTIONS: dict[str, tuple[str, str]] = {
    "B1": (
        (
            "Training followed what staff had asked for in the survey: questioning, practical work with "
            "little equipment, and electricity. I led three meetings, our hub leader led one, and two "
            "teachers went to a course on outdoor science. Teaching assistants were paid to come, which "
            "made a great difference in Key Stage 1.\n\n"
            "To see what changed I followed one colleague. In autumn her Year 3 lesson on rocks had 31 "
            "questions, 27 of them hers, and most had one answer. After the training on talk she planned "
            "four questions and left time to think. In spring pupils asked 14 questions in one lesson, and "
            "two of them became enquiries.\n\n"
            "Nine of eleven staff say that the training changed how they teach. The two others joined "
            "late, and they are paired with a colleague until Christmas."
        ),
        (
            "Our weakest point was that training reached teachers but not the adults beside them. This "
            "year each session ended with one thing to try and a partner to try it with, often a teacher "
            "and a teaching assistant. Partners visited each other for fifteen minutes and told the next "
            "meeting what had happened.\n\n"
            "The idea that spread furthest was 'predict, then stop': pupils write a prediction, show it to "
            "a friend and change it before anything is touched. It began in Year 5 and is in all classes "
            "now. Books show reasons in predictions from Year 2 on, where there were guesses before.\n\n"
            "Two teachers presented our work at the cluster meeting and three schools came to see it. "
            "Explaining it to others has made us better at it."
        ),
    ),
    "B2": (
        (
            "Lesson visits in autumn showed one pattern: the teacher talks, pupils follow a method, "
            "everybody writes it up. It is safe but it doesn't suit each topic. We made a chart of ways to "
            "teach with an example from our own school for each, and every teacher chose two that were new "
            "to them.\n\n"
            "Year 1 learnt about materials by building a raincoat for a bear. Year 4 acted out digestion "
            "with tights and crackers and could still explain the order of the organs six weeks later. "
            "Year 6 debated as scientists of 1859. In each case the teacher wrote down why this way fitted "
            "the topic.\n\n"
            "The variety helped pupils who find recording hard. One boy who had written two lines in "
            "autumn explained shadows with a puppet theatre for four minutes; we recorded it, and it is "
            "his best piece of assessment."
        ),
        (
            "We asked which pupils are left out by the way we teach science. Teachers named those with "
            "little English, some quiet girls and children who find it hard to wait. For each unit we now "
            "plan one way in for all of them: objects on the table before any words, talk in pairs, roles "
            "in the group.\n\n"
            "Technology has its place where it shows what eyes can't: data loggers for temperature through "
            "a night, a visualiser for seeds, slow motion for bouncing balls. Outdoor lessons moved from "
            "two to eleven in the year.\n\n"
            "In May's visits all pupils took part in the practical work in nine of ten lessons. In October "
            "it had been six. Teachers say that planning takes no longer, because the chart gives them "
            "ideas by topic."
        ),
    ),
    "B3": (
        (
            "Our cupboard was full, but half of what was in it was broken or unknown. Two teaching "
            "assistants, the science council and I emptied it. What was left went into boxes by topic, "
            "with a photo on the lid and a list inside. A sheet on the door says what is running low, and "
            "I order each half term.\n\n"
            "Each class has a small enquiry station with rulers, hand lenses, timers and thermometers. "
            "Pupils fetch what they decide to use. At first they took everything; now they can say why a "
            "measuring cylinder is better than a jug.\n\n"
            "We spent £640 of our budget and the parents' association added £300 for a weather station. "
            "Its data are used by Year 3 in geography and by Year 5 for graphs. Safety is part of it: "
            "staff had a training on electricity and heating, and risk assessments are kept with the boxes."
        ),
        (
            "We began outdoors. The strip behind the hall had been a place for bins, and pupils measured, "
            "drew and costed what it could be. With a grant of £450 and two Saturdays of families' work we "
            "now have a pond tray, a log pile and six beds. Each class uses it at least once each half "
            "term; we keep a diary there.\n\n"
            "Then came people. A parent who maintains wind turbines, a pharmacist and a retired baker have "
            "each worked with two classes. We prepare visits with questions from pupils and follow them up "
            "with an enquiry.\n\n"
            "Indoors we replaced worn-out magnets and bought enough circuits for pairs instead of sixes. "
            "Books show the effect: 26 of 28 pupils in Year 4 had drawn a circuit that they had built "
            "themselves."
        ),
    ),
    "C1": (
        (
            "In autumn our pupils could do a fair test and thought that it was the only way to find out. "
            "We taught the five kinds of enquiry by name, with a symbol for each, and planned them across "
            "the school so that each class meets all five in a year.\n\n"
            "The same skill at two ages shows progress best. Year 2 watched cress with and without light "
            "and drew what they saw every two days. Year 5 asked whether the colour of light matters, "
            "measured height and number of leaves, repeated it and talked about one plant that didn't fit. "
            "They decided to leave it in and to say so.\n\n"
            "Pupils ask more themselves. We counted questions that led to an enquiry: 4 in the autumn "
            "term, 19 in summer. When I asked Year 6 how far they trusted their results on dissolving, one "
            "said: 'Not much, because we stirred differently. We'd need a robot or a rule.'"
        ),
        (
            "We use a planning board with sticky notes from Year 1 to Year 6. What changes is who fills it "
            "in: the class together, then groups, then pupils alone. It made it easy to see where they get "
            "stuck, which was choosing what to measure, and we taught that on its own in three short "
            "lessons.\n\n"
            "The toy car unit in Year 3 shows what this did. Nine groups found nine ways to measure how "
            "far the cars went, and argued about which was fair. They made tables without a frame. Their "
            "conclusions said which surface and why, using the word friction without being asked.\n\n"
            "Observing over time was our weakest kind. Now a tree belongs to each class and is drawn each "
            "month. The oldest pupils look at drawings of the years before and write what has changed."
        ),
    ),
    "C2": (
        (
            "We knew what pupils could remember at the end of a unit but not what they could do, and we "
            "found out too late. Now each unit begins with a question that pupils answer in words or "
            "drawings, and come back to at the end in another colour. It takes ten minutes and changes the "
            "lessons between.\n\n"
            "In Year 4 the first answers on sound showed that 17 of 29 thought that sound travels only "
            "through air. The teacher dropped one lesson and added string telephones and a spoon on a "
            "cord. At the end 26 explained vibration in a solid.\n\n"
            "For working scientifically we watch three pupils in each lesson with one question in mind. In "
            "a term every child is seen. Teachers compare notes in pairs from two year groups each half "
            "term. It led to an honest talk about what 'explains results' means in Year 3."
        ),
        (
            "This year pupils learnt to judge their own work. We wrote 'I can' statements for enquiry "
            "skills with pupils and a photo for each step. In lessons they choose the step they are "
            "working on. In Year 6 they write one sentence to prove it, and a partner agrees or asks for "
            "more.\n\n"
            "One pupil's journey shows it. In November she wrote 'I can make a table'. Her teacher "
            "answered with a question: 'Where would you put a second try?' In January she had a column for "
            "three tries, in March she explained why the middle one was odd. The three pages lie side by "
            "side in our portfolio.\n\n"
            "Assessment of the whole school showed that disadvantaged pupils reach the expected standard "
            "less often in explaining. A word game before lessons and pre-teaching in small groups have "
            "begun to close the gap: from 18 points to 9."
        ),
    ),
    "C3": (
        (
            "In October 71 % of our pupils liked science, but only 34 % of the girls in Years 5 and 6 "
            "could imagine a job that uses it. Drawings of a scientist showed 52 men in white coats out of "
            "60.\n\n"
            "So we brought people in, and most of all people from around here: a vet nurse, a parent who "
            "tests water, a former pupil who programs tractors. Each brought a problem to solve, not only "
            "a talk. Teachers link each unit with a job and with something at home, and each class keeps a "
            "wall of local scientists.\n\n"
            "In June we asked again: 57 % of those girls could name a job that they might like. Drawings "
            "show women, people of many backgrounds, gardens and boats. The number I care most about is "
            "still too low: 9 pupils say that science isn't for people like them. We know who they are, "
            "and they help to run the club."
        ),
        (
            "We wanted to know what pupils think before planning anything. The science council wrote the "
            "survey with us and read the answers in two assemblies. What came out: pupils liked doing, "
            "disliked writing up, and thought that science was for clever people.\n\n"
            "We changed the writing: not every enquiry ends in a report. Some end in a poster, a film or a "
            "talk. We changed how we praise, naming what somebody did ('you measured again because it "
            "looked wrong') and not who is clever. Families came to a morning at which pupils taught them "
            "an enquiry.\n\n"
            "In the second survey 'science is for clever people' fell from 49 % to 21 %. In talks pupils "
            "speak of mistakes as part of it: 'The scientist on the video was wrong for six years.'"
        ),
    ),
    "D1": (
        (
            "Links were there before, but often one subject served as decoration for the other. We agreed "
            "a rule: a link stays only if pupils learn something in both. Each year group planned two.\n\n"
            "Year 5 measured shadows each hour, and the line graph taught more about mathematics than the "
            "textbook page had, because pupils had to choose a scale and say what happens between two "
            "points. Year 2 wrote instructions for making bread rise and tried each other's out. Where a "
            "step was missing the dough told them.\n\n"
            "We looked at writing in science books and in English books of the same pupils. Explanations "
            "in science had become longer, with 'because' and 'so' used for reasons. One teacher said that "
            "she now assesses explanation texts there."
        ),
        (
            "Our project week joined science with design and history: each class worked on how people "
            "crossed our river. Year 6 tested bridge shapes with 200 g weights and drew the results, Year "
            "4 looked at which materials rust, Reception floated anything that would float.\n\n"
            "Outside that week, mathematics gained most. We teach graphs in science first now, with "
            "pupils' own data, and in mathematics afterwards. In a quiz on reading scales the mean of Year "
            "4 rose from 5.1 to 7.8 out of 10.\n\n"
            "What pupils learnt in science stayed clear because each plan names the science in one "
            "sentence. Asked what the bridge week was about, a Year 6 pupil said 'forces, and that "
            "triangles don't give in'."
        ),
    ),
    "D2": (
        (
            "Until last year a science trip happened when somebody had the time. We made a plan with one "
            "visit or visitor for each class and checked that it fits a unit. Every pupil has now had at "
            "least two.\n\n"
            "Science week had the theme 'connections'. Each class found out something for another class, "
            "so Year 1 asked Year 6 why the playground puddle comes back. 96 adults came on Friday, many "
            "for the first time. The after-school club has 34 members. We looked at who didn't come, and "
            "moved it to lunchtime for pupils who take the bus: eleven joined.\n\n"
            "The difference shows in talk. After the night walk with a bat detector, Year 3 asked for "
            "echoes as a topic, and their questions became the unit on sound."
        ),
        (
            "Enrichment is planned by pupils here. The science council had £200 and a rule: everybody must "
            "be able to take part. They chose a dome for looking at the stars, a rot-and-decay bar in the "
            "garden and a competition for paper helicopters that even the caretaker entered.\n\n"
            "We built two lasting links. The secondary school lends its laboratory for one day each term, "
            "and Year 9 pupils lead the enquiries. The nature reserve has adopted our Year 4, who count "
            "its birds each month and send in the data. The ranger says that they are used.\n\n"
            "A short survey showed that 88 % of pupils talked about the star dome at home. Three families "
            "joined the local astronomy group."
        ),
    ),
}
