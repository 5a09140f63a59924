"""What a school is found by stands in its row; the words are a vocabulary for what is mistyped."""

from itertools import islice

from django.db import migrations, models

from schools import words

AT_ONCE = 1000


def fill(apps, _editor):
    school_model = apps.get_model("schools", "School")
    countries = dict(school_model._meta.get_field("country").choices)  # noqa: SLF001 - Django documents it
    rows, spoken = school_model.objects.order_by("pk").iterator(AT_ONCE), set()
    while batch := list(islice(rows, AT_ONCE)):
        for row in batch:
            country = "" if row.country == "england" else str(countries[row.country])
            places = [row.town, row.local_authority, row.county, country]
            row.found_by = words.found_by(row.name, places, row.postcode, row.urn)
            spoken |= words.spoken(row.found_by)
        school_model.objects.bulk_update(batch, ["found_by"])
    word_model = apps.get_model("schools", "SchoolWord")
    word_model.objects.bulk_create([word_model(word=word) for word in sorted(spoken)], batch_size=AT_ONCE)


class Migration(migrations.Migration):
    dependencies = [("schools", "0003_register_filters")]

    operations = [
        migrations.DeleteModel("SchoolWord"),
        migrations.CreateModel(
            "SchoolWord",
            [("word", models.CharField(max_length=40, primary_key=True, serialize=False))],
        ),
        migrations.AddField(
            "school",
            "found_by",
            models.TextField(blank=True, default="", editable=False, help_text="Its words, folded"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
