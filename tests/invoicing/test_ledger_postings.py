"""Postings: each event makes the voucher of its kind, every voucher sums to zero, and series have no gaps."""

from dataclasses import fields
from datetime import date
from decimal import Decimal

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from invoicing.document_postings import CLAIM_TEXTS, DOCUMENT_CLAIMS
from invoicing.ledger_periods import with_posted_on
from invoicing.ledger_postings import Events, number_vouchers, postings, with_dimensions
from invoicing.ledger_rows import DIMENSIONS
from schemas import tables
from schemas.codes import RECEIVABLE_KINDS
from schemas.policy import Ledger

QUICK = settings(max_examples=40, deadline=None)
LEDGER = Ledger(
    receivables="1510",
    bank="1930",
    customer_credit="2420",
    suspense="2490",
    rounding="3740",
    reminder_fee="3593",
    commission_cost="6056",
    commission_debt="2990",
    top_ups="1580",
    refunds="2899",
    bank_cost="6571",
    return_fee="3594",
    agreement_fee="3595",
    interest="8313",
    currency_gain="3960",
    currency_loss="7960",
    deferred_income="2970",
    bad_debt_loss="6351",
    bad_debt_recovered="3950",
    bad_debt_provision="1519",
    bad_debt_provision_cost="6352",
)
DAY = date(2026, 11, 20)
KEPT = {
    "invoices": (
        "invoice_no",
        "account_id",
        "invoiced_on",
        "total_amount",
        "rounding_amount",
        "currency",
        "exchange_rate",
        "document_kind",
    ),
    "lines": ("invoice_no", "revenue_account", "net_amount", "article_no", "cost_centre"),
    "vat": ("invoice_no", "vat_account", "vat_amount"),
    "fees": (
        "receivable_id",
        "receivable_kind",
        "account_id",
        "invoice_no",
        "amount",
        "currency",
        "home_amount",
        "booked_on",
    ),
    "payments": ("payment_id", "payee_account", "booked_on", "amount", "currency"),
    "claims": ("receivable_id", "invoice_no", "currency"),
    "commissions": ("commission_id", "reseller_code", "account_id", "invoice_no", "amount", "accrued_on"),
}
SCHEMAS = {
    name: {column: getattr(tables, table).schema[column] for column in KEPT[name]}
    for name, table in {
        "invoices": "INVOICE",
        "lines": "INVOICE_LINE",
        "vat": "INVOICE_VAT",
        "fees": "RECEIVABLE",
        "payments": "PAYMENT",
        "claims": "RECEIVABLE",
        "commissions": "COMMISSION",
    }.items()
} | {"allocations": tables.ALLOCATION.schema}


def events(**rows):
    """Events with only the columns that the postings may read."""
    frames = {name: pl.DataFrame(rows.get(name, []), schema=s, orient="row") for name, s in SCHEMAS.items()}
    kind = pl.when(pl.col("amount") < 0).then(pl.lit("reversal")).otherwise(pl.lit("received"))
    told = {
        "lines": with_dimensions(frames["lines"]),
        "payments": frames["payments"].with_columns(payment_kind=kind),
    }
    return Events(**frames | told)


def money(text):
    return Decimal(text)


def allocation(payment, to, amount, kind="receivable", account=1, rule="ocr_reference"):
    drawn = rule == "account_credit"
    voucher = f"A:{payment}>{to}" if drawn else f"B:{payment}"
    receivable = to if kind == "receivable" else None
    return (
        f"{voucher}:{kind}:{to}",
        payment,
        voucher,
        account,
        receivable,
        kind,
        *[money(amount)] * 4,
        rule,
        DAY,
        None,
    )


def fee(amount, day=DAY, kind="reminder_fee", name="reminder:7:1"):
    return (name, kind, 1, 7, money(amount), "SEK", money(amount), day)


def posted(made, closed=()):
    """Postings with their day in the books, some months being closed."""
    return with_posted_on(postings(made, LEDGER, "SEK"), list(closed))


def booked(made):
    """Rows as (account, amount), debit first."""
    rows = postings(made, LEDGER, "SEK").sort("debit_credit", "ledger_account", descending=[True, False])
    return [(r["ledger_account"], str(r["debit_credit"])) for r in rows.to_dicts()]


