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
    """A row: what is measured, beside what, and the ratio that is aimed at. Rows without an aim only explain others."""

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
GATEWAY = "TLS + 50 ms"

ROWS = [
    Row("python-gateway/aiohttp/cpu", f"Python: {GATEWAY}, {MANY}, CPU", "aiohttp", 0.6),
    Row("python-gateway/httpx/cpu", f"Python: {GATEWAY}, {MANY}, CPU", "httpx", 0.02),
    Row("node-gateway/undici/cpu", f"Node: {GATEWAY}, {MANY}, CPU", "undici", 0.55),
    Row("node-gateway/fetch/cpu", f"Node: {GATEWAY}, {MANY}, CPU", "fetch", 0.2),
    Row("c-gateway/libcurl/cpu", f"C: {GATEWAY}, {MANY}, CPU", "libcurl multi + yyjson", 1.0),
    Row("rust-gateway/reqwest/cpu", f"Rust: {GATEWAY}, {MANY}, CPU", "reqwest"),
    Row("python-gateway-one/requests/cpu", f"Python: {GATEWAY}, {ONE}, CPU", "requests", 0.3),
    Row("python-gateway-one/requests/wall", f"Python: {GATEWAY}, {ONE}", "requests"),
    Row("python-report/msgspec", f"Python: {REPORT}", "msgspec", 1.13),
    Row("python-report/pydantic", f"Python: {REPORT}", "pydantic"),
    Row("python-message/msgspec", f"Python: {MESSAGE}", "msgspec", 0.9),
    Row("python-message/pydantic", f"Python: {MESSAGE}", "pydantic"),
    Row("node-report/zod", f"Node: {REPORT}", "JSON.parse + zod"),
    Row("node-report/bare", f"Node: {REPORT}", "JSON.parse", 0.97),
    Row("node-message/zod", f"Node: {MESSAGE}", "JSON.parse + zod"),
    Row("node-message/bare", f"Node: {MESSAGE}", "JSON.parse", 1.06),
    Row("c-report/yyjson-same-checks", f"C: {REPORT}", "yyjson, the same checks", 1.26),
    Row("c-report/yyjson", f"C: {REPORT}", "yyjson"),
    Row("c-report/cjson", f"C: {REPORT}", "cJSON"),
    Row("c-message/yyjson-same-checks", f"C: {MESSAGE}", "yyjson, the same checks", 1.01),
    Row("c-message/yyjson", f"C: {MESSAGE}", "yyjson"),
    Row("c-message/cjson", f"C: {MESSAGE}", "cJSON"),
    Row("rust-report/serde", f"Rust: {REPORT}", "serde"),
    Row("rust-message/serde", f"Rust: {MESSAGE}", "serde"),
    Row("rust-build/serde_json", f"Rust: {TEMPLATE}", "serde_json, no validation", 1.5),
    Row("rust-build-only/serde_json", "Rust: template made beforehand, built", "serde_json, no validation"),
    Row("c-build/serde_json", f"C: {TEMPLATE}", "serde_json, no validation", 1.6),
    Row("python-build/pydantic", f"Python: {TEMPLATE}", "pydantic", 0.25),
    Row("python-build-only/pydantic", f"Python: {READY}", "pydantic"),
    Row("python-build/jsonschema", f"Python: {TEMPLATE}", "dict + jsonschema"),
    Row("python-send/requests/wall", f"Python: plain, {ONE}", "requests"),
    Row("python-send/requests/cpu", f"Python: plain, {ONE}, CPU", "requests"),
    Row("python-send/httpx/wall", f"Python: plain, {ONE}", "httpx"),
    Row("python-send/httpx/cpu", f"Python: plain, {ONE}, CPU", "httpx"),
    Row("python-concurrent/httpx/cpu", f"Python: plain, {MANY}, CPU", "httpx"),
    Row("python-concurrent/httpx/wall", f"Python: plain, {MANY}", "httpx"),
    Row("python-concurrent/aiohttp/cpu", f"Python: plain, {MANY}, CPU", "aiohttp"),
    Row("python-concurrent/aiohttp/wall", f"Python: plain, {MANY}", "aiohttp"),
    Row("node-concurrent/undici/wall", f"Node: plain, {MANY}", "undici"),
    Row("node-concurrent/undici/cpu", f"Node: plain, {MANY}, CPU", "undici"),
    Row("node-concurrent/fetch/wall", f"Node: plain, {MANY}", "fetch"),
    Row("node-concurrent/fetch/cpu", f"Node: plain, {MANY}, CPU", "fetch"),
    Row("c-send/libcurl/wall", f"C: plain, {ONE}", "libcurl + yyjson"),
    Row("c-send/libcurl/cpu", f"C: plain, {ONE}, CPU", "libcurl + yyjson"),
]
# Beside a shorter run that has all its connections too.
BULK = [
    Row(
        f"bulk-{name.lower()}/{connections}",
        f"{name}: bulk of 100,000 over {connections} connections, peak memory",
        peer,
        aim,
    )
    for connections, peer, aim in ((8, "its own bulk of 1,000", 1.1), (64, "its own bulk of 10,000", None))
    for name in ("Rust", "Python", "Node")
]

