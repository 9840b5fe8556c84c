# mypy: ignore-errors
"""Handed in beside a server.py: the service that tells what its attacks got."""

import json
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def serve(pages: Mapping[str, Callable[[], object]]) -> None:
    """Does what is asked for by a path and answers what it returns; nothing is done for any other path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps(pages.get(self.path, dict)()).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    ThreadingHTTPServer(("127.0.0.1", 8000), Handler).serve_forever()
