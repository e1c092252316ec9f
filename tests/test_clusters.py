"""Dask clusters: real schedulers and workers, on this machine alone, that lose no result and leave nothing behind."""

import asyncio
import http.server
import logging
import os
import socket
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from functools import cache
from multiprocessing import forkserver, get_context
from time import perf_counter, sleep

import psutil
import pytest
from dask.distributed import Client, LocalCluster, as_completed

from helpers import clusters, exercises
from helpers.clusters import (
    NoCluster,
    client_of,
    command_lines,
    connect,
    free_port,
    gather_spans,
    on_our_clock,
    on_this_machine,
)
from helpers.machine import start_methods
from helpers.running.families import is_tracker, lives
from helpers.running.inside import Span
from helpers.runs import timed
from helpers.workers import count_primes

UP = 120  # seconds for a cluster to start on a busy machine
HERE = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
LIMITS = range(20_000, 20_024)


@cache
def primes():
    return [count_primes(limit) for limit in LIMITS]


def commands(port, workers=("alice", "bob")):
    local = "--host 127.0.0.1 --no-dashboard --dashboard-address 127.0.0.1:0"
    worker = f"dask worker tcp://127.0.0.1:{port} --nthreads 1 {local}"
    return [f"dask scheduler --port {port} {local}", *(f"{worker} --name {name}" for name in workers)]


@contextmanager
def started(*workers):
    """Start a scheduler and workers from the command line. Gives the scheduler's address."""
    port = free_port()
    with command_lines(*commands(port, workers)):
        address = f"tcp://127.0.0.1:{port}"
        with Client(address, timeout=UP) as client:
            if workers:
                client.wait_for_workers(len(workers), timeout=UP)
        yield address


@pytest.fixture(scope="module")
def cluster():
    """The address of a scheduler with two workers, alice and bob, which are all processes of their own."""
    with started("alice", "bob") as address:
        yield address


@pytest.fixture
def client(cluster):
    with Client(cluster, timeout=UP) as client:
        client.wait_for_workers(2, timeout=UP)
        yield client


def children():
    """Return the psutil processes below this one, except multiprocessing's own helper."""
    return {child for child in psutil.Process().children(recursive=True) if lives(child) and not is_tracker(child)}


def listening(processes):
    """Return the hosts at which processes listen."""
    sockets = [found for process in processes for found in process.net_connections("inet")]
    return {found.laddr.ip for found in sockets if found.status == psutil.CONN_LISTEN}


def names(client):
    return sorted(str(worker["name"]) for worker in client.scheduler_info()["workers"].values())


# --- A scheduler and workers from the command line ---


@pytest.mark.timeout(400)
def test_a_worker_is_killed_in_mid_run_and_every_result_is_right(client):
    futures = client.map(timed(count_primes), LIMITS, pure=False)
    done = as_completed(futures)
    spans = [next(done).result() for _ in range(3)]
    before = set(client.run(os.getpid).values())
    victim = spans[-1].process
    psutil.Process(victim).kill()
    spans = client.gather(futures)
    assert [span.result for span in spans] == primes()
    assert victim not in {span.process for span in spans}  # its results were lost, and made again
    client.wait_for_workers(2, timeout=UP)
    after = set(client.run(os.getpid).values())
    assert len(after) == 2 and victim in before and victim not in after and names(client) == ["alice", "bob"]


def test_its_processes_listen_at_the_loopback_address_alone(client):
    client.run(abs, 1)
    assert listening(children()) == {"127.0.0.1"}


LISTENS = """
import psutil
from dask.distributed import Client

end = Client.__exit__


def look_and_end(client, *error):
    connections = psutil.Process().net_connections("inet")
    print("listens at", *sorted({found.laddr.ip for found in connections if found.status == psutil.CONN_LISTEN}))
    return end(client, *error)


Client.__exit__ = look_and_end
"""


@pytest.mark.parametrize("exercise", ["12a", "12b"])
def test_the_program_of_an_exercise_listens_at_the_loopback_address_alone(exercise, tmp_path):
    script = tmp_path / "program.py"
    script.write_text(LISTENS + exercises.find(f"exercise_{exercise}").given, encoding="utf-8")
    ran = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=UP, cwd=tmp_path)
    assert "listens at 127.0.0.1\n" in ran.stdout, ran.stdout + ran.stderr


