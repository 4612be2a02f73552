"""Takes the picture of examples/partnerstack.py that README.md shows; needs Debian's chromium and its fonts."""

import contextlib
import functools
import http.server
import pathlib
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator

import marimo as installed

from against_fake_api import main
from notebook import NOTEBOOK, ROOT, marimo

PICTURE = ROOT / "docs" / "notebook.png"
SIZE = "1000,1045"

#: Where a page that marimo exports looks for what shows it, and where that is installed, too.
FRONTEND = re.compile(r"https://cdn\.jsdelivr\.net/npm/@marimo-team/frontend@[^/]+/dist")
STATIC = pathlib.Path(installed.__file__).parent / "_static"

#: Without them, chromium asks the network for what nobody needs here.
QUIET = [f"--disable-{what}" for what in ("gpu", "quic", "background-networking", "component-update", "sync")]


def run(_: pathlib.Path, url: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        site, page = pathlib.Path(folder, "site"), pathlib.Path(folder, "page.html")
        shutil.copytree(STATIC, site)
        marimo(url, "export", "html", NOTEBOOK, "-o", page)
        text = page.read_text(encoding="utf-8")
        (site / "page.html").write_text(FRONTEND.sub(".", text), encoding="utf-8")
        with served(site) as address:
            shoot(f"{address}/page.html", pathlib.Path(folder, "profile"))


class Silent(http.server.SimpleHTTPRequestHandler):
    """Serves files, and says nothing of it."""

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def served(folder: pathlib.Path) -> Iterator[str]:
    handler = functools.partial(Silent, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def shoot(address: str, profile: pathlib.Path) -> None:
    subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--no-first-run", "--hide-scrollbars", *QUIET]
        + [f"--user-data-dir={profile}", f"--window-size={SIZE}", "--virtual-time-budget=20000"]
        + [f"--screenshot={PICTURE}", address],
        check=True,
        stderr=subprocess.DEVNULL,
        timeout=120,
    )


if __name__ == "__main__":
    main(run, __doc__)
