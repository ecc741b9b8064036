"""CDR files as the demo's switches write them: Asterisk's two column orders, and a CSV with a header.

Every function takes a frame with the columns of `calls.CALLS` and returns the file's lines as bytes.
"""

from __future__ import annotations

import polars as pl

from pipelines.demo.calls import ANSWERED, TIME_ZONE
from pipelines.demo.population import GOTHENBURG, STOCKHOLM

SWITCH_HEADER = b"CallId;Service;Caller;Called;StartTime;Duration;Result\n"
# Fields in file order; the two layouts differ in where accountcode and clid stand.
_CDR_CSV = """accountcode src dst dcontext clid channel dstchannel lastapp lastdata start answer end duration billsec
disposition amaflags uniqueid userfield"""
_CDR_CUSTOM = """clid src dst dcontext channel dstchannel lastapp lastdata start answer end duration billsec disposition
amaflags accountcode uniqueid userfield"""
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
    seconds = pl.col("talk_s")
    clock = pl.format(
        "{}:{}:{}", *(part.cast(pl.String).str.zfill(2) for part in (seconds // 3600, seconds // 60 % 60, seconds % 60))
    )
    lines = calls.select(
        pl.format("{}-{}-{}", pl.col("switch"), pl.col("answered_at").dt.epoch("s"), "sequence").alias("CallId"),
        pl.col("switch").alias("Service"),
        pl.format("+{}", "a_number").alias("Caller"),
        pl.format("+{}", "b_number").alias("Called"),
        pl.col("answered_at").dt.strftime("%Y-%m-%dT%H:%M:%SZ").alias("StartTime"),
        clock.alias("Duration"),
        pl.col("disposition").replace_strict(_RESULTS, return_dtype=pl.String).alias("Result"),
    )
    return lines.write_csv(include_header=False, separator=";", quote_style="never").encode()


def lines_of(switch: str, calls: pl.DataFrame) -> bytes:
    """Write calls in the layout of a switch; mobile and call-centre calls are lines below `SWITCH_HEADER`."""
    return {STOCKHOLM: master_csv, GOTHENBURG: cdr_custom}.get(switch, switch_csv)(calls)


def header_of(switch: str) -> bytes:
    """Return what a switch's file begins with."""
    return b"" if switch in {STOCKHOLM, GOTHENBURG} else SWITCH_HEADER


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
    domestic = pl.col(number).str.starts_with("46")
    return pl.when(domestic).then(pl.format("0{}", pl.col(number).str.slice(2))).otherwise(pl.format("00{}", number))
