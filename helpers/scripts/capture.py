"""Run a script in a process group of its own, with a time limit: for what may hang or crash."""

import codecs
import io
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from helpers.running.families import OWN_GROUP, end_group

MOST_OUTPUT = 1_000_000  # bytes: more would be a burden to the notebook
MOST_ON_DISK = 100_000_000  # bytes: a script that prints more is ended
LOOK_EVERY = 0.1  # seconds


@dataclass(frozen=True)
class ScriptRun:
    """What a script did.

    output     what it and its worker processes printed, errors included; at most MOST_OUTPUT
    exit_code  0 if all went well; None if it was given up
    seconds    how long it ran
    """

    output: str
    exit_code: int | None
    seconds: float

    @property
    def timed_out(self):
        return self.exit_code is None


def run_script(path, time_limit=20.0):
    """Run the Python script at `path` as `capture_script` does, and show what it and its workers print as they do.

    Ends it after `time_limit` seconds. Raises FileNotFoundError if there is no such file.
    """
    ran = capture_script(path, time_limit, show=lambda text: print(text, end="", flush=True))
    if ran.timed_out:
        seconds = min(time_limit, round(ran.seconds))
        print(f"Not finished after {seconds:g} s: the script and its worker processes were ended.")
    elif ran.exit_code:
        print(f"The script ended with exit code {ran.exit_code}.")


def capture_script(path, time_limit=20.0, hopeless=lambda pid: False, show=lambda text: None, **settings):
    """Run a Python script, end what it leaves running, and return its `ScriptRun`.

    path        the script's file
    time_limit  seconds after which the script and all its worker processes are ended
    hopeless    a function that is asked every LOOK_EVERY seconds, with the script's PID, whether to end them at once
    show        a function that is given the text that they print, piece by piece, as they do
    settings    environment variables for the script

    Raises FileNotFoundError if there is no such file.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}. Run the cell that writes it first.")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder, Output(Path(folder, "output")) as output:
        began = perf_counter()
        script = subprocess.Popen(
            [sys.executable, path.name],
            cwd=path.parent,
            stdin=subprocess.DEVNULL,
            stdout=output.to_write,
            stderr=subprocess.STDOUT,
            env={**environment(), **settings},
            **OWN_GROUP,
        )
        try:
            exit_code = wait(script, time_limit, lambda: output.pass_on(show) or hopeless(script.pid))
            seconds = perf_counter() - began
        finally:
            end_group(script)
        output.pass_on(show, last=True)
    return ScriptRun(output.text, exit_code, seconds)


def wait(script, time_limit, give_up):
    """Return the exit code of the `script`, a Popen, or None if it is to be given up.

    It is after `time_limit` seconds, or once `give_up()`, asked every LOOK_EVERY seconds, says so.
    """
    deadline = perf_counter() + time_limit
    while (left := deadline - perf_counter()) > 0 and not give_up():
        try:
            return script.wait(min(LOOK_EVERY, left))
        except subprocess.TimeoutExpired:
            pass
    return None


class Output:
    """What a script and its workers print: a file to write to, which is read while it grows.

    It is a file and no pipe, since a worker that outlives the script would keep a pipe open. It is opened twice,
    since writers and readers of one open file would share their place in it.

    text  all that has been read
    """

    def __init__(self, path):
        self.to_write, self._to_read = path.open("wb"), path.open("rb")
        self._left = MOST_OUTPUT
        # keep back a character, or an end of line, of which only the beginning is there
        self._decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder("utf-8")("replace"), translate=False)
        self.text = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.to_write.close()
        self._to_read.close()

    def pass_on(self, show, last=False):
        """Call `show` with what has been printed since the last call, if anything. `last` says that nothing follows.

        Returns whether so much was printed that it could fill the disk.
        """
        read = self._to_read.read(self._left)
        self._left -= len(read)
        if text := self._decoder.decode(read, final=last).replace("\r\n", "\n"):
            self.text += text
            show(text)
        return os.fstat(self.to_write.fileno()).st_size > MOST_ON_DISK


def environment():
    """Return the environment for a script: as here, and it prints line by line, in UTF-8, without colors."""
    own = {"PYTHONUTF8": "1", "PYTHON_COLORS": "0", "NO_COLOR": "1", "PYTHONUNBUFFERED": ""}
    # A resource tracker tells of what it tidies up, which is none of the learner's business
    own["PYTHONWARNINGS"] = "ignore:resource_tracker"
    folders = [str(Path(__file__).parent / "inside_scripts"), os.environ.get("PYTHONPATH")]
    return {**os.environ, **own, "PYTHONPATH": os.pathsep.join(filter(None, folders))}
