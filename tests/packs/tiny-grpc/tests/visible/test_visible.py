def test_shouts_hello(grpc_channel):
    """Shouts hello"""
    assert grpc_channel.unary_unary("/tiny.Text/Shout")(b"hello", timeout=2) == b"HELLO"
