"""Prefect's server for a home: found when it runs, started when it is asked for, never for a single command."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.home import Home

_START_SECONDS = 120
_SETTINGS = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    "PREFECT_CLI_PROMPT": "false",
}


class PrefectServerError(Exception):
    """Prefect's server did not start; the message names its log."""


def settings(home: Home, url: str) -> dict[str, str]:
    """Return the environment in which Prefect works for this home: no account, no telemetry, its own folder."""
    return {**_SETTINGS, "PREFECT_HOME": str(home.prefect), "PREFECT_API_URL": url}


def running_server(home: Home) -> str | None:
    """Return the address of a Prefect server that answers: the one set in the environment, or this home's own."""
    address_file = home.prefect / "server.json"
    urls = [os.environ.get("PREFECT_API_URL", "")]
    if address_file.is_file():
        urls.append(str(json.loads(address_file.read_text(encoding="utf-8"))["url"]))
    return next((url for url in urls if url and _answers(url)), None)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=1) as answer:  # noqa: S310 (an address of our own)
            return bool(answer.status == 200)  # noqa: PLR2004 (OK)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(home: Home, port: int) -> Iterator[str]:
    """Run Prefect's server for this home on this machine only, and end it afterwards; yields its address.

    Raises `PrefectServerError` when it does not answer within two minutes.
    """
    home.prefect.mkdir(exist_ok=True)
    url = f"http://127.0.0.1:{port}/api"
    log = home.prefect / "server.log"
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
    with log.open("ab") as sink:
        server = subprocess.Popen(command, stdout=sink, stderr=sink, env={**os.environ, **settings(home, url)})  # noqa: S603 (our own command)
    try:
        _wait_for(server, url, str(log))
        (home.prefect / "server.json").write_text(json.dumps({"url": url, "process": server.pid}), encoding="utf-8")
        yield url
    finally:
        (home.prefect / "server.json").unlink(missing_ok=True)
        server.terminate()
        try:
            server.wait(timeout=15)
        except subprocess.TimeoutExpired:
            server.kill()


def _wait_for(server: subprocess.Popen[bytes], url: str, log: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise PrefectServerError(f"Prefect's server ended with code {server.returncode}; see {log}")
        if _answers(url):
            return
        time.sleep(0.3)
    raise PrefectServerError(f"Prefect's server did not answer within {_START_SECONDS} s; see {log}")
