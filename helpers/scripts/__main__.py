"""The X-ray in a terminal: `python -m helpers.scripts [--time-limit SECONDS] script.py [arguments]`."""

import argparse
import sys
from pathlib import Path

from helpers import inputs
from helpers.scripts import tracing
from helpers.scripts.story import story_of
from helpers.scripts.xray import picture_of

NO_SCRIPT, GIVEN_UP, INTERRUPTED, BY_SIGNAL = 2, 124, 130, 128  # the codes that Python, `timeout` and shells use


def main(arguments=None):
    """Run the script named on the command line, print what it did, draw it as a PNG, and return its exit code.

    arguments  the command line's arguments; None for those that Python was given
    """
    asked = parser().parse_args(arguments)
    if problem := why_not(asked.script):
        print(problem, file=sys.stderr)
        return NO_SCRIPT
    try:
        trace = tracing.traced_run(
            asked.script,
            asked.time_limit,
            show=lambda text: print(text, end="", flush=True),
            arguments=asked.arguments,
            folder=Path.cwd(),
            stdin=None,
        )
    except KeyboardInterrupt:
        print("Interrupted: the script and its worker processes were ended.", file=sys.stderr)
        return INTERRUPTED
    except OSError as error:  # the disk is full
        print(error.strerror, file=sys.stderr)
        return NO_SCRIPT
    story = story_of(trace, asked.time_limit)
    print(f"\n{story.text()}\n")
    print(saved(picture_of(trace, story), Path(f"{asked.script.stem}.png")))
    return exit_code(trace)


def parser():
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m helpers.scripts",
        description="Run a Python script and show what each of its processes did, as a list and as a picture.",
    )
    parser.add_argument(
        "--time-limit",
        type=seconds,
        default=60.0,
        metavar="SECONDS",
        help="end the script and its worker processes after this time (default: 60)",
    )
    parser.add_argument("script", type=Path, help="the script's file")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="the script's own arguments and options")
    return parser


def seconds(text):
    """Return the text as a time limit. Raises ArgumentTypeError if it can't be one."""
    try:
        return inputs.seconds("a time limit", float(text), least=0.001)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def why_not(script):
    """Return why the script can't be run, or None if it can."""
    if script.is_dir():
        return f"{script} is a directory. Give the script's file, such as {script / '__main__.py'}."
    if not script.is_file():
        return f"There is no file {script}."
    return None


def saved(picture, path):
    """Write a picture to a file, and return a sentence that says how that went."""
    try:
        path.write_bytes(picture.png())
    except OSError as error:
        return f"The picture could not be written: {error}."
    return f"The picture is in {path}."


def exit_code(trace):
    """Return the exit code that a shell would report for the script."""
    if trace.exit_code is None:
        return GIVEN_UP
    return trace.exit_code if trace.exit_code >= 0 else BY_SIGNAL - trace.exit_code


if __name__ == "__main__":
    sys.exit(main())
