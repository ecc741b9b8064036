"""Spend limits, non-payment, the black list and top-ups in a home: what is barred, told, ordered and booked.

Anna has called for 1.465 on 17 September and 0.69 on the 19th: 2.155 at list price, excluding VAT. With her first
half month of 49.50 that is 51.655 used; her limit is 400.
"""

import json
import re
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from small_operator import ANNA, ANNAS_NUMBER, ask, books, differing, put

from pipelines.credit.block_list_flow import export_block_list
from pipelines.credit.spend_flow import spend, spend_of
from pipelines.credit.top_up_flow import export_top_ups
from pipelines.customers.register_flow import register
from pipelines.customers.state_flow import states
from pipelines.lake import numbered_files
from pipelines.nightly_flow import conduct, night_at, stages_named
from schemas import tables

pytestmark = pytest.mark.slow
ON = date(2026, 9, 20)
D = Decimal
SUBSCRIPTION = 500001
BLOCKS = "SELECT block_cause, barred, block_reason, prompt, unblocked_on FROM block ORDER BY block_id"


class PowerCutError(BaseException):
    """The machine stops here."""


def cut(*_args, **_kwargs):
    raise PowerCutError


def write(home, table, *rows, on=ON):
    with night_at(home, on) as night, night.store.transaction("test"):
        night.store.upsert(table, pl.DataFrame(list(rows), schema=table.schema, orient="row"))


def limit(home, amount, *, period="month", barred="premium", on=ON):
    write(home, tables.SPEND_CHOICE, (SUBSCRIPTION, period, D(amount), barred, date(2026, 9, 16), "r-limit"), on=on)


def run(home, stage, on=ON):
    with night_at(home, on) as night:
        return stage(night)


def test_a_limit_warns_and_bars_once_and_a_higher_limit_lifts_the_bar(begun, copy_of):
    """2.155 of 2.50 is 86.2 %; of 2.155 it is 100 %."""
    home = copy_of(begun)
    limit(home, "2.50")
    run(home, spend)
    assert ask(home, BLOCKS) == []
    limit(home, "2.155")
    run(home, spend)
    assert ask(home, BLOCKS) == [("spend_limit", "premium", "customer", "spend-limit-sv", None)]
    sql = (
        "SELECT notice_id, notice_kind, account_id, notice_channel, language FROM notice WHERE notice_id LIKE 'spend:%'"
    )
    told = f"spend:{SUBSCRIPTION}:customer:month:2026-09-01"
    assert sorted(ask(home, sql)) == [
        (f"{told}:100", "spend_barred", ANNA, "portal", "sv"),
        (f"{told}:50", "spend_warning", ANNA, "portal", "sv"),
        (f"{told}:80", "spend_warning", ANNA, "portal", "sv"),
    ]
    before = books(home)
    run(home, spend)
    assert differing(before, books(home)) == []
    limit(home, "100")
    run(home, spend)
    assert ask(home, BLOCKS) == [("spend_limit", "premium", "customer", "spend-limit-sv", ON)]


def test_a_notice_says_what_was_spent_of_what(begun, copy_of):
    home = copy_of(begun)
    limit(home, "2.155")
    run(home, spend)
    (text,) = ask(home, "SELECT notice_data FROM notice WHERE notice_id LIKE '%:100'")[0]
    assert json.loads(text) == {
        "set_by": "customer", "spend_period": "month", "period_from": "2026-09-01", "warned_percent": "100",
        "spend_limit_amount": "2.155000", "list_amount": "2.155000", "barred": "premium",
    }  # fmt: skip


def test_the_bar_of_a_month_ends_with_it_also_where_nothing_else_happens_to_the_account(begun, copy_of):
    home = copy_of(begun)
    limit(home, "2")
    run(home, spend)
    with night_at(home, date(2026, 10, 1)) as night:
        spend_of(night, tables.ACCOUNT.empty().select("account_id"))
    assert ask(home, BLOCKS) == [("spend_limit", "premium", "customer", "spend-limit-sv", date(2026, 10, 1))]


