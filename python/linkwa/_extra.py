"""How the JSON of fields that linkwa does not know becomes Python's values."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


def decode(text: str) -> Any:
    """`json.loads`, but an integer of more digits than `int` takes (4,300, as a rule) becomes a `Decimal`."""
    try:
        return json.loads(text)
    except ValueError:
        return json.loads(text, parse_int=_integer)


def _integer(digits: str) -> int | Decimal:
    try:
        return int(digits)
    except ValueError:
        return Decimal(digits)
