"""The night, from files in to cards out. Read `NIGHT` from top to bottom: it is the picture of the whole system.

```
inbox -> ingest -> register -> rate -> match -> order -> bill -> settle -> write off -> remind -> spend -> restrict
                                                                                                            |
                                                                                        prove <- book <- states
                                                                                          |
    readers <- publish <- documents <- ledger file <- network orders <- top-ups <- block list <----+
```

Decisions come first, then the proof, then what leaves the house: nothing is delivered or published that was not proven.
The same conductor calls the stages directly or as tasks of a Prefect flow (`pipelines.runs.prefect_night`).
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta

import duckdb
import polars as pl

from pipelines import clock, progress
from pipelines.billing.bill_flow import bill
from pipelines.charging.exceptions_report import write_exceptions
from pipelines.charging.rate_flow import rate
from pipelines.collecting.collection_flow import hand_over, write_hand_overs
from pipelines.collecting.debit_flow import debit
from pipelines.collecting.direct_debit_files import export_direct_debits
from pipelines.collecting.refund_files import export_refunds
from pipelines.collecting.remind_flow import remind
from pipelines.collecting.write_off_flow import write_off_invoices
from pipelines.configuration.configure_flow import configure
from pipelines.configuration.reading import load_configuration
from pipelines.credit.block_list_flow import export_block_list
from pipelines.credit.credit_flow import order, restrict
from pipelines.credit.spend_flow import spend
from pipelines.credit.top_up_flow import export_top_ups
from pipelines.customers.provision_flow import provision
from pipelines.customers.register_flow import register
from pipelines.customers.state_flow import states
from pipelines.documents.deliver_flow import deliver
from pipelines.home import Home, home_secret
from pipelines.intake.ingest_flow import ingest
from pipelines.lake.compact_flow import compact
from pipelines.lake.store import Store, is_transient, open_store
from pipelines.ledger.book_flow import book
from pipelines.ledger.export_flow import export_ledger
from pipelines.night import BusinessDateError, Night, Stage, StageReport
from pipelines.payments.settle_flow import match, settle
from pipelines.payments.statement_report import statement_report, write_statements
from pipelines.proof.prove_flow import ProofError, proof_of, prove
from pipelines.publishing.publish_flow import publish
from pipelines.runs.home_lock import INTRADAY, exclusive
from pipelines.runs.run_record import RunReport, StageRun
from pipelines.runs.run_report import write_reports
from pipelines.runs.touched import Touched
from schemas import tables

NIGHT = (
    Stage("configure", configure),
    Stage("ingest", ingest),
    Stage("register", register),
    Stage("rate", rate),
    Stage("match", match),
    Stage("order", order),
    Stage("bill", bill),
    Stage("settle", settle),
    Stage("write_off", write_off_invoices),
    Stage("hand_over", hand_over),
    Stage("remind", remind),
    Stage("debit", debit),
    Stage("spend", spend),
    Stage("restrict", restrict),
    Stage("states", states),
    Stage("book", book),
    Stage("prove", prove),
    Stage("block_list", export_block_list),
    Stage("top_up_file", export_top_ups),
    Stage("direct_debit_file", export_direct_debits),
    Stage("refund_file", export_refunds),
    Stage("provision", provision),
    Stage("ledger_file", export_ledger),
    Stage("collection_file", write_hand_overs),
    Stage("deliver", deliver),
    Stage("publish", publish),
    Stage("compact", compact),
)
_RETRIES = 3
_DAYS_AHEAD = 31


Caller = Callable[[Stage, Night], StageReport]


def stages_named(*names: str) -> tuple[Stage, ...]:
    """Return some stages of the night, in the night's order."""
    return tuple(stage for stage in NIGHT if stage.name in names)


# What a run by day does: nothing that is made, sent or proven once a night.
BY_DAY = stages_named(
    "configure", "ingest", "register", "rate", "match", "order", "settle", "spend", "restrict", "block_list"
)


def intraday(home: Home, on: date | None, *, call: Caller | None = None, through: str = "direct") -> RunReport:
    """Run by day: what came in is priced and settled, and the block list follows; cost follows the input alone.

    Raises as `conduct`, and `HomeHeldError` at once when any other run holds the home: the next run takes over.
    """
    return conduct(
        home, on, command=INTRADAY, stages=BY_DAY, call=call or call_directly, through=through, touched=Touched()
    )


def call_directly(stage: Stage, night: Night) -> StageReport:
    """Call a stage, again when the catalog was busy: a stage is one transaction, so trying again is safe."""
    for attempt in range(_RETRIES):
        try:
            return stage.run(night)
        except (duckdb.Error, OSError) as error:
            if attempt == _RETRIES - 1 or not is_transient(error):
                raise
            time.sleep(0.2 * 2**attempt)
    raise AssertionError(stage.name)  # the last attempt returns or raises


