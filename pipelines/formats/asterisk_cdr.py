"""Asterisk call detail records: cdr_csv `Master.csv` and the usual cdr_custom column order.

Source: Asterisk's cdr_csv.c and the sample cdr_custom.conf. Neither has a header; the two orders differ by where
accountcode stands, so they are told apart by where the times and the durations stand, never by name.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from pipelines.formats.delimited_text import head_lines, read_lines, recode, split_fields
from pipelines.formats.field_values import instant_on_clock, whole_seconds
from pipelines.formats.layout import REJECTED_RECORDS, USAGE_RECORDS, Parsed, ReadContext
from schemas.columns import TIMESTAMP
from schemas.set_aside import Fault, set_aside

_CALL = (
    "src dst dcontext clid channel dstchannel lastapp lastdata start answer end duration billsec disposition amaflags"
)
_CUSTOM_CALL = _CALL.replace(" clid", "")
CDR_CSV_COLUMNS = ("accountcode", *_CALL.split(), "uniqueid", "userfield")
CDR_CUSTOM_COLUMNS = ("clid", *_CUSTOM_CALL.split(), "accountcode", "uniqueid", "userfield")
_WANTED = ["src", "dst", "dstchannel", "start", "answer", "end", "duration", "billsec", "disposition", "uniqueid"]
_FEWEST_COLUMNS = 17  # userfield is written only where cdr.conf asks for it

_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}$"
_EPOCH = r"^(?:.*-)?([0-9]{9,11})\.[0-9]+$"
OUTCOMES = {
    "ANSWERED": "answered",
    "NO ANSWER": "unanswered",
    "NOANSWER": "unanswered",
    "BUSY": "unanswered",
    "CANCEL": "unanswered",
    "CANCELED": "unanswered",
    "CANCELLED": "unanswered",
    "FAILED": "failed",
    "CONGESTION": "failed",
}


@dataclass(frozen=True)
class AsteriskCdr:
    """One column order of Asterisk's CDR files."""

    name: str
    columns: tuple[str, ...]
    kind: str = "usage"

    def recognises(self, head: bytes) -> bool:
        """Tell whether any line has times, durations and the disposition where this column order puts them."""
        calls = self._split(head_lines(head))
        shaped = (
            pl.col("start").str.contains(_TIME)
            & (pl.col("answer").is_null() | pl.col("answer").str.contains(_TIME))
            & pl.col("end").str.contains(_TIME)
            & pl.all_horizontal(whole_seconds(pl.col(name)).is_not_null() for name in ("duration", "billsec"))
            & pl.col("disposition").str.contains(r"^[A-Z ]+$")
        )
        return bool(calls.select(shaped.any()).item())

    def read(self, content: bytes, context: ReadContext) -> Parsed:
        """Read the calls, one per line that is not blank.

        `started_at` is when the call was answered, or tried where nobody answered. `record_id` joins uniqueid,
        start, destination and destination channel: forked and transferred calls share the first three. Rows are
        rejected as BAD_ENCODING, MALFORMED_ROW (columns, quotes, disposition, uniqueid), BAD_TIME, BAD_DURATION.
        """
        text = recode(content)
        calls = self._split(read_lines(text))
        valued = calls.with_columns(_values(context.time_zone))
        records, rejected = set_aside(valued, *_faults(context.time_zone))
        return Parsed(records.select(_usage_record()), rejected.select(REJECTED_RECORDS.keys()), text=text)

    def _split(self, lines: pl.DataFrame) -> pl.DataFrame:
        return split_fields(lines, list(self.columns), ",", fewest=_FEWEST_COLUMNS, wanted=_WANTED)


ASTERISK_CSV = AsteriskCdr("asterisk_csv", CDR_CSV_COLUMNS)
ASTERISK_CUSTOM = AsteriskCdr("asterisk_custom", CDR_CUSTOM_COLUMNS)


def _values(time_zone: str) -> list[pl.Expr]:
    local = pl.coalesce("answer", "start")
    naive = local.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us")
    seconds = pl.col("uniqueid").str.extract(_EPOCH).cast(pl.Int64)
    created = pl.from_epoch(seconds * 1_000_000, time_unit="us").dt.replace_time_zone("UTC")
    disposition = pl.col("disposition").str.strip_chars().str.to_uppercase()
    return [
        local.alias("local_time"),
        naive.alias("naive_time"),
        instant_on_clock(naive, time_zone, not_before=created).cast(TIMESTAMP).alias("started_at"),
        whole_seconds(pl.col("billsec")).alias("duration_s"),
        disposition.replace_strict(OUTCOMES, default=None, return_dtype=pl.String).alias("outcome"),
    ]


def _faults(time_zone: str) -> list[Fault]:
    skipped = pl.format("{} does not exist on the clock of {}; set the switch's clock", "local_time", pl.lit(time_zone))
    unread = pl.format("{} is not a time as YYYY-MM-DD hh:mm:ss", pl.col("local_time").fill_null("nothing"))
    unknown = pl.format(
        "{} is not a disposition of Asterisk: expected one of {}",
        pl.col("disposition").fill_null("nothing"),
        pl.lit(", ".join(OUTCOMES)),
    )
    billsec = pl.format("billsec is {}, not seconds", pl.col("billsec").fill_null("nothing"))
    return [
        (pl.col("uniqueid").is_null(), "MALFORMED_ROW", "uniqueid is empty; set loguniqueid=yes in cdr.conf"),
        (pl.col("outcome").is_null(), "MALFORMED_ROW", unknown),
        (pl.col("naive_time").is_null(), "BAD_TIME", unread),
        (pl.col("started_at").is_null(), "BAD_TIME", skipped),
        (pl.col("duration_s").is_null(), "BAD_DURATION", billsec),
    ]


def _usage_record() -> list[pl.Expr]:
    identity = pl.concat_str("uniqueid", "start", "dst", "dstchannel", separator="/", ignore_nulls=True)
    columns = {
        **{name: pl.col(name) for name in ("record_no", "line_no", "started_at", "duration_s", "outcome")},
        "source_system": pl.lit("asterisk"),
        "record_id": identity,
        "service": pl.lit("voice"),
        "usage_kind": pl.lit("call"),
        "origin_number": pl.lit(None),
        "volume_bytes": pl.lit(0),
        "event_count": pl.lit(0),
        "a_number": pl.col("src"),
        "b_number": pl.col("dst"),
    }
    return [columns[name].cast(dtype).alias(name) for name, dtype in USAGE_RECORDS.items()]
