"""Measure what each equation of the proof costs after a billing run, in processor seconds, against that run.

    python -m benchmarks.proof_speed --accounts 200000 --charges 2000000

The home is the one of `billing_speed`: every account is billed and booked on the same night. A twentieth of the
invoices are then credited whole, so that credit notes are proven too. A busy machine changes processor seconds little.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from benchmarks.billing_steps import ON, make
from pipelines.billing.bill_flow import bill
from pipelines.home import Home
from pipelines.ledger.book_flow import book
from pipelines.night import Night
from pipelines.nightly_flow import night_at
from pipelines.proof.computed_equations import COMMISSION_EQUATIONS, TAX_EQUATIONS
from pipelines.proof.document_equations import DOCUMENT_EQUATIONS, posted_equations
from pipelines.proof.equation import Proven
from pipelines.proof.equations import equations

_NOTES = """
    INSERT INTO invoice SELECT * REPLACE (invoice_no + 5000000 AS invoice_no, 'credit_note' AS document_kind,
           invoice_no AS credits_invoice_no) FROM invoice WHERE invoice_no % 20 = 0;
    INSERT INTO invoice_vat SELECT * REPLACE (invoice_no + 5000000 AS invoice_no, -net_amount AS net_amount,
           -vat_amount AS vat_amount) FROM invoice_vat WHERE invoice_no % 20 = 0
"""


def timed(night: Night) -> list[tuple[str, float]]:
    """Return the processor seconds of each equation, the dearest first."""
    rows = []
    for equation in equations(night.policy.ledger):
        begun = time.process_time()
        equation.sides(night.store)
        rows.append((equation.name, time.process_time() - begun))
    return sorted(rows, key=lambda row: -row[1])


def measure(root: Path, accounts: int, charges: int) -> str:
    """Make the home, bill and book it, and return the measured lines as a table of RESULTS.md."""
    make(root, accounts, charges)
    with night_at(Home(root), ON) as night:
        begun = time.process_time()
        bill(night)
        billed = time.process_time() - begun
        book(night)
        with night.store.transaction("credit notes"):
            night.store.execute(_NOTES)
        found = timed(night)
    whole = sum(seconds for _, seconds in found)
    ledger = night.policy.ledger
    added: tuple[Proven, ...] = (*DOCUMENT_EQUATIONS, *TAX_EQUATIONS, *COMMISSION_EQUATIONS, *posted_equations(ledger))
    new = {each.name for each in added}
    of_new = sum(seconds for name, seconds in found if name in new)
    table = pl.DataFrame(found, schema=["equation", "seconds"], orient="row")
    sys.stderr.write(str(table.with_columns(is_new=pl.col("equation").is_in(list(new)))) + "\n")
    lines = [
        "| what | processor seconds | ratio to the billing run |",
        "|---|---|---|",
        f"| bill {charges / 1e6:g} M charges of {accounts:,} accounts | {billed:.1f} | 1 |",
        f"| the whole proof, {len(found)} equations | {whole:.1f} | {whole / billed:.2f} |",
        f"| of it documents, VAT, commission, vouchers: {len(new)} | {of_new:.1f} | {of_new / billed:.2f} |",
    ]
    lines += [f"| `{name}` | {seconds:.1f} | {seconds / billed:.2f} |" for name, seconds in found[:8]]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=200_000)
    parser.add_argument("--charges", type=int, default=2_000_000)
    asked = parser.parse_args()
    pl.Config.set_tbl_rows(-1)
    with tempfile.TemporaryDirectory(prefix="proof_speed_") as folder:
        sys.stdout.write(measure(Path(folder) / "home", asked.accounts, asked.charges))


if __name__ == "__main__":
    main()
