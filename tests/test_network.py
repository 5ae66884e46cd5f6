"""That nothing goes out to a network, and that what tried to would be found."""

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import conftest


def look_up() -> None:
    socket.getaddrinfo("localhost", 80)


def connect() -> None:
    with socket.socket() as one:
        one.connect_ex(("127.0.0.1", 9))


def send() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as one:
        one.sendto(b"", ("127.0.0.1", 9))


@pytest.mark.parametrize("attempt", [look_up, connect, send])
def test_an_attempt_is_refused_and_noted(attempt: Callable[[], None]) -> None:
    with pytest.raises(RuntimeError, match="a test goes out to a network"):
        attempt()
    assert conftest.NETWORK_ATTEMPTS.read_text("utf-8").startswith("socket.")
    conftest.NETWORK_ATTEMPTS.write_text("", "utf-8")


def test_a_child_is_refused_too_even_where_that_is_caught(python: str) -> None:
    code = "import socket\ntry: socket.create_connection(('127.0.0.1', 9))\nexcept Exception: pass"
    for start in ([sys.executable], [python]):
        subprocess.run([*start, "-c", code], check=True)
        assert "socket." in conftest.NETWORK_ATTEMPTS.read_text("utf-8")
        conftest.NETWORK_ATTEMPTS.write_text("", "utf-8")


def test_sockets_within_the_file_system_are_let_through(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind(str(tmp_path / "s"))
        server.listen()
        client.connect(str(tmp_path / "s"))
