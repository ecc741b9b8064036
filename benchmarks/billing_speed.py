"""Measure the billing run, without rendering, against a plain copy of the same charges, Parquet to Parquet.

    python -m benchmarks.billing_speed --accounts 1000000 --charges 10000000

Every account is billed on the same night: a fee and a month of usage each. The two sides take turns, each run in a
process of its own on a copy of the home; medians are told, in seconds on the clock and of all processors, which a busy
machine changes less.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

_GIB = 2**30
_CHECKOUT = Path(__file__).resolve().parents[1]
Run = dict[str, float]


def step(name: str, root: Path, *arguments: object) -> Run:
    """Run one step in a process of its own. Raises `CalledProcessError`, with what it wrote, when it fails."""
    command = [sys.executable, "-m", "benchmarks.billing_steps", name, str(root), *map(str, arguments)]
    done = subprocess.run(command, cwd=_CHECKOUT, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 (our own)
    outcome: Run = json.loads(done.stdout.splitlines()[-1])
    os.sync()  # what one step left to be written must not slow the next
    sys.stderr.write(f"  {name}: {outcome['seconds']:.2f} s, {outcome['peak_bytes'] / _GIB:.2f} GiB\n")
    return outcome


def _linked(source: str, copy: str) -> None:
    if source.endswith(".parquet"):
        Path(copy).hardlink_to(source)  # never changed in place
    else:
        shutil.copy2(source, copy)


def _on_copy(root: Path) -> Run:
    copy = root.with_name("copy")
    shutil.copytree(root, copy, copy_function=_linked)
    try:
        return step("bill_night", copy)
    finally:
        shutil.rmtree(copy)


def _told(runs: list[Run]) -> str:
    seconds = [run["seconds"] for run in runs]
    peak = max(run["peak_bytes"] for run in runs) / _GIB
    return f"{statistics.median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f}), {peak:.1f} GiB"


def _ratio(ours: list[Run], others: list[Run], what: str) -> float:
    return statistics.median(run[what] for run in ours) / statistics.median(run[what] for run in others)


def measure(folder: Path, accounts: int, charges: int, repeats: int) -> str:
    """Return the measured lines as a table of RESULTS.md."""
    root = folder / "home"
    step("make", root, accounts, charges)
    billed: list[Run] = []
    copied: list[Run] = []
    for _ in range(repeats):
        billed.append(_on_copy(root))
        copied.append(step("copy_charges", root))
    if billed[0]["rows"] != charges or copied[0]["rows"] != charges:
        raise SystemExit(f"of {charges} charges {billed[0]['rows']} were billed and {copied[0]['rows']} copied")
    what = f"bill {charges / 1e6:g} M charges of {accounts:,} accounts, against a Parquet copy of them"
    sides = f"{_told(billed)} : {_told(copied)}"
    return "\n".join(
        [
            "| what | medians, spread, peak memory | ratio | target |",
            "|---|---|---|---|",
            f"| {what} | {sides} | {_ratio(billed, copied, 'seconds'):.2f} | <= 10, aim 5; < 6 GiB |",
            f"| the same, processor seconds | | {_ratio(billed, copied, 'cpu_seconds'):.2f} | |",
            "",
        ]
    )


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=1_000_000)
    parser.add_argument("--charges", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="billing_speed_") as folder:
        sys.stdout.write(measure(Path(folder), asked.accounts, asked.charges, asked.repeats))


if __name__ == "__main__":
    main()
