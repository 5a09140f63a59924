"""The strands and criteria of the default framework, in our own words.

Three descriptors each, lowest level first. Each level holds what the one below it asks, and more.
"""

from dataclasses import dataclass

STRANDS = {"A": "Leadership", "B": "Teaching", "C": "Learning", "D": "Wider opportunities"}


@dataclass(frozen=True, slots=True)
class CriterionText:
    code: str
    title: str
    guidance: str
    descriptors: tuple[str, str, str]


CRITERIA = (
    CriterionText(
        "A1",
        "An effective subject leader for science",
        "Show how you lead science: the time you have for it, what you do with it, and how your own knowledge has "
        "grown this year. Good evidence is what changed because you led it, such as a decision, a better lesson or "
        "a colleague who now teaches with confidence.",
        (
            "A named subject leader has time for the role, knows the strengths and needs of science in the school "
            "and has taken part in training for leaders this year.",
            "The subject leader supports colleagues with planning and teaching, reports to the headteacher and "
            "governors, and can show improvements that came from this work.",
            "The subject leader has made science strong across the whole school, develops other leaders in it and "
            "shares what works with other schools.",
        ),
    ),
    CriterionText(
        "A2",
        "A clear vision for science",
        "Your principles say what good science looks like in your school. Tell how they came about, who had a say, "
        "and where they show in lessons. A visitor should be able to see them in any classroom.",
        (
            "Staff have agreed a short set of principles for science, and they are on display.",
            "Staff and pupils wrote the principles together, use them when they plan, and can say what they mean "
            "in their own classroom.",
            "The principles guide decisions about the curriculum, spending and training. Pupils, families and "
            "governors know them, and they are looked at again each year.",
        ),
    ),
    CriterionText(
        "A3",
        "Goals for developing science",
        "Choose a few goals that come from your audit and say why these ones. Show what you did about them, how "
        "far you have got and what comes next. Goals that changed on the way are worth writing about too.",
        (
            "An action plan for science with clear goals, dates and people is in use.",
            "The goals come from evidence, stand in the school's own development plan and are reviewed during "
            "the year; most have been reached.",
            "The goals are part of a plan over several years. Their effect on pupils has been measured, and what "
            "was learnt has shaped the next ones.",
        ),
    ),
    CriterionText(
        "A4",
        "A shared value of science",
        "How do people in your school know that science matters? Think of time in the week, displays, assemblies, "
        "money, and what governors and families hear. Ask a few of them and write down what they say.",
        (
            "Science is taught each week in every class, and pupils' science can be seen around the school.",
            "Headteacher, governors and families hear about science regularly, and pupils say that it matters in "
            "their school.",
            "The whole community values science and adds to it. The school celebrates it as it does reading and "
            "mathematics, and can show how views have changed.",
        ),
    ),
    CriterionText(
        "A5",
        "Monitoring that leads to improvement",
        "Describe how you find out how science is going: looking at books, visiting lessons, talking with pupils, "
        "reading assessments. What you did with the answers counts for more than how much you collected.",
        (
            "The subject leader looks at pupils' work, talks with pupils and knows how science is taught in each "
            "year group.",
            "Monitoring is planned through the year in several ways, colleagues hear what was found, and something "
            "was improved as a result.",
            "Staff, pupils and governors take part in monitoring. Findings over time show that teaching and "
            "learning have got better.",
        ),
    ),
    CriterionText(
        "B1",
        "Staff development in science",
        "List the training that colleagues had, including what you led yourself. Then choose one or two examples "
        "and follow them into the classroom: what did the teacher do differently, and what did pupils gain?",
        (
            "Staff have had science training this year that answers a need they named.",
            "Training reaches all who teach science, teaching assistants and new staff among them, and has changed "
            "what happens in lessons.",
            "Staff lead each other's development, try ideas out together and study their effect. The school "
            "offers science training to others.",
        ),
    ),
    CriterionText(
        "B2",
        "A range of teaching strategies",
        "Show the variety of ways in which science is taught: practical work, talk, drama, outdoor learning, "
        "stories, technology. Say why a teacher chose a way for a topic or a group of pupils.",
        (
            "Teachers use more than one approach, and practical work is a regular part of science.",
            "Teachers choose from a wide range of approaches to suit the topic and their pupils, so that everybody "
            "can take part.",
            "Imaginative teaching is the norm in all classes. Teachers can explain their choices, test new "
            "approaches and share those that work.",
        ),
    ),
    CriterionText(
        "B3",
        "Resources for science",
        "Think of equipment, books, outdoor spaces, technology and people. Show how resources are chosen, found, "
        "kept safe and used by pupils themselves, and what you added this year and why.",
        (
            "There is enough equipment for practical science. It is stored well, and staff know how to use it "
            "safely.",
            "Resources are checked and renewed to a plan, pupils choose equipment for themselves, and the school "
            "grounds are used for science.",
            "Resources inside and beyond the school, people among them, enrich all topics. Pupils know how to use "
            "them independently and responsibly.",
        ),
    ),
    CriterionText(
        "C1",
        "Pupils enquire scientifically",
        "Show pupils asking questions and finding out: observing over time, sorting, looking for patterns, fair "
        "testing, researching. Work from a younger and an older class on the same skill shows progress well.",
        (
            "Pupils in every class do practical enquiries and can talk about what they found out.",
            "Pupils use different kinds of enquiry, ask questions of their own and get better at the skills from "
            "year to year.",
            "Pupils choose how to answer their own questions, judge how far to trust their results and explain "
            "them with scientific ideas.",
        ),
    ),
    CriterionText(
        "C2",
        "Assessment that helps pupils learn",
        "Describe how teachers find out what pupils know and can do, during a lesson and at the end of a topic, "
        "and what happens next. One pupil's journey, with their work and the teacher's response, says a lot.",
        (
            "Teachers assess what pupils know in science and use an agreed way of keeping a record of it.",
            "Assessment during lessons changes teaching, pupils know what to do next, and teachers compare their "
            "judgements with each other.",
            "Pupils assess their own and each other's work well. Assessment shows strong progress of all groups, "
            "and gaps are found and closed.",
        ),
    ),
    CriterionText(
        "C3",
        "Science capital and attitudes to science",
        "How do pupils feel about science, and do all of them see it as something for people like them? Use "
        "surveys or conversations from the start and the end of the year, and say what you did in between.",
        (
            "Pupils enjoy science and can say what they like about it.",
            "The school has asked pupils about science and acted on the answers. Pupils meet different people who "
            "use science, and link it with their own lives.",
            "Pupils of all backgrounds see themselves as scientists. The school knows who might not, works with "
            "families and can show how attitudes have changed.",
        ),
    ),
    CriterionText(
        "D1",
        "Links across the curriculum",
        "Show where science meets other subjects in a way that helps both, such as measuring and graphs in "
        "mathematics, explaining in English, or designing. Say what pupils learnt in science by it.",
        (
            "Some topics link science with English, mathematics or another subject.",
            "Links are planned in all year groups, keep the science clear and help pupils use what they know in "
            "new places.",
            "Rich projects across subjects are part of the curriculum. Pupils explain how science connects with "
            "what else they learn and with the world.",
        ),
    ),
    CriterionText(
        "D2",
        "Enrichment beyond the classroom",
        "Tell about visits, visitors, clubs, science weeks, family events and work with other schools or "
        "businesses. Who took part, who didn't, and what difference did it make?",
        (
            "Pupils have had at least one science event, visit or visitor this year.",
            "Enrichment is planned through the year for all classes, is linked with what they learn, and families "
            "take part.",
            "Pupils help to plan enrichment. Lasting partnerships bring science into the school and take it out "
            "to others, and their effect is known.",
        ),
    ),
)
