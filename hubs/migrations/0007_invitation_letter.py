"""The paragraphs of the invitation, after the seed letter, in our own words."""

from django.db import migrations

# Name, may be left out, text. A paragraph whose fields are all empty is left out by itself.
PARAGRAPHS = [
    (
        "What it is",
        False,
        (
            "The Primary Science Quality Mark develops and celebrates how science is taught and learnt in primary"
            " schools. It is there to help a school get better: you look at where your science stands, plan what"
            " to change, and show what came of it."
        ),
    ),
    (
        "What your school gets",
        False,
        (
            "Two people from your school come to two days of professional development in the year. In between, an"
            " experienced hub leader mentors your science subject leader online, and all the work has its place in"
            " our portal."
        ),
    ),
    (
        "The hub and the levels",
        False,
        (
            "I lead {hub}, where up to {places} schools of our area work together. At the end of the year each"
            " school achieves the award at one of its levels: {levels}."
        ),
    ),
    (
        "What the inspectorate found",
        True,
        (
            "Ofsted’s report on science teaching from 2007 to 2010, published in January 2011, named the Primary"
            " Science Quality Mark as an important way of making primary science better. Teachers told inspectors"
            " that they had become more confident and better at teaching science, and that their pupils achieved"
            " more, took part more and enjoyed it more."
        ),
    ),
    (
        "The enclosure",
        False,
        (
            "I enclose: {enclosure}. It gives you an idea of what taking part means, and of what it does for a"
            " school."
        ),
    ),
    (
        "Will you join us?",
        False,
        "I am writing to ask whether {school} would like to join our hub and take part in {round}.",
    ),
    ("What it costs", False, "Taking part costs {fee} for the whole school. {ase}"),
    (
        "Where the money can come from",
        True,
        (
            "The money doesn’t have to come from the school’s own budget: local authorities and trusts, parent"
            " teacher associations and charities such as a Rotary Club have paid for schools before."
        ),
    ),
    (
        "The first training",
        False,
        "Our first training: {first_training}. I hope to see you there.",
    ),
    (
        "How to answer",
        False,
        (
            "Your personal link, given below, leads to more about the scheme, to registering, and to saying no"
            " thank you. If you have a question, write to me at {leader_email}, or to {email}.\n\n"
            "Schools can register until {reply_by}."
        ),
    ),
]


def add(apps, schema_editor):  # noqa: ARG001 - Django hands it over
    paragraph = apps.get_model("hubs", "LetterParagraph")
    if paragraph.objects.exists():
        return
    paragraph.objects.bulk_create(
        paragraph(number=number, name=name, may_be_left_out=optional, text=text)
        for number, (name, optional, text) in enumerate(PARAGRAPHS, start=1)
    )


def take_away(apps, schema_editor):  # noqa: ARG001 - Django hands it over
    apps.get_model("hubs", "LetterParagraph").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("hubs", "0006_leader_specification")]

    operations = [migrations.RunPython(add, take_away)]
