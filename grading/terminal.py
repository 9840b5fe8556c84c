"""What the commands have in common: finding a pack, choosing a language, showing a report."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandError

from grading import files, packs
from grading.admission import Trial
from grading.challenge import ChallengePack
from grading.errors import FaultyPackError, PackError
from grading.files import Access
from grading.report import Report, Result
from grading.scoring import per_cent

BAD_INPUT = 2
PLATFORM_FAILURE = 3
MESSAGE_LINES = 6
DETAIL_LINES = 16


def catalogue() -> Path:
    """The folder of the packs that ship with Touchstone."""
    return Path(settings.BASE_DIR) / "assessments" / "catalog"


def find_pack(name: str) -> Path:
    """The pack at this path or, failing that, of this name in the catalogue. Raises CommandError."""
    path = Path(name)
    if path.exists():
        return path
    shipped = catalogue() / name
    if "/" not in name and name not in {"", ".", ".."} and shipped.is_dir():
        return shipped
    known = ", ".join(sorted(entry.name for entry in catalogue().iterdir() if entry.is_dir()))
    raise CommandError(
        f"There is no pack {name!r}: no such folder, archive or challenge of the catalogue ({known}).",
        returncode=BAD_INPUT,
    )


def load_pack(name: str) -> ChallengePack:
    path = find_pack(name)
    try:
        return packs.from_path(path)
    except PackError as error:
        faults = "\n".join(f"  {fault}" for fault in error.faults)
        raise CommandError(f"{path} is not a valid pack:\n{faults}", returncode=BAD_INPUT) from error


def choose_language(pack: ChallengePack, given: str | None, submitted: Mapping[str, bytes]) -> str:
    """The given language, or the one whose files were handed in. Raises CommandError if that is not clear."""
    if given is not None:
        if given in pack.languages:
            return given
        raise CommandError(
            f"{pack.slug} cannot be solved in {given!r}, only in {', '.join(pack.languages)}.",
            returncode=BAD_INPUT,
        )
    fitting = [
        slug
        for slug, language in pack.languages.items()
        if any(files.access_to(path, language) is Access.EDITABLE for path in submitted)
    ]
    if len(pack.languages) == 1 or len(fitting) == 1:
        return (fitting or list(pack.languages))[0]
    raise CommandError(
        f"Say which language it is: --language {' or --language '.join(pack.languages)}.",
        returncode=BAD_INPUT,
    )


def as_json(report: Report) -> dict[str, Any]:
    """The report as the command's JSON has it."""
    return {
        "verdict": report.verdict.value,
        "message": report.message,
        "score": report.score,
        "max_score": report.max_score,
        "skills": {
            slug: {"score": score, "max_score": maximum} for slug, (score, maximum) in report.skills.items()
        },
        "tests": [_test_as_json(result) for result in report.results],
        "phases": dict(report.phases),
        "digests": dict(report.digests),
    }


def _test_as_json(result: Result) -> dict[str, Any]:
    return {
        "id": result.id,
        "title": result.title,
        "outcome": result.outcome.value,
        "points": result.points,
        "max_points": result.max_points,
        "skill": result.skill,
        "seconds": result.seconds,
        "message": result.message,
        "detail": result.detail,
    }


def last_lines(detail: str) -> list[str]:
    """The end of what only staff may read of a failed test: its traceback, with the values compared."""
    lines = [printable_line(line) for line in detail.splitlines() if line.strip()]
    return [*(["..."] if len(lines) > DETAIL_LINES else []), *lines[-DETAIL_LINES:]]


def printable_line(line: str) -> str:
    """A program may have written it, so nothing in it moves the cursor or turns the text around."""
    return "".join(
        char if char.isprintable() or char == "\t" else char.encode("unicode_escape").decode()
        for char in line
    )


def failure(error: Exception) -> CommandError:
    """What ends a command: a fault of the author's with file and line, or a failure of the platform."""
    if isinstance(error, FaultyPackError):
        return CommandError(str(error), returncode=BAD_INPUT)
    return CommandError(f"The platform failed: {error}", returncode=PLATFORM_FAILURE)


def trial_as_text(trial: Trial) -> str:
    """One trial of `pack prove`, with what is wrong and what the failed tests compared."""
    state = "FAIL" if not trial.is_passed else "ok  " if trial.is_played else "??? "
    lines = [f"{state} {per_cent(trial.percent):>6}  {trial.name}"]
    for fault in trial.faults:
        lines.append(f"{'':15}{printable_line(fault.text)}")
        lines += [f"{'':15}| {line}" for line in last_lines(fault.detail)]
    lines += [f"{'':15}({printable_line(note)})" for note in trial.notes]
    return "\n".join(lines)


def as_table(report: Report) -> str:
    """The tests, the skills and the score, for a person: an author, so with what failed tests compared."""
    width = max((len(result.title) for result in report.results), default=0)
    lines = []
    for result in report.results:
        points = f"{result.points:g}/{result.max_points:g}"
        lines.append(f"{result.outcome.value:8} {points:>9}  {result.title:{width}}  {result.skill}")
        lines += [f"{'':20}{line}" for line in result.message.splitlines()[:MESSAGE_LINES]]
        lines += [f"{'':20}| {line}" for line in last_lines(result.detail)]
    lines.append("")
    lines += [f"{slug}: {score:g} of {maximum:g}" for slug, (score, maximum) in report.skills.items()]
    phases = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in report.phases.items())
    lines += ["", f"{report.verdict.value}: {report.message}"]
    lines.append(f"Score {report.score:g} of {report.max_score:g}. {phases}")
    return "\n".join(lines)
