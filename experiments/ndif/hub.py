"""A hub on this machine alone: it serves a folder's files as the Hugging Face Hub would."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0" * 40


@cache
def digest(path: Path) -> str:
    """Return what tells one file from another."""
    return hashlib.sha1(path.read_bytes()).hexdigest()


@contextmanager
def hub(name: str, folder: Path) -> Iterator[str]:
    """Yield the address of a hub that has one repository, until the end of the block."""
    files = {path.name: path for path in folder.iterdir() if path.is_file()}

    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(name, files))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def _handler(name: str, files: dict[str, Path]) -> type[BaseHTTPRequestHandler]:
    """Return what answers the requests to a repository of these files."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if found := re.fullmatch(rf"/{name}/resolve/[^/]+/(.+)", path):
                self.send_file(found.group(1))
            elif re.fullmatch(rf"/api/models/{name}/tree/[^/]+", path):
                self.send(
                    [
                        {"type": "file", "path": file, "size": at.stat().st_size, "oid": COMMIT}
                        for file, at in files.items()
                    ]
                )
            elif re.fullmatch(rf"/api/models/{name}/tree/[^/]+/.+", path):
                self.send({"error": "Entry not found"}, 404, "EntryNotFound")
            elif re.fullmatch(rf"/api/models/{name}(/revision/[^/]+)?", path):
                siblings = [{"rfilename": file} for file in files]
                about = {"id": name, "modelId": name, "sha": COMMIT, "siblings": siblings}
                about |= {"pipeline_tag": "text-generation", "library_name": "transformers"}
                self.send({**about, "tags": [], "private": False, "gated": False})
            else:
                self.send({"error": "Repository not found"}, 404, "RepoNotFound")

        def send_file(self, file: str) -> None:
            if file not in files:
                self.send({"error": "Entry not found"}, 404, "EntryNotFound")
                return
            content = files[file].read_bytes()
            self.head(200, len(content), ETag=f'"{digest(files[file])}"')
            if self.command != "HEAD":
                self.wfile.write(content)

        def send(self, value: object, status: int = 200, error: str = "") -> None:
            content = json.dumps(value).encode()
            more = {"X-Error-Code": error} if error else {}
            self.head(status, len(content), **{"Content-Type": "application/json"}, **more)
            if self.command != "HEAD":
                self.wfile.write(content)

        def head(self, status: int, size: int, **more: str) -> None:
            self.send_response(status)
            self.send_header("X-Repo-Commit", COMMIT)
            self.send_header("Content-Length", str(size))
            for key, value in more.items():
                self.send_header(key, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    return Handler
