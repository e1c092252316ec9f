"""Where the machine gives little, or its disk is full, runs and scripts work or say what is missing and what to do."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.running.supervise import explain_limit

TESTS = Path(__file__).parent
TIME_LIMIT = 60  # seconds

pytestmark = pytest.mark.timeout(2 * TIME_LIMIT)
posix = pytest.mark.skipif(os.name != "posix", reason="Windows has no such limits")
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can restrict a process to some cores")


def printed_by(program, *arguments, before=()):
    """Run a program, and return the lines that it prints. `before` is a command that runs it."""
    ran = subprocess.run(
        [*before, sys.executable, "-c", program, *arguments],
        cwd=TESTS,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout.splitlines()


# --- Limits ---

FEW_FILES = """
import resource, sys
from helpers.runs import run

before = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (40, before[1]))
try:
    run(abs, range(8), sys.argv[1], 16)
except OSError as error:
    print(error.strerror)
resource.setrlimit(resource.RLIMIT_NOFILE, before)
print(run(abs, [-1], sys.argv[1], 2).results)
"""


@posix
@pytest.mark.parametrize("how", ["processes", "pool", "executor"])
def test_a_low_limit_on_open_files_is_told_of_with_what_helps(how):
    told = (
        "Too many files are open: each worker needs a few of them. Use fewer workers, or allow more files with "
        "ulimit -n before you start JupyterLab."
    )
    assert printed_by(FEW_FILES, how) == [told, "[1]"]


# It becomes a user without processes of its own after all is imported, since that user may not be able to read it.
FEW_PROCESSES = """
import os, resource, sys
from helpers.runs import run

run(abs, [-1], sys.argv[1], 1, start_method="fork")
resource.setrlimit(resource.RLIMIT_NPROC, (6, 100))
os.setresuid(54321, 54321, 0)
try:
    run(abs, range(8), sys.argv[1], 8, start_method="fork")
except OSError as error:
    print(error.strerror)
resource.setrlimit(resource.RLIMIT_NPROC, (100, 100))
print(run(abs, [-1], sys.argv[1], 2, start_method="fork").results)
"""
TOO_MANY = (
    "The system starts no more processes and threads for you. Use fewer workers, end other programs, or allow more "
    "processes: with ulimit -u before you start JupyterLab or, in Docker, with --pids-limit."
)


@linux
@pytest.mark.skipif("getattr(os, 'geteuid', int)() != 0", reason="only root can become a user without processes")
@pytest.mark.parametrize("how", ["threads", "pool"])
def test_a_low_limit_on_processes_is_told_of_with_what_helps(how):
    assert printed_by(FEW_PROCESSES, how) == [TOO_MANY, "[1]"]


def test_other_errors_are_not_explained_as_limits():
    for error in (OSError(2, "no such file"), RuntimeError("of the task"), ValueError("of the task")):
        assert explain_limit(error) is None


# --- Cores ---

ON_ONE_CORE = """
import os
os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
import helpers.measure
from helpers.measure import measure_speedups
from helpers.panels import Panel
from helpers.runs import run

helpers.measure.MOST_ROUNDS = 1
done = run(abs, [-1, -2, -3])
print(done.results, done.size)
print(measure_speedups(abs, [-1, -2], rounds=1, start_method="fork").sizes)
panel = Panel(worker=abs, items=[-1, -2], how="processes", start_method="fork")
panel.run().join()
print(panel.status.partition(",")[0])
"""


@linux
def test_on_one_usable_core_all_works_with_one_worker():
    *_, done, sizes, status = printed_by(ON_ONE_CORE)
    assert (done, sizes) == ("[1, 2, 3] 1", "[1, 2]")
    assert status == "Done: processes"


def apart(mount):
    """Return the command that runs another one after a mount that only it sees. Skips where that is not possible."""
    private = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    if not shutil.which("unshare") or subprocess.run([*private, mount], capture_output=True).returncode:
        pytest.skip("this system makes no mounts for a test alone")
    return [*private, f'{mount} && exec "$0" "$@"']


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"cpu.max": "100000 100000"}, 1),
        ({"cpu.max": "max 100000"}, None),
        ({"cpu/cpu.cfs_quota_us": "100000", "cpu/cpu.cfs_period_us": "100000"}, 1),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, None),
    ],
    ids=["version 2", "version 2 without", "version 1", "version 1 without"],
)
def test_a_container_s_quota_counts_as_usable_cores(files, cores):
    """It stands where Linux shows it: in version 2 of its control groups, and in version 1."""
    write = "; ".join(f"mkdir -p $(dirname {file}); echo {text} > {file}" for file, text in files.items())
    before = apart(f"mount -t tmpfs none /sys/fs/cgroup && (cd /sys/fs/cgroup; {write})")
    told = printed_by("from helpers.machine import usable_cores; print(usable_cores())", before=before)
    assert told == [str(cores or len(os.sched_getaffinity(0)))]


# --- Disks ---

FULL_DISK = """
import os, sys, tempfile
from pathlib import Path
import helpers.scripts.__main__, helpers.scripts.xray
from helpers import progress
from helpers.runs import run
from helpers.scripts import capture_script