def invoice(
    total="188.00",
    rounding="0.47",
    lines=(("3001", "150.02"),),
    vat=(("2611", "37.51"),),
    number=7,
    currency="SEK",
    rate="1",
    kind="invoice",
):
    return {
        "invoices": [(number, 1, DAY, money(total), money(rounding), currency, money(rate), kind)],
        "lines": [(number, account, money(net), *(parted or ("1001", None))) for account, net, *parted in lines],
        "vat": [(number, account, money(amount)) for account, amount in vat],
    }


def test_an_invoice_is_owed_and_splits_into_revenue_vat_and_rounding_up():
    # 188.00 = 150.02 + 37.51 + 0.47
    assert booked(events(**invoice())) == [
        ("1510", "188.00"),
        ("3740", "-0.47"),
        ("2611", "-37.51"),
        ("3001", "-150.02"),
    ]


def test_rounding_down_is_a_cost():
    made = invoice("125.00", "-0.13", [("3001", "100.10")], [("2611", "25.03")])
    # 125.00 + 0.13 = 100.10 + 25.03
    assert booked(events(**made)) == [("1510", "125.00"), ("3740", "0.13"), ("2611", "-25.03"), ("3001", "-100.10")]


def test_lines_of_one_revenue_account_are_one_row_and_vat_classes_keep_their_accounts():
    made = invoice(
        "23.24", "0.00", [("3041", "4.00"), ("3003", "10.10"), ("3041", "6.02")], [("2631", "0.61"), ("2611", "2.51")]
    )
    # 4.00 + 6.02 = 10.02; 10.02 + 10.10 + 0.61 + 2.51 = 23.24; no rounding, no row
    assert booked(events(**made)) == [
        ("1510", "23.24"),
        ("2631", "-0.61"),
        ("2611", "-2.51"),
        ("3041", "-10.02"),
        ("3003", "-10.10"),
    ]


def test_a_consolidated_invoice_has_a_row_for_each_article_and_cost_centre():
    lines = [
        ("3001", "100.00", "2001", "Sales"), ("3001", "20.00", "2001", "Stock"), ("3001", "3.00", "2002", "Sales"),
        ("3001", "0.40", "2001", "Sales"), ("3001", "5.00", "2001", None), ("3001", "1.00", "2002", None),
    ]  # fmt: skip
    made = events(**invoice("161.75", "0.00", lines, [("2611", "32.35")]))
    rows = postings(made, LEDGER, "SEK").filter(ledger_account="3001")
    found = {(r["article_no"], r["cost_centre"]): str(r["debit_credit"]) for r in rows.to_dicts()}
    assert found == {
        ("2001", "Sales"): "-100.40", ("2001", "Stock"): "-20.00", ("2002", "Sales"): "-3.00", (None, None): "-6.00",
    }  # fmt: skip


def test_adjustments_that_outweigh_the_revenue_of_an_account_are_taken_back_from_it():
    made = invoice("100.00", "0.00", [("3001", "92.00"), ("3041", "4.00"), ("3041", "-16.00")], [("2611", "20.00")])
    # 4.00 - 16.00 = -12.00; 92.00 - 12.00 + 20.00 = 100.00
    assert booked(events(**made)) == [("1510", "100.00"), ("3041", "12.00"), ("2611", "-20.00"), ("3001", "-92.00")]


def test_an_invoice_in_another_currency_is_posted_row_by_row_and_what_rounding_leaves_is_rounding():
    lines, vat = [("3001", "5.02"), ("3041", "5.02")], [("2611", "2.51")]
    # 12.55 x 11.3 = 141.815 -> 141.82; 5.02 x 11.3 = 56.726 -> 56.73, twice; 2.51 x 11.3 = 28.363 -> 28.36
    made = invoice("12.55", "0.00", lines, vat, currency="EUR", rate="11.3")
    assert booked(events(**made)) == [("1510", "141.82"), ("2611", "-28.36"), ("3001", "-56.73"), ("3041", "-56.73")]
    # 141.9405 -> 141.94; 56.7762 -> 56.78, twice; 28.3881 -> 28.39; 141.94 - 56.78 - 56.78 - 28.39 = -0.01
    other = invoice("12.55", "0.00", lines, vat, currency="EUR", rate="11.31")
    rows = postings(events(**other), LEDGER, "SEK").select("ledger_account", "debit_credit", "currency", "entry_amount")
    assert sorted(rows.rows()) == [
        ("1510", money("141.94"), "EUR", money("12.55")),
        ("2611", money("-28.39"), "EUR", money("-2.51")),
        ("3001", money("-56.78"), "EUR", money("-5.02")),
        ("3041", money("-56.78"), "EUR", money("-5.02")),
        ("3740", money("0.01"), "EUR", money("0.00")),
    ]


