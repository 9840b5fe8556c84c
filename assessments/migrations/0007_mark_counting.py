"""Until now the last submission that was not withdrawn counted: mark it, so that no known score changes."""

from django.db import migrations
from django.db.models import OuterRef, Subquery


def mark(apps, schema_editor):
    submission = apps.get_model("assessments", "Submission")
    standing = submission.objects.exclude(grading__status="withdrawn")
    of_work = standing.filter(work=OuterRef("work")).order_by("-number")
    last = standing.filter(number=Subquery(of_work.values("number")[:1]))
    submission.objects.filter(pk__in=last.values("pk")).update(counts=True)


class Migration(migrations.Migration):
    dependencies = [("assessments", "0006_counting"), ("grading", "0003_list_indexes")]

    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
