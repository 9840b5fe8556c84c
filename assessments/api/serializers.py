"""What goes in and out. Input is strict: a field that is not expected is refused, and a number is not a
text.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import serializers

from assessments import allowance
from assessments.models import Work
from assessments.nonsense import within_reason
from assessments.review.states import State
from grading.models import Grading
from grading.report import Outcome, Verdict

VERDICTS = [verdict.value for verdict in Verdict]
OUTCOMES = [outcome.value for outcome in Outcome]
ATTEMPT_STATES = [state.value for state in (State.IN_PROGRESS, State.GRADING, State.FINISHED, State.REVOKED)]
GIVEN_BACK = "Added to the deadline, for what gradings that failed on our side had taken."


class StrictText(serializers.CharField):
    """A JSON string, kept as it is."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(trim_whitespace=False, allow_blank=True, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Moment(serializers.DateTimeField):
    """A moment of this era: those near the ends of the calendar cannot be told in another time zone."""

    def to_internal_value(self, value: Any) -> datetime:
        try:
            moment = super().to_internal_value(value)
            within_reason(moment)
        except OverflowError:
            self.fail("overflow")
        except ValidationError as error:
            raise serializers.ValidationError(error.messages, code="overflow") from error
        return moment


class StrictSerializer(serializers.Serializer[Any]):
    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, Mapping) and (unknown := set(data) - set(self.fields)):
            raise serializers.ValidationError(
                {name: ["This field is not expected."] for name in sorted(unknown)}, code="unexpected"
            )
        return super().to_internal_value(data)


class ErrorSerializer(serializers.Serializer[Any]):
    """A refusal. A malformed body is answered with the fields' names and what is wrong with each."""

    detail = serializers.CharField()
    code = serializers.CharField()


# The candidate's side ---------------------------------------------------------------------------------------


class SubmissionInput(StrictSerializer):
    language = StrictText(max_length=40)
    files = serializers.DictField(
        child=StrictText(), help_text="Path to text, of all editable files. They replace what is saved."
    )


class SkillPointsSerializer(serializers.Serializer[Any]):
    skill = serializers.CharField()
    points = serializers.FloatField()
    max_points = serializers.FloatField(source="most")


class TestLineSerializer(serializers.Serializer[Any]):
    title = serializers.CharField()
    outcome = serializers.CharField()
    message = serializers.CharField()


class OwnSubmissionSerializer(serializers.Serializer[Any]):
    """A submission as its candidate may see it: of hidden tests only what the challenge's author allows."""

    number = serializers.IntegerField(source="submission.number")
    language = serializers.CharField(source="submission.language")
    counts = serializers.BooleanField(source="submission.counts", help_text="Whether it decides the score.")
    created_at = serializers.DateTimeField(source="submission.created_at")
    status = serializers.ChoiceField(source="feedback.status", choices=Grading.Status.choices)
    place_in_queue = serializers.IntegerField(
        source="feedback.place", help_text="Counts from 1; 0 once it is taken."
    )
    expected_wait_seconds = serializers.FloatField(
        source="feedback.expected_wait_seconds",
        allow_null=True,
        help_text="A guess of how long it still waits; null if none can be made, or nothing waits.",
    )
    verdict = serializers.ChoiceField(source="feedback.verdict", choices=VERDICTS, allow_blank=True)
    verdict_sentence = serializers.CharField(source="feedback.sentence", allow_blank=True)
    message = serializers.CharField(source="feedback.message", allow_blank=True)
    score = serializers.FloatField(source="feedback.percent", allow_null=True, help_text="Per cent.")
    skills = SkillPointsSerializer(source="feedback.skills", many=True)
    tests = TestLineSerializer(source="feedback.tests", many=True)


class OwnChallengeSerializer(serializers.Serializer[Any]):
    position = serializers.IntegerField(source="item.position")
    title = serializers.CharField(source="item.version.title")
    summary = serializers.CharField(source="item.version.definition.summary")
    weight = serializers.IntegerField(source="item.weight")
    languages = serializers.SerializerMethodField()
    language = serializers.CharField(help_text="The chosen one.")
    submissions_left = serializers.SerializerMethodField(help_text="How often it may still be submitted.")

    def get_submissions_left(self, work: Work) -> int:
        return allowance.left(work)

    def get_languages(self, work: Work) -> list[str]:
        return list(work.item.version.definition.languages)


