import grpc
import pytest


@pytest.fixture
def shout(grpc_channel):
    return grpc_channel.unary_unary("/tiny.Text/Shout")


def test_shouts(shout, rng):
    """Shouts any text"""
    text = "".join(rng.choices("abcdefgh", k=12))
    assert shout(text.encode(), timeout=5) == text.upper().encode()


def test_refuses_nothing(shout):
    """Answers INVALID_ARGUMENT when there is no text"""
    with pytest.raises(grpc.RpcError) as caught:
        shout(b"", timeout=2)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_streams_letters(grpc_channel):
    """Streams letter by letter"""
    letters = grpc_channel.unary_stream("/tiny.Text/Letters")
    assert list(letters(b"abc", timeout=2)) == [b"a", b"b", b"c"]


def test_shouts_after_a_restart(service, shout):
    """A channel finds the restarted service"""
    assert shout(b"a", timeout=2) == b"A"
    service.restart()
    assert shout(b"b", timeout=2, wait_for_ready=True) == b"B"
