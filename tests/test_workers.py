"""Workers compute what they say, and cost a worker process little."""

import subprocess
import sys

from helpers import workers
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


def test_primes_are_counted():
    assert [workers.count_primes(stop) for stop in (0, 2, 3, 10, 11, 12, 1000)] == [0, 0, 1, 4, 4, 5, 168]


def test_tiles_cover_the_set_without_gap_or_overlap():
    tiles = workers.mandelbrot_tiles(across=4, pixels=8)
    assert len({(tile.left, tile.top) for tile in tiles}) == 16
    assert sum(tile.side**2 for tile in tiles) == 2.5**2


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
