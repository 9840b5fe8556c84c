"""Rows for tests, made through the domain functions, so that they are rows which can exist."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments import access, attempts, challenges, composition, invitations, submissions
from assessments.models import Assessment, Attempt, ChallengeVersion, Invitation, Submission, User, Work
from grading import packs, queue
from grading.challenge import TestCase
from grading.models import Grading
from grading.proofs import proving
from grading.report import SENTENCES, Outcome, Report, Result, Verdict
from tests.grading import packfolder

SOLUTION = {"main.py": "print(input().upper())\n"}
PASSWORD = "a-long-password"


def person(name: str, role: str = User.Role.INTERVIEWER) -> User:
    return User.objects.create_user(name, f"{name}@example.org", PASSWORD, role=role)


def version(slug: str = "shout", *, changes: Mapping[str, bytes] | None = None, published: bool = True):
    """A version of the small pack, published unless told otherwise."""
    files = {**packfolder.FILES, **(changes or {})}
    stored = challenges.store(packs.from_tar(archive(files, slug)), by=None)
    return publish(stored) if published else stored


def publish(version: ChallengeVersion) -> ChallengeVersion:
    """Published as one that had been proved."""
    proving.vouch(version.pack, now=timezone.now())
    challenges.publish(version, now=timezone.now())
    return version


def archive(files: Mapping[str, bytes], top: str) -> bytes:
    """A tar of these files below one folder."""
    return packs._tar(top, files)


def assessment(
    by: User, *versions: ChallengeVersion, title: str = "Backend", minutes: int = 60
) -> Assessment:
    parts = [composition.Part(version=one) for one in versions or (version(),)]
    return composition.compose(
        title=title, introduction="", minutes=minutes, parts=parts, by=by, now=timezone.now()
    )


def invitation(
    to: Assessment, email: str = "grace@example.org", *, now: datetime | None = None
) -> Invitation:
    now = now or timezone.now()
    guest = invitations.Guest(email=email, name=email.split("@")[0].title())
    terms = invitations.Terms(expires_at=now + timedelta(days=7))
    return invitations.invite(to, [guest], terms, by=to.created_by, now=now)[0]


def door(of: Invitation) -> str:
    """Where a client without scripts opens and enters: an address of the form that earlier e-mails hold."""
    return reverse("candidate:earlier-link", args=[of.pk, invitations.secret(of)])


def attempt(of: Invitation, *, now: datetime | None = None) -> Attempt:
    return attempts.start(of, now=now or timezone.now())


def address(of: Attempt | Client, name: str, *arguments: object) -> str:
    """A candidate's page of this attempt, or of the one that this browser opened last."""
    id = of.pk if isinstance(of, Attempt) else next(reversed(of.session[access.SESSION_KEY]))
    return reverse(f"candidate:{name}", args=[id, *arguments])


def work(of: Attempt, position: int = 1) -> Work:
    return submissions.works(of).get(item__position=position)


def submission(
    of: Work, files: Mapping[str, str] = SOLUTION, *, language: str = "python", now: datetime | None = None
) -> Submission:
    """Saved and handed in; its grading waits in the queue."""
    now = now or timezone.now()
    of.refresh_from_db()
    return submissions.submit(submissions.save(of, language, files, of.revision, now=now), now=now)


def grade(
    grading: Grading,
    *,
    passes: Callable[[TestCase], bool] = lambda _: True,
    message: str = "expected 'A', got 'a'",
    verdict: Verdict = Verdict.GRADED,
) -> Grading:
    """Ends a grading as the worker would."""
    now = timezone.now()
    claim = queue.claim(grading.pk, worker="test", now=now)
    assert claim is not None, "the grading is not queued"
    results = tuple(_result(test, passes(test), message) for test in claim.challenge.tests(claim.suite))
    queue.record(claim, _report(results, verdict), now=now)
    queue.leave(claim)
    grading.refresh_from_db()
    return grading


def _result(test: TestCase, passed: bool, message: str) -> Result:
    return Result(
        id=test.id,
        title=test.title,
        outcome=Outcome.PASSED if passed else Outcome.FAILED,
        points=test.points if passed else 0,
        max_points=test.points,
        skill=test.skill,
        seconds=0.05,
        message="" if passed else message,
        detail="" if passed else "Traceback: a secret of the hidden suite",
    )


def _report(results: tuple[Result, ...], verdict: Verdict) -> Report:
    skills: dict[str, tuple[float, float]] = {}
    for result in results:
        points, most = skills.get(result.skill, (0.0, 0.0))
        skills[result.skill] = (points + result.points, most + result.max_points)
    return Report(
        verdict=verdict,
        message=SENTENCES[verdict],
        results=results,
        score=sum(result.points for result in results),
        max_score=sum(result.max_points for result in results),
        skills=skills,
        phases={"ready": 0.4, "run": 1.2, "removed": 1.5},
        digests={"pack": "abc", "judge": "sha256:def"},
        seed=42,
        log="listening on 8000\n",
    )


def graded_attempt(by: User, email: str = "grace@example.org", to: Assessment | None = None) -> Attempt:
    """An attempt with one graded submission, finished."""
    started = attempt(invitation(to or assessment(by), email))
    handed_in = submission(work(started))
    grade(handed_in.grading, passes=lambda test: test.skill != "robustness")
    return attempts.finish(started, now=timezone.now())
