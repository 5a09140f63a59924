"""The hub leader specification (seed): criteria with suggested evidence, and the commitments of number 6."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("hubs", "0005_recruit_train_lead")]

    operations = []