def test_a_credit_note_is_the_invoice_turned_round_in_a_series_of_its_own():
    rows = invoice("-188.00", "-0.47", [("3001", "-150.02")], [("2611", "-37.51")], number=901, kind="credit_note")
    assert booked(events(**rows)) == [("3001", "150.02"), ("2611", "37.51"), ("3740", "0.47"), ("1510", "-188.00")]
    made = postings(events(**rows), LEDGER, "SEK").select("voucher_id", "voucher_series", "voucher_text")
    assert made.unique().rows() == [("K:901", "K", "Kreditfaktura 901")]


def test_a_credit_note_set_off_moves_the_claim_to_its_invoice_and_the_rest_to_the_customer_s_credit():
    note = ("credit_note:901", "A:credit_note:901")
    rows = [
        ("a", note[0], note[1], 1, "invoice:7", "receivable", *[money("25.00")] * 4, "credit_note", DAY, None),
        ("b", note[0], note[1], 1, "invoice:901", "receivable", *[money("-125.00")] * 4, "credit_note", DAY, None),
        ("c", note[0], note[1], 1, None, "credit", *[money("100.00")] * 4, "credit_note", DAY, None),
    ]
    made = events(allocations=rows, claims=[("invoice:7", 7, "SEK"), ("invoice:901", 901, "SEK")])
    found = postings(made, LEDGER, "SEK").select("ledger_account", "debit_credit", "invoice_no").rows()
    assert sorted(found, key=str) == [
        ("1510", money("-25.00"), 7),
        ("1510", money("125.00"), 901),
        ("2420", money("-100.00"), None),
    ]


def test_a_reminder_fee_is_owed():
    made = events(fees=[fee("60.00", DAY)])
    assert booked(made) == [("1510", "60.00"), ("3593", "-60.00")]


def test_a_reminder_without_fee_is_not_booked():
    assert booked(events(fees=[fee("0.00", DAY)])) == []


def test_a_payment_goes_from_the_bank_to_claims_and_credit():
    made = events(
        payments=[("p", "9912346", DAY, money("260.00"), "SEK")],
        claims=[("inv", 7, "SEK"), ("fee", 7, "SEK")],
        allocations=[
            allocation("p", "inv", "188.00"),
            allocation("p", "fee", "60.00"),
            allocation("p", "", "12.00", "credit"),
        ],
    )
    # 260 = 188 + 60 + 12; what pays claims of one invoice is one row
    assert booked(made) == [("1930", "260.00"), ("2420", "-12.00"), ("1510", "-248.00")]
    rows = postings(made, LEDGER, "SEK")
    assert rows["voucher_id"].unique().to_list() == ["B:p"]
    claims = rows.filter(pl.col("ledger_account") == "1510")
    assert claims.select("account_id", "invoice_no").unique().rows() == [(1, 7)]


def test_a_payment_nobody_can_be_matched_to_is_in_suspense():
    made = events(
        payments=[("p", "9912346", DAY, money("99.00"), "SEK")],
        allocations=[allocation("p", "", "99.00", "suspense", account=None, rule="none")],
    )
    assert booked(made) == [("1930", "99.00"), ("2490", "-99.00")]


def test_a_top_up_is_owed_by_the_card_company_until_it_pays_out_and_is_the_customer_s_credit():
    made = events(
        payments=[("top_up:20001:1", "top_up", DAY, money("200.00"), "SEK")],
        allocations=[
            (
                "top_up:20001:1>credit",
                "top_up:20001:1",
                "T:20001:1",
                20001,
                None,
                "credit",
                *[money("200.00")] * 4,
                "top_up",
                DAY,
                None,
            )
        ],
    )
    assert booked(made) == [("1580", "200.00"), ("2420", "-200.00")]
    assert postings(made, LEDGER, "SEK").select("voucher_id", "voucher_series", "event_on").unique().rows() == [
        ("T:20001:1", "T", DAY)
    ]


def test_credit_drawn_is_a_voucher_of_its_own_and_leaves_the_payments_voucher_alone():
    made = events(
        payments=[("p", "9912346", DAY, money("150.00"), "SEK")],
        claims=[("inv1", 1, "SEK"), ("inv2", 2, "SEK")],
        allocations=[
            allocation("p", "inv1", "100.00"),
            allocation("p", "", "50.00", "credit"),
            allocation("p", "inv2", "-50.00", "credit", rule="account_credit"),
            allocation("p", "inv2", "50.00", rule="account_credit"),
        ],
    )
    rows = postings(made, LEDGER, "SEK")
    by_voucher = {
        voucher: sorted(rows.filter(pl.col("voucher_id") == voucher).select("ledger_account", "debit_credit").rows())
        for voucher in rows["voucher_id"]
    }
    assert by_voucher == {
        "B:p": [("1510", money(-100)), ("1930", money(150)), ("2420", money(-50))],
        "A:p>inv2": [("1510", money(-50)), ("2420", money(50))],
    }


