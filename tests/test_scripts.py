"""Scripts run in their own process group and leave nothing behind, and what they print is shown at once."""

import io
import re
import sys
import uuid
from collections import Counter
from pathlib import Path

import psutil
import pytest

from helpers.machine import start_methods
from helpers.running.families import lives
from helpers.scripts import capture_script, run_script
from helpers.scripts.capture import Onlooker

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


class Asked(Onlooker):
    """An onlooker that asks a function whether to stop the script."""

    def __init__(self, gives_up):
        self.gives_up = gives_up


def worker_lives(path):
    """Return whether the worker that wrote its PID next to the script at `path` is still running."""
    pid = int((path.parent / "pid").read_text())
    return psutil.pid_exists(pid) and lives(psutil.Process(pid))


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
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "Not finished after 5 s. Where they stood:"
    parent, child = (re.sub(" +", " ", line) for line in said[1:])
    assert parent == " MainProcess script.py line 10, in <module>: process.join() waits for Process-1 to end"
    assert child == " Process-1 script.py line 5, in worker: time.sleep(3600) waits for 3,600 s to pass"
    assert not worker_lives(path)


HANGING_POOL = """\
import multiprocessing, time

if __name__ == "__main__":
    multiprocessing.current_process()._config["semprefix"] = "/mp-{mark}"
    with multiprocessing.get_context({method!r}).Pool(2) as pool:
        pool.map(time.sleep, [0, 0])
        print("up")
        pool.map(time.sleep, [3600, 3600])
"""


@pytest.mark.timeout(60)
@pytest.mark.parametrize("method", start_methods())
def test_a_script_that_hangs_leaves_no_semaphores_and_no_word_about_them(method, script):
    mark = uuid.uuid4().hex[:8]
    seen = []
    path = script(HANGING_POOL.format(mark=mark, method=method))
    ran = capture_script(path, time_limit=50, onlooker=Asked(lambda pid: "up\n" in seen), show=seen.append)
    assert ran.timed_out and ran.output == "up\n"
    assert list(Path("/dev/shm").glob(f"*{mark}*")) == []  # where there is no such folder, there is nothing to see


@pytest.mark.timeout(30)
@pytest.mark.skipif("not hasattr(__import__('os'), 'fork')", reason="only POSIX lets a worker outlive its script")
def test_a_worker_that_outlives_its_script_is_ended(script):
    path = script(WORKER.format(then="while not os.path.exists('pid'): time.sleep(0.01)\n    os._exit(0)"))
    assert capture_script(path).exit_code == 0
    assert not worker_lives(path)


@pytest.mark.timeout(30)
def test_a_script_that_fills_the_disk_is_ended(script, monkeypatch):
    monkeypatch.setattr("helpers.scripts.capture.MOST_ON_DISK", 1_000_000)
    monkeypatch.setattr("helpers.scripts.capture.MOST_OUTPUT", 1000)
    ran = capture_script(script("while True: print('x' * 1000)"), time_limit=3600)
    assert ran.timed_out and len(ran.output) == 1000


# --- While it runs ---

ASKS = """\
import pathlib, time
print("one")
while not pathlib.Path("seen").exists(): time.sleep(0.01)
print("two")
"""


@pytest.mark.timeout(60)
def test_run_script_prints_while_the_script_runs(script, tmp_path, monkeypatch):
    class Seen(io.StringIO):
        def write(self, text):
            (tmp_path / "seen").touch()
            return super().write(text)

    monkeypatch.setattr(sys, "stdout", Seen())
    run_script(script(ASKS), time_limit=50)
    assert sys.stdout.getvalue() == "one\ntwo\n"


# writes a character and an end of line, each in two parts, and waits in between until the first part has been read
IN_PARTS = """\
import pathlib, sys, time
for number, part in enumerate([b"1 \\xe2", b"\\x82\\xac\\r", b"\\n2 \\xff\\n3"]):
    sys.stdout.buffer.write(part)
    sys.stdout.buffer.flush()
    pathlib.Path(f"written-{number}").touch()
    while not pathlib.Path(f"read-{number}").exists(): time.sleep(0.01)
"""


@pytest.mark.timeout(60)
def test_what_is_cut_in_the_middle_is_shown_whole(script, tmp_path):
    shown, looks = [], Counter()

    def read(pid):
        for written in tmp_path.glob("written-*"):
            looks[written.name] += 1
            if looks[written.name] == 2:  # since the first look, what was written has been read
                (tmp_path / written.name.replace("written", "read")).touch()

    ran = capture_script(script(IN_PARTS), time_limit=50, onlooker=Asked(read), show=shown.append)
    assert ran.exit_code == 0
    assert shown == ["1 ", "\u20ac", "\n2 \ufffd\n3"]
    assert ran.output == "".join(shown)


def test_no_more_is_shown_than_is_kept(script, monkeypatch):
    monkeypatch.setattr("helpers.scripts.capture.MOST_OUTPUT", 5)
    shown = []
    ran = capture_script(script("print('12\u20ac4')"), show=shown.append)
    assert "".join(shown) == ran.output == "12\u20ac"


def test_how_much_is_not_shown_is_told(script, capsys, monkeypatch):
    monkeypatch.setattr("helpers.scripts.capture.MOST_OUTPUT", 1000)
    monkeypatch.setattr("helpers.scripts.tracing.MOST_OUTPUT", 1000)
    run_script(script("for _ in range(2000): print('x' * 999)"))
    assert capsys.readouterr().out == f"{'x' * 999}\n\nIt printed 2.0 MB more than is shown here.\n"


def test_a_script_reads_what_it_is_given(script):
    with (script("").parent / "input").open("w+") as given:
        given.write("hello\n")
        given.seek(0)
        assert capture_script(script("print(input())"), stdin=given).output == "hello\n"


def test_an_error_in_show_ends_the_script_too(script):
    path = script(
        WORKER.format(then="while not os.path.exists('pid'): time.sleep(0.01)\n    print()\n    process.join()")
    )
    with pytest.raises(ZeroDivisionError):
        capture_script(path, show=lambda text: 1 / 0)
    assert not worker_lives(path)


def test_a_missing_script_is_explained(tmp_path):
    with pytest.raises(FileNotFoundError, match="Run the cell that writes it first"):
        capture_script(tmp_path / "none.py")
