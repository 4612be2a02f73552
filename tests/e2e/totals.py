"""Sums over the items that the fake API holds."""

import collections
import decimal

CENT = decimal.Decimal("0.01")


def money(item):
    """The amount of a reward as money, by the decimals of its currency."""
    if item.get("amount") is None:
        return None
    factor = 1 if (item.get("currency") or "").upper() == "JPY" else CENT
    return (item["amount"] * decimal.Decimal(factor)).quantize(CENT)


def total(items):
    amounts = [amount for amount in map(money, items) if amount is not None]
    return sum(amounts) if amounts else None


def upper(item):
    currency = item.get("currency")
    return currency.upper() if currency else currency


def grouped(items, *keys):
    groups = collections.defaultdict(list)
    for item in items:
        groups[tuple(key(item) for key in keys)].append(item)
    return groups