class OwnAttemptSerializer(serializers.Serializer[Any]):
    assessment = serializers.CharField(source="assessment.title")
    started_at = serializers.DateTimeField()
    deadline_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    seconds_left = serializers.IntegerField()
    seconds_given_back = serializers.FloatField(help_text=GIVEN_BACK)
    challenges = OwnChallengeSerializer(many=True)


class FilesSerializer(serializers.Serializer[Any]):
    editable = serializers.DictField(child=serializers.CharField(), help_text="As they are saved.")
    shown = serializers.DictField(child=serializers.CharField(), help_text="To read only.")


class OwnWorkSerializer(OwnChallengeSerializer):
    statement = serializers.CharField(help_text="Markdown.")
    files = serializers.DictField(child=FilesSerializer(), help_text="By language.")


# The interviewers' side -------------------------------------------------------------------------------------


class AttemptFilters(StrictSerializer):
    """The only filters there are."""

    cursor = serializers.CharField(required=False)
    state = serializers.ChoiceField(required=False, choices=ATTEMPT_STATES)
    assessment = serializers.IntegerField(required=False, min_value=1, max_value=2**62)
    email = serializers.EmailField(required=False, help_text="The whole address, in any case.")
    started_after = Moment(required=False)
    started_before = Moment(required=False)


class AssessmentSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    title = serializers.CharField()


class CandidateSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    email = serializers.EmailField()


class AttemptSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    assessment = AssessmentSerializer()
    candidate = CandidateSerializer()
    state = serializers.ChoiceField(choices=[state.value for state in State])
    started_at = serializers.DateTimeField()
    deadline_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    score = serializers.FloatField(allow_null=True, help_text="Per cent; null as long as it is not known.")


class AttemptPageSerializer(serializers.Serializer[Any]):
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    results = AttemptSerializer(many=True)


class TestSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    title = serializers.CharField()
    skill = serializers.CharField()
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    points = serializers.FloatField()
    max_points = serializers.FloatField()
    seconds = serializers.FloatField()
    message = serializers.CharField()


class SubmissionSerializer(serializers.Serializer[Any]):
    """A submission with every hidden test."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    language = serializers.CharField()
    created_at = serializers.DateTimeField()
    status = serializers.ChoiceField(
        choices=Grading.Status.choices, help_text="What was withdrawn is not graded and does not count."
    )
    verdict = serializers.ChoiceField(choices=VERDICTS, allow_null=True)
    message = serializers.CharField()
    score = serializers.FloatField()
    max_score = serializers.FloatField()
    phases = serializers.DictField(child=serializers.FloatField(), help_text="Seconds since the request.")
    digests = serializers.DictField(child=serializers.CharField())
    seed = serializers.IntegerField(allow_null=True)
    tests = TestSerializer(many=True)
    files = serializers.DictField(child=serializers.CharField())


class ChallengeReportSerializer(serializers.Serializer[Any]):
    position = serializers.IntegerField()
    title = serializers.CharField()
    version = serializers.IntegerField()
    weight = serializers.IntegerField()
    score = serializers.FloatField(allow_null=True)
    submission = SubmissionSerializer(allow_null=True, help_text="The one that counts.")
    unsubmitted_edits = SubmissionSerializer(
        allow_null=True, help_text="Edits after the one that counts, handed in beside it; they do not count."
    )
    submissions = serializers.ListField(child=serializers.UUIDField(), help_text="All, the last first.")


class ReportSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    assessment = AssessmentSerializer()
    candidate = CandidateSerializer()
    started_at = serializers.DateTimeField()
    deadline_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    seconds_given_back = serializers.FloatField(help_text=GIVEN_BACK)
    score = serializers.FloatField(allow_null=True)
    skills = serializers.DictField(
        child=serializers.ListField(child=serializers.FloatField()), help_text="Skill to [points, most]."
    )
    challenges = ChallengeReportSerializer(many=True)
