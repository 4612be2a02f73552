"""The fake API as one test wants it."""

import itertools
import json
import urllib.request

#: No proxy stands between a test and the fake API.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Scenario:
    """A scenario of the fake API: its own data, faults and log."""

    numbers = itertools.count(1)

    def __init__(self, url, knobs):
        name = ",".join(filter(None, [f"id={next(self.numbers)}", knobs]))
        self.root = f"{url}/{name}"
        self.base_url = f"{self.root}/api/v2"

    def control(self, path, method="GET", body=None):
        request = urllib.request.Request(f"{self.root}/{path}", method=method, data=body)
        with OPENER.open(request, timeout=60) as answer:
            return answer.read().decode()

    def log(self):
        """The requests so far, in order."""
        return json.loads(self.control("__log"))

    def request_count(self):
        """How many requests there were so far."""
        return json.loads(self.control("__stats"))["requests"]

    def most_in_flight(self):
        """How many requests there were at most at a time."""
        return json.loads(self.control("__stats"))["max_in_flight"]

    def truth_text(self, resource, api):
        """Every item as the pages hold it, as the text of a JSON array."""
        return self.control(f"__truth/{resource}?api={api}")

    def truth(self, resource, api):
        return json.loads(self.truth_text(resource, api))

    def put_items(self, resource, text):
        """Replaces the items, byte for byte."""
        self.control(f"__items/{resource}", "PUT", text.encode())

    def vendor_secret(self, name="ps"):
        keys = "PUBLIC_KEY 'pk_fake_public', PRIVATE_KEY 'sk_fake_private'"
        return self.secret(name, keys)

    def partner_secret(self, name="ps"):
        return self.secret(name, "API_KEY 'fake_partner_key'")

    def secret_for_both(self, name="ps"):
        keys = "PUBLIC_KEY 'pk_fake_public', PRIVATE_KEY 'sk_fake_private', API_KEY 'fake_partner_key'"
        return self.secret(name, keys)

    def secret(self, name, keys):
        return f"CREATE OR REPLACE SECRET {name} (TYPE partnerstack, {keys}, BASE_URL '{self.base_url}')"
