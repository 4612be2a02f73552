"""Who asks for rewards, and how their pages are walked."""

import base64
import pathlib
import sys
import urllib.parse
from collections.abc import Callable

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "e2e"))

from placeholders import KEYS  # noqa: E402

USER, PASSWORD = KEYS["PUBLIC_KEY"], KEYS["PRIVATE_KEY"]
HEADERS = {"Authorization": "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()}
LIMIT = 250


def page_url(base_url: str, **parameters: object) -> str:
    """The address of a page."""
    return f"{base_url}/rewards?{urllib.parse.urlencode({'limit': LIMIT, **parameters})}"


def walk(base_url: str, read: Callable[[str], tuple[bool, str]]) -> None:
    """Calls `read` for page after page; it says whether there are more, and the key of the last item."""
    has_more, last = read(page_url(base_url))
    while has_more:
        has_more, last = read(page_url(base_url, starting_after=last))
