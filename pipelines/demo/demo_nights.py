"""The demo: the invented operator's home is created, and its nights are run, one after the other.

Before each night the files of the days since the last one are put into the inbox, payments for the invoices that were
sent and answers to the orders that went to the network among them. A night that is completed is left alone, so a second
demo changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import polars as pl

from pipelines.demo.acknowledgement_files import acknowledgement_files
from pipelines.demo.demo_operator import DemoOperator
from pipelines.home import Home, write_whole
from pipelines.lake.store import Store
from pipelines.night import opened_lake
from schemas import tables

NightRunner = Callable[[Home, date], None]
_INVOICES = """
    SELECT i.invoice_no, i.account_id, i.ocr_reference, i.total_amount, i.due_on, i.invoiced_on, c.customer_name
      FROM invoice i JOIN customer c USING (customer_id) ANTI JOIN direct_debit_notice USING (invoice_no)
     ORDER BY i.invoice_no
"""
_DEBITS = "SELECT d.*, m.payer_no FROM direct_debit d JOIN mandate m USING (mandate_id) ORDER BY direct_debit_id"
_MANDATES = "SELECT o.*, m.account_id, m.payer_no FROM mandate_order o JOIN mandate m USING (mandate_id) ORDER BY ALL"
_CODES = "SELECT DISTINCT a_number FROM number_assignment WHERE a_number LIKE '999%' ORDER BY a_number"


def nights_to_run(home: Home, demo: DemoOperator) -> list[date]:
    """Return the demo's nights that are not completed yet."""
    with opened_lake(home, read_only=False) as store:
        done = set(store.query("SELECT DISTINCT run_on FROM run WHERE run_state = 'completed'")["run_on"])
    return [night for night in demo.nights if night not in done]


def run_demo(home: Home, demo: DemoOperator, nights: list[date], run_night: NightRunner) -> None:
    """Drop each night's files into the inbox and run the night."""
    for night in nights:
        for name, content in _arrivals(home, demo, night):
            write_whole(home.inbox / name, content)
        run_night(home, night)


def _arrivals(home: Home, demo: DemoOperator, night: date) -> Iterator[tuple[str, bytes]]:
    """Yield what arrives before a night and was not taken in by a run of it that did not end."""
    with opened_lake(home, read_only=False) as store:
        invoices = store.query(_INVOICES)
        orders = store.read(tables.PROVISIONING_ORDER)
        debits, mandates = store.query(_DEBITS), store.query(_MANDATES)
        cases, bases = store.read(tables.APPROVAL_CASE), store.read(tables.INVOICE_BASIS)
        codes = store.query(_CODES)["a_number"].to_list()
        taken = set(store.query("SELECT file_name FROM source_file")["file_name"])
    taken |= {path.name for path in home.quarantine.iterdir()}
    files_of = (
        demo.files_before(night),
        demo.bank_files_before(night, invoices),
        demo.autogiro_files_before(night, debits, mandates),
        demo.service_files_before(night, invoices, cases, bases, codes),
        acknowledgement_files(night, orders),
    )
    for files in files_of:
        for name, content in files:
            if Path(name).name not in taken:
                yield Path(name).name, content


_MOST_TOLD = """
    SELECT customer_id, card_page FROM customer_card
     ORDER BY len(card_json) DESC, customer_id LIMIT 1
"""


def things_to_open(home: Home, store: Store) -> pl.DataFrame:
    """Name what a visitor should look at: `what` and `path`, relative to the home.

    The card that has most to tell is written out as a page.
    """
    rows = [
        ("an invoice", "SELECT max(file_path) AS p FROM document WHERE document_kind = 'invoice'"),
        ("a reminder", "SELECT max(file_path) AS p FROM document WHERE document_kind = 'reminder'"),
        ("orders to the network", "SELECT min(file_path) AS p FROM provisioning_file"),
        ("the ledger file (SIE 4)", "SELECT max(file_path) AS p FROM ledger_export_file WHERE export_format = 'sie4i'"),
    ]
    found = [(what, store.query(sql)["p"][0]) for what, sql in rows]
    found += [("the block list", "outbox/block_list.csv"), ("the marts", home.marts_pointer.name)]
    for customer_id, page in store.query(_MOST_TOLD).iter_rows():
        path = home.reports / f"customer_{customer_id}.html"
        write_whole(path, page.encode())
        found.append(("a customer card", str(path.relative_to(home.root))))
    return pl.DataFrame(found, schema={"what": pl.String, "path": pl.String}, orient="row").drop_nulls()
