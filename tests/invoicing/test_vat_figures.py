"""VAT to declare: by month, treatment, country and rate; the boxes of the return; the one-stop shop in euro."""

from datetime import date
from decimal import Decimal

import polars as pl

from invoicing.vat_figures import oss_by_quarter, taxed_events, vat_by_month, vat_return
from schemas import tables

OCT1, OCT20, NOV5 = date(2026, 10, 1), date(2026, 10, 20), date(2026, 11, 5)


def frame(table, *rows):
    return pl.DataFrame([dict.fromkeys(table.names) | row for row in rows], schema=table.schema, orient="row")


RATES = frame(
    tables.VAT_RATE,
    *(
        {"vat_class": "standard", "valid_from": date(2023, 7, 1), "vat_percent": Decimal(percent),
         "vat_account": account, "vat_area": area, "vat_return_box": box}
        for percent, account, area, box in (
            (25, "2611", None, "05+10"), (0, "2614", "EU", "39"), (0, "2614", "WORLD", "40"), (19, "2670", "DE", None),
        )
    ),
)  # fmt: skip
OF_TREATMENT = {"domestic": (25, "2611", "SE"), "reverse_charge": (0, "2614", "FI"), "oss": (19, "2670", "DE")}


class Books:
    """Documents, as (number, day, treatment, net, VAT[, currency, rate, credits])."""

    def __init__(self, *documents, bad_debt=()):
        self.heads, self.parties, self.vat = [], [], []
        for number, day, treatment, net, vat, *more in documents:
            currency, rate, credits_no = (*more, *("SEK", 1, None)[len(more) :])
            percent, account, country = OF_TREATMENT[treatment]
            self.heads.append({"invoice_no": number, "credits_invoice_no": credits_no, "invoiced_on": day,
                               "vat_treatment": treatment, "currency": currency,
                               "exchange_rate": Decimal(rate)})  # fmt: skip
            self.parties.append({"invoice_no": number, "country_code": country})
            self.vat.append({"invoice_no": number, "net_amount": Decimal(net), "vat_amount": Decimal(vat),
                             **_class_of(percent, account)})  # fmt: skip
        self.bad_debt = [
            {"allocation_id": str(place), "invoice_no": number, "net_amount": Decimal(net), "vat_amount": Decimal(vat),
             "allocated_on": day, **_class_of(25, "2611")}
            for place, (number, day, net, vat) in enumerate(bad_debt)
        ]  # fmt: skip

    def events(self):
        lost = frame(tables.BAD_DEBT_VAT, *self.bad_debt).with_columns(pl.col("allocated_on").alias("event_on"))
        return taxed_events(
            frame(tables.INVOICE, *self.heads), frame(tables.INVOICE_PARTY, *self.parties),
            frame(tables.INVOICE_VAT, *self.vat), lost, RATES,
        )  # fmt: skip


def _class_of(percent, account):
    category = "S" if percent else "AE"
    return {"vat_class": "standard", "vat_category": category, "vat_percent": Decimal(percent), "vat_account": account}


def monthly(books, *names):
    found = vat_by_month(books.events())
    return found.select(names or ("month", "vat_treatment", "country_code", "base_amount", "vat_amount")).rows()


def test_documents_are_added_up_by_month_treatment_and_country():
    books = Books(
        (1, OCT1, "domestic", "100.00", "25.00"), (2, OCT20, "domestic", "50.00", "12.50"),
        (3, OCT20, "reverse_charge", "80.00", "0.00"), (4, NOV5, "domestic", "10.00", "2.50"),
    )  # fmt: skip
    assert monthly(books) == [
        (OCT1, "domestic", "SE", Decimal(150), Decimal("37.50")),
        (OCT1, "reverse_charge", "FI", Decimal(80), Decimal(0)),
        (date(2026, 11, 1), "domestic", "SE", Decimal(10), Decimal("2.50")),
    ]


def test_a_credit_note_counts_in_its_own_month():
    books = Books(
        (1, OCT1, "domestic", "100.00", "25.00"), (9, NOV5, "domestic", "-40.00", "-10.00", "SEK", 1, 1),
    )  # fmt: skip
    assert monthly(books, "base_amount", "vat_amount") == [(Decimal(100), Decimal(25)), (Decimal(-40), Decimal(-10))]


def test_a_document_in_another_currency_counts_at_its_own_rate_rounded_as_in_the_ledger():
    """EUR 10.01 at 11.255 = 112.66255 -> 112.66; 2.50 = 28.1375 -> 28.14."""
    books = Books((1, OCT1, "domestic", "10.01", "2.50", "EUR", "11.255"))
    assert monthly(books, "base_amount", "vat_amount") == [(Decimal("112.66"), Decimal("28.14"))]