def test_commission_is_a_cost_and_a_debt():
    made = events(commissions=[("c", "R-101", 1, 7, money("7.50"), DAY)])
    assert booked(made) == [("6056", "7.50"), ("2990", "-7.50")]


def test_each_kind_of_event_has_its_series_and_date():
    days = [date(2026, 11, day) for day in range(1, 6)]
    made = events(
        **(invoice() | {"invoices": [(7, 1, days[0], money("188.00"), money("0.47"), "SEK", money("1"), "invoice")]}),
        fees=[fee("60.00", days[1])],
        payments=[("p", "9912346", days[2], money("10.00"), "SEK")],
        allocations=[
            allocation("p", "", "10.00", "credit"),
            (*allocation("p", "inv", "-1.00", "credit", rule="account_credit")[:-2], days[3], None),
            (*allocation("p", "inv", "1.00", rule="account_credit")[:-2], days[3], None),
        ],
        claims=[("inv", 7, "SEK")],
        commissions=[("c", "R-101", 1, 7, money("7.50"), days[4])],
    )
    vouchers, _ = number_vouchers(posted(made), {}, DAY)
    found = dict(vouchers.select("voucher_series", "posted_on").iter_rows())
    assert found == dict(zip("FRBAP", days, strict=True))


_ABSENT = ("currency", "entry_amount", "account_id", "invoice_no", *DIMENSIONS)


def vouchers_of(*heads):
    """Two rows for each (voucher id, series, day of November)."""
    rows = [
        (name, series, date(2026, 11, day), date(2026, 11, day), name, account, money(amount), *(None for _ in _ABSENT))
        for name, series, day in heads
        for account, amount in (("1510", "1.00"), ("1930", "-1.00"))
    ]
    names = ("voucher_id", "voucher_series", "event_on", "posted_on", "voucher_text", "ledger_account", "debit_credit")
    schema = {n: {**tables.VOUCHER.schema, **tables.LEDGER_ENTRY.schema}[n] for n in (*names, *_ABSENT)}
    return pl.DataFrame(rows, schema=schema, orient="row")


def test_numbers_continue_their_series_in_order_of_date_and_id():
    rows = vouchers_of(("F:9", "F", 3), ("F:2", "F", 5), ("F:1", "F", 5), ("B:x", "B", 4), ("R:y", "R", 1))
    vouchers, _ = number_vouchers(rows, {"F": 41, "R": 7}, DAY)
    assert sorted(vouchers.select("voucher_series", "voucher_no", "voucher_id").rows()) == [
        ("B", 1, "B:x"),
        ("F", 42, "F:9"),
        ("F", 43, "F:1"),
        ("F", 44, "F:2"),
        ("R", 8, "R:y"),
    ]


def test_the_first_series_ever_begin_at_1():
    vouchers, _ = number_vouchers(vouchers_of(("F:1", "F", 1)), {}, DAY)
    assert vouchers["voucher_no"].to_list() == [1]


def test_no_new_rows_make_no_vouchers():
    vouchers, entries = number_vouchers(vouchers_of(), {"F": 3}, DAY)
    assert (vouchers.height, entries.height) == (0, 0)


def test_the_rows_of_a_voucher_are_numbered_debit_first():
    vouchers, entries = number_vouchers(posted(events(**invoice())), {}, DAY)
    assert entries.select("entry_no", "ledger_account").rows() == [(1, "1510"), (2, "3740"), (3, "2611"), (4, "3001")]
    tables.VOUCHER.conform(vouchers)
    tables.LEDGER_ENTRY.conform(entries.with_columns(pl.lit(0, pl.Int64).alias("account_bucket")))


oere = st.integers(1, 10**9).map(lambda minor: Decimal(minor) / 100)
some_invoices = st.lists(
    st.tuples(
        st.lists(st.tuples(st.sampled_from(["3001", "3041", "3042"]), oere), min_size=1, max_size=4),
        st.lists(st.tuples(st.sampled_from(["2611", "2621"]), oere), min_size=1, max_size=2),
        st.integers(-49, 50).map(lambda minor: Decimal(minor) / 100),
        st.sampled_from([("SEK", Decimal(1)), ("EUR", Decimal("11.30125555")), ("NOK", Decimal("0.98"))]),
    ),
    max_size=5,
)
some_payments = st.lists(st.tuples(oere, oere, oere), max_size=5)


