"""Claims at an external billing, factoring or collection service: handed over, written to a file, and answered."""

from __future__ import annotations

import polars as pl

from invoicing.hand_over import handed_over
from pipelines.collecting.agreement_flow import without_agreed
from pipelines.collecting.at_collection import invoices_at_collection
from pipelines.collecting.debit_flow import not_awaited
from pipelines.formats.export_profile import ExportProfile
from pipelines.formats.layout import PAYMENT_RECORDS, Parsed
from pipelines.formats.ledger_csv import write_profiled
from pipelines.formats.reference_parts import PARTS
from pipelines.intake.inbox_files import InboxFile
from pipelines.intake.outcome import Intake, differing_rows, from_file
from pipelines.lake.numbered_files import NumberedFiles
from pipelines.night import Night, StageReport
from pipelines.payments.payment_intake import keep_reports
from pipelines.payments.settle_flow import current_open_items
from schemas import tables
from schemas.set_aside import set_aside

FILES = NumberedFiles(tables.COLLECTION_FILE, "collection", "hand_over")
PAYEE = "collection"  # of money that a service received for us: collection:<service>
_ROWS = """
    SELECT h.request_id AS hand_over_id, h.handed_on, i.customer_id, p.customer_name, p.registration_no, p.street,
           p.postcode, p.city, p.country_code, p.email, h.account_id, h.invoice_no, i.invoiced_on, i.due_on, h.currency,
           i.total_amount, h.capital_amount AS capital, h.fees_amount AS fees, h.interest_amount AS interest,
           h.open_amount, i.ocr_reference, h.reminders_sent, h.last_reminded_on
      FROM handed_invoice h JOIN invoice i USING (invoice_no) JOIN invoice_party p USING (invoice_no)
     WHERE {which} ORDER BY h.invoice_no
"""


def hand_over(night: Night) -> StageReport:
    """Carry out the orders to hand claims over; what is handed over tonight is reminded of no more.

    What a payment agreement holds, or direct debit is to collect, stays with us.
    """
    orders = night.store.read(tables.HAND_OVER, "handed_count IS NULL").sort("request_id")
    if orders.is_empty():
        return StageReport(0, 0, 0, "nothing to hand over")
    away = invoices_at_collection(night.store)
    free = not_awaited(night, without_agreed(night.store, current_open_items(night)))
    reminders = night.store.read_matching(tables.REMINDER, free.select("invoice_no"))
    handed = handed_over(orders, free, away, reminders, night.on)
    counts = handed.group_by("request_id").agg(pl.len().cast(pl.Int64).alias("n"))
    done = orders.join(counts, on="request_id", how="left").with_columns(pl.col("n").fill_null(0).alias("handed_count"))
    with night.store.transaction("hand over"):
        night.store.append(tables.HANDED_INVOICE, handed)
        night.store.upsert(tables.HAND_OVER, done.drop("n"))
    empty = done.filter(pl.col("handed_count") == 0).height
    told = f"; {empty} orders found nothing open and overdue" if empty else ""
    return StageReport(orders.height, orders.height - empty, empty, f"{handed.height} invoices handed over{told}")


def write_hand_overs(night: Night) -> StageReport:
    """Write the claims handed over since, one file per service, by the profile that the policy gives it."""
    FILES.restore_last(night, _content)
    waiting = night.store.read(tables.HANDED_INVOICE, "file_no IS NULL")
    for service in waiting["collection_service"].unique().sort():
        _write_file(night, service, waiting.filter(pl.col("collection_service") == service))
    return StageReport(waiting.height, waiting.height, 0, f"{waiting.height} claims written for collection")


def _write_file(night: Night, service: str, handed: pl.DataFrame) -> None:
    number = FILES.next_number(night)
    name = night.policy.collection.services.get(service)
    profile = next((each for each in night.configuration.export_profiles if each.name == name), None)
    if profile is None:
        message = f"collection.services in policy.toml names no service {service} any more, and claims wait for it"
        raise ValueError(message)
    about = {"collection_service": service, "handed_on": night.on, "batch_settings": profile.model_dump_json()}
    with night.store.transaction(f"collection file {number}"):
        night.store.upsert(tables.HANDED_INVOICE, handed.with_columns(pl.lit(number, pl.Int64).alias("file_no")))
        FILES.commit(night, number, about, _rendered(night, number, profile))
    FILES.restore_last(night, _content)


def _content(night: Night, number: int) -> bytes:
    return _rendered(night, number, ExportProfile.model_validate_json(FILES.row(night, number)["batch_settings"]))


def _rendered(night: Night, number: int, profile: ExportProfile) -> bytes:
    return write_profiled(night.store.query(_ROWS.format(which="h.file_no = ?"), [number]), profile).content


def collection_answer_intake(night: Night, file: InboxFile, parsed: Parsed) -> Intake:
    """Keep what a service says of claims, within the caller's transaction; what was paid to it becomes payments.

    Rows are rejected as NOT_HANDED_OVER. A payment names the invoice's own OCR reference where the row brings none, and
    `collection:<service>` as the account paid to, which `[ledger.bank_accounts]` may give a ledger account of its own.
    """
    handed = night.store.read_matching(tables.HANDED_INVOICE, parsed.records.select("invoice_no"))
    last = handed.sort("handed_on", "request_id").group_by("invoice_no").agg(
        pl.col("request_id", "collection_service", "currency").last()
    )  # fmt: skip
    told = pl.format("invoice {} was handed over to nobody; check the number", "invoice_no")
    known, refused = set_aside(
        parsed.records.join(last, on="invoice_no", how="left", maintain_order="left"),
        (pl.col("request_id").is_null(), "NOT_HANDED_OVER", told),
    )
    answers = known.filter(pl.col("status") != "paid").with_columns(pl.col("status").alias("collection_status"))
    night.store.append(tables.COLLECTION_ANSWER, from_file(night, file, answers))
    new, duplicates, differing = keep_reports(night, file, _payments(night, known.filter(pl.col("status") == "paid")))
    return Intake(answers.height + new.height, duplicates, [refused, differing_rows(differing, "payment_record_id")])


def _payments(night: Night, paid: pl.DataFrame) -> pl.DataFrame:
    """Return what a service received as reports of payments."""
    invoices = night.store.read_matching(tables.INVOICE, paid.select("invoice_no")).select(
        "invoice_no", "ocr_reference"
    )
    named = paid.join(invoices, on="invoice_no", how="left", maintain_order="left").with_columns(
        pl.coalesce("reference_text", "ocr_reference").alias("reference_text")
    )
    own = pl.coalesce("bank_reference", pl.format("{}:{}:{}", "invoice_no", "booked_on", "paid_amount"))
    part = pl.struct(
        "reference_text", pl.lit("ocr").alias("reference_kind"), pl.lit(None, PAYMENT_RECORDS["amount"]).alias("amount")
    )
    values = {
        "payment_record_id": pl.format("{}:{}:{}", pl.lit(PAYEE), "collection_service", own),
        "payment_kind": pl.lit("received"),
        "payee_account": pl.format("{}:{}", pl.lit(PAYEE), "collection_service"),
        "amount": pl.col("paid_amount"),
        "parts": pl.concat_list(part).cast(PARTS),
        "free_text": pl.col("answer_text"),
    }
    given = named.with_columns(value.alias(name) for name, value in values.items())
    absent = [pl.lit(None, t).alias(name) for name, t in PAYMENT_RECORDS.items() if name not in given.columns]
    return given.with_columns(absent).select(*PAYMENT_RECORDS, "file_format")
