"""Evidence: what it is called, what it is made of, and for each criterion the caption that says how."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Piece:
    """``picture`` or ``paper`` names what is drawn or written for it; else it is a link or a note.

    ``shows``: criterion code (or a core document's code) → caption. ``children``: can be recognised in it.
    """

    title: str
    shows: dict[str, str]
    picture: str = ""
    paper: str = ""
    url: str = ""
    note: str = ""
    children: bool = False


PIECES = (
    Piece(
        "Cress with and without light, Year 2",
        {
            ("C1"): (
                "Pupils chose where to put their pots and drew them every two days. The graph is theirs: "
                "it shows that they compared two sets of results over time."
            ),
            ("D1"): (
                "Measuring in centimetres and drawing a bar chart came from mathematics and had a purpose "
                "here."
            ),
            ("portfolio"): (
                "Year 2, spring: observing over time. A pupil's own bars with the numbers written on them."
            ),
        },
        picture="growth",
    ),
    Piece(
        "Which circuit makes the bulb brightest?",
        {
            ("C1"): (
                "Year 4 predicted, built and drew their own circuits. The notes at the side show how they "
                "changed one thing at a time."
            ),
            ("B3"): (
                "Since we bought parts for pairs, each pupil builds a circuit. The drawing is of one that "
                "the pupil built alone."
            ),
            "portfolio": "Year 4, autumn: circuit diagram with symbols, after practical work in pairs.",
        },
        picture="circuit",
    ),
    Piece(
        "Life cycle of a bean, class display",
        {
            ("A4"): (
                "The display in the entrance hall shows each stage in pupils' words. Families stop here at "
                "pick-up time and read it together."
            ),
            ("B2"): (
                "Pupils grew, drew and acted out the life cycle; the display brings the three ways together."
            ),
            "portfolio": "Year 1 and 2: a life cycle made by both classes.",
        },
        picture="plant",
    ),
    Piece(
        "Shadows through the day, Year 5",
        {
            ("D1"): (
                "The line graph was planned together with mathematics: pupils chose the scale and "
                "explained what lies between two points."
            ),
            ("C1"): (
                "Pupils measured each hour, repeated it on a second day and wrote about the point that "
                "didn't fit."
            ),
            "portfolio": "Year 5, summer: a line graph of measurements that pupils took themselves.",
        },
        picture="shadows",
    ),
    Piece(
        "How far do cars roll on different floors?",
        {
            ("C1"): (
                "The bars are the means of three tries. Year 3 decided on three tries themselves, after "
                "two gave different answers."
            ),
            ("C2"): (
                "The teacher's question on the page ('How could you be surer?') led the group to repeat "
                "their test."
            ),
            "portfolio": "Year 3, spring: fair test on friction with a table made by pupils.",
        },
        picture="bars",
    ),
    Piece(
        "Our principles for science, corridor",
        {
            ("A2"): (
                "All five principles with pupils' drawings of what each looks like in their classroom, "
                "written by staff, pupils and families together."
            ),
            "A4": "They hang where every visitor passes. Governors used them in their visit in March.",
            "principles": "The five principles as they hang in the corridor.",
        },
        picture="principles",
    ),
    Piece(
        "What we asked for: pupils' survey, October and June",
        {
            ("C3"): (
                "The two bars for each question compare the start and the end of the year. We acted on the "
                "third question, where the answers differed most."
            ),
            ("A5"): (
                "The survey was one of four ways of monitoring this year. Each class talked about its "
                "results."
            ),
        },
        picture="survey",
    ),
    Piece(
        "Magnet boxes made by the science council",
        {
            ("B3"): (
                "Pupils sorted, tested and labelled the magnets. The photo on each lid shows what has to "
                "be in it."
            ),
            "A1": "I handed the care of resources to the science council and taught them to check the boxes.",
        },
        picture="magnets",
    ),
    Piece(
        "Phases of the moon, star dome day",
        {
            ("D2"): (
                "Drawn after the visit of the star dome, which all classes had. Families came back with "
                "pupils in the evening."
            ),
            ("B2"): (
                "Learning in the dark, with a story and a model: a way of teaching that was new to our staff."
            ),
        },
        picture="moon",
    ),
    Piece(
        "Water cycle in a bag, Year 5",
        {
            ("B2"): (
                "A model on the window instead of a diagram to copy. Pupils drew what they saw after one, "
                "two and three days."
            ),
            ("D1"): (
                "Joined with geography's rivers, with one sentence that names the science: water changes "
                "state."
            ),
            "portfolio": "Year 5, autumn: observations and explanation of evaporation and condensation.",
        },
        picture="water",
    ),
    Piece(
        "Science week: helicopters from every class",
        {
            ("D2"): (
                "Every class took part in the competition, and 96 adults came on the Friday. The results "
                "were plotted by Year 6."
            ),
            ("A4"): (
                "The whole school worked on one question for a week, with assembly, families and governors."
            ),
        },
        picture="helicopter",
        children=True,
    ),
    Piece(
        "Staff meeting notes: questions that make pupils think",
        {
            ("B1"): (
                "Notes of the meeting that I led in November, with what each teacher would try. The last "
                "column was filled in six weeks later and shows what changed."
            ),
            "A1": "One of three meetings that I led this year, planned from what colleagues had asked for.",
            "cpd": "Notes and what came of them.",
        },
        paper="training",
    ),
    Piece(
        "Monitoring in the autumn term: what we found and what we did",
        {
            ("A5"): (
                "One page for each round of monitoring: what we looked at, two things to celebrate, one to "
                "change, and what was different in February."
            ),
            "A3": "The finding about copied methods became goal 1 of our action plan.",
        },
        paper="monitoring",
    ),
    Piece(
        "Talks with pupils, May",
        {
            ("C3"): (
                "What 24 pupils from six classes said about science and themselves, beside what they had "
                "said in October."
            ),
            ("A2"): (
                "Question 4 is about our principles: 21 of 24 pupils could explain two of them with an "
                "example."
            ),
            "C2": "Pupils tell how they know what to do next in science.",
        },
        paper="voices",
    ),
    Piece(
        "Extract of the school development plan",
        {
            ("A3"): (
                "Science is one of four priorities of the school this year. The right-hand column shows "
                "how far we have got."
            ),
            "development_plan": "Pages 6 and 7: the goals for science with dates, people and money.",
        },
        paper="development",
    ),
    Piece(
        "Training in science this year",
        {
            "cpd": "All training with dates, people and what changed because of it.",
            "B1": "The list shows that teaching assistants and new staff took part as well.",
        },
        paper="cpd",
    ),
    Piece(
        "Calendar of science events",
        {
            "calendar": "All events beyond ordinary lessons with the classes that took part.",
            "D2": "Each class had at least two visits or visitors; the plan links them with units.",
        },
        paper="calendar",
    ),
    Piece(
        "My log as subject leader",
        {
            "leader_log": "Dates, what it was, and what I did differently.",
            "A1": "41 entries with what came of each; the underlined ones led to a change in lessons.",
        },
        paper="log",
    ),
    Piece(
        "Science on our website",
        {
            ("A4"): (
                "Families find the principles, photos of each unit and the science bags here. It had 640 "
                "visits in the spring term."
            ),
        },
        url="https://www.school.example/science/",
    ),
    Piece(
        "What our pond taught us: talk with Year 4",
        {
            "B3": "Three pupils tell what they used outdoors and why.",
            "D2": "Pupils speak about counting birds for the nature reserve.",
        },
        note=(
            "'We put the net in slowly because the first time we scared everything away.' – 'The ranger "
            "uses our numbers, so they have to be right.' – 'I liked that nobody knew the answer, not even "
            "Miss.' Written down on 14 May, with three pupils who chose their own words."
        ),
    ),
)

# Pieces that say something about a code, by their position in PIECES.
FOR = {
    code: tuple(number for number, piece in enumerate(PIECES) if code in piece.shows)
    for code in sorted({code for piece in PIECES for code in piece.shows})
}
