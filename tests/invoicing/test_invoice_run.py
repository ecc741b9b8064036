"""The invoice run: what is due, how lines, VAT and rounding add up, and that each charge is billed once."""

from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from billed_night import charges_due, make_invoices
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from invoicing.exchange import rates_of_currencies
from invoicing.finalisation import Issue, Register
from invoicing.invoice_run import Prices
from invoicing.vat_treatment import VatRules
from schemas import tables

ON = date(2026, 11, 1)
QUICK = settings(max_examples=25, deadline=None)
ARTICLES = pl.DataFrame(
    [
        ("1001", "Samtal fast", "standard", "3041", None, None),
        ("1002", "Samtal mobil", "standard", "3041", "premium", None),
        ("1003", "Tidning", "reduced", "3003", None, None),
        ("2001", "Hemtelefoni", "standard", "3001", None, None),
    ],
    schema=tables.ARTICLE.schema,
    orient="row",
)
RATES = pl.DataFrame(
    [
        ("standard", date(2020, 1, 1), None, Decimal(25), "2611", *[None] * 5),
        ("reduced", date(2020, 1, 1), None, Decimal(6), "2631", *[None] * 5),
        (
            "standard",
            date(2020, 1, 1),
            None,
            Decimal(0),
            "2614",
            "EU",
            "AE",
            "Omvänd betalningsskyldighet",
            "3308",
            None,
        ),
    ],
    schema=tables.VAT_RATE.schema,
    orient="row",
)
PRICES = Prices(ARTICLES, VatRules(RATES, "SE"), rates_of_currencies(tables.EXCHANGE_RATE.empty(), "SEK", ON))
NEVER = pl.DataFrame(schema={"account_id": pl.Int64, "billing_date": pl.Date})


def accounts(days):
    """Accounts by number and billing day."""
    rows = [(a, 0, 10_000 + a, day, "SEK", Decimal(1000), "portal", None, date(2026, 1, 1)) for a, day in days.items()]
    names = tables.ACCOUNT.schema.names()[:9]
    return tables.ACCOUNT.complete(pl.DataFrame(rows, schema=names, orient="row"))


def customers(owned):
    """The customers of accounts."""
    address = {"street": "Gatan 1", "postcode": "11342", "city": "Stockholm", "country_code": "SE", "language": "sv"}
    named = {"customer_name": "Åsa", "customer_category": "private", "request_id": "r"}
    rows = [
        {"customer_id": number, **named, **address, "customer_from": date(2026, 1, 1)}
        for number in owned["customer_id"]
    ]
    return tables.CUSTOMER.complete(pl.DataFrame(rows))


REVENUE = dict(ARTICLES.select("article_no", "revenue_account").iter_rows())


def charge(charge_id, amount, account=1, article="1001", since=date(2026, 10, 15), **more):
    recurring = article.startswith("2")
    return {
        "charge_id": charge_id,
        "charge_kind": "recurring" if recurring else "usage",
        "account_bucket": 0,
        "account_id": account,
        "subscription_id": account,
        "article_no": article,
        "service_from": since,
        "service_to": since + timedelta(days=30 if recurring else 1),
        "quantity": 1,
        "duration_s": 0 if recurring else 60,
        "usage_kind": None if recurring else "call",
        "volume_bytes": 0,
        "included_units": 0,
        "used_days": None,
        "full_days": None,
        "amount_ex_vat": Decimal(amount),
        "currency": "SEK",
        "vat_class": "reduced" if article == "1003" else "standard",
        "revenue_account": REVENUE[article],
        "charged_on": since,
        **more,
    }


def charges(*rows):
    return pl.DataFrame(list(rows), schema=tables.CHARGE.schema)


def due_ids(rows, *, day, on, last=None):
    last_billed = NEVER if last is None else pl.DataFrame([(1, last)], schema=NEVER.schema, orient="row")
    return sorted(charges_due(charges(*rows), accounts({1: day}), last_billed, on)["charge_id"])


def run(*rows, days=None, first=1000001, kronor=True, on=ON):
    owned = accounts(days or {row["account_id"]: 1 for row in rows})
    due = charges_due(charges(*rows), owned, NEVER, on)
    issue = Issue(on, payment_days=20, first_number=first, seller_no=1)
    return make_invoices(due, Register(owned, customers(owned)), PRICES, issue, round_to_kronor=kronor)


