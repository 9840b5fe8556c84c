"""The line between worker and judge: what is forged, lost, repeated or damaged is noticed."""

import io
import json
import tarfile

import pytest

from grading.challenge import Suite
from grading.errors import PlatformError
from grading.judge.framing import PIECE_CHARACTERS, FramingError, Opener, Sealer, decode, encode
from grading.protocol import JudgeLine, prepare, suite_tar
from sandbox.capture import LINE_BYTES
from tests.grading import tiny

KEY = bytes(range(32))


def frames(*messages, key=KEY, run="run"):
    sealer = Sealer(key, run)
    return [frame for message in messages for frame in sealer.seal(message)]


def test_message_comes_back():
    [frame] = frames({"type": "result", "text": "ä\n'\"\\"})
    assert Opener(KEY, "run").open(frame) == {"type": "result", "text": "ä\n'\"\\"}


def test_long_message_is_cut_into_lines_that_a_pod_accepts():
    message = {"text": '"\\ü' * PIECE_CHARACTERS}
    pieces = frames(message)
    assert len(pieces) > 1
    assert max(map(len, pieces)) < LINE_BYTES
    opener = Opener(KEY, "run")
    assert [opener.open(piece) for piece in pieces][-1] == message


def altered(frame, **changes):
    return encode({**json.loads(frame), **changes})


FIRST, SECOND = frames({"n": 1}, {"n": 2})


@pytest.mark.parametrize(
    ("before", "refused"),
    [
        ([], SECOND),
        ([FIRST], FIRST),
        ([FIRST, SECOND], SECOND),
        ([], altered(FIRST, data="{}")),
        ([], altered(FIRST, mac="00" * 32)),
        ([], altered(FIRST, mac=None)),
        ([], altered(FIRST, more=True)),
        ([], b"100 passed\n"),
        ([], b"[]\n"),
        ([], b"[" * 100_000),
        ([], *frames({"n": 1}, run="another")),
        ([], *frames({"n": 1}, key=bytes(32))),
    ],
)
def test_untrue_frames_are_refused(before, refused):
    opener = Opener(KEY, "run")
    for frame in before:
        opener.open(frame)
    with pytest.raises(FramingError):
        opener.open(refused)


def test_plain_lines_are_refused_after_go():
    line = JudgeLine("run")
    assert line.read(b'{"type": "ready"}') == {"type": "ready"}
    line.go(seed=1, files={})
    with pytest.raises(PlatformError):
        line.read(b'{"type": "finished"}')


def test_key_is_new_for_each_run():
    keys = {decode(JudgeLine("run").go(seed=1, files={}))["key"] for _ in range(3)}
    assert len(keys) == 3


def test_judge_that_gives_up_is_a_failure_of_ours():
    with pytest.raises(PlatformError, match="no such fixture"):
        JudgeLine("run").read(encode({"type": "failed", "reason": "no such fixture"}))


@pytest.mark.parametrize(("suite", "other"), [(Suite.VISIBLE, "hidden"), (Suite.HIDDEN, "visible")])
def test_judge_gets_its_suite_and_not_the_other(suite, other):
    data = suite_tar(tiny.pack("tiny-service"), suite)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        names = archive.getnames()
    assert "tests/support/arithmetic.py" in names
    assert not [name for name in names if name.startswith(f"tests/{other}")]


def test_opening_says_how_long_the_tar_is():
    line, _, rest = prepare(tiny.pack("tiny-service"), Suite.HIDDEN, run_id="r", services={}).partition(b"\n")
    assert decode(line)["tar_bytes"] == len(rest)
