"""A server on loopback that speaks the part of the hub's HTTP API that `lock` and `pull` use."""

import contextlib
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

from tests.models.store.stock import REVISION, blob_id

LARGE = 1000


@dataclass
class HubServer:
    """What the server holds and how it behaves; `requests` are path and Range header of every download."""

    files: dict[str, dict[str, bytes]]
    revision: str = REVISION
    errors: dict[str, tuple[int, str]] = field(default_factory=dict)
    cut_after: list[int] = field(default_factory=list)
    """Bytes after which the connection of each next download is cut."""
    hang_after: int | None = None
    ignores_range: bool = False
    storage: str = ""
    """Another server that downloads are redirected to."""
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    hanging: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)
    url: str = ""


@contextlib.contextmanager
def serving(hub: HubServer) -> Iterator[HubServer]:
    class Handler(_Handler):
        served = hub

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield hub
    finally:
        hub.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    served: HubServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)/revision/([^/]+)", path):
            self._describe(found[1])
        elif found := re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path):
            self._send_file(found[1], found[2], found[3])
        else:
            self._fail(404, "")

    def _describe(self, repository: str) -> None:
        if repository in self.served.errors:
            self._fail(*self.served.errors[repository])
            return
        siblings = []
        for name, data in self.served.files[repository].items():
            sibling: dict[str, object] = {"rfilename": name, "size": len(data), "blobId": blob_id(data)}
            if len(data) >= LARGE:
                sha256 = hashlib.sha256(data).hexdigest()
                sibling["lfs"] = {"sha256": sha256, "size": len(data), "pointerSize": 130}
            siblings.append(sibling)
        answer = {"id": repository, "sha": self.served.revision, "siblings": siblings}
        self._answer(200, json.dumps(answer).encode(), {"Content-Type": "application/json"})

    def _send_file(self, repository: str, revision: str, name: str) -> None:
        served = self.served
        requested = self.headers["Range"]
        served.requests.append((name, requested))
        served.tokens.append(self.headers["Authorization"])
        if name in served.errors:
            self._fail(*served.errors[name])
        elif served.storage:
            self._answer(302, b"", {"Location": served.storage + self.path})
        elif revision != served.revision or name not in served.files[repository]:
            self._fail(404, "EntryNotFound")
        else:
            data = served.files[repository][name]
            start = 0
            if requested and not served.ignores_range:
                start = int(requested.removeprefix("bytes=").removesuffix("-"))
            self._send_data(data, start)

    def _send_data(self, data: bytes, start: int) -> None:
        served = self.served
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        body = data[start:]
        if served.hang_after is not None and len(body) > served.hang_after:
            self.wfile.write(body[: served.hang_after])
            served.hanging.set()
            served.released.wait()
            self.close_connection = True
        elif len(body) >= LARGE and served.cut_after:
            self.wfile.write(body[: served.cut_after.pop(0)])
            self.close_connection = True
        else:
            self.wfile.write(body)

    def _fail(self, status: int, code: str) -> None:
        self._answer(status, b"", {"X-Error-Code": code} if code else {})

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
