"""What the benchmarks share: slices of both sides in turn, and their medians, as a line of JSON for each pair."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
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


def report(row: str, ours: Sequence[float], theirs: Sequence[float], raw: Sequence[float] = ()) -> None:
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
    if raw:
        line["raw"] = statistics.median(raw)
        line["of_raw"] = statistics.median(mine / limit for mine, limit in zip(ours, raw))
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
    """Nanoseconds a call, of this thread's CPU time: what else runs on the machine does not count."""
    numbers = range(count)
    began = time.thread_time_ns()
    for _ in numbers:
        call()
    return (time.thread_time_ns() - began) / count


def calls(call: Call) -> int:
    """How many calls a slice has. What it takes to find out warms up."""
    count = 1
    while timed(call, count) * count < SLICE_NS:
        count *= 2
    return count


class Raw:
    """The raw client, as a process that measures a slice when it is asked to."""

    def __init__(self, connections: int) -> None:
        command = [os.environ["PEERS_RAW"], sys.argv[1], str(connections)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)

    def slice(self) -> tuple[float, float]:
        """Nanoseconds a message: by the clock, and of CPU time."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        wall, cpu = self._process.stdout.readline().split()
        return float(wall), float(cpu)

    def end(self) -> None:
        self._process.communicate()


class Sends:
    """The times of slices: of the sides, which are 0 and 1, and of the raw client if there is one. The CPU time is that of the
    whole process, with the clients' threads.
    """

    def __init__(self, row: str, raw: Raw | None) -> None:
        self._row = row
        self._raw = raw
        self._wall: tuple[list[float], list[float], list[float]] = ([], [], [])
        self._cpu: tuple[list[float], list[float], list[float]] = ([], [], [])

    def begin(self) -> None:
        self._began, self._used = time.perf_counter_ns(), time.process_time_ns()

    def end(self, side: int, count: int, index: int) -> None:
        used, clock = time.process_time_ns() - self._used, time.perf_counter_ns() - self._began
        self._add(side, clock / count, used / count, index)

    def _add(self, side: int, wall: float, cpu: float, index: int) -> None:
        if index >= 0:  # the first only warms up
            self._wall[side].append(wall)
            self._cpu[side].append(cpu)

    def raw_slice(self, index: int) -> None:
        if self._raw:
            self._add(2, *self._raw.slice(), index)

    def report(self) -> None:
        if self._raw:
            self._raw.end()
        report(f"{self._row}/wall", *self._wall)
        report(f"{self._row}/cpu", *self._cpu)


def sends(row: str, ours: Call, theirs: Call, *, slices: int, count: int, raw: Raw | None) -> None:
    """Measures sends one after the other, so many in a slice."""
    times = Sends(row, raw)
    for index in range(-1, slices):
        for side in (0, 1) if index % 2 == 0 else (1, 0):
            times.begin()
            for _ in range(count):
                (ours, theirs)[side]()
            times.end(side, count, index)
        times.raw_slice(index)
    times.report()


async def concurrent_sends(
    row: str,
    ours: Callable[[int], Awaitable[None]],
    theirs: Callable[[int], Awaitable[None]],
    *,
    slices: int,
    count: int,
    raw: Raw | None,
) -> None:
    """Measures sends 64 at once. Each side is given how many it is to send in a slice."""
    times = Sends(row, raw)
    for index in range(-1, slices):
        for side in (0, 1) if index % 2 == 0 else (1, 0):
            times.begin()
            await (ours, theirs)[side](count)
            times.end(side, count, index)
        times.raw_slice(index)
    times.report()


def same(ours: object, theirs: object) -> None:
    """Ends the program unless both sides have read or written the same."""
    if ours != theirs:
        sys.exit(f"the sides differ: {ours!r} and {theirs!r}")
