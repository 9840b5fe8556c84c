"""How gunicorn serves the pages, wherever it is started: `gunicorn -c python:config.web_server`.

Processes use the cores, threads wait for databases. An editor asks every few seconds, its proxy or browser
keeps the connection for it, and a server that closes one at the moment at which a request is sent loses that
request. So a connection stays open for longer than browsers (Chromium: 300 s) and proxies (nginx: 60 s) keep
an idle one: it is they who close it.
"""

import os
import resource
import socket
import struct
from typing import Any

from config import env

wsgi_app = "config.wsgi"
bind = env.text("TOUCHSTONE_WEB_BIND", "127.0.0.1:8000")
workers = env.integer("TOUCHSTONE_WEB_PROCESSES", max(2, min(4, os.cpu_count() or 1)), minimum=1, maximum=64)
worker_class = "gthread"
threads = env.integer("TOUCHSTONE_WEB_THREADS", 8, minimum=1, maximum=256)
worker_connections = 2000
"""Of each process, idle ones included."""
keepalive = 330
graceful_timeout = 5
"""Seconds for what is under way when the server is asked to end."""
preload_app = True
accesslog = "-"
control_socket_disable = True

STALLED_SECONDS = 30.0
"""After so long without a byte, a request that is half sent or an answer that is half read is given up."""


def when_ready(server: Any) -> None:
    """gunicorn calls this. What the listening sockets have, the kernel gives to every connection.

    Sixteen people whose network is gone would else hold all threads.
    """
    seconds, fraction = divmod(STALLED_SECONDS, 1)
    limit = struct.pack("ll", int(seconds), int(fraction * 1_000_000))
    for listener in server.LISTENERS:
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            listener.sock.setsockopt(socket.SOL_SOCKET, option, limit)


# Each connection is a file, and a shell's limit (1024) is lower than what the machine allows.
_soft, _most = resource.getrlimit(resource.RLIMIT_NOFILE)
_wanted = worker_connections + 1024
resource.setrlimit(
    resource.RLIMIT_NOFILE,
    (max(_soft, _wanted if _most == resource.RLIM_INFINITY else min(_wanted, _most)), _most),
)
