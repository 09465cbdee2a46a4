"""An engine in Python as a server for `http://HOST:PORT`.

    python -m hanbench.harness.engine.serve_http --port 8080 MODULE:NAME
    hanbench run --engine http://127.0.0.1:8080

It listens on this machine alone, and prints its address when it does. With port 0 it takes a free
one. Several workers of a bench may ask at once: each has lives of its own.
"""

import argparse
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock

from typing_extensions import override

from hanbench.harness.engine.wire.messages import MESSAGE_OCTETS_MAX, REPLIES
from hanbench.harness.engine.wire.service import Service
from hanbench.harness.engines import load_engine
from hanbench.harness.errors import HarnessError

HOST = "127.0.0.1"


def main(arguments: list[str]) -> int:
    """Serve until a signal ends it."""
    parser = argparse.ArgumentParser(description="Serve an engine over HTTP.")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("engine", nargs="?", default="reference", metavar="MODULE:NAME")
    chosen = parser.parse_args(arguments)
    try:
        service = Service(load_engine(chosen.engine), chosen.engine)
    except HarnessError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    with make_server(service, chosen.port) as server:
        sys.stdout.write(f"http://{HOST}:{server.server_address[1]}\n")
        sys.stdout.flush()
        server.serve_forever()
    return 0


def make_server(service: Service, port: int) -> ThreadingHTTPServer:
    """Return a server that is bound, but does not serve yet."""
    lock = Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one packet an answer
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            if self.path.removeprefix("/") not in REPLIES:
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            length = int(self.headers.get("Content-Length", "0"))
            if length > MESSAGE_OCTETS_MAX:
                self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
                return
            message = self.rfile.read(length)
            with lock:
                answer = service.answer(message)
            self.send_response(HTTPStatus.OK)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Keep quiet: a line a turn would hide everything else."""

    server = ThreadingHTTPServer((HOST, port), Handler)
    server.daemon_threads = True
    return server


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
