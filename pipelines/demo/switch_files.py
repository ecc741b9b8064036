"""CDR files as the demo's switches write them: Asterisk's two column orders, and two CSVs with a header.

Every function takes a frame with the columns of `calls.CALLS` (`mobile_csv` also `messages_and_data.RECORDS`) and
returns the file's lines as bytes.
"""

from __future__ import annotations

import polars as pl

from pipelines.demo.calls import ANSWERED, TIME_ZONE
from pipelines.demo.population import GOTHENBURG, MOBILE, STOCKHOLM

SWITCH_HEADER = b"CallId;Service;Caller;Called;StartTime;Duration;Result\n"
MOBILE_HEADER = b"RecordId;Node;Kind;Service;Caller;Called;StartTime;Duration;Bytes;Count;Result\n"
# Fields in file order; the two layouts differ in where accountcode and clid stand.
_CDR_CSV = """accountcode src dst dcontext clid channel dstchannel lastapp lastdata start answer end duration billsec
disposition amaflags uniqueid userfield"""
_CDR_CUSTOM = """clid src dst dcontext channel dstchannel lastapp lastdata start answer end duration billsec disposition
amaflags accountcode uniqueid userfield"""
_COUNTRY, _LONGEST_SHORT_NUMBER = "46", 6
_RESULTS = {"ANSWERED": "answered", "NO ANSWER": "no_answer", "BUSY": "busy", "FAILED": "failed"}


def master_csv(calls: pl.DataFrame) -> bytes:
    """Write Asterisk's cdr_csv: no header, texts quoted and numbers bare, times on the switch's local clock."""
    return (
        _asterisk(calls, STOCKHOLM)
        .select(_CDR_CSV.split())
        .write_csv(include_header=False, quote_style="non_numeric")
        .encode()
    )


def cdr_custom(calls: pl.DataFrame) -> bytes:
    """Write the column order of Asterisk's sample cdr_custom.conf: `clid` first, everything quoted."""
    return (
        _asterisk(calls, GOTHENBURG)
        .select(_CDR_CUSTOM.split())
        .write_csv(include_header=False, quote_style="always")
        .encode()
    )


def switch_csv(calls: pl.DataFrame) -> bytes:
    """Write the lines (without `SWITCH_HEADER`) of the profile `switch_csv`: semicolons, UTC, international numbers."""
    lines = calls.select(
        pl.format("{}-{}-{}", pl.col("switch"), pl.col("answered_at").dt.epoch("s"), "sequence").alias("CallId"),
        pl.col("switch").alias("Service"),
        pl.format("+{}", "a_number").alias("Caller"),
        pl.format("+{}", "b_number").alias("Called"),
        _utc("answered_at").alias("StartTime"),
        _clock("talk_s").alias("Duration"),
        _result().alias("Result"),
    )
    return lines.write_csv(include_header=False, separator=";", quote_style="never").encode()


def mobile_csv(records: pl.DataFrame) -> bytes:
    """Write the lines (without `MOBILE_HEADER`) of the profile `mobile_csv`; rows without a `kind` are calls."""
    given = records if "kind" in records.columns else _as_mobile_calls(records)
    lines = given.select(
        pl.format("{}-{}-{}", pl.col("switch"), pl.col("answered_at").dt.epoch("s"), "sequence").alias("RecordId"),
        pl.col("node").alias("Node"),
        pl.col("kind").alias("Kind"),
        pl.lit(MOBILE).alias("Service"),
        pl.format("+{}", "a_number").alias("Caller"),
        pl.when(pl.col("b_number") != "").then(pl.format("+{}", "b_number")).otherwise(pl.lit("")).alias("Called"),
        _utc("answered_at").alias("StartTime"),
        _clock("talk_s").alias("Duration"),
        pl.col("volume_bytes").alias("Bytes"),
        pl.col("event_count").alias("Count"),
        _result().alias("Result"),
    )
    return lines.write_csv(include_header=False, separator=";", quote_style="never").encode()


