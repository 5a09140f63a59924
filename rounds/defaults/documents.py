"""The documents that every submission holds, in the order of the task list."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DocumentText:
    code: str
    title: str
    guidance: str


CORE_DOCUMENTS = (
    DocumentText(
        "principles",
        "Principles for science",
        "The few statements that say what good science teaching and learning look like in your school. Show how "
        "staff and pupils helped to write them, when they were last looked at, and where people see them. One page "
        "is enough; a photo of your display is fine beside the text.",
    ),
    DocumentText(
        "leader_log",
        "Subject leader development log",
        "What you did during the year to grow as a leader of science: courses, meetings, visits, reading, "
        "conversations with your hub leader. For each entry write the date, what it was and what you did "
        "differently because of it.",
    ),
    DocumentText(
        "cpd",
        "CPD list with impact",
        "All science training that staff had this year, inside and outside school, with dates and who took part. "
        "Say after each one what changed in classrooms, and how you know.",
    ),
    DocumentText(
        "development_plan",
        "School development plan extracts",
        "The parts of the school's plan that name science, or your science plan where it stands on its own. Mark "
        "what has been reached and what comes next. Leave out pages that aren't about science.",
    ),
    DocumentText(
        "portfolio",
        "Portfolio",
        "A small selection of pupils' work and of photos from across the school, with a caption for each that says "
        "what it shows. Choose a range of ages, topics and kinds of enquiry. Ten to fifteen pieces are plenty.",
    ),
    DocumentText(
        "calendar",
        "Calendar of science events",
        "What happened in science this year beyond ordinary lessons: visits, visitors, clubs, a science week, family "
        "events, projects with other schools. Give the date, the classes that took part and what pupils gained.",
    ),
)