def test_only_what_happened_to_an_account_brings_its_bar_by_day(begun, copy_of):
    home = copy_of(begun)
    limit(home, "2")
    nobody, anna = (pl.DataFrame({"account_id": ids}, schema={"account_id": pl.Int64}) for ids in ([], [ANNA]))
    with night_at(home, ON) as night:
        spend_of(night, nobody)
        assert night.store.count(tables.BLOCK) == 0
        spend_of(night, anna)
        assert night.store.count(tables.BLOCK) == 1


def test_the_operator_s_own_limit_bars_too(begun, copy_of):
    home = copy_of(begun)
    rows = "link_scope,link_to,day_limit,month_limit,barred\nall,*,,2,all\n"
    (home.config / "spend_limits.csv").write_text(rows, encoding="utf-8")
    run(home, spend)
    assert ask(home, BLOCKS) == [("spend_limit", "all", "behaviour", "spend-limit-sv", None)]


def test_an_unpaid_invoice_restricts_then_suspends_and_a_payment_frees(invoiced, copy_of):
    """The invoice was due on 21 October: 30 days later is 20 November, 60 days later 20 December."""
    home = copy_of(invoiced)
    run(home, spend, date(2026, 11, 19))
    assert ask(home, BLOCKS) == []
    run(home, spend, date(2026, 11, 20))
    restricted = [("unpaid", kind, "financial", "unpaid-sv") for kind in ("abroad", "premium")]
    assert ask(home, BLOCKS) == [(*row, None) for row in restricted]
    run(home, spend, date(2026, 12, 20))
    suspended = ("unpaid", "all", "financial", "unpaid-sv")
    assert ask(home, BLOCKS) == [*((*row, date(2026, 12, 20)) for row in restricted), (*suspended, None)]
    paid = (
        "a",
        "p",
        "B:p",
        ANNA,
        "invoice:1000001",
        "receivable",
        *[D(188)] * 4,
        "ocr_reference",
        date(2026, 12, 21),
        None,
    )
    write(home, tables.ALLOCATION, paid)
    run(home, spend, date(2026, 12, 21))
    assert ask(home, BLOCKS)[-1] == (*suspended, date(2026, 12, 21))
    told = "notice WHERE notice_id LIKE 'unpaid:%' ORDER BY requested_on"
    sql = f"SELECT notice_id, notice_data::JSON->>'barred' FROM {told}"  # noqa: S608 (the test's own words)
    name = f"unpaid:{ANNAS_NUMBER}"
    assert ask(home, sql) == [
        (f"{name}:1:blocked", "abroad+premium"),
        (f"{name}:3:blocked", "all"),
        (f"{name}:3:unblocked", "all"),
    ]


def test_an_account_that_never_pays_is_restricted_suspended_and_ended(invoiced, copy_of):
    """Due 21 October: 90 days later is 19 January. The request holds from the 20th, and nobody is told to be free."""
    home = copy_of(invoiced)
    policy = home.config / "policy.toml"
    text = policy.read_text(encoding="utf-8")
    policy.write_text(re.sub(r"(?m)^terminate_days = 0", "terminate_days = 90", text), encoding="utf-8")
    for day in (date(2026, 11, 20), date(2026, 12, 20), date(2027, 1, 19), date(2027, 1, 19)):
        run(home, spend, day)
        run(home, states, day)
    ended = date(2027, 1, 20)
    sql = (
        "SELECT request_id, request_type, channel, effective_on FROM request WHERE request_id LIKE 'unpaid%' ORDER BY 1"
    )
    assert ask(home, sql) == [
        (f"unpaid:{SUBSCRIPTION}:1000001", "cancel", "network", ended),
        (f"unpaid:{SUBSCRIPTION + 1}:1000002", "cancel", "network", ended),
    ]
    for stage in (register, spend, states, spend):
        run(home, stage, ended)
    sql = f"SELECT subscription_state, state_cause FROM subscription_state WHERE subscription_id = {SUBSCRIPTION}"  # noqa: S608
    assert ask(home, f"{sql} ORDER BY transition_no")[1:] == [
        ("active", "begun"),
        ("restricted", "unpaid"),
        ("suspended", "unpaid"),
        ("terminated", "ended"),
    ]
    assert ask(home, BLOCKS)[-1][-1] == ended
    assert ask(home, "SELECT count(*) FROM notice WHERE notice_kind = 'unblocked'") == [(0,)]