def test_what_roundings_of_documents_make_is_shown_beside_the_rate_on_the_base():
    """Three documents of 0.02: VAT of 0.01 each (0.005 rounded), 0.03; the rate on 0.06 is 0.015, 0.02."""
    books = Books(*((number, OCT1, "domestic", "0.02", "0.01") for number in (1, 2, 3)))
    assert monthly(books, "vat_amount", "recomputed_vat", "vat_difference") == [
        (Decimal("0.03"), Decimal("0.02"), Decimal("0.01"))
    ]


def test_vat_of_a_bad_debt_comes_back_in_the_month_it_was_lost():
    books = Books((1, OCT1, "domestic", "100.00", "25.00"), bad_debt=[(1, NOV5, "-100.00", "-25.00")])
    assert monthly(books, "month", "base_amount", "vat_amount") == [
        (OCT1, Decimal(100), Decimal(25)), (date(2026, 11, 1), Decimal(-100), Decimal(-25)),
    ]  # fmt: skip


def test_boxes_of_the_return_are_named_by_the_rates_and_declared_without_oere():
    """05: 100.60 + 50.00; 10: 37.65; 39: 80.00; what the shop declares has no box."""
    books = Books(
        (1, OCT1, "domestic", "150.60", "37.65"), (3, OCT20, "reverse_charge", "80.00", "0.00"),
        (5, OCT20, "oss", "70.00", "13.30"), (9, OCT20, "domestic", "-0.70", "-0.18", "SEK", 1, 1),
    )  # fmt: skip
    assert vat_return(vat_by_month(books.events())).rows() == [
        ("05", Decimal("149.90"), 149), ("10", Decimal("37.47"), 37), ("39", Decimal(80), 80),
    ]  # fmt: skip


def test_a_return_below_zero_is_cut_towards_zero():
    books = Books((9, OCT20, "domestic", "-10.90", "-2.73"))
    assert vat_return(vat_by_month(books.events())).rows() == [
        ("05", Decimal("-10.90"), -10), ("10", Decimal("-2.73"), -2),
    ]  # fmt: skip


EXCHANGE = frame(
    tables.EXCHANGE_RATE,
    *(
        {"currency": currency, "rate_from": day, "exchange_rate": Decimal(rate)}
        for currency, day, rate in (
            ("EUR", date(2026, 9, 1), "11.00"), ("EUR", date(2026, 12, 31), "11.25"),
            ("EUR", date(2027, 2, 1), "12.00"), ("NOK", date(2026, 9, 1), "0.90"),
        )
    ),
)  # fmt: skip
OCT_QUARTER, JAN_QUARTER = date(2026, 10, 1), date(2027, 1, 1)


def shop(*documents, exchange=EXCHANGE):
    found = oss_by_quarter(Books(*documents).events(), exchange, "SEK")
    assert found["currency"].unique().to_list() in ([], ["EUR"])
    return found.select("quarter", "supply_quarter", "country_code", "vat_percent", "base_amount", "vat_amount").rows()


def test_the_shop_is_told_in_euro_at_the_rate_of_the_last_day_of_the_quarter():
    """SEK 1 000 / 11.25 = 88.888... -> 88.89; 190 / 11.25 = 16.888... -> 16.89."""
    documents = [(1, OCT1, "oss", "600.00", "114.00"), (2, NOV5, "oss", "400.00", "76.00")]
    assert shop(*documents, (3, NOV5, "domestic", "10.00", "2.50")) == [
        (OCT_QUARTER, OCT_QUARTER, "DE", Decimal(19), Decimal("88.89"), Decimal("16.89"))
    ]


def test_euro_stay_euro_and_other_currencies_go_over_the_books():
    """EUR 100.00; NOK 1 000 x 0.90 = 900 / 11.25 = 80.00; together 180.00; VAT 19.00 + 190 x 0.9 / 11.25 = 15.20."""
    documents = [
        (1, OCT1, "oss", "100.00", "19.00", "EUR", "11.00"),
        (2, OCT1, "oss", "1000.00", "190.00", "NOK", "0.9"),
    ]
    assert shop(*documents) == [(OCT_QUARTER, OCT_QUARTER, "DE", Decimal(19), Decimal(180), Decimal("34.20"))]


def test_a_correction_is_told_in_its_own_quarter_of_the_quarter_it_corrects_at_that_ones_rate():
    """-112.50 / 11.25 = -10.00; -22.50 / 11.25 = -2.00."""
    later = date(2027, 3, 1)
    documents = [(1, OCT1, "oss", "225.00", "45.00"), (9, later, "oss", "-112.50", "-22.50", "SEK", 1, 1)]
    assert shop(*documents) == [
        (OCT_QUARTER, OCT_QUARTER, "DE", Decimal(19), Decimal(20), Decimal(4)),
        (JAN_QUARTER, OCT_QUARTER, "DE", Decimal(19), Decimal(-10), Decimal(-2)),
    ]


def test_without_a_rate_the_amount_in_euro_is_not_known():
    found = shop((1, OCT1, "oss", "225.00", "45.00"), exchange=EXCHANGE.clear())
    assert found == [(OCT_QUARTER, OCT_QUARTER, "DE", Decimal(19), None, None)]
