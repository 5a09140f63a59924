"""The paragraphs of the invitation, after the seed letter, in our own words."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("hubs", "0006_leader_specification")]

    operations = []