def _as_mobile_calls(calls: pl.DataFrame) -> pl.DataFrame:
    return calls.with_columns(
        pl.lit("switch").alias("node"),
        pl.lit("voice").alias("kind"),
        pl.lit(0, pl.Int64).alias("volume_bytes"),
        pl.lit(0, pl.Int64).alias("event_count"),
    )


def _utc(moment: str) -> pl.Expr:
    return pl.col(moment).dt.strftime("%Y-%m-%dT%H:%M:%SZ")


def _clock(column: str) -> pl.Expr:
    seconds = pl.col(column)
    parts = (seconds // 3600, seconds // 60 % 60, seconds % 60)
    return pl.format("{}:{}:{}", *(part.cast(pl.String).str.zfill(2) for part in parts))


def _result() -> pl.Expr:
    return pl.col("disposition").replace_strict(_RESULTS, return_dtype=pl.String)


_WRITERS = {STOCKHOLM: master_csv, GOTHENBURG: cdr_custom, MOBILE: mobile_csv}
_HEADERS = {STOCKHOLM: b"", GOTHENBURG: b"", MOBILE: MOBILE_HEADER}


def lines_of(switch: str, calls: pl.DataFrame) -> bytes:
    """Write calls in the layout of a switch, without what `header_of` gives."""
    return _WRITERS.get(switch, switch_csv)(calls)


def header_of(switch: str) -> bytes:
    """Return what a switch's file begins with."""
    return _HEADERS.get(switch, SWITCH_HEADER)


def _asterisk(calls: pl.DataFrame, site: str) -> pl.DataFrame:
    """Name an Asterisk CDR's fields; `uniqueid` is the site, the channel's creation as an epoch, and a serial."""
    answered = pl.col("answered_at")
    begun = answered - pl.duration(seconds="ring_s")
    ended = answered + pl.duration(seconds="talk_s")
    dialled = _dialled_in_sweden("b_number") if site == STOCKHOLM else pl.format("+{}", "b_number")
    picked_up = pl.col("disposition") == ANSWERED
    return calls.select(
        pl.lit("").alias("accountcode"),
        _dialled_in_sweden("a_number").alias("src"),
        dialled.alias("dst"),
        pl.lit("from-customers").alias("dcontext"),
        pl.format('"{}" <{}>', "caller_name", _dialled_in_sweden("a_number")).alias("clid"),
        pl.format("PJSIP/customer-{}", pl.col("sequence").cast(pl.String).str.zfill(8)).alias("channel"),
        pl.format("PJSIP/carrier-{}", pl.col("sequence").cast(pl.String).str.zfill(8)).alias("dstchannel"),
        pl.lit("Dial").alias("lastapp"),
        pl.format("PJSIP/{}@carrier,60", dialled).alias("lastdata"),
        _local(begun).alias("start"),
        pl.when(picked_up).then(_local(answered)).otherwise(pl.lit("")).alias("answer"),
        _local(ended).alias("end"),
        (pl.col("ring_s") + pl.col("talk_s")).alias("duration"),
        pl.col("talk_s").alias("billsec"),
        pl.col("disposition"),
        pl.lit("DOCUMENTATION").alias("amaflags"),
        pl.format("{}-{}.{}", pl.lit(site), begun.dt.epoch("s"), "sequence").alias("uniqueid"),
        pl.lit("").alias("userfield"),
    )


def _local(moment: pl.Expr) -> pl.Expr:
    return moment.dt.convert_time_zone(TIME_ZONE).dt.strftime("%Y-%m-%d %H:%M:%S")


def _dialled_in_sweden(number: str) -> pl.Expr:
    """Write a number as dialled: short numbers (112) bare, those of Sweden with 0, others with 00."""
    digits = pl.col(number)
    at_home = digits.str.slice(len(_COUNTRY))
    return (
        pl.when(~digits.str.starts_with(_COUNTRY))
        .then(pl.format("00{}", digits))
        .when(at_home.str.len_chars() <= _LONGEST_SHORT_NUMBER)
        .then(at_home)
        .otherwise(pl.format("0{}", at_home))
    )
