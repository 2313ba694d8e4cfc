"""Two servers behind nginx, as docs/several-servers.md has it: visitors stay with one, and both ask one networks' process."""

import os
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections import Counter
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ROOT, free_port, serve

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
needs_nginx = pytest.mark.skipif(NGINX is None and not os.environ.get("CI"), reason="no nginx on this machine")
EXAMPLE = ROOT / "starter/drawings/2 round.png"


@pytest.fixture
def proxy(runs_folder, monkeypatch):
    """The proxy's address, the log of who was sent where, and the folder of the networks' process."""
    # A short name: a socket's path has room for a hundred letters.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        monkeypatch.setenv("WAKARANAI_NETWORKS", str(folder / "networks"))
        monkeypatch.setenv("WAKARANAI_NETWORK_IDLE", "20")
        servers = [serve(runs_folder) for _ in range(2)]
        port = free_port()
        config = (ROOT / "docs/nginx.conf").read_text()
        for written, used in zip(("127.0.0.1:8501", "127.0.0.1:8502"), (url for _, url in servers), strict=True):
            config = config.replace(written, used.removeprefix("http://"))
        config = config.replace("127.0.0.1:8500", f"127.0.0.1:{port}").replace(
            "access_log off;", "log_format who '$visitor $upstream_addr $uri $status'; access_log who.log who;"
        )
        (folder / "nginx.conf").write_text(config)
        nginx = subprocess.Popen([NGINX, "-p", name, "-c", str(folder / "nginx.conf"), "-g", "daemon off;"])
        try:
            answers(f"http://127.0.0.1:{port}/_stcore/health")
            yield f"http://127.0.0.1:{port}", folder / "who.log", folder / "networks"
        finally:
            for process in (nginx, *(server for server, _ in servers)):
                process.terminate()
                process.wait()


def answers(url: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(url, timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def networks_processes(folder: Path) -> list[str]:
    commands = [path.read_bytes().decode() for path in Path("/proc").glob("[0-9]*/cmdline")]
    return [command for command in commands if "core.serving.worker" in command and str(folder) in command]


@needs_nginx
def test_visitors_stay_with_their_server_and_all_ask_one_networks_process(browser, proxy):
    url, log, networks = proxy
    for number in range(32):
        cookie = {"Cookie": f"wakaranai={number:032x}"}
        urllib.request.urlopen(urllib.request.Request(f"{url}/_stcore/health", headers=cookie), timeout=60).close()
    visitor_of = {address: who for who, address, *_ in map(str.split, log.read_text().splitlines())}
    assert len(visitor_of) == 2
    for visitor in visitor_of.values():
        context = browser.new_context(base_url=url)
        context.add_cookies([{"name": "wakaranai", "value": visitor, "url": url}])
        page = context.new_page()
        page.goto("/Draw?run=mnist-small_cnn")
        page.get_by_text("Upload", exact=True).or_(page.get_by_text("upload", exact=True)).first.click()
        page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(EXAMPLE)
        expect(page.get_by_role("heading", name="2", exact=True)).to_be_visible()
        assert page.get_by_test_id("stException").count() == 0
        context.close()
    context = browser.new_context(base_url=url)
    page = context.new_page()
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    (cookie,) = [cookie for cookie in context.cookies() if cookie["name"] == "wakaranai"]
    assert len(cookie["value"]) == 32
    context.close()
    lines = [line.split() for line in log.read_text().splitlines()]
    sent_to = {visitor: {address for who, address, *_ in lines if who == visitor} for visitor, *_ in lines}
    assert all(len(addresses) == 1 for addresses in sent_to.values())
    assert Counter(status for *_, status in lines if status.startswith("5")) == Counter()
    assert len(networks_processes(networks)) == 1
