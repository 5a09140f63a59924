from django.db import migrations

from rounds.defaults import install


def forwards(apps, _):
    install(apps.get_model)


class Migration(migrations.Migration):
    dependencies = [("rounds", "0001_initial")]
    operations = [migrations.RunPython(forwards, migrations.RunPython.noop)]
