"""The explore notebook in a true JupyterLab, driven by a browser, and its state run in batch."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pandas as pd
import pytest

pytestmark = pytest.mark.browser

TOKEN = "explore-in-a-test"
PROJECT = Path(__file__).parents[2]


@pytest.fixture
def lab(tmp_path):
    """A JupyterLab of its own: a free port, its own folders, nothing asked of the network."""
    desk = tmp_path / "桌 面"
    shutil.copytree(PROJECT / "params" / "xian2023", desk / "params" / "xian2023")
    shutil.copytree(PROJECT / "data" / "yunxi", desk / "data" / "yunxi")
    notebook = nbformat.read(PROJECT / "notebooks" / "explore.ipynb", as_version=4)
    [given] = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", ())]
    given.source = (f"case: str = {str(desk / 'data/yunxi')!r}\n"
                    f"plan: str = {str(desk / 'params/xian2023')!r}")
    (desk / "notebooks").mkdir()
    nbformat.write(notebook, desk / "notebooks" / "explore.ipynb")
    with _server(desk, tmp_path / "jupyter") as address:
        yield desk, address


@contextmanager
def _server(desk: Path, own: Path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = {f"JUPYTER_{k}_DIR": str(own / k.lower()) for k in ("CONFIG", "RUNTIME", "DATA")}
    environment = {**os.environ, **folders, "IPYTHONDIR": str(own / "ipython"),
                   "PYTHONPATH": str(PROJECT), "PYDEVD_DISABLE_FILE_VALIDATION": "1"}
    own.mkdir()
    with (own / "log.txt").open("w", encoding="utf-8") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}",
             "--ServerApp.ip=127.0.0.1", "--ServerApp.port_retries=0",
             f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={desk}",
             "--LabApp.news_url=", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate"],
            cwd=desk, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(30)


def _asked(address: str, path: str):
    with urllib.request.urlopen(f"{address}{path}?token={TOKEN}", timeout=5) as answer:
        return json.load(answer)


def _until(what, seconds: float = 300):
    """The first true answer of a question that may fail while the server starts."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if found := what():
                return found
        except OSError:
            pass
        time.sleep(0.2)
    pytest.fail("等了太久")


def _connected(address: str) -> bool:
    return any(s["kernel"]["execution_state"] == "idle" and s["kernel"]["connections"] > 0
               for s in _asked(address, "/api/sessions"))


def _ranking(page) -> dict[str, tuple[str, str, str]]:
    """Town → rank, score and grade, as the board shows them."""
    rows = page.locator(".hecha-board table").first.locator("tbody tr").all()
    cells = [[c.strip() for c in row.locator("th,td").all_inner_texts()] for row in rows]
    return {c[1]: (c[0], c[2], c[3]) for c in cells}


def test_拖动滑块_名次随变_存为方案_批量计分得到同样的表(lab, browser):
    desk, address = lab
    _until(lambda: _asked(address, "/api"))
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    elsewhere = []
    page.on("request", lambda r: elsewhere.append(r.url) if not r.url.startswith(
        (address, address.replace("http", "ws"), "data:", "blob:")) else None)
    page.set_default_timeout(200_000)
    page.goto(f"{address}/lab/tree/notebooks/explore.ipynb?token={TOKEN}")
    page.locator(".jp-Notebook").wait_for(timeout=200_000)
    _until(lambda: _connected(address))
    page.get_by_text("Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    page.locator(".hecha-board table").first.wait_for(timeout=300_000)
    official = _ranking(page)

    handle = page.locator(".noUi-handle").first
    handle.scroll_into_view_if_needed()
    handle.focus()
    for _ in range(4):
        page.keyboard.press("PageDown")
    page.locator(".hecha-board .notice.doubt", has_text="名次变化").first.wait_for(timeout=120_000)
    _until(lambda: _ranking(page) != official)
    page.wait_for_timeout(1_000)
    tried = _ranking(page)
    assert [rank for rank, *_ in tried.values()] != [] and tried != official

    name = page.get_by_label("名称")
    name.scroll_into_view_if_needed()
    name.fill("探试一")
    name.press("Tab")
    page.get_by_role("button", name="存为方案").click()
    page.locator(".hecha-board", has_text="已存为").wait_for(timeout=120_000)
    assert elsewhere == []
    page.close()

    (desk / "批.yaml").write_text("runs:\n- case: data/yunxi\n  plan: params/探试一\n  out: 结果\n"
                                 "  notebooks: [county]\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "hecha", "run", "批.yaml"],
        cwd=desk, env={**os.environ, "PYTHONPATH": str(PROJECT)}, capture_output=True, check=False)
    assert done.returncode in (0, 1), done.stderr.decode("utf-8")
    [table] = (desk / "结果" / "tables").glob("*towns*.csv")
    towns = pd.read_csv(table, dtype=str, encoding="utf-8-sig")
    assert {r["镇"]: (r["名次"], r["综合评价"], r["等次"]) for r in towns.to_dict("records")} == tried