@pytest.mark.timeout(400)
def test_after_the_block_there_is_no_process_no_port_and_no_file(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = children()
    with pytest.raises(KeyError), started("carol") as address:
        assert children() > before and list(tmp_path.iterdir())
        raise KeyError
    assert children() == before and list(tmp_path.iterdir()) == []
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(address.rpartition(":")[2]))) != 0


def test_what_a_command_printed_is_told_with_an_error():
    with pytest.raises(KeyError) as raised, command_lines("dask no-such-command") as processes:
        [process.wait() for process in processes]
        raise KeyError
    (note,) = raised.value.__notes__
    assert note.startswith("dask no-such-command\n") and "No such command" in note


def test_another_command_is_refused():
    with pytest.raises(ValueError, match="must begin with dask"), command_lines("rm -r precious"):
        pass


@pytest.mark.timeout(400)
def test_code_beside_the_program_is_not_found_until_it_is_uploaded(client, tmp_path, monkeypatch):
    (tmp_path / "beside_it.py").write_text("def double(number):\n    return 2 * number\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    from beside_it import double

    with pytest.raises(RuntimeError) as raised:
        client.submit(double, 1, pure=False).result()
    assert str(raised.value.__cause__) == "No module named 'beside_it'"
    client.upload_file(str(tmp_path / "beside_it.py"))
    assert client.gather(client.map(double, [1, 2, 3], pure=False)) == [2, 4, 6]


# --- The cluster that DASK_SCHEDULER_ADDRESS names ---


@pytest.fixture
def soon(monkeypatch):
    """Don't wait long for a scheduler."""
    assert clusters.LIMIT < 5
    monkeypatch.setattr(clusters, "LIMIT", 0.5)


def test_a_cluster_that_is_named_is_used_and_goes_on(cluster, monkeypatch, capsys):
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", cluster)
    for _ in range(2):
        with connect() as client:
            client.wait_for_workers(2, timeout=UP)
            assert names(client) == ["alice", "bob"]
            assert client.gather(client.map(count_primes, LIMITS)) == primes()
    assert capsys.readouterr().out == f"Using the cluster at {cluster}.\n" * 2


@pytest.mark.timeout(400)
def test_without_a_name_it_is_a_cluster_of_its_own(monkeypatch, capfd):
    monkeypatch.delenv("DASK_SCHEDULER_ADDRESS", raising=False)
    before = children()
    with connect(workers=1) as client:
        assert len(children() - before) == 1
        assert client.gather(client.map(count_primes, LIMITS)) == primes()
        assert listening([psutil.Process(), *(children() - before)]) == {"127.0.0.1"}
    assert children() == before
    assert capfd.readouterr() == ("", "")


def closed():
    return f"tcp://127.0.0.1:{free_port()}"


@contextmanager
def silent():
    """A program that accepts connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"tcp://127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def of_pages():
    """A web server."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"tcp://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@contextmanager
def idle():
    """A scheduler without workers."""
    with started() as address:
        yield address


@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (silent, "no scheduler answered within 0.5 s"),
        (of_pages, "no scheduler answered within 0.5 s"),
        (idle, "its scheduler has no workers"),
    ],
)
def test_what_is_no_cluster_to_use_is_told_in_time(place, reason, soon, monkeypatch):
    with place() as address:
        if place is idle:
            monkeypatch.setattr(clusters, "LIMIT", 4.0)  # time enough for it to answer
        with pytest.raises(NoCluster, match=reason):
            client_of(address)


def test_a_name_server_that_is_silent_is_not_waited_for(soon, monkeypatch):
    answered, go_on = threading.Event(), threading.Event()

    def ask_the_name_server(*_, **__):
        go_on.wait(20)
        answered.set()
        return []

    monkeypatch.setattr(socket, "getaddrinfo", ask_the_name_server)
    with pytest.raises(NoCluster, match="no scheduler answered within 0.5 s"):
        client_of("tcp://cluster.example:8786")
    assert not answered.is_set()
    go_on.set()


@pytest.mark.parametrize("address", ["nonsense", "tcp://127.0.0.1", "tcp://127.0.0.1:port", "http://127.0.0.1:1"])
def test_what_is_no_address_is_told_at_once(address):
    with pytest.raises(NoCluster, match="no scheduler can be asked there"):
        client_of(address)


