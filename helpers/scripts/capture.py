"""Run a script in a process group of its own, with a time limit: for what may hang or crash."""

import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import psutil

MOST_OUTPUT = 1_000_000  # bytes: more would be a burden to the notebook
MOST_ON_DISK = 100_000_000  # bytes: a script that prints more is ended


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
    """Run the Python script at `path` as `capture_script` does, and print what it and its workers printed.

    Ends it after `time_limit` seconds. Raises FileNotFoundError if there is no such file.
    """
    ran = capture_script(path, time_limit)
    print(ran.output, end="")
    if ran.timed_out:
        seconds = min(time_limit, round(ran.seconds))
        print(f"Not finished after {seconds:g} s: the script and its worker processes were ended.")
    elif ran.exit_code:
        print(f"The script ended with exit code {ran.exit_code}.")


def capture_script(path, time_limit=20.0, hopeless=lambda pid: False, **settings):
    """Run a Python script, end what it leaves running, and return its `ScriptRun`.

    path        the script's file
    time_limit  seconds after which the script and all its worker processes are ended
    hopeless    a function that is asked twice a second, with the script's PID, whether to end them at once
    settings    environment variables for the script

    Raises FileNotFoundError if there is no such file.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}. Run the cell that writes it first.")
    # A file, not a pipe: a worker that outlives the script would keep a pipe open
    with tempfile.TemporaryFile() as output:
        began = perf_counter()
        script = subprocess.Popen(
            [sys.executable, path.name],
            cwd=path.parent,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**environment(), **settings},
            **OWN_GROUP,
        )
        try:
            exit_code = wait(
                script, time_limit, lambda pid: hopeless(pid) or os.fstat(output.fileno()).st_size > MOST_ON_DISK
            )
        finally:
            end_group(script)
        seconds = perf_counter() - began
        output.seek(0)
        text = output.read(MOST_OUTPUT).decode(errors="replace").replace("\r\n", "\n")
    return ScriptRun(text, exit_code, seconds)


def wait(script, time_limit, hopeless):
    """Return the exit code of the `script`, a Popen, or None if it is to be given up.

    It is after `time_limit` seconds, or once `hopeless(pid)`, asked twice a second, says so.
    """
    deadline = perf_counter() + time_limit
    while perf_counter() < deadline and not hopeless(script.pid):
        try:
            return script.wait(max(0.0, min(0.5, deadline - perf_counter())))
        except subprocess.TimeoutExpired:
            pass
    return None


def environment():
    """Return the environment for a script: as here, and it prints line by line, in UTF-8, without colours."""
    own = {"PYTHONUTF8": "1", "PYTHON_COLORS": "0", "NO_COLOR": "1", "PYTHONUNBUFFERED": ""}
    # Python tells of what killed workers left behind, but only if it gets to it before the script is ended
    own["PYTHONWARNINGS"] = "ignore:resource_tracker"
    folders = [str(Path(__file__).parent / "inside_scripts"), os.environ.get("PYTHONPATH")]
    return {**os.environ, **own, "PYTHONPATH": os.pathsep.join(filter(None, folders))}


if os.name == "posix":
    OWN_GROUP = {"start_new_session": True}

    def end_group(script):
        """Kill the script and all processes of its group."""
        try:
            os.killpg(script.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):  # all have ended, which macOS calls "not permitted"
            pass
        script.wait()

else:
    OWN_GROUP = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}

    def end_group(script):
        """Kill the script and the processes that it started."""
        try:
            family = psutil.Process(script.pid).children(recursive=True)
        except psutil.NoSuchProcess:  # ended; so have its workers, unless it was killed
            family = []
        for process in family:
            process.kill()
        script.kill()
        script.wait()
