"""Check one answer: `python -m helpers.grading.judge NAME FILE COMMAND`, a process of its own.

NAME is an exercise's, and COMMAND, a list as JSON, runs the script. The verdict is printed as JSON.
"""

import json
import sys
from pathlib import Path

from helpers.checks import shortened, verdict
from helpers.running.families import adopt_orphans, end_descendants


def main(name, file, command):
    """Check the file as an answer to the exercise with this name, and return the verdict as a dict."""
    adopt_orphans()
    try:
        found = verdict(name, Path(file), command)
    finally:
        end_descendants()
    return {"right": found.right, "opening": found.opening, "hint": shortened(found.hint.nudge)}


if __name__ == "__main__":
    name, file, command = sys.argv[1:]
    print(json.dumps(main(name, file, json.loads(command))))