def figures(made):
    """Net, VAT, rounding and total of each invoice, as text."""
    names = ("net_amount", "vat_amount", "rounding_amount", "total_amount")
    return [tuple(str(row[n]) for n in names) for row in made.invoices.to_dicts()]


def net_lines(made):
    return [(r["article_no"], str(r["net_amount"])) for r in made.lines.sort("invoice_no", "entry_no").to_dicts()]


class TestVat:
    def test_a_business_in_another_eu_country_pays_none_and_is_told_why(self):
        owned = accounts({1: 1})
        abroad = customers(owned).with_columns(
            pl.lit("DE").alias("country_code"), pl.lit("DE136695976").alias("vat_no")
        )
        issue = Issue(ON, payment_days=20, first_number=7, seller_no=1)
        due = charges_due(charges(charge("a", "100", since=date(2026, 10, 3))), owned, NEVER, ON)
        made = make_invoices(due, Register(owned, abroad), PRICES, issue, round_to_kronor=False)
        assert figures(made) == [("100.00", "0.00", "0.00", "100.00")]
        assert made.lines["revenue_account"].to_list() == ["3308"]
        assert made.vat.select("vat_category", "exemption_text").rows() == [("AE", "Omvänd betalningsskyldighet")]
        assert made.invoices["vat_treatment"].to_list() == ["reverse_charge"]
        assert made.parties["vat_no"].to_list() == ["DE136695976"]
        assert made.billed["charge_id"].to_list() == ["a"]

    def test_an_account_without_a_rate_is_held_and_the_others_are_invoiced(self):
        owned = accounts({1: 1, 2: 1})
        mixed = customers(owned).with_columns(pl.Series("country_code", ["NO", "SE"]))
        issue = Issue(ON, payment_days=20, first_number=7, seller_no=1)
        rows = [charge("a", "100"), charge("b", "10", account=2)]
        due = charges_due(charges(*rows), owned, NEVER, ON)
        made = make_invoices(due, Register(owned, mixed), PRICES, issue, round_to_kronor=False)
        assert made.invoices.select("account_id", "invoice_no").rows() == [(2, 7)]
        assert made.faults.rows() == [(1, "NO_VAT_RATE")]


class TestLines:
    def test_usage_of_a_premium_article_stands_apart_and_its_corrections_with_the_others(self):
        made = run(
            charge("a", "5", article="1002"),
            charge("b", "1"),
            charge("c", "-1", article="1002", charge_kind="adjustment"),
        )
        groups = made.lines.select("article_no", "charge_kind", "line_group").rows()
        assert groups == [
            ("1001", "usage", "usage"), ("1002", "usage", "premium"), ("1002", "adjustment", "adjustment")
        ]  # fmt: skip

    def test_days_used_of_a_period_stand_on_its_line_where_all_its_charges_agree(self):
        part = {"article": "2001", "since": date(2026, 10, 15)}
        same = run(
            charge("a", "5", **part, used_days=17, full_days=31), charge("b", "5", **part, used_days=17, full_days=31)
        )
        assert same.lines.select("used_days", "full_days").rows() == [(17, 31)]
        other = run(
            charge("a", "5", **part, used_days=17, full_days=31), charge("b", "5", **part, used_days=16, full_days=31)
        )
        assert other.lines.select("used_days", "full_days").rows() == [(None, 31)]