def test_the_black_list_bars_while_it_is_in_force(begun, copy_of):
    home = copy_of(begun)
    heads = "listed_kind,listed_value,block_reason,prompt,note_text,valid_from,valid_to\n"
    rows = "customer,10001,fraud,,sim boxes,2026-09-01,2026-09-22\nnumber,4479460000,behaviour,quiet,,2026-09-01,\n"
    (home.config / "black_list.csv").write_text(heads + rows, encoding="utf-8")
    run(home, spend)
    run(home, export_block_list)
    assert (home.outbox / "block_list.csv").read_text(encoding="utf-8").splitlines()[1:] == [
        "4479460000,,behaviour,all,quiet,2026-09-20",
        f"{ANNAS_NUMBER},,fraud,all,credit-limit-sv,2026-09-20",
    ]
    run(home, spend, date(2026, 9, 22))
    assert ask(home, "SELECT a_number, unblocked_on FROM block ORDER BY 1") == [
        ("4479460000", None),
        (ANNAS_NUMBER, date(2026, 9, 22)),
    ]


def asked_for(kind, on, **fields):
    """Write a request of Anna's about her number as a line."""
    said = {
        "request_id": f"r-{kind}", "type": kind, "channel": "web", "actor": "anna", "effective_on": str(on),
        "requested_at": f"{on}T09:00:00+02:00", "number": ANNAS_NUMBER,
    }  # fmt: skip
    return json.dumps(said | fields) + "\n"


def test_a_block_by_request_ends_when_its_number_leaves_the_account(begun, copy_of):
    home, ended = copy_of(begun), date(2026, 9, 22)
    stages = stages_named("configure", "ingest", "register", "spend")
    put(home, {"block.jsonl": asked_for("block", ON, reason="customer", barred="premium")})
    conduct(home, ON, stages=stages)
    put(home, {"cancel.jsonl": asked_for("cancel", ended)})
    for on, lifted in ((date(2026, 9, 21), None), (ended, ended), (ended, ended)):
        conduct(home, on, stages=stages)
        assert ask(home, "SELECT block_cause, unblocked_on FROM block") == [("request", lifted)]


def barred_number(home, number=ANNAS_NUMBER, lifted=None):
    """Bar a number, as a request does."""
    row = {"block_id": f"request:{number}:1", "a_number": number, "block_reason": "customer", "block_cause": "request",
           "barred": "all", "prompt": "p", "blocked_on": ON, "unblocked_on": lifted}  # fmt: skip
    with night_at(home, ON) as night, night.store.transaction("test"):
        at = pl.lit("2026-09-20T08:00").str.to_datetime(time_zone="UTC").alias("blocked_at")
        frame = pl.DataFrame([row], schema=tables.BLOCK.schema).with_columns(at)
        night.store.upsert(tables.BLOCK, frame)


def changes_of(home):
    files = sorted((home.outbox / "block_list_changes").glob("*.csv"))
    return {path.name: path.read_text(encoding="utf-8") for path in files}


def test_changes_of_the_block_list_are_numbered_and_a_run_without_any_writes_no_file(begun, copy_of):
    home = copy_of(begun)
    run(home, export_block_list)
    assert changes_of(home) == {}
    barred_number(home)
    run(home, export_block_list)
    run(home, export_block_list)
    barred_number(home, lifted=ON)
    run(home, export_block_list)
    heads, row = "change,number,code,reason,barred,prompt,since\n", f"{ANNAS_NUMBER},,customer,all,p,2026-09-20\n"
    assert changes_of(home) == {
        "block_list_000001.csv": f"{heads}added,{row}",
        "block_list_000002.csv": f"{heads}removed,{row}",
    }


def test_a_killed_run_loses_no_change_and_tells_none_twice(begun, copy_of, monkeypatch):
    home = copy_of(begun)
    barred_number(home)
    with monkeypatch.context() as broken:
        broken.setattr(numbered_files, "write_whole", cut)
        with pytest.raises(PowerCutError):
            run(home, export_block_list)
    assert changes_of(home) == {}
    barred_number(home, "4670999")
    run(home, export_block_list)
    files = changes_of(home)
    assert [text.splitlines()[1].split(",")[:2] for text in files.values()] == [
        ["added", ANNAS_NUMBER],
        ["added", "4670999"],
    ]


