"""Tables of documents, cards, proof, and the run's own record."""

from __future__ import annotations

from schemas.table import Table

DOCUMENT = Table(
    "document",
    "Documents made for customers.",
    ("document_id",),
    "document_id document_kind invoice_no file_path content_sha256 rendered_on",
)
CUSTOMER_CARD = Table(
    "customer_card",
    "One card per customer, for customer service.",
    ("customer_id",),
    "customer_id card_json card_page content_sha256",
)
CONTROL_TOTAL = Table(
    "control_total",
    "The proof of each run: equations that must hold to the last decimal.",
    ("run_id", "check_name", "subject"),
    "run_id run_on check_name subject left_side right_side holds",
)
RUN = Table(
    "run",
    "Runs of the night and of its commands.",
    ("run_id",),
    "run_id run_on run_command run_through run_state begun_at ended_at? summary?",
)
RUN_STAGE = Table(
    "run_stage",
    "Stages of each run.",
    ("run_id", "stage_no"),
    "run_id stage_no stage begun_at ended_at rows_in rows_out rows_rejected summary",
)