class TestDue:
    def test_usage_counts_until_the_day_before_the_billing_date(self):
        rows = [charge("before", "1", since=date(2026, 10, 31)), charge("on", "1", since=date(2026, 11, 1))]
        assert due_ids(rows, day=1, on=date(2026, 11, 1)) == ["before"]

    def test_a_recurring_fee_counts_from_the_billing_date_on_because_it_is_paid_in_advance(self):
        rows = [
            charge("next", "149", article="2001", since=date(2026, 11, 2)),
            charge("this", "149", article="2001", since=date(2026, 11, 1)),
            charge("part", "20", article="2001", since=date(2026, 10, 28)),
        ]
        assert due_ids(rows, day=1, on=date(2026, 11, 1)) == ["part", "this"]

    def test_a_one_off_fee_stands_on_the_next_invoice_from_its_day_on(self):
        rows = [
            charge("later", "49", article="2001", charge_kind="one_off", since=date(2026, 11, 2)),
            charge("that day", "49", article="2001", charge_kind="one_off", since=date(2026, 11, 1)),
            charge("before", "49", article="2001", charge_kind="one_off", since=date(2026, 10, 5)),
        ]
        assert due_ids(rows, day=1, on=date(2026, 11, 1)) == ["before", "that day"]

    def test_the_night_before_the_billing_date_bills_up_to_the_last_one(self):
        rows = [charge("october", "1", since=date(2026, 10, 31)), charge("september", "1", since=date(2026, 9, 30))]
        assert due_ids(rows, day=1, on=date(2026, 10, 31)) == ["september"]

    @pytest.mark.parametrize("last", [date(2026, 11, 1), date(2026, 11, 2)])
    def test_an_account_billed_on_or_after_its_billing_date_is_not_billed_again(self, last):
        assert due_ids([charge("late", "1")], day=1, on=date(2026, 11, 3), last=last) == []

    def test_an_account_billed_before_its_billing_date_is_billed(self):
        assert due_ids([charge("c", "1")], day=1, on=date(2026, 11, 3), last=date(2026, 10, 31)) == ["c"]

    def test_a_missed_night_is_caught_up_with_the_same_border(self):
        rows = [charge("before", "1", since=date(2026, 10, 31)), charge("after", "1", since=date(2026, 11, 2))]
        due = charges_due(charges(*rows), accounts({1: 1}), NEVER, date(2026, 11, 4))
        assert due.select("charge_id", "billing_date").rows() == [("before", date(2026, 11, 1))]

    @pytest.mark.parametrize(
        ("on", "due"),
        [
            (date(2026, 11, 29), []),
            (date(2026, 11, 30), ["nov29"]),
            (date(2026, 12, 1), ["nov29"]),
            (date(2026, 12, 31), ["dec30", "nov29", "nov30"]),
        ],
    )
    def test_billing_day_31_is_the_last_day_of_a_shorter_month(self, on, due):
        rows = [
            charge("nov29", "1", since=date(2026, 11, 29)),
            charge("nov30", "1", since=date(2026, 11, 30)),
            charge("dec30", "1", since=date(2026, 12, 30)),
        ]
        assert due_ids(rows, day=31, on=on) == due

    def test_billing_day_31_falls_on_28_february_and_back_on_31_march(self):
        rows = [charge("feb27", "1", since=date(2026, 2, 27)), charge("feb28", "1", since=date(2026, 2, 28))]
        assert due_ids(rows, day=31, on=date(2026, 2, 28)) == ["feb27"]
        assert due_ids(rows, day=31, on=date(2026, 3, 30)) == ["feb27"]
        assert due_ids(rows, day=31, on=date(2026, 3, 31)) == ["feb27", "feb28"]

    def test_each_account_follows_its_own_billing_day(self):
        rows = [charge("one", "1", account=1, since=date(2026, 10, 20)), charge("two", "1", account=2)]
        due = charges_due(charges(*rows), accounts({1: 15, 2: 28}), NEVER, date(2026, 10, 28))
        assert due.select("charge_id", "billing_date").rows() == [("two", date(2026, 10, 28))]


