"""Run a script that may hang or crash, in its own process group and with a time limit."""

import codecs
import errno
import io
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from helpers import inputs
from helpers.running.families import end_group, start_group
from helpers.running.supervise import FULL

MOST_OUTPUT = 1_000_000  # bytes: more would slow the notebook down
MOST_ON_DISK = 100_000_000  # bytes: a script that prints more is stopped
LOOK_EVERY = 0.1  # seconds

PYTHON = (sys.executable,)  # the command that runs a script


@dataclass(frozen=True)
class ScriptRun:
    """What a script did.

    output     what it and its worker processes printed, errors included; at most MOST_OUTPUT
    exit_code  0 if all went well; None if it was stopped
    pid        the PID of its process
    launched   when it was launched, on the clock that all processes of a machine share
    seconds    how long it ran
    printed    how many bytes it printed in total
    """

    output: str
    exit_code: int | None
    pid: int
    launched: float
    seconds: float
    printed: int = 0

    @property
    def timed_out(self):
        return self.exit_code is None

    @property
    def flooded(self):
        """Whether it was stopped because it printed too much."""
        return self.timed_out and self.printed > MOST_ON_DISK


class Onlooker:
    """Watches a script while it runs."""

    def gives_up(self, pid):
        """Return whether to stop the script with that PID now. Called every LOOK_EVERY seconds."""
        return False

    def last_look(self, pid):
        """Look at the script and all its processes one last time before they are ended, if the script is stopped."""


def capture_script(
    path,
    time_limit=20.0,
    onlooker=None,
    show=lambda text: None,
    arguments=(),
    folder=None,
    stdin=subprocess.DEVNULL,
    python=PYTHON,
    **settings,
):
    """Run a Python script, end whatever it leaves running, and return its `ScriptRun`.

    path        the script's file
    time_limit  seconds after which the script and all its worker processes are ended
    onlooker    an `Onlooker`
    show        called with the text that they print, piece by piece, as it appears
    arguments   the script's command-line arguments
    folder      where to run it (default: the script's own folder)
    stdin       what it reads, as `subprocess.Popen` takes it (default: nothing)
    python      the command that runs it, as a list: this Python, perhaps with a program before it that confines it
    settings    environment variables for the script

    Raises FileNotFoundError if there is no such file, TypeError or ValueError for other arguments that can't work, and
    OSError if the disk is full.
    """
    path, onlooker = Path(inputs.path("path", path, "my_script.py")), onlooker or Onlooker()
    require_settings(time_limit, onlooker, show, arguments, folder, stdin, python, settings)
    if path.is_dir():
        raise FileNotFoundError(f"{path} is a folder. Give the file of a script in it.")
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}. Run the cell that writes it first.")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as own, Output(Path(own, "output")) as output:
        require_space(tempfile.gettempdir())
        launched = perf_counter()
        script = start_group(
            [*python, "--", path if folder else path.name, *arguments],  # its name may begin with a hyphen
            cwd=folder or path.parent,
            stdin=stdin,
            stdout=output.to_write,
            stderr=subprocess.STDOUT,
            env={**environment(), **settings},
        )
        try:
            exit_code = wait(script, time_limit, lambda: output.pass_on(show) or onlooker.gives_up(script.pid))
            seconds = perf_counter() - launched
            if exit_code is None:
                onlooker.last_look(script.pid)
        finally:
            end_group(script)
        output.pass_on(show, last=True)
        require_space(tempfile.gettempdir())
        return ScriptRun(output.text, exit_code, script.pid, launched, seconds, output.size())


def require_settings(time_limit, onlooker, show, arguments, folder, stdin, python, settings):
    """Raise a TypeError or ValueError for what `capture_script` can't work with."""
    inputs.seconds("time_limit", time_limit, least=0.001)
    if not isinstance(onlooker, Onlooker):
        raise TypeError(f"onlooker must be an Onlooker, not {inputs.a_kind_of(onlooker)}.")
    inputs.function("show", show, "print")
    inputs.texts("arguments", arguments, '["--fast"]')
    if folder is not None:
        inputs.path("folder", folder, "my_folder")
    if not isinstance(stdin, int | None) and not hasattr(stdin, "fileno"):
        raise TypeError(f"stdin must be an open file, or one of subprocess's constants, not {stdin!r}.")
    inputs.texts("python", python, '["python3"]')
    for name, value in settings.items():
        inputs.text(name, value, "1")


def require_space(folder):
    """Raise an OSError if the disk with this folder is full: what a script prints and does could not be kept."""
    usage = shutil.disk_usage(folder)
    if usage.free < FULL:
        raise OSError(
            errno.ENOSPC,
            f"The disk is full ({folder}: {usage.total / 2**20:,.0f} MB, {usage.free // 2**20} MB free), so what the "
            "script prints and does can't be kept. Delete some files, and run it again.",
        )


def wait(script, time_limit, give_up):
    """Return the exit code of the `script`, a Popen, or None if it is to be stopped.

    It is to be stopped after `time_limit` seconds, or once `give_up()`, called every LOOK_EVERY seconds, says so.
    """
    deadline = perf_counter() + time_limit
    waiter = threading.Thread(target=script.wait, daemon=True)  # with a time limit, wait() may return 50 ms late
    waiter.start()
    while (left := deadline - perf_counter()) > 0 and not give_up():
        waiter.join(min(LOOK_EVERY, left))
        if not waiter.is_alive():
            return script.returncode
    return None


class Output:
    """What a script and its workers print: a file that is read while they write to it.

    It is a file rather than a pipe, because a worker that outlives the script would keep a pipe open. It is opened
    twice, because reader and writers of one open file would share their position in it.

    text  everything read so far
    """

    def __init__(self, path):
        self.to_write, self._to_read = path.open("wb"), path.open("rb")
        self._left = MOST_OUTPUT
        # holds back a character or an end of line of which only the first part has arrived
        self._decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder("utf-8")("replace"), translate=False)
        self.text = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.to_write.close()
        self._to_read.close()

    def pass_on(self, show, last=False):
        """Call `show` with what was printed since the last call, if anything. `last` means that nothing follows.

        Returns whether enough was printed to threaten the disk.
        """
        read = self._to_read.read(self._left)
        self._left -= len(read)
        if text := self._decoder.decode(read, final=last).replace("\r\n", "\n"):
            self.text += text
            show(text)
        return self.size() > MOST_ON_DISK

    def size(self):
        """Return how many bytes have been printed."""
        return os.fstat(self.to_write.fileno()).st_size


def environment():
    """Return this environment, changed so that a script prints line by line, in UTF-8, without colors."""
    own = {"PYTHONUTF8": "1", "PYTHON_COLORS": "0", "NO_COLOR": "1", "PYTHONUNBUFFERED": ""}
    # A resource tracker reports what it cleans up, and Dask that there is no network. Neither concerns the learner
    own["PYTHONWARNINGS"] = "ignore:resource_tracker,ignore:Couldn't detect a suitable IP address"
    folders = [str(Path(__file__).parent / "inside_scripts"), os.environ.get("PYTHONPATH")]
    return {**os.environ, **own, "PYTHONPATH": os.pathsep.join(filter(None, folders))}
