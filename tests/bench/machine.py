"""Which machine this is, and what its disk takes, measured in the same run."""

import os
import platform
import sqlite3
import time
from pathlib import Path

import psutil


def described(folder: Path) -> list[str]:
    load = ", ".join(f"{n:.1f}" for n in os.getloadavg())
    memory = psutil.virtual_memory().total / 2**30
    return [
        f"machine   {_cpu()}, {os.cpu_count()} cores, {memory:.0f} GB, load {load}",
        f"          {platform.system()} {platform.release()}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}",
        f"disk      {fsyncs(folder):,.0f} fsync/s (4 KB appended, in {folder})",
    ]


def _cpu() -> str:
    found = Path("/proc/cpuinfo")
    if found.exists():
        for line in found.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def fsyncs(folder: Path, seconds: float = 1.0) -> float:
    page, count = bytes(4096), 0
    path = folder / "fsync"
    with path.open("wb", buffering=0) as file:
        start = time.perf_counter()
        while time.perf_counter() - start < seconds:
            file.write(page)
            os.fsync(file.fileno())
            count += 1
        taken = time.perf_counter() - start
    path.unlink()
    return count / taken
