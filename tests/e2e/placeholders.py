"""Makes SQL that is written for people runnable against the fake API."""

import re

KEYS = {"PUBLIC_KEY": "pk_fake_public", "PRIVATE_KEY": "sk_fake_private", "API_KEY": "fake_partner_key"}


def fill_in(sql: str, base_url: str) -> str:
    """Keys in place of the dots, and the fake's URL in every secret that names none."""
    for option, key in KEYS.items():
        sql = re.sub(rf"\b{option} '[^']*…'", f"{option} '{key}'", sql)
    return re.sub(
        r"(SECRET [^;]*?TYPE partnerstack(?![^;]*BASE_URL)[^;]*?)\)", rf"\1, BASE_URL '{base_url}')", sql
    )
