from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("awards", "0004_award_has_a_school")]

    operations = []