def allow_top_up(home, threshold="380"):
    write(home, tables.TOP_UP_CHOICE, (ANNA, D(threshold), D(200), D(500), ON, "r-auto"))


def test_a_top_up_is_ordered_once_and_stands_in_one_file(begun, copy_of, monkeypatch):
    """51.655 is 51.66, with 25 % (12.915, so 12.92) 64.58 of 400: 335.42 are left."""
    home = copy_of(begun)
    allow_top_up(home, "335.42")
    run(home, spend)
    assert ask(home, "SELECT count(*) FROM top_up") == [(0,)]
    allow_top_up(home, "335.43")
    run(home, spend)
    run(home, spend)
    assert ask(home, "SELECT top_up_id, amount, paid_on FROM top_up") == [(f"{ANNA}:1", D(200), None)]
    assert ask(home, "SELECT notice_id FROM notice WHERE notice_id LIKE 'top_up%'") == [(f"top_up_ordered:{ANNA}:1",)]
    with monkeypatch.context() as broken:
        broken.setattr(numbered_files, "write_whole", cut)
        with pytest.raises(PowerCutError):
            run(home, export_top_ups)
    run(home, export_top_ups)
    run(home, export_top_ups)
    files = {path.name: path.read_text(encoding="utf-8") for path in (home.outbox / "top_ups").iterdir()}
    row = f"{ANNA}:1,{ANNA},200.00,SEK,2026-09-20\n"
    assert files == {"top_ups_000001.csv": f"top_up_id,account_id,amount,currency,ordered_on\n{row}"}


def test_a_paid_top_up_is_credit_in_the_books_and_twice_changes_nothing(begun, copy_of):
    home = copy_of(begun)
    write(home, tables.TOP_UP, (f"{ANNA}:1", ANNA, "automatic", D("200.00"), "SEK", ON, ON, None))
    stages = stages_named("configure", "match", "settle", "book", "prove")
    conduct(home, ON, stages=stages)
    sql = "SELECT payment_id, payee_account, booked_on, amount FROM payment"
    assert ask(home, sql) == [(f"top_up:{ANNA}:1", "top_up", ON, D(200))]
    sql = "SELECT voucher_id, ledger_account, debit_credit FROM ledger_entry ORDER BY entry_no"
    assert ask(home, sql) == [(f"T:{ANNA}:1", "1580", D(200)), (f"T:{ANNA}:1", "2420", D(-200))]
    before = books(home)
    conduct(home, ON, stages=stages)
    assert differing(before, books(home)) == []
    sql = "SELECT DISTINCT check_name, left_side, right_side FROM control_total WHERE check_name LIKE '%_equal%_ledger'"
    sides = {name: (left, right) for name, left, right in ask(home, sql)}
    assert sides["top_ups_equal_ledger"] == (D(200), D(200))
    assert sides["bank_equals_ledger"] == (D(0), D(0))
    assert sides["credit_equals_ledger"] == (D(200), D(200))


def test_a_block_by_request_ends_with_the_number_and_is_not_the_next_holders(begun, copy_of):
    home = copy_of(begun)
    asked = {"channel": "web", "requested_at": "2026-09-19T08:00:00+02:00", "number": ANNAS_NUMBER}
    block = asked | {"request_id": "b", "type": "block", "effective_on": "2026-09-20", "reason": "customer"}
    remove = asked | {"request_id": "r", "type": "remove_number", "effective_on": "2026-09-22"}
    put(home, {"b.jsonl": json.dumps(block), "r.jsonl": json.dumps(remove)})
    stages = stages_named("ingest", "register", "spend")
    conduct(home, date(2026, 9, 21), stages=stages)
    assert ask(home, "SELECT unblocked_on FROM block") == [(None,)]
    conduct(home, date(2026, 9, 22), stages=stages)
    assert ask(home, "SELECT unblocked_on FROM block") == [(date(2026, 9, 22),)]
