"""Workers compute what they say they do, and add little to the cost of a worker process."""

import multiprocessing
import subprocess
import sys
import threading
from time import thread_time

import pytest
import troublemakers

from helpers import workers
from helpers.machine import start_methods
from helpers.pages import page_server


def test_a_worker_process_imports_the_standard_library_only():
    program = "import sys; before = set(sys.modules); import helpers.workers; print(*set(sys.modules) - before)"
    imported = {
        name.split(".")[0] for name in subprocess.check_output([sys.executable, "-c", program], text=True).split()
    }
    assert imported - sys.stdlib_module_names == {"helpers"}


def test_what_is_printed_is_what_the_course_promises(capsys):
    workers.announce()
    workers.print_number(3)
    assert capsys.readouterr().out == "Worker process executing.\nProcess 3: Number 3\n"


@pytest.fixture(params=start_methods())
def context(request):
    return multiprocessing.get_context(request.param)


def test_a_process_that_fails_leaves_its_message_in_the_file_alone(context, tmp_path, capfd):
    path = tmp_path / "errors.txt"
    path.write_text("an earlier message\n")
    process = context.Process(target=troublemakers.fail_with_the_error_in, args=(path,))
    process.start()
    process.join(timeout=60)
    assert process.exitcode == 1
    messages = path.read_text().splitlines()
    assert messages[0] == "an earlier message" and messages[-1] == "KeyError: 'a message for the file'"
    assert capfd.readouterr().err == ""


@pytest.fixture
def pipe(context):
    """A pipe: the receiver, and the sender for a child."""
    receiver, sender = context.Pipe(duplex=False)
    with receiver, sender:
        yield receiver, sender


def started(context, sender, target, *args):
    """Start a process and close the parent's copy of its sender, so the pipe ends when the child closes its own."""
    process = context.Process(target=target, args=args)
    process.start()
    sender.close()
    return process


def received(receiver):
    """Return everything that arrives through the pipe until its end."""
    things = []
    while receiver.poll(30):
        try:
            things.append(receiver.recv())
        except EOFError:
            return things
    raise TimeoutError("The pipe did not end.")


def test_results_are_sent_one_by_one_and_the_pipe_ends(context, pipe):
    receiver, sender = pipe
    process = started(context, sender, workers.send_results, workers.count_primes, [10, 100, 1000], sender)
    assert received(receiver) == [4, 25, 168]
    process.join(30)
    assert process.exitcode == 0


def test_each_result_is_sent_before_the_next_task_begins():
    receiver, sender = multiprocessing.Pipe(duplex=False)
    arrived = []

    def count_arrived(_):
        while receiver.poll():
            arrived.append(receiver.recv())
        return len(arrived)

    workers.send_results(count_arrived, "abc", sender)
    assert [*arrived, *received(receiver)] == [0, 1, 2]


def test_the_pipe_ends_when_a_task_fails():
    receiver, sender = multiprocessing.Pipe(duplex=False)
    with pytest.raises(ValueError):
        workers.send_results(int, ["1", "no number", "3"], sender)
    assert received(receiver) == [1]


def test_primes_are_counted():
    assert [workers.count_primes(stop) for stop in (0, 2, 3, 10, 11, 12, 1000)] == [0, 0, 1, 4, 4, 5, 168]


def test_tiles_cover_the_set_without_gap_or_overlap():
    tiles = workers.mandelbrot_tiles(across=4, pixels=8)
    assert len({(tile.left, tile.top) for tile in tiles}) == 16
    assert sum(tile.side**2 for tile in tiles) == 2.5**2


def test_tiles_cover_another_square_if_one_is_given():
    first, second, third, _ = workers.mandelbrot_tiles(across=2, pixels=8, left=0.5, top=1.0, side=0.5)
    assert first == (0.5, 1.0, 0.25, 8)
    assert (second.left, third.top) == (0.75, 0.75)


def test_a_point_of_the_set_takes_all_steps_and_one_far_out_takes_few():
    assert workers.mandelbrot_tile(workers.Tile(0.0, 0.0, 0.01, 1), limit=50) == [[50]]
    assert workers.mandelbrot_tile(workers.Tile(2.0, 2.0, 0.01, 1), limit=50) == [[1]]


def test_passwords_hash_to_hex_and_differ():
    first, second = workers.hash_password("secret", rounds=1), workers.hash_password("Secret", rounds=1)
    assert first != second and len(bytes.fromhex(first)) == 32


def test_pages_come_from_loopback():
    with page_server(latency=0) as address:
        assert address.startswith("http://127.0.0.1:")
        assert workers.fetch_page(f"{address}/one") == len("<h1>Page /one</h1>")


def test_a_page_is_waited_for_and_hardly_computed():
    """What urllib makes for https computes for tens of milliseconds, since Python 3.12."""
    computed = []
    with page_server(latency=0.1) as address:
        for number in range(4):  # the first one imports what it needs
            began = thread_time()
            workers.fetch_page(f"{address}/{number}")
            computed.append(thread_time() - began)
    assert min(computed) < 0.15 * 0.1


def test_tiles_lie_row_by_row_from_the_top_left():
    first, second, third, _ = workers.mandelbrot_tiles(across=2, pixels=8)
    assert (first.left, first.top, first.pixels) == (-2.0, 1.25, 8)
    assert (second.left, second.top) == (-0.75, 1.25)
    assert (third.left, third.top) == (-2.0, 0.0)


def test_the_points_of_a_tile_lie_row_by_row_from_its_top_left():
    points = [(-2.0, 1.25), (-0.75, 1.25), (-2.0, 0.0), (-0.75, 0.0)]
    alone = [workers.mandelbrot_tile(workers.Tile(*point, 0.01, 1))[0][0] for point in points]
    assert len(set(alone)) > 2
    assert workers.mandelbrot_tile(workers.Tile(-2.0, 1.25, 2.5, 2)) == [alone[:2], alone[2:]]


def test_the_counter_counts_and_is_the_modules(monkeypatch):
    monkeypatch.setattr(workers, "counter", 5)
    assert workers.add_one() == workers.counter == 6


def test_who_stands_by_says_so_and_waits_for_its_release():
    ready, release = threading.Event(), threading.Event()
    thread = threading.Thread(target=workers.stand_by, args=(ready, release), daemon=True)
    thread.start()
    assert ready.wait(10) and thread.is_alive()
    release.set()
    thread.join(10)
    assert not thread.is_alive()
