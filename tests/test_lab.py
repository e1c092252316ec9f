"""`make lab` opens the course, to this machine alone."""

import shutil
import subprocess
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from conftest import ROOT, deliver, wait_for_kernel
from playwright.sync_api import expect


def test_it_opens_on_the_first_notebook_and_asks_nothing(lab, page):
    deliver(lab, "00-start-here.ipynb")
    page.goto(lab.address)
    expect(page.locator(".lm-DockPanel-tabBar .lm-mod-current")).to_have_text("00-start-here.ipynb")
    wait_for_kernel(page)
    expect(page.locator(".jp-Dialog, .Toastify__toast")).to_have_count(0)
    assert not [url for url in page.asked if "/lab/api/news" in url or "/lab/api/update" in url]


def test_nobody_gets_in_without_its_token(lab):
    with pytest.raises(HTTPError, match="403"):
        urlopen(f"{lab.url}/api/contents")
    assert "/login?" in urlopen(f"{lab.url}/lab").url


def test_it_listens_on_loopback_only(lab):
    sockets = [socket for process in lab.processes() for socket in process.net_connections("inet")]
    assert {socket.laddr.ip for socket in sockets if socket.status == "LISTEN"} == {"127.0.0.1"}


@pytest.mark.skipif(sys.platform != "linux", reason="macOS and Windows always have a screen")
def test_without_a_screen_it_opens_no_browser(lab):
    assert not (lab.home / "browser-opened").exists()


def would_do(folder, *options):
    """Return the commands that `make lab` would run in a folder."""
    make = ["make", "--no-print-directory", "--dry-run", "lab", *options]
    return subprocess.run(make, cwd=folder, capture_output=True, text=True, check=True).stdout


def test_a_second_start_sets_up_nothing():
    assert "install" not in would_do(ROOT)


def test_a_copied_folder_gets_helpers_of_its_own(tmp_path):
    """Its .venv still has those of the original, until it is set up again."""
    copy = shutil.copytree(ROOT, tmp_path / "a copy", ignore=shutil.ignore_patterns(".*", "notebooks", "tests"))
    (copy / ".venv").mkdir()
    for part in Path(sys.prefix).iterdir():
        if part.name != "ready":
            (copy / ".venv" / part.name).symlink_to(part)
    (copy / ".venv" / "ready").touch()
    assert "install" in would_do(copy)
    shutil.rmtree(copy / "helpers")
    (copy / "helpers").symlink_to(ROOT / "helpers")
    assert "install" not in would_do(copy)
