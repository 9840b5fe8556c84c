"""A counter behind HTTP, with the standard library alone."""

import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Counter(BaseHTTPRequestHandler):
    count = 0

    def do_GET(self):
        self.answer(200)

    def do_POST(self):
        Counter.count += 1
        self.answer(201)

    def answer(self, status):
        if self.path != "/count":
            status = 404
        body = json.dumps({"count": Counter.count}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Counter).serve_forever()
