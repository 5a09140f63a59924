"""R25: the guard itself, with addresses that belong to nobody."""

import socket
import subprocess
import sys

import pytest

from tests.support.network import NetworkUseError


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1"])
def test_r25_connecting_elsewhere_is_refused(address):
    with socket.socket() as client, pytest.raises(NetworkUseError, match=address):
        client.connect((address, 80))


def test_r25_ipv6_is_refused():
    with socket.socket(socket.AF_INET6) as client, pytest.raises(NetworkUseError):
        client.connect_ex(("2001:db8::1", 80))


def test_r25_datagrams_are_refused():
    with socket.socket(type=socket.SOCK_DGRAM) as client, pytest.raises(NetworkUseError):
        client.sendto(b"x", ("192.0.2.1", 53))


def test_r25_names_are_not_looked_up():
    with pytest.raises(NetworkUseError, match=r"portal\.invalid"):
        socket.getaddrinfo("portal.invalid", 443)


def test_r25_this_machine_may_be_reached():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()
        socket.create_connection(("localhost", server.getsockname()[1])).close()


def test_r25_processes_that_tests_start_are_held_too(tmp_path):
    (tmp_path / "caller.py").write_text("import socket; socket.create_connection(('192.0.2.1', 80))")
    told = subprocess.run(
        [sys.executable, "-m", "tests.support.network", "caller"],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "The tests may not" in told.stderr