def random_events(invoiced, paid):
    """Invoices, and of every payment a part each for a claim, credit and suspense, with a fee and commission."""
    totals = [sum((x for _, x in [*lines, *vat]), rounding) for lines, vat, rounding, _ in invoiced]
    return events(
        invoices=[
            (n, 1, DAY, total, each[2], *each[3], "invoice")
            for n, (total, each) in enumerate(zip(totals, invoiced, strict=True))
        ],
        lines=[
            (n, account, net, f"{n}", centre)
            for n, (lines, *_) in enumerate(invoiced)
            for (account, net), centre in zip(lines, (None, "Sales", "Stock", "Sales"), strict=False)
        ],
        vat=[(n, account, amount) for n, (_, vat, *_) in enumerate(invoiced) for account, amount in vat],
        payments=[(f"p{n}", "9912346", date(2026, 11, 1 + n), sum(parts), "SEK") for n, parts in enumerate(paid)],
        claims=[("inv", 7, "SEK")],
        allocations=[
            allocation(f"p{n}", "inv", amount, kind)
            for n, parts in enumerate(paid)
            for amount, kind in zip(parts, ("receivable", "credit", "suspense"), strict=True)
        ],
        fees=[fee(amount, name=f"r{n}") for n, (amount, _, _) in enumerate(paid)],
        commissions=[(f"c{n}", "R-101", 1, 7, amount, DAY) for n, (amount, _, _) in enumerate(paid)],
    )


@QUICK
@given(some_invoices, some_payments, st.integers(0, 500))
def test_every_voucher_and_every_day_sums_to_zero(invoiced, paid, last):
    made = posted(random_events(invoiced, paid), closed=[date(2026, 11, 1)])
    vouchers, entries = number_vouchers(made, dict.fromkeys("FRBAP", last), DAY)
    sums = entries.group_by("voucher_id").agg(pl.col("debit_credit").sum())
    assert (sums["debit_credit"] == 0).all()
    assert (entries.group_by("posted_on").agg(pl.col("debit_credit").sum())["debit_credit"] == 0).all()
    assert vouchers.height == sums.height == len(invoiced) + 3 * len(paid)
    for numbers in vouchers.group_by("voucher_series").agg(pl.col("voucher_no").sort())["voucher_no"]:
        assert numbers.to_list() == list(range(last + 1, last + 1 + len(numbers)))


@QUICK
@given(some_invoices, some_payments)
def test_the_order_of_events_is_irrelevant(invoiced, paid):
    made = random_events(invoiced, paid)
    turned = Events(
        **{f.name: v.reverse() if isinstance(v := getattr(made, f.name), pl.DataFrame) else v for f in fields(made)}
    )
    for one, other in zip(*(number_vouchers(posted(each), {}, DAY) for each in (made, turned)), strict=True):
        assert one.equals(other)


def test_every_kind_of_claim_but_documents_has_its_account_and_words():
    assert {*CLAIM_TEXTS} >= {*RECEIVABLE_KINDS} - {*DOCUMENT_CLAIMS}


def test_two_payments_of_one_voucher_that_take_each_other_back_differ_by_their_rates():
    """100.00 EUR came at 11.42, 1142.00, for a claim at 11.30; taken back at 11.50 they cost 1150.00."""
    back = ("reversed", DAY, None)
    rows = [
        ("1", "p", "B:r", 1, "inv", "receivable", *map(money, ("-100", "-1130", "-100", "-1142")), *back),
        ("2", "p", "B:r", None, None, "reversal", *map(money, ("100", "1142", "100", "1142")), *back),
        ("3", "r", "B:r", None, None, "reversal", *map(money, ("-100", "-1150", "-100", "-1150")), *back),
    ]
    made = events(
        payments=[("p", "x", DAY, money("100"), "EUR"), ("r", "x", DAY, money("-100"), "EUR")],
        claims=[("inv", 7, "EUR")], allocations=rows,
    )  # fmt: skip
    # 1130.00 is open again; the claim's gain of 12.00 is gone, and 8.00 more are lost
    assert booked(made) == [("1510", "1130.00"), ("7960", "12.00"), ("7960", "8.00"), ("1930", "-1150.00")]
