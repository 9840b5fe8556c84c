def test_doubles(graphql, rng):
    """GraphQL: doubles any number"""
    number = rng.randrange(10**6)
    answer = graphql("query ($n: Int!) { double(n: $n) }", {"n": number})
    assert (answer.status_code, answer.data, answer.errors) == (200, {"double": 2 * number}, [])


def test_says_what_is_wrong(graphql):
    """GraphQL: an unknown field is an error"""
    assert graphql("{ nothing }").errors, "the answer holds no errors"


def test_echoes(websocket, rng):
    """WebSocket: sends back what it is sent"""
    connection = websocket("/echo")
    for _ in range(3):
        text = str(rng.random())
        connection.send(text)
        assert connection.recv(timeout=2) == text


def test_keeps_connections_apart(websocket):
    """WebSocket: two connections do not hear each other"""
    first, second = websocket("/echo"), websocket("/echo")
    first.send("1")
    second.send("2")
    assert (first.recv(timeout=2), second.recv(timeout=2)) == ("1", "2")


def test_echoes_after_a_restart(service, websocket):
    """WebSocket: a restarted service accepts connections"""
    websocket("/echo").send("lost")
    service.restart()
    connection = websocket("/echo")
    connection.send("found")
    assert connection.recv(timeout=2) == "found"
