"""Puts the lines that the benchmarks printed together: a table on standard output, and a JSON file.

table.py LINES RESULTS [NAME=VERSION...]
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Row:
    """A row: what is measured, beside what, and the ratio that is aimed at. Rows without a target only explain others."""

    key: str
    what: str
    peer: str
    target: float | None = None


REPORT = "event report, 4 fields read"
MESSAGE = "received message with route, 6 fields read"
TEMPLATE = "template of 4 components, made and built"
READY = "the same, ours made beforehand"
ONE = "sends one after the other"
MANY = "64 sends at once"

ROWS = [
    Row("python-report/msgspec", f"Python: {REPORT}", "msgspec", 1.0),
    Row("python-report/pydantic", f"Python: {REPORT}", "pydantic", 0.4),
    Row("python-message/msgspec", f"Python: {MESSAGE}", "msgspec", 1.0),
    Row("python-message/pydantic", f"Python: {MESSAGE}", "pydantic", 0.35),
    Row("node-report/zod", f"Node: {REPORT}", "JSON.parse + zod", 0.6),
    Row("node-report/bare", f"Node: {REPORT}", "JSON.parse", 1.1),
    Row("node-message/zod", f"Node: {MESSAGE}", "JSON.parse + zod"),
    Row("node-message/bare", f"Node: {MESSAGE}", "JSON.parse"),
    Row("c-report/yyjson-same-checks", f"C: {REPORT}", "yyjson, the same checks", 1.5),
    Row("c-report/yyjson", f"C: {REPORT}", "yyjson"),
    Row("c-report/cjson", f"C: {REPORT}", "cJSON", 0.5),
    Row("c-message/yyjson-same-checks", f"C: {MESSAGE}", "yyjson, the same checks"),
    Row("c-message/yyjson", f"C: {MESSAGE}", "yyjson"),
    Row("c-message/cjson", f"C: {MESSAGE}", "cJSON"),
    Row("rust-report/serde", f"Rust: {REPORT}", "serde", 1.0),
    Row("rust-message/serde", f"Rust: {MESSAGE}", "serde", 1.0),
    Row("rust-build/serde_json", f"Rust: {TEMPLATE}", "serde_json, no validation", 1.5),
    Row("rust-build-only/serde_json", "Rust: template made beforehand, built", "serde_json, no validation"),
    Row("c-build/serde_json", f"C: {TEMPLATE}", "serde_json, no validation", 1.5),
    Row("python-build/pydantic", f"Python: {TEMPLATE}", "pydantic", 0.4),
    Row("python-build-only/pydantic", f"Python: {READY}", "pydantic"),
    Row("python-build/jsonschema", f"Python: {TEMPLATE}", "dict + jsonschema", 0.1),
    Row("python-send/requests/wall", f"Python: {ONE}", "requests", 0.2),
    Row("python-send/requests/cpu", f"Python: {ONE}, CPU", "requests"),
    Row("python-send/httpx/wall", f"Python: {ONE}", "httpx", 0.3),
    Row("python-send/httpx/cpu", f"Python: {ONE}, CPU", "httpx"),
    Row("python-concurrent/httpx/cpu", f"Python: {MANY}, CPU", "httpx", 0.25),
    Row("python-concurrent/httpx/wall", f"Python: {MANY}", "httpx"),
    Row("python-concurrent/aiohttp/cpu", f"Python: {MANY}, CPU", "aiohttp", 0.5),
    Row("python-concurrent/aiohttp/wall", f"Python: {MANY}", "aiohttp"),
    Row("node-concurrent/undici/wall", f"Node: {MANY}", "undici", 0.6),
    Row("node-concurrent/undici/cpu", f"Node: {MANY}, CPU", "undici", 0.6),
    Row("node-concurrent/fetch/wall", f"Node: {MANY}", "fetch", 0.2),
    Row("node-concurrent/fetch/cpu", f"Node: {MANY}, CPU", "fetch", 0.2),
    Row("c-send/libcurl/wall", f"C: {ONE}", "libcurl + cJSON", 1.0),
    Row("c-send/libcurl/cpu", f"C: {ONE}, CPU", "libcurl + cJSON"),
]
BULK = 1.1


@dataclass(frozen=True)
class Measured:
    """A row that was run. Times are nanoseconds, memory is KiB."""

    key: str
    what: str
    peer: str
    target: float | None
    unit: str
    ours: float
    theirs: float
    ratio: float
    low: float
    high: float
    meets: bool | None
    raw: float | None = None
    of_raw: float | None = None


def read(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for file in sorted(folder.iterdir()) for line in file.read_text().splitlines()]


def meets(ratio: float, target: float | None) -> bool | None:
    """What is printed decides: two decimals."""
    return None if target is None else round(ratio, 2) <= target


def measured_rows(lines: list[dict[str, Any]]) -> tuple[list[Measured], list[Row]]:
    by_key = {line["row"]: line for line in lines if "row" in line}
    measured: list[Measured] = []
    missing: list[Row] = []
    for row in ROWS:
        line = by_key.get(row.key)
        if line is None:
            missing.append(row)
            continue
        measured.append(
            Measured(
                row.key,
                row.what,
                row.peer,
                row.target,
                line["unit"],
                line["ours"],
                line["theirs"],
                line["ratio"],
                line["low"],
                line["high"],
                meets(line["ratio"], row.target),
                line.get("raw"),
                line.get("of_raw"),
            )
        )
    return measured, missing


def bulk_rows(lines: list[dict[str, Any]]) -> tuple[list[Measured], list[Row]]:
    measured: list[Measured] = []
    missing: list[Row] = []
    for face, name in (("rust", "Rust"), ("python", "Python"), ("node", "Node")):
        runs = [line for line in lines if line.get("bulk") == face]
        row = Row(f"bulk-{face}", f"{name}: bulk of 100,000, peak memory", "its own bulk of 1,000", BULK)
        if not runs:
            missing.append(row)
            continue
        # The run of 10,000 has all 64 connections, as the one of 100,000.
        for size, peer, target in (("small", row.peer, row.target), ("middle", "its own bulk of 10,000", None)):
            ratios = [run["large"] / run[size] for run in runs]
            low, ratio, high = statistics.quantiles(ratios, n=4, method="inclusive")
            large, other = (statistics.median(run[which] for run in runs) for which in ("large", size))
            key = f"{row.key}/{size}"
            done = meets(ratio, target)
            measured.append(Measured(key, row.what, peer, target, "KiB", large, other, ratio, low, high, done))
    return measured, missing


def amount(value: float, unit: str) -> str:
    if unit == "KiB":
        return f"{value / 1024:.1f} MiB"
    return f"{value:.0f} ns" if value < 1000 else f"{value / 1000:.2f} µs" if value < 1e6 else f"{value / 1e6:.2f} ms"


def cells(row: Measured) -> list[str]:
    verdict = {None: "", True: "yes", False: "NO"}[row.meets]
    return [
        row.what,
        row.peer,
        amount(row.ours, row.unit),
        amount(row.theirs, row.unit),
        precise(row.ratio),
        f"{precise(row.low)}-{precise(row.high)}",
        "" if row.target is None else f"≤ {row.target}",
        verdict,
        "" if row.raw is None else amount(row.raw, row.unit),
        "" if row.of_raw is None else f"{row.of_raw:.1f}",
    ]


def precise(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.3f}"


def print_table(rows: list[list[str]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for index, row in enumerate(rows):
        texts = (
            cell.ljust(width) if column < 2 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths))
        )
        print("| " + " | ".join(texts) + " |")
        if index == 0:
            print("|" + "|".join("-" * (width + 2) for width in widths) + "|")


def main() -> None:
    folder, results, *versions = sys.argv[1:]
    lines = read(Path(folder))
    measured, missing = measured_rows(lines)
    bulk, missing_bulk = bulk_rows(lines)
    measured += bulk
    missing += missing_bulk

    head = ["what", "beside", "linkwa", "peer", "ratio", "quartiles", "target", "met", "raw", "÷ raw"]
    print_table([head, *map(cells, measured)])
    for row in missing:
        print(f"not run: {row.what}, beside {row.peer}")
    floors = {line["floor"]: line["ours"] for line in lines if "floor" in line}
    for name, value in floors.items():
        face, _, what = name.partition("/")
        print(f"{face}: {what}: {value:.1f} ns")
    aimed = [row for row in measured if row.target is not None]
    print(f"{sum(bool(row.meets) for row in aimed)} of {len(aimed)} targets are met")

    written = {
        "machine": {"system": platform.system(), "machine": platform.machine(), "cores": os.cpu_count()},
        "versions": dict(one.split("=", 1) for one in versions),
        "rows": [asdict(row) for row in measured],
        "not_run": [row.key for row in missing],
        "floors_ns": floors,
    }
    Path(results).write_text(json.dumps(written, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