full = [Path(folder) for folder in sys.argv[1:]]
tempfile.tempdir = str(full[0])
os.chdir(full[0])
Path("script.py").write_text("print(7)")
for folder in full:
    with (folder / "in the way").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
progress.note("exercise_04b")
for call in (lambda: run(abs, [-1], "processes", 1, start_method="fork").results, lambda: capture_script("script.py")):
    try:
        print(call())
    except OSError as error:
        print(error.strerror)
sys.stderr = sys.stdout
print(helpers.scripts.__main__.main(["script.py"]))
for folder in full:
    (folder / "in the way").unlink()
print(run(abs, [-1], "processes", 1, start_method="fork").results, capture_script("script.py").output)
"""


@pytest.mark.parametrize("full", [["DISK"], ["DISK", "/dev/shm"]], ids=["disk", "disk and shared memory"])
def test_a_full_disk_is_told_of_and_ends_no_kernel(full, tmp_path):
    """Writing to memory that the disk has no room for would end Python without a word."""
    mount = f"mount -t tmpfs -o size=8m none {tmp_path} && mount -t tmpfs -o size=8m none /dev/shm"
    folders = [str(tmp_path) if folder == "DISK" else folder for folder in full]
    told = printed_by(FULL_DISK, *folders, before=apart(mount))
    disk = (
        f"The disk is full ({tmp_path}: 8 MB, 0 MB free), so what the script prints and does can't be kept. "
        "Delete some files, and run it again."
    )
    assert told[0] == "[1]" if len(full) == 1 else told[0].startswith("The shared memory of this machine is full")
    assert told[1:] == [disk, disk, "2", "[1] 7", ""]


READ_ONLY = """
import os, sys
from pathlib import Path
from helpers import handing_in, progress
from helpers.checks import Hint
from helpers.scripts import capture_script

os.chdir(sys.argv[1])
progress.note("exercise_04b")
progress.note_try("exercise_04b")
print(progress.done())
try:
    handing_in.pack("Ada")
except OSError as error:
    print(error.strerror)
print(capture_script("script.py").output)
from helpers.scripts.__main__ import main
main(["script.py"])
"""


def test_in_a_folder_that_is_read_only_exercises_and_scripts_run_all_the_same(tmp_path):
    make = f"mount -t tmpfs none {tmp_path} && cd {tmp_path} && echo 'print(7)' > script.py && touch exercise_04b.py"
    before = apart(f"{make} && mount -o remount,ro {tmp_path} && cd {TESTS}")
    done, packed, output, *_, picture = printed_by(READ_ONLY, str(tmp_path), before=before)
    assert (done, packed, output) == ("set()", "Read-only file system", "7")
    assert picture.startswith("The picture could not be written: [Errno 30] Read-only file system")


# --- The clock ---


# The clock jumps by more hours each time that someone looks. It does so before anything else is imported.
JUMPING = """
import time

clock, looks = time.time, iter(range(10**9))
time.time = lambda: clock() + 3600 * (-1) ** (look := next(looks)) * look

from helpers.runs import run

for how in ("serial", "threads", "processes", "pool", "executor"):
    began = time.perf_counter()
    done = run(time.sleep, [0.01] * 4, how, 2, time_limit=50, start_method="fork")
    assert began <= done.began <= done.ended <= time.perf_counter()
    for span in done.spans:
        assert done.began <= span.start < span.end <= done.ended
        assert 0.01 <= span.end - span.start < 50
    print(how)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only forked workers have the clock of this test")
def test_a_clock_that_jumps_changes_no_span_and_no_time_limit():
    assert printed_by(JUMPING) == ["serial", "threads", "processes", "pool", "executor"]
