"""What stands together on a page, in which order, and what is carried."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from benchmarks.sample_documents import consolidated_invoice, credit_note, document_of, monthly_invoice
from invoicing.documents.cost_picture import KindAmount, bars_by_kind, bars_by_month, costs_by_kind
from invoicing.documents.document_parts import MonthAmount
from invoicing.documents.line_groups import ORDER, line_groups
from schemas.codes import LINE_GROUPS


def test_every_group_of_lines_has_its_place():
    assert set(ORDER) == {*LINE_GROUPS, "included"}


def test_what_is_included_what_goes_beyond_and_premium_services_stand_apart():
    """239.20 + 43.35 = 282.55; 41.10 + 49.40 = 90.50; 282.55 + 0.00 + 90.50 + 58.00 = 431.05."""
    groups = line_groups(monthly_invoice())
    assert [(group.key, group.net_amount) for group in groups] == [
        ("fee", Decimal("282.55")),
        ("included", Decimal("0.00")),
        ("beyond", Decimal("90.50")),
        ("premium", Decimal("58.00")),
    ]


def test_carried_sums_run_through_the_groups_to_the_net_amount():
    carried = [counted.carried_amount for group in line_groups(monthly_invoice()) for counted in group.lines]
    assert carried == [Decimal(sum_) for sum_ in ("239.20", "282.55", "282.55", "323.65", "373.05", "431.05")]


def test_usage_is_plain_usage_where_nothing_is_included():
    document = credit_note()
    plain = replace(document, lines=tuple(replace(line, included_units=0) for line in document.lines))
    assert [group.key for group in line_groups(plain)] == ["usage"]


def test_lines_with_cost_centres_stand_by_cost_centre():
    groups = line_groups(consolidated_invoice())
    assert [(group.key, group.cost_centre, len(group.lines)) for group in groups] == [
        ("cost_centre", "100 Huvudkontor", 2),
        ("cost_centre", "210 Lager", 2),
    ]


def test_cost_by_kind_parts_usage_by_what_it_is_and_leaves_out_what_is_taken_off():
    document = monthly_invoice()
    taken_off = replace(document.lines[0], line_group="reduction", net_amount=Decimal("-20.00"))
    assert costs_by_kind(replace(document.shown(), lines=(*document.lines, taken_off), net_amount=Decimal("411.05"),
        vat_rows=(replace(document.vat_rows[0], net_amount=Decimal("411.05")),), rounding_amount=Decimal("20.19"),
    )) == (
        KindAmount("fee", Decimal("282.55")),
        KindAmount("calls", Decimal("41.10")),
        KindAmount("data", Decimal("49.40")),
        KindAmount("premium", Decimal("58.00")),
    )  # fmt: skip


def test_one_kind_of_cost_makes_no_picture(invoice):
    assert costs_by_kind(invoice) == ()


def test_bars_are_as_long_as_their_amounts_and_the_words_are_escaped():
    kinds = (KindAmount("fee", Decimal(200)), KindAmount("calls", Decimal(50)))
    drawn = bars_by_kind(kinds, "<b> & 1", "#000000")
    assert 'stroke="#000000" stroke-width="18" d="M0 19h300M0 57h75"' in drawn  # the longest fills the width
    assert "<title>&lt;b&gt; &amp; 1</title>" in drawn


@pytest.mark.parametrize(("amount", "height"), [("200", 129), ("100", 64), ("0", 1), ("-5", 1)])
def test_a_month_is_as_tall_as_its_amount_and_never_below_the_line(amount, height):
    months = (MonthAmount(date(2026, 9, 1), Decimal(amount)), MonthAmount(date(2026, 10, 1), Decimal(200)))
    assert f'stroke="#222222" stroke-width="39" d="M19.5 130v-{height}"' in bars_by_month(
        months, "t", "#111111", "#222222"
    )


def reduction(line, amount, **changed):
    told = {"text": "Femtio av", "line_group": "reduction", "quantity": 1, "net_amount": Decimal(amount)}
    return replace(line, **told | changed)


def test_a_coupon_that_the_ledger_shares_over_revenue_accounts_is_one_line_at_each_vat_rate():
    """-10.00 and -2.50 at 25 %, and -1.00 at 6 %: -12.50 and -1.00; another coupon and other lines stay apart."""
    document = monthly_invoice()
    fee = document.lines[0]
    parts = (
        fee, fee, reduction(fee, "-10.00", article_no="3006"), reduction(fee, "-1.00", vat_percent=Decimal(6)),
        reduction(fee, "-2.50", quantity=2), reduction(fee, "-3.00", text="Vintern"),
    )  # fmt: skip
    made = document_of(parts, document.buyer, document.invoice_no)
    assert [
        (group.key, [(counted.line.text, counted.line.net_amount) for counted in group.lines])
        for group in line_groups(made)
    ] == [
        ("fee", [("Mobil Stor", Decimal("239.20")), ("Mobil Stor", Decimal("239.20"))]),
        ("reduction", [
            ("Femtio av", Decimal("-12.50")), ("Femtio av", Decimal("-1.00")), ("Vintern", Decimal("-3.00")),
        ]),
    ]  # fmt: skip
    assert len(made.lines) == 6  # what the ledger and an e-invoice have
