"""Which rows of the register are schools for us, as its words stood in 2026."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("schools", "0002_national_register")]

    operations = []
