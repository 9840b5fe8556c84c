from django.db import migrations
from django.db.models import F


def keep_places(apps, _):
    """What waits keeps its place: until now the request's time decided among those of one round."""
    queued = apps.get_model("grading", "Grading").objects.filter(status="queued")
    queued.update(turn_at=F("requested_at"))


class Migration(migrations.Migration):
    dependencies = [("grading", "0004_one_chance_one_seat")]

    operations = [migrations.RunPython(keep_places, migrations.RunPython.noop)]
