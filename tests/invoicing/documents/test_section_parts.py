"""Sections of consolidated invoices: whose they are, in order, without what is free."""

from decimal import Decimal

from invoicing.documents.document_parts import section_parts


def row(user, text, amount, kind="call", cost_centre="Support"):
    return {
        "cost_centre": cost_centre, "user_name": user, "line_text": text, "quantity": 1, "net_amount": Decimal(amount),
        "usage_kind": kind, "units": 60,
    }  # fmt: skip


def test_rows_of_a_user_stand_together_and_calls_to_free_numbers_are_left_out():
    rows = [row("Ada", "Samtal", "1.00"), row("Bo", "Samtal", "2.00"), row("Ada", "Frisamtal", "0.00"),
            row("Ada", "Avgift", "0.00", kind=None)]  # fmt: skip
    ada, bo = section_parts(rows)
    assert (ada.cost_centre, [line.text for line in ada.lines]) == ("Support", ["Samtal", "Avgift"])
    assert [line.text for line in bo.lines] == ["Samtal"]
    assert ada.net_amount == Decimal("1.00")