@pytest.mark.timeout(400)
def test_a_cluster_that_is_not_there_is_told_and_replaced(monkeypatch, capsys):
    address = closed()
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", address)
    with connect(workers=1) as client:
        assert client.submit(count_primes, 100).result() == 25
    assert capsys.readouterr().out == (
        f"DASK_SCHEDULER_ADDRESS is {address}, but nothing listens there. So this cell starts a cluster of its own.\n"
    )
    assert os.environ["DASK_SCHEDULER_ADDRESS"] == address


def test_it_can_be_asked_from_a_running_event_loop():
    """As in a notebook's cell."""

    async def cell():
        with pytest.raises(NoCluster):
            client_of(closed())

    asyncio.run(cell())


# --- On this machine, with nothing left ---


@pytest.mark.timeout(400)
def test_a_killed_worker_of_a_local_cluster_is_replaced_without_a_word_and_nothing_is_left(
    tmp_path, monkeypatch, capfd
):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before, level = children(), logging.getLogger("distributed").level
    with on_this_machine(), LocalCluster(n_workers=2, **HERE) as cluster, Client(cluster) as client:
        futures = client.map(timed(count_primes), LIMITS)
        victim = next(as_completed(futures)).result().process
        psutil.Process(victim).kill()
        assert [span.result for span in client.gather(futures)] == primes()
        client.wait_for_workers(2, timeout=UP)
    assert children() == before and list(tmp_path.iterdir()) == []
    assert "DASK_TEMPORARY_DIRECTORY" not in os.environ and logging.getLogger("distributed").level == level
    assert capfd.readouterr() == ("", "")


def test_a_process_that_outlives_its_cluster_is_ended(monkeypatch):
    monkeypatch.setattr(clusters, "END_LIMIT", 0.1)
    with on_this_machine():
        process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
    assert process.wait(timeout=60) != 0


@pytest.mark.skipif("forkserver" not in start_methods(), reason="needs a fork server")
def test_a_forked_process_that_outlives_its_cluster_is_ended_and_the_fork_server_stays(monkeypatch):
    monkeypatch.setattr(clusters, "END_LIMIT", 0.1)
    context = get_context("forkserver")
    with on_this_machine():
        process = context.Process(target=sleep, args=(3600,))
        process.start()
    process.join(timeout=20)
    assert process.exitcode and lives(psutil.Process(forkserver._forkserver._forkserver_pid))


def test_a_process_that_was_there_before_stays():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        with on_this_machine():
            pass
        assert process.poll() is None
        process.communicate(b"\n", timeout=60)
    assert process.returncode == 0


def test_a_free_port_can_be_used():
    with socket.create_server(("127.0.0.1", free_port())):
        pass


# --- Clocks ---


def test_spans_of_this_machine_keep_their_times(client):
    asked = perf_counter()
    spans = gather_spans(client, client.map(timed(count_primes), LIMITS, pure=False))
    answered = perf_counter()
    assert [span.result for span in spans] == primes()
    assert all(asked < span.start < span.end < answered and isinstance(span.process, int) for span in spans)


SPAN = Span(process=7, thread=8, up=100.0, start=101.0, end=103.0, computing=1.5, result="primes")


@pytest.mark.parametrize(
    ("clock", "ahead"),
    [(1010.5, 1000.0), (10.5, 0.0), (10.9, 0.0), (11.2, 0.7), (5.5, -5.0)],
    ids=["far ahead", "the same", "as far as can be told", "a bit ahead", "behind"],
)
def test_a_span_of_another_clock_is_shifted(clock, ahead):
    place = "tcp://another:1"
    shifted = on_our_clock(SPAN, place, clocks={place: clock}, between=(10.0, 11.0))
    assert [SPAN.up - shifted.up, SPAN.start - shifted.start, SPAN.end - shifted.end] == pytest.approx([ahead] * 3)
    assert shifted.process == (place if ahead else SPAN.process)
    assert (shifted.result, shifted.computing, shifted.thread) == (SPAN.result, SPAN.computing, SPAN.thread)


def test_a_span_whose_worker_is_gone_is_left_as_it_is():
    assert on_our_clock(SPAN) == on_our_clock(SPAN, "gone", clocks={"here": 1.0}, between=(1.0, 2.0)) == SPAN
