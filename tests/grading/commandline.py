"""A command as a terminal sees it."""

from io import StringIO

from django.core.management import CommandError, call_command


def run(*arguments):
    """(exit status, standard output, standard error or the error's message)."""
    out, err = StringIO(), StringIO()
    try:
        call_command(*map(str, arguments), stdout=out, stderr=err)
    except CommandError as error:
        return error.returncode, out.getvalue(), str(error)
    except SystemExit as end:
        return end.code, out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()
