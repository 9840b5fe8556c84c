import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg
import redis

store = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        text = self.item() if self.path == "/item" else "ok"
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def item(self):
        with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
            name = connection.execute("SELECT name FROM items WHERE id = 1").fetchone()[0]
        store.set("item", name, ex=60)
        return name


ThreadingHTTPServer(("0.0.0.0", int(os.environ["PORT"])), Handler).serve_forever()
