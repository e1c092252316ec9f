"""The page server answers only this machine, after the delay that it was given, and leaves nothing behind."""

import gc
import socket
import struct
import threading
import time
import warnings
from contextlib import ExitStack
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import pytest

from helpers import pages
from helpers.pages import page_server
from helpers.workers import fetch_page


def listening():
    """Return the addresses (host, port) at which this process listens."""
    sockets = psutil.Process().net_connections("inet")
    return {tuple(found.laddr) for found in sockets if found.status == psutil.CONN_LISTEN}


def port_of(address):
    return int(address.rpartition(":")[2])


def test_it_listens_at_the_loopback_address_alone():
    before = listening()
    with page_server(latency=0) as address:
        assert listening() - before == {("127.0.0.1", port_of(address))}
        assert address == f"http://127.0.0.1:{port_of(address)}"


def test_many_requests_may_come_at_once(monkeypatch):
    busy, serve = threading.Event(), pages.Server.serve_forever

    def serve_later(server, *args):
        busy.wait(timeout=60)
        serve(server, *args)

    monkeypatch.setattr(pages.Server, "serve_forever", serve_later)
    with page_server(latency=0) as address, ExitStack() as stack:
        stack.callback(busy.set)
        for _ in range(64):  # the system queues them; one too many would have to wait, and get a timeout
            stack.enter_context(socket.create_connection(("127.0.0.1", port_of(address)), timeout=10))


def test_it_says_nothing_of_a_reader_who_no_longer_waits(capfd):
    with page_server(latency=0.3) as address:
        for _ in range(8):
            with socket.create_connection(("127.0.0.1", port_of(address)), timeout=10) as connection:
                connection.sendall(f"GET /1 HTTP/1.0\r\nHost: 127.0.0.1:{port_of(address)}\r\n\r\n".encode())
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a hard end
        with urlopen(f"{address}/2", timeout=10):  # by the end of this one, the others have been written
            pass
    assert capfd.readouterr() == ("", "")


def test_every_path_is_a_page_that_names_it():
    with page_server(latency=0) as address:
        for path in ("/1", "/no/such/page?really=yes", "/"):
            with urlopen(address + path, timeout=10) as page:
                assert (page.status, page.read().decode()) == (200, f"<h1>Page {path}</h1>")


def test_each_page_takes_its_time():
    """Only the lower bound is certain: a busy machine may take longer."""
    with page_server(latency=0.1) as address:
        for path in ("/1", "/2"):
            began = time.perf_counter()
            fetch_page(address + path)
            assert time.perf_counter() - began >= 0.1


def test_pages_asked_for_at_the_same_time_come_at_the_same_time():
    """Each of four waits for its page until all four are being made. A server that made one at a time would hang."""
    makers = set()

    def watched_sleep(_):
        makers.add(threading.get_ident())
        together.wait(timeout=10)

    together = threading.Barrier(4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("helpers.pages.sleep", watched_sleep)
        with page_server() as address:
            readers = [threading.Thread(target=fetch_page, args=(f"{address}/{n}",), daemon=True) for n in range(4)]
            for reader in readers:
                reader.start()
            for reader in readers:
                reader.join(timeout=20)
    assert len(makers) == 4 and not together.broken


def test_it_says_nothing_of_what_it_serves(capfd):
    with page_server(latency=0) as address:
        fetch_page(f"{address}/1")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_after_the_block_there_is_no_server_however_it_was_left(error):
    threads, sockets = set(threading.enumerate()), listening()
    try:
        with page_server(latency=0) as address:
            fetch_page(f"{address}/1")
            if error:
                raise error
    except (ValueError, KeyboardInterrupt):
        pass
    for thread in set(threading.enumerate()) - threads:
        thread.join(timeout=10)
    assert set(threading.enumerate()) == threads and listening() == sockets
    with pytest.raises(URLError):
        urlopen(f"{address}/1", timeout=10)


def test_its_socket_is_closed_and_not_just_forgotten():
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always", ResourceWarning)
        with page_server(latency=0) as address:
            fetch_page(f"{address}/1")
        gc.collect()
    assert [str(warning.message) for warning in said] == []


def test_two_servers_have_addresses_of_their_own():
    with page_server(latency=0) as one, page_server(latency=0) as other:
        assert one != other
        assert fetch_page(f"{one}/1") == fetch_page(f"{other}/1")
