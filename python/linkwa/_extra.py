"""Decodes the JSON of fields that linkwa does not know."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


def decode(text: str) -> Any:
    """Does what `json.loads` does, but an integer with more digits than `int` accepts (usually 4,300) becomes a
    `Decimal`."""
    try:
        return json.loads(text)
    except ValueError:
        return json.loads(text, parse_int=_integer)


def _integer(digits: str) -> int | Decimal:
    try:
        return int(digits)
    except ValueError:
        return Decimal(digits)
