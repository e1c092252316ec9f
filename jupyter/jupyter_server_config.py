"""How `make lab` opens the course. The Makefile names this folder in JUPYTER_CONFIG_PATH, which comes before the
learner's own settings. All of it is in the server's file: in jupyter_lab_config.py `ip` would come after theirs."""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821

c.ServerApp.ip = "127.0.0.1"
c.ServerApp.allow_root = True  # for containers
c.LabApp.default_url = "/lab/tree/notebooks/00-start-here.ipynb"
c.Application.log_level = "WARN"  # so that what is left to read is the address

# Where there is no screen, the browser found would be w3m or lynx, in this terminal.
c.ServerApp.open_browser = sys.platform != "linux" or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))

# Nothing leaves the machine. It is a plug-in that asks about news: labconfig/page_config.json turns it off.
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"
c.LanguageServerManager.autodetect = False  # it would run npm

# The learner's open tabs elsewhere are neither shown here nor lost.
c.LabApp.workspaces_dir = str(Path(sys.prefix, "workspaces"))
