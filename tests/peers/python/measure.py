"""What the benchmarks share: slices of both sides in turn, and their medians, as a line of JSON for each pair."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

INPUTS = Path(__file__).resolve().parent.parent / "inputs"
SLICES = 200
SLICE_NS = 5_000_000

Call = Callable[[], object]


def read_input(name: str) -> bytes:
    return (INPUTS / name).read_bytes()


def quartiles(values: Sequence[float]) -> list[float]:
    return statistics.quantiles(values, n=4, method="inclusive")


def report(row: str, ours: Sequence[float], theirs: Sequence[float]) -> None:
    """Prints the medians, in nanoseconds, and the quartiles of the ratios of slices that were neighbours."""
    low, ratio, high = quartiles([mine / other for mine, other in zip(ours, theirs)])
    line = {
        "row": row,
        "unit": "ns",
        "ours": statistics.median(ours),
        "theirs": statistics.median(theirs),
        "ratio": ratio,
        "low": low,
        "high": high,
        "slices": len(ours),
    }
    print(json.dumps(line), flush=True)


def floor(row: str, call: Call) -> None:
    """Prints what a call takes that does next to nothing."""
    count = calls(call)
    print(json.dumps({"floor": row, "unit": "ns", "ours": statistics.median(timed(call, count) for _ in range(50))}))


def pair(row: str, ours: Call, theirs: Call) -> None:
    """Measures two calls in slices that take turns."""
    counts = calls(ours), calls(theirs)
    times: tuple[list[float], list[float]] = ([], [])
    for index in range(SLICES):
        for side in (0, 1) if index % 2 == 0 else (1, 0):
            times[side].append(timed((ours, theirs)[side], counts[side]))
    report(row, *times)


def timed(call: Call, count: int) -> float:
    """Nanoseconds a call."""
    numbers = range(count)
    began = time.perf_counter_ns()
    for _ in numbers:
        call()
    return (time.perf_counter_ns() - began) / count


def calls(call: Call) -> int:
    """How many calls a slice has. What it takes to find out warms up."""
    count = 1
    while timed(call, count) * count < SLICE_NS:
        count *= 2
    return count


def sends(row: str, ours: Call, theirs: Call, *, slices: int, count: int) -> None:
    """Measures sends, by the clock and by the CPU time of the whole process, which the clients' threads are part of."""
    sides = ours, theirs
    wall: tuple[list[float], list[float]] = ([], [])
    cpu: tuple[list[float], list[float]] = ([], [])
    for index in range(-1, slices):
        for side in (0, 1) if index % 2 == 0 else (1, 0):
            began, used = time.perf_counter_ns(), time.process_time_ns()
            for _ in range(count):
                sides[side]()
            spent, clock = time.process_time_ns() - used, time.perf_counter_ns() - began
            if index >= 0:  # the first only warms up
                wall[side].append(clock / count)
                cpu[side].append(spent / count)
    report(f"{row}/wall", *wall)
    report(f"{row}/cpu", *cpu)


async def concurrent_sends(
    row: str,
    ours: Callable[[int], Awaitable[None]],
    theirs: Callable[[int], Awaitable[None]],
    *,
    slices: int,
    count: int,
) -> None:
    """As `sends`; each side is given how many it is to send in a slice, and sends them 64 at once."""
    wall: tuple[list[float], list[float]] = ([], [])
    cpu: tuple[list[float], list[float]] = ([], [])
    for index in range(-1, slices):
        for side in (0, 1) if index % 2 == 0 else (1, 0):
            began, used = time.perf_counter_ns(), time.process_time_ns()
            await (ours, theirs)[side](count)
            spent, clock = time.process_time_ns() - used, time.perf_counter_ns() - began
            if index >= 0:
                wall[side].append(clock / count)
                cpu[side].append(spent / count)
    report(f"{row}/wall", *wall)
    report(f"{row}/cpu", *cpu)


def same(ours: object, theirs: object) -> None:
    """Ends the program unless both sides have read or written the same."""
    if ours != theirs:
        sys.exit(f"the sides differ: {ours!r} and {theirs!r}")
