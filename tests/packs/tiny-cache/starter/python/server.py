import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import redis

store = redis.Redis.from_url(os.environ["REDIS_URL"])


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        data = json.dumps(self.answer()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def answer(self):
        return {"ok": True} if self.path == "/health" else {"count": 1}

    def log_message(self, *arguments):
        pass


ThreadingHTTPServer(("127.0.0.1", 8000), Handler).serve_forever()