# 64 connections, each of which gets an answer 50 ms after its request, send 1,280 messages a second at most. The share is what
# a side reaches of that by the clock; linkwa's has to be at least this, and above the peer's.
LIMIT_NS = 50e6 / 64
SHARE = 0.95
SHARES = [
    Row("python-gateway/aiohttp/wall", f"Python: {GATEWAY}, {MANY}, share of the limit", "aiohttp", SHARE),
    Row("python-gateway/httpx/wall", f"Python: {GATEWAY}, {MANY}, share of the limit", "httpx", SHARE),
    Row("node-gateway/undici/wall", f"Node: {GATEWAY}, {MANY}, share of the limit", "undici", SHARE),
    Row("node-gateway/fetch/wall", f"Node: {GATEWAY}, {MANY}, share of the limit", "fetch", SHARE),
    Row("c-gateway/libcurl/wall", f"C: {GATEWAY}, {MANY}, share of the limit", "libcurl multi + yyjson", SHARE),
    Row("rust-gateway/reqwest/wall", f"Rust: {GATEWAY}, {MANY}, share of the limit", "reqwest", SHARE),
]


@dataclass(frozen=True)
class Measured:
    """A row that was run. Times are nanoseconds, memory is KiB; a share is of the latency's limit."""

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
    """What is printed decides."""
    return None if target is None else float(precise(ratio)) <= target


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


def share_rows(lines: list[dict[str, Any]]) -> tuple[list[Measured], list[Row]]:
    by_key = {line["row"]: line for line in lines if "row" in line}
    measured: list[Measured] = []
    missing: list[Row] = []
    for row in SHARES:
        line = by_key.get(row.key)
        if line is None:
            missing.append(row)
            continue
        ours, theirs = LIMIT_NS / line["ours"], LIMIT_NS / line["theirs"]
        low, ratio, high = 1 / line["high"], 1 / line["ratio"], 1 / line["low"]
        done = round(ours, 3) >= SHARE and ours > theirs
        key = row.key.replace("/wall", "/share")
        measured.append(Measured(key, row.what, row.peer, row.target, "share", ours, theirs, ratio, low, high, done))
    return measured, missing


def bulk_rows(lines: list[dict[str, Any]]) -> tuple[list[Measured], list[Row]]:
    measured: list[Measured] = []
    missing: list[Row] = []
    for row in BULK:
        runs = [line for line in lines if f"bulk-{line.get('bulk')}" == row.key]
        if not runs:
            missing.append(row)
            continue
        low, ratio, high = statistics.quantiles([run["large"] / run["small"] for run in runs], n=4, method="inclusive")
        large, small = (statistics.median(run[size] for run in runs) for size in ("large", "small"))
        done = meets(ratio, row.target)
        measured.append(Measured(row.key, row.what, row.peer, row.target, "KiB", large, small, ratio, low, high, done))
    return measured, missing


def amount(value: float, unit: str) -> str:
    if unit == "KiB":
        return f"{value / 1024:.1f} MiB"
    if unit == "share":
        return f"{value:.3f} = {LIMIT_NS / value / 1000:.0f} µs"
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
        aim(row),
        verdict,
        "" if row.raw is None else amount(row.raw, row.unit),
        "" if row.of_raw is None else f"{row.of_raw:.1f}",
    ]


def aim(row: Measured) -> str:
    if row.target is None:
        return ""
    return f"≥ {row.target}, > peer" if row.unit == "share" else f"≤ {row.target}"


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
    measured: list[Measured] = []
    missing: list[Row] = []
    for rows, not_run in (share_rows(lines), measured_rows(lines), bulk_rows(lines)):
        measured += rows
        missing += not_run

    head = ["what", "beside", "linkwa", "peer", "ratio", "quartiles", "aim", "met", "raw", "÷ raw"]
    print_table([head, *map(cells, measured)])
    for row in missing:
        print(f"not run: {row.what}, beside {row.peer}")
    floors = {line["floor"]: line["ours"] for line in lines if "floor" in line}
    for name, value in floors.items():
        face, _, what = name.partition("/")
        print(f"{face}: {what}: {value:.1f} ns")
    aimed = [row for row in measured if row.target is not None]
    print(f"{sum(bool(row.meets) for row in aimed)} of {len(aimed)} aims are met")

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
