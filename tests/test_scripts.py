"""Scripts run in a process group of their own, of which nothing is left."""

import time

import psutil
import pytest

from helpers.scripts import capture_script, run_script

WORKER = """\
import multiprocessing, os, pathlib, time

def worker():
    pathlib.Path("pid").write_text(str(os.getpid()))
    time.sleep(3600)

if __name__ == "__main__":
    process = multiprocessing.Process(target=worker)
    process.start()
    {then}
"""


@pytest.fixture
def script(tmp_path):
    def write(text):
        (tmp_path / "script.py").write_text(text)
        return tmp_path / "script.py"

    return write


def wait_for_end(pid):
    """Wait until the process of that number has ended, reaped or not."""
    try:
        while psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
    except psutil.NoSuchProcess:
        pass


def wait_for_worker(path):
    """Wait until the worker that wrote its PID beside the script at `path` has ended."""
    wait_for_end(int((path.parent / "pid").read_text()))


def test_output_and_errors_are_kept_in_order(script):
    ran = capture_script(script("import sys\nprint('one')\nprint('two', file=sys.stderr)\nprint('three')"))
    assert ran.output.splitlines() == ["one", "two", "three"]
    assert ran.exit_code == 0 and not ran.timed_out and ran.seconds > 0


def test_print_writes_a_line_at_once_so_that_lines_of_several_processes_stay_whole(script):
    ran = capture_script(script("import sys\nprint(sys.stdout.line_buffering, sys.stdout.write_through)"))
    assert ran.output == "True False\n"


def test_run_script_prints_the_output_and_a_bad_exit_code(script, capsys):
    run_script(script("print('hello')\nraise SystemExit(3)"))
    assert capsys.readouterr().out == "hello\nThe script ended with exit code 3.\n"


@pytest.mark.timeout(30)
def test_a_script_that_hangs_is_ended_with_its_workers(script, capsys):
    path = script(WORKER.format(then="process.join()"))
    run_script(path, time_limit=5)
    assert capsys.readouterr().out == "Not finished after 5 s: the script and its worker processes were ended.\n"
    wait_for_worker(path)


@pytest.mark.timeout(30)
@pytest.mark.skipif("not hasattr(__import__('os'), 'fork')", reason="only POSIX lets a worker outlive its script")
def test_a_worker_that_outlives_its_script_is_ended(script):
    path = script(WORKER.format(then="while not os.path.exists('pid'): time.sleep(0.01)\n    os._exit(0)"))
    assert capture_script(path).exit_code == 0
    wait_for_worker(path)


@pytest.mark.timeout(30)
def test_a_script_that_fills_the_disk_is_ended(script, monkeypatch):
    monkeypatch.setattr("helpers.scripts.capture.MOST_ON_DISK", 1_000_000)
    monkeypatch.setattr("helpers.scripts.capture.MOST_OUTPUT", 1000)
    ran = capture_script(script("while True: print('x' * 1000)"), time_limit=3600)
    assert ran.timed_out and len(ran.output) == 1000


def test_a_missing_script_is_explained(tmp_path):
    with pytest.raises(FileNotFoundError, match="Run the cell that writes it first"):
        capture_script(tmp_path / "none.py")