def conduct(
    home: Home,
    on: date | None,
    *,
    command: str = "nightly",
    stages: Sequence[Stage] = NIGHT,
    call: Caller = call_directly,
    through: str = "direct",
    ended: Callable[[RunReport], None] = lambda _: None,
    touched: Touched | None = None,
) -> RunReport:
    """Run stages of one business date in a home, and keep the record of the run in the lake.

    `ended` is given the report of the run however it ended; `touched` makes it a run by day.

    Time in the books never runs backwards: a date before the latest one that any run has worked on counts as that
    one, so a night that was missed is simply caught up by the next. Raises `ConfigurationError` before anything is
    touched, `HomeError` when another run holds the home, `BusinessDateError` for a date far ahead, `ProofError` when
    an equation does not hold.
    """
    configuration = load_configuration(home.require())
    with exclusive(home, command), open_store(home, configuration.policy.store) as store:
        home_secret(home)  # a home from before there were secrets gets its own
        _close_abandoned_runs(store)
        today = clock.today(configuration.policy.operator.zone)
        wanted = on or today
        as_of = _business_date(wanted, today, store)
        run = RunReport(_run_id(), as_of, command, through, clock.now())
        if as_of != wanted:
            run.summary = f"asked for {wanted}, run as of {as_of}: the books have reached that date. "
        night = Night(home, as_of, run.run_id, configuration, store, touched)
        _record(store, run)
        try:
            _run_stages(night, run, stages, call)
        except BaseException as error:
            run.state = "unproven" if isinstance(error, ProofError) else "failed"
            run.summary += str(error)[:2000] or type(error).__name__
            raise
        else:
            run.state = "completed"
            write_exceptions(home, store, as_of)
            _tell_of_the_bank(night, run)
        finally:
            run.ended_at = clock.now()
            _record(store, run)
            run.refused = refused_on(store, as_of)
            run.proof = proof_of(store, run.run_id, configuration.policy.ledger)
            write_reports(home, run)
            ended(run)
        return run


def _tell_of_the_bank(night: Night, run: RunReport) -> None:
    """Hold bank statements against the books, once a night."""
    if night.is_whole:
        run.bank = statement_report(night.store, night.policy, night.on)
        write_statements(night.home, run.bank, night.on)


def _run_id() -> str:
    """Name a run: its second, then chance. Names that grow let the lake pass over the runs before."""
    return f"{int(clock.now().timestamp()):08x}{uuid.uuid4().hex[:4]}"


@contextmanager
def night_at(home: Home, on: date | None, command: str = "invoice --pdf") -> Iterator[Night]:
    """Open a home for work beside the night, such as making one document; no run is recorded."""
    configuration = load_configuration(home.require())
    with exclusive(home, command), open_store(home, configuration.policy.store) as store:
        day = on or _latest_date(store) or clock.today(configuration.policy.operator.zone)
        yield Night(home, day, "", configuration, store)


def _run_stages(night: Night, run: RunReport, stages: Sequence[Stage], call: Caller) -> None:
    for number, stage in enumerate(stages, 1):
        progress.announce(f"{run.on}  {stage.name}")
        begun = clock.now()
        report = call(stage, night)
        ended = StageRun(stage.name, begun, clock.now(), report)
        run.stages.append(ended)
        row = {
            "run_id": run.run_id, "stage_no": number, "stage": stage.name, "begun_at": begun,
            "ended_at": ended.ended_at, "rows_in": report.rows_in, "rows_out": report.rows_out,
            "rows_rejected": report.rows_rejected, "summary": report.summary,
        }  # fmt: skip
        with night.store.transaction(f"stage {stage.name}"):
            # No other run has this name, so the key needs no look into the lake: a tenth of a small night.
            night.store.append_file(tables.RUN_STAGE, pl.DataFrame([row], schema=tables.RUN_STAGE.schema, orient="row"))


def refused_on(store: Store, on: date) -> pl.DataFrame:
    """Return the requests refused on a business date: `request_id`, `request_type`, `channel`, reason and text."""
    sql = (
        "SELECT request_id, request_type, channel, reason_code, o.reason_text FROM request_outcome o "
        "JOIN request USING (request_id) WHERE request_state = 'refused' AND applied_on = ? ORDER BY request_id"
    )
    return store.query(sql, [on])


def _latest_date(store: Store) -> date | None:
    latest = store.query("SELECT max(run_on) AS latest FROM run")["latest"][0]
    return latest if isinstance(latest, date) else None


def _business_date(wanted: date, today: date, store: Store) -> date:
    """Return the date to work on. Raises `BusinessDateError` for one so far ahead that it must be a slip."""
    latest = _latest_date(store)
    if wanted > max(today, latest or today) + timedelta(days=_DAYS_AHEAD):
        message = f"{wanted} is more than {_DAYS_AHEAD} days ahead; the books could not go back from it. Check --on."
        raise BusinessDateError(message)
    return max(wanted, latest or wanted)


def _record(store: Store, run: RunReport) -> None:
    row = {
        "run_id": run.run_id, "run_on": run.on, "run_command": run.command, "run_through": run.through,
        "run_state": run.state, "begun_at": run.begun_at, "ended_at": run.ended_at, "summary": run.summary or None,
    }  # fmt: skip
    with store.transaction(f"run {run.run_id} {run.state}"):
        store.upsert(tables.RUN, pl.DataFrame([row], schema=tables.RUN.schema, orient="row"))


def _close_abandoned_runs(store: Store) -> None:
    """Name runs that were killed what they are; whoever holds the lock knows that no other run is alive."""
    abandoned = store.read(tables.RUN, "run_state = 'running'")
    if abandoned.height:
        failed = abandoned.with_columns(
            pl.lit("failed").alias("run_state"), pl.lit("killed before it ended").alias("summary"),
            pl.lit(clock.now()).cast(tables.RUN.schema["ended_at"]).alias("ended_at"),
        )  # fmt: skip
        with store.transaction("close abandoned runs"):
            store.upsert(tables.RUN, failed)