class TestAmounts:
    def test_charges_are_added_with_6_decimals_and_each_line_is_rounded_once(self):
        made = run(
            charge("a", "0.004"),
            charge("b", "0.004"),
            charge("c", "1.005", article="1002"),
            charge("d", "149", article="2001", since=ON),
        )
        # fee 149.00; 0.004 + 0.004 = 0.008 -> 0.01; 1.005 -> 1.01
        assert net_lines(made) == [("2001", "149.00"), ("1001", "0.01"), ("1002", "1.01")]
        # net 149.00 + 0.01 + 1.01 = 150.02; VAT 37.505 -> 37.51; 187.53 + 0.47 = 188
        assert figures(made) == [("150.02", "37.51", "0.47", "188.00")]

    def test_vat_is_taken_once_on_the_sum_of_a_class(self):
        made = run(
            charge("a", "0.10"), charge("b", "0.10", article="1002"), charge("c", "0.10", article="2001"), kronor=False
        )
        # 3 x 0.10 = 0.30; 25 % of it 0.075 -> 0.08 (three times 0.03 would be 0.09)
        assert figures(made) == [("0.30", "0.08", "0.00", "0.38")]

    def test_two_vat_classes_are_taxed_apart(self):
        made = run(charge("a", "10.02"), charge("b", "10.10", article="1003"), kronor=False)
        rows = made.vat.select("vat_class", "net_amount", "vat_amount", "vat_account").rows()
        # 10.10 x 6 % = 0.606 -> 0.61; 10.02 x 25 % = 2.505 -> 2.51
        assert rows == [
            ("reduced", Decimal("10.10"), Decimal("0.61"), "2631"),
            ("standard", Decimal("10.02"), Decimal("2.51"), "2611"),
        ]
        # 10.02 + 10.10 = 20.12; 0.61 + 2.51 = 3.12; 20.12 + 3.12 = 23.24
        assert figures(made) == [("20.12", "3.12", "0.00", "23.24")]

    @pytest.mark.parametrize(
        ("net", "vat", "rounding", "total"),
        [
            ("100.10", "25.03", "-0.13", "125.00"),  # 125.13
            ("100.39", "25.10", "-0.49", "125.00"),  # 125.49: 1 to 49 oere down
            ("100.40", "25.10", "0.50", "126.00"),  # 125.50: 50 to 99 oere up
            ("99.99", "25.00", "0.01", "125.00"),  # 124.99
            ("100.00", "25.00", "0.00", "125.00"),
            ("99.60", "24.90", "0.50", "125.00"),  # 124.50: half up, not to the even krona
        ],
    )
    def test_the_total_is_rounded_to_whole_kronor_and_vat_is_not_touched(self, net, vat, rounding, total):
        assert figures(run(charge("a", net))) == [(net, vat, rounding, total)]

    def test_without_krona_rounding_the_total_keeps_its_oere(self):
        assert figures(run(charge("a", "100.10"), kronor=False)) == [("100.10", "25.03", "0.00", "125.13")]

    def test_usage_of_an_article_is_one_line_whatever_its_days_and_subscriptions(self):
        made = run(
            charge("a", "1", since=date(2026, 10, 3)), charge("b", "2", since=date(2026, 10, 9), subscription_id=7)
        )
        names = ("net_amount", "quantity", "duration_s", "service_from", "service_to")
        assert made.lines.select(names).rows() == [(Decimal(3), 2, 120, date(2026, 10, 3), date(2026, 10, 10))]

    def test_a_recurring_fee_is_one_line_per_period(self):
        made = run(
            charge("old", "30", article="2001", since=date(2026, 10, 20)),
            charge("new", "149", article="2001", since=ON),
            charge("second", "149", article="2001", since=ON, subscription_id=2),
        )
        assert net_lines(made) == [("2001", "30.00"), ("2001", "298.00")]

    def test_each_kind_of_usage_of_an_article_is_a_line_with_its_own_units(self):
        data = {"usage_kind": "data", "duration_s": 0, "included_units": 400}
        made = run(
            charge("a", "1", included_units=20),
            charge("b", "2", included_units=30),
            charge("c", "4", volume_bytes=600, **data),
            charge("d", "8", volume_bytes=500, **data),
        )
        names = ("usage_kind", "net_amount", "duration_s", "volume_bytes", "included_units")
        assert made.lines.select(names).rows() == [("call", 3, 120, 0, 50), ("data", 12, 0, 1100, 800)]

    def test_usage_that_a_price_books_or_taxes_otherwise_than_its_article_is_a_line_of_its_own(self):
        made = run(
            charge("a", "10"),
            charge("b", "20", revenue_account="3050"),
            charge("c", "40", vat_class="reduced"),
            kronor=False,
        )
        names = ("article_no", "vat_class", "revenue_account", "net_amount")
        assert made.lines.select(names).rows() == [
            ("1001", "reduced", "3041", 40),
            ("1001", "standard", "3041", 10),
            ("1001", "standard", "3050", 20),
        ]
        # 40 + 30 = 70; 40 x 6 % + 30 x 25 % = 2.40 + 7.50 = 9.90
        assert figures(made) == [("70.00", "9.90", "0.00", "79.90")]

    def test_fees_come_first_then_usage_then_adjustments(self):
        made = run(
            charge("x", "-0.50", charge_kind="adjustment"),
            charge("u", "3"),
            charge("o", "49", article="2001", charge_kind="one_off"),
            charge("f", "149", article="2001", since=ON),
        )
        assert made.lines["charge_kind"].to_list() == ["recurring", "one_off", "usage", "adjustment"]

    def test_one_off_fees_of_an_article_are_one_line_beside_its_recurring_fee(self):
        made = run(
            charge("o", "49", article="2001", charge_kind="one_off", since=date(2026, 10, 5)),
            charge("p", "49.50", article="2001", charge_kind="one_off", since=date(2026, 10, 9), subscription_id=2),
            charge("f", "149", article="2001", since=ON),
        )
        assert net_lines(made) == [("2001", "149.00"), ("2001", "98.50")]
        assert made.lines["quantity"].to_list() == [1, 2]
        # net 247.50; VAT 61.875 -> 61.88; 309.38 - 0.38 = 309
        assert figures(made) == [("247.50", "61.88", "-0.38", "309.00")]

    def test_an_adjustment_lowers_the_invoice_and_its_vat(self):
        made = run(charge("u", "100"), charge("x", "-20.004", charge_kind="adjustment"), kronor=False)
        # -20.004 -> -20.00; 100.00 - 20.00 = 80.00; VAT 20.00
        assert net_lines(made) == [("1001", "100.00"), ("1001", "-20.00")]
        assert figures(made) == [("80.00", "20.00", "0.00", "100.00")]

    def test_adjustments_of_a_vat_class_give_back_its_vat(self):
        made = run(charge("u", "100"), charge("x", "-10.10", article="1003", charge_kind="adjustment"), kronor=False)
        assert made.vat.select("vat_class", "net_amount", "vat_amount").rows() == [
            ("reduced", Decimal("-10.10"), Decimal("-0.61")),  # 6 % of it is 0.606
            ("standard", 100, 25),
        ]
        assert figures(made) == [("89.90", "24.39", "0.00", "114.29")]


