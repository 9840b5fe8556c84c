"""Kind service: servers that answer every request in the same easy way, without a dependency.

They send what a good answer has (an ETag, a Location, application/json), so a test that looks no further is
named.
"""

from grading.challenge import ChallengePack
from grading.liars.liar import Entry, Liar, entries

_LIES = {
    "always 200": "answers 200 and {} to everything",
    "always 201": "answers 201 and {} to everything",
    "always 404": "answers 404 and {} to everything",
    "echo": "answers with the request's own body, or its query",
    "replay": "answers a request without a body as it has answered the last one with a body",
    "last posted": "answers with what was last sent to it, under a new id, on whatever path",
}

_PYTHON = """\
import itertools
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

MODE = {mode!r}
last = {{"status": 200, "body": b"{{}}", "value": {{}}}}
numbers = itertools.count(1)


def answer(method, path, body):
    if MODE.startswith("always"):
        return int(MODE.split()[1]), b"{{}}"
    written = 201 if method == "POST" else 200
    if MODE == "echo":
        return written, body or json.dumps(dict(parse_qsl(urlsplit(path).query))).encode()
    if MODE == "replay":
        if body:
            last.update(status=written, body=body)
        return last["status"], last["body"]
    if method == "DELETE":
        return 204, b""
    if body:
        try:
            sent = json.loads(body)
        except ValueError:
            sent = {{}}
        merged = {{**last["value"], **sent}} if method == "PATCH" and isinstance(sent, dict) else sent
        last["value"] = {{"id": str(next(numbers)), **merged}} if isinstance(merged, dict) else {{}}
    return written, json.dumps(last["value"]).encode()


def headers(path, body):
    return [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("ETag", '"1"'),
        ("Location", path.split("?")[0].rstrip("/") + "/1"),
    ]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __getattr__(self, name):
        if name.startswith("do_"):
            return self.reply
        raise AttributeError(name)

    def reply(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, told = answer(self.command, self.path, body)
        self.send_response(status)
        for name, value in headers(self.path, told):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(told)

    def log_message(self, *_):
        pass


def wsgi(environ, start_response):
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    path = environ["PATH_INFO"] + "?" + environ.get("QUERY_STRING", "")
    status, told = answer(environ["REQUEST_METHOD"], path, body)
    start_response(f"{{status}} Answer", headers(path, told))
    return [told]


async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({{"type": "lifespan.startup.complete"}})
        return await send({{"type": "lifespan.shutdown.complete"}})
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    path = scope["path"] + "?" + scope["query_string"].decode()
    status, told = answer(scope["method"], path, body)
    sent = [(name.lower().encode(), value.encode()) for name, value in headers(path, told)]
    await send({{"type": "http.response.start", "status": status, "headers": sent}})
    await send({{"type": "http.response.body", "body": told}})


def {application}(*told):
    if len(told) == 1:
        return lambda receive, send: asgi(told[0], receive, send)
    return wsgi(*told) if len(told) == 2 else asgi(*told)


if __name__ == "__main__":
    ThreadingHTTPServer.request_queue_size = 128
    ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""

_JAVASCRIPT = """\
const MODE = {mode};
const last = {{ status: 200, body: "{{}}", value: {{}} }};
let number = 0;

function answer(method, url, body) {{
  if (MODE.startsWith("always")) return [Number(MODE.split(" ")[1]), "{{}}"];
  const written = method === "POST" ? 201 : 200;
  if (MODE === "echo") {{
    return [written, body || JSON.stringify(Object.fromEntries(new URL(url, "http://x").searchParams))];
  }}
  if (MODE === "replay") {{
    if (body) Object.assign(last, {{ status: written, body }});
    return [last.status, last.body];
  }}
  if (method === "DELETE") return [204, ""];
  if (body) {{
    let sent = {{}};
    try {{ sent = JSON.parse(body); }} catch {{ sent = {{}}; }}
    const merged = method === "PATCH" ? {{ ...last.value, ...sent }} : sent;
    last.value = {{ id: String(++number), ...merged }};
  }}
  return [written, JSON.stringify(last.value)];
}}

import("node:http").then(({{ createServer }}) => {{
  createServer((request, response) => {{
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {{
      const [status, told] = answer(request.method, request.url, Buffer.concat(parts).toString());
      response.writeHead(status, {{
        "Content-Type": "application/json",
        "Content-Length": Buffer.byteLength(told),
        ETag: '"1"',
        Location: request.url.split("?")[0].replace(/[/]$/, "") + "/1",
      }});
      response.end(request.method === "HEAD" ? undefined : told);
    }});
  }}).listen(Number(process.env.PORT), "127.0.0.1");
}});
"""


def liars(pack: ChallengePack) -> list[Liar]:
    entry = next(entries(pack), None)
    if entry is None:
        return []
    return [
        Liar(name=mode, language=entry.language, summary=summary, files={entry.path: _source(entry, mode)})
        for mode, summary in _LIES.items()
    ]


def _source(entry: Entry, mode: str) -> str:
    if entry.language == "python":
        return _PYTHON.format(mode=mode, application=entry.application or "application")
    return _JAVASCRIPT.format(mode=f'"{mode}"')
