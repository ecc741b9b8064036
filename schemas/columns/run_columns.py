"""Columns of documents, cards, runs, proof."""

from __future__ import annotations

import polars as pl

from schemas import codes
from schemas.columns.column import DAY, FLAG, MOMENT, NOT_NEGATIVE, POSITIVE, TEXT, WHOLE, Column, one_of

RUN_COLUMNS = (
    Column("document_id", TEXT, "Natural key of a document"),
    Column("document_kind", TEXT, "Kind of document", one_of(codes.DOCUMENT_KINDS)),
    Column("file_path", TEXT, "Path of the file, relative to the home"),
    Column("rendered_on", DAY, "Business date the document was made"),
    Column("card_json", TEXT, "Customer card as JSON"),
    Column("card_page", TEXT, "Customer card as an HTML page"),
    Column("run_id", TEXT, "One run of the night or of one of its commands"),
    Column("run_on", DAY, "Business date of the run"),
    Column("run_command", TEXT, "Command that started the run"),
    Column("run_state", TEXT, "How the run ended", one_of(codes.RUN_STATES)),
    Column("run_through", TEXT, "What called the stages: direct, or prefect"),
    Column("begun_at", MOMENT, "When work began, UTC"),
    Column("ended_at", MOMENT, "When work ended, UTC, null while running"),
    Column("stage_no", WHOLE, "Position of the stage in the run, from 1", POSITIVE),
    Column("rows_in", WHOLE, "Rows the stage read", NOT_NEGATIVE),
    Column("rows_out", WHOLE, "Rows the stage accepted", NOT_NEGATIVE),
    Column("summary", TEXT, "What the stage or the run did, in words"),
    Column("check_name", TEXT, "Equation that must hold"),
    Column("subject", TEXT, "What the equation is about: the night, a file, an invoice"),
    Column("left_side", pl.Decimal(38, 6), "Left side of the equation"),
    Column("right_side", pl.Decimal(38, 6), "Right side of the equation"),
    Column("holds", FLAG, "Whether both sides are equal, without tolerance"),
)