class TestInvoice:
    def test_an_invoice_that_would_be_negative_keeps_its_charges_for_the_next(self):
        used, back = charge("used", "10"), charge("back", "-12", charge_kind="adjustment")
        assert run(used, back).invoices.height == 0
        later = run(used, back, charge("more", "50", since=date(2026, 11, 5)), on=date(2026, 12, 1))
        # 10 + 50 - 12 = 48; VAT 12
        assert figures(later) == [("48.00", "12.00", "0.00", "60.00")]
        assert sorted(later.billed["charge_id"]) == ["back", "more", "used"]

    def test_an_invoice_that_would_be_zero_keeps_its_charges_for_the_next(self):
        free, small = charge("free", "0", account=1), charge("small", "0.30", account=2)
        paying = charge("paying", "80", account=3)
        made = run(free, small, paying)  # small: 0.30 + 0.08 = 0.38 -> 0 kronor
        assert made.billed["charge_id"].to_list() == ["paying"]
        assert made.lines["invoice_no"].to_list() == made.vat["invoice_no"].to_list() == [1000001]
        later = run(small, charge("more", "0.50", account=2, since=date(2026, 11, 5)), on=date(2026, 12, 1))
        # 0.30 + 0.50 = 0.80; VAT 0.20; 1.00
        assert figures(later) == [("0.80", "0.20", "0.00", "1.00")]
        assert sorted(later.billed["charge_id"]) == ["more", "small"]

    def test_numbers_follow_the_account_numbers_without_gap(self):
        rows = [charge(f"c{a}", "0" if a == 20 else "8", account=a) for a in (100, 20, 9, 30)]
        numbers = run(*rows, first=77).invoices.select("account_id", "invoice_no").rows()
        assert numbers == [(9, 77), (30, 78), (100, 79)]

    def test_the_reference_is_the_number_with_length_and_check_digit(self):
        # 1000234: 7 digits and 2 more are 9; the check digit of 10002349 is 8
        assert run(charge("a", "8"), first=1000234).invoices["ocr_reference"].to_list() == ["100023498"]

    def test_an_invoice_says_whom_when_and_for_what(self):
        made = run(charge("a", "80", since=date(2026, 10, 3)), charge("b", "8", article="2001", since=ON))
        names = ("customer_id", "currency", "billing_date", "invoiced_on", "due_on", "period_from", "period_to")
        # due 20 days after 1 November; the fee runs 30 days from 1 November
        assert made.invoices.select(names).rows() == [
            (10_001, "SEK", ON, ON, date(2026, 11, 21), date(2026, 10, 3), date(2026, 12, 1))
        ]

    def test_an_invoice_is_a_claim_of_its_total(self):
        assert run(charge("a", "100.10")).receivables.to_dicts() == [
            {
                "receivable_id": "invoice:1000001",
                "receivable_kind": "invoice",
                "account_id": 1,
                "invoice_no": 1000001,
                "amount": Decimal("125.00"),
                "currency": "SEK",
                "home_amount": Decimal("125.00"),
                "due_on": date(2026, 11, 21),
                "booked_on": ON,
            }
        ]

    def test_nothing_due_makes_nothing(self):
        made = run(charge("a", "5", since=ON))
        assert [frame.height for frame in vars(made).values()] == [0] * 9

    def test_every_frame_conforms_to_its_table(self):
        made = run(charge("a", "5"), charge("b", "5", article="2001"))
        tables.INVOICE.conform(made.invoices)
        tables.INVOICE_LINE.conform(made.lines)
        tables.INVOICE_VAT.conform(made.vat)
        tables.BILLED_CHARGE.conform(made.billed)
        tables.RECEIVABLE.conform(made.receivables)


def some_charge(charge_id, account, article, micro, back, more, once):
    """A charge of any kind; an adjustment gives back a tenth, so that most invoices stay above zero."""
    fee = {"charge_kind": "one_off"} if once else {}
    changed = fee if article.startswith("2") else more
    amount = Decimal(-micro // 10 if changed.get("charge_kind") == "adjustment" else micro) / 10**6
    return charge(charge_id, amount, account=account, article=article, since=ON - timedelta(days=back), **changed)


some_charges = st.lists(
    st.tuples(
        st.integers(1, 5),
        st.sampled_from(["1001", "1002", "1003", "2001"]),
        st.integers(0, 300_000_000),
        st.integers(1, 40),
        st.sampled_from([{}, {"usage_kind": "data"}, {"revenue_account": "3050"}, {"charge_kind": "adjustment"}]),
        st.booleans(),
    ),
    min_size=1,
    max_size=25,
).map(lambda drawn: [some_charge(f"c{i}", *parts) for i, parts in enumerate(drawn)])


@QUICK
@given(some_charges, st.booleans())
def test_an_invoice_is_the_sum_of_its_lines_its_vat_and_its_rounding(rows, kronor):
    made = run(*rows, kronor=kronor)
    for invoice in made.invoices.to_dicts():
        of_it = pl.col("invoice_no") == invoice["invoice_no"]
        lines = sum(made.lines.filter(of_it)["net_amount"], Decimal())
        vat = sum(made.vat.filter(of_it)["vat_amount"], Decimal())
        assert (lines, vat) == (invoice["net_amount"], invoice["vat_amount"])
        assert lines + vat + invoice["rounding_amount"] == invoice["total_amount"]
        assert abs(invoice["rounding_amount"]) <= (Decimal("0.50") if kronor else 0)
        assert invoice["total_amount"] % 1 == 0 or not kronor


@QUICK
@given(some_charges)
def test_every_due_charge_of_an_invoiced_account_stands_on_exactly_one_line(rows):
    made = run(*rows)
    invoiced = set(made.invoices["account_id"])
    assert sorted(made.billed["charge_id"]) == sorted(r["charge_id"] for r in rows if r["account_id"] in invoiced)
    on_lines = made.billed.group_by("invoice_no", "entry_no").agg(pl.col("amount_ex_vat").sum().alias("billed"))
    compared = made.lines.join(on_lines, on=["invoice_no", "entry_no"], how="full")
    assert compared.height == made.lines.height
    assert compared["billed"].to_list() == compared["amount_ex_vat"].to_list()


@QUICK
@given(some_charges, st.randoms(use_true_random=False))
def test_the_order_of_the_charges_is_irrelevant(rows, random):
    shuffled = random.sample(rows, len(rows))
    days = {row["account_id"]: 1 for row in rows}
    first, second = run(*rows, days=days), run(*shuffled, days=dict(random.sample(sorted(days.items()), len(days))))
    for name in ("invoices", "lines", "vat", "billed", "receivables"):
        one, other = (getattr(made, name).drop("line_no", strict=False) for made in (first, second))
        assert_frame_equal(one, other, check_column_order=False, check_row_order=name != "billed")


@QUICK
@given(some_charges)
def test_numbers_are_gapless_and_in_order_of_account(rows):
    made = run(*rows, first=50)
    assert made.invoices["invoice_no"].to_list() == list(range(50, 50 + made.invoices.height))
    assert made.invoices["account_id"].to_list() == sorted(made.invoices["account_id"])


@QUICK
@given(some_charges)
def test_entries_of_an_invoice_are_numbered_from_1(rows):
    for entries in run(*rows).lines.group_by("invoice_no", maintain_order=True).agg("entry_no")["entry_no"]:
        assert entries.to_list() == list(range(1, len(entries) + 1))
