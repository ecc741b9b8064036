"""Bad debts: what a write-off gives up, which VAT it takes back, what recoveries bring, and the provision."""

from datetime import date
from decimal import Decimal

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from invoicing.bad_debt_provision import provision, provision_voucher
from invoicing.bad_debt_vat import bad_debt_vat
from invoicing.settlement import open_items
from invoicing.write_offs import carried_out, write_off
from schemas import tables
from schemas.money import AMOUNT
from schemas.policy import Provision

ON = date(2026, 11, 25)


def rows(table, *values):
    """Rows of a table, null where nothing is said."""
    made = [dict.fromkeys(table.names) | each for each in values]
    return pl.DataFrame(made, schema=table.schema, orient="row")


def claim(name, amount, kind="invoice", invoice=7):
    return {
        "receivable_id": name, "receivable_kind": kind, "account_id": 1, "invoice_no": invoice, "currency": "SEK",
        "amount": Decimal(amount), "home_amount": Decimal(amount),
    }  # fmt: skip


def paid(name, amount, kind="receivable"):
    return {"receivable_id": name, "allocation_kind": kind, "amount": Decimal(amount), "home_amount": Decimal(amount)}


def test_what_is_open_of_an_invoice_and_its_fees_is_given_up_and_the_rest_stays():
    claims = rows(
        tables.RECEIVABLE, claim("inv", "652.00"), claim("fee", "60.00", "reminder_fee"), claim("x", "9", "invoice", 8)
    )
    owed = open_items(claims, rows(tables.ALLOCATION, paid("inv", "300.00"), paid("inv", "-1.00", "loss")))
    order = rows(tables.WRITE_OFF, {"request_id": "r", "invoice_no": 7})
    made = write_off(order, owed, ON)
    found = made.select("receivable_id", "allocation_kind", "amount", "voucher_id", "payment_id").rows()
    assert sorted(found) == [
        ("fee", "loss", Decimal("-60.00"), "L:r", "write_off:r"),
        ("fee", "receivable", Decimal("60.00"), "L:r", "write_off:r"),
        ("inv", "loss", Decimal("-352.00"), "L:r", "write_off:r"),
        ("inv", "receivable", Decimal("352.00"), "L:r", "write_off:r"),
    ]
    assert carried_out(order, made)["written_off_amount"].to_list() == [Decimal("412.00")]


def test_an_invoice_paid_by_then_is_written_off_with_nothing():
    order = rows(tables.WRITE_OFF, {"request_id": "r", "invoice_no": 7})
    nothing = open_items(rows(tables.RECEIVABLE, claim("inv", "10.00")), rows(tables.ALLOCATION, paid("inv", "10.00")))
    made = write_off(order, nothing, ON)
    assert made.is_empty()
    assert carried_out(order, made)["written_off_amount"].to_list() == [Decimal("0.00")]


def steps(*amounts, vat=(("standard", "521.36", "130.34"),), total="652.00", notes=()):
    """VAT that losses (negative) and recoveries of an invoice bring, one after the other: (step, class, net, VAT)."""
    moves = [
        {"allocation_id": f"{n}", "allocation_kind": "loss" if amount.startswith("-") else "recovered",
         "home_amount": Decimal(amount), "allocated_on": date(2026, 11, 1 + n)} for n, amount in enumerate(amounts)
    ]  # fmt: skip
    heads = [{"invoice_no": 7, "total_amount": Decimal(total), "exchange_rate": Decimal(1)}] + [
        {"invoice_no": 900 + n, "credits_invoice_no": 7, "total_amount": Decimal(net) + Decimal(tax),
         "exchange_rate": Decimal(1)} for n, (_, net, tax) in enumerate(notes)
    ]  # fmt: skip
    taxed = [(7, *each) for each in vat] + [(900 + n, *each) for n, each in enumerate(notes)]
    of_vat = [
        {"invoice_no": number, "vat_class": name, "vat_category": "S", "vat_percent": Decimal(25),
         "vat_account": "2611",
         "net_amount": Decimal(net), "vat_amount": Decimal(tax)} for number, name, net, tax in taxed
    ]  # fmt: skip
    told = rows(tables.ALLOCATION, *moves).with_columns(invoice_no=pl.lit(7, pl.Int64))
    made = bad_debt_vat(told, rows(tables.INVOICE, *heads), rows(tables.INVOICE_VAT, *of_vat))
    found = made.select("allocation_id", "vat_class", "net_amount", "vat_amount").rows()
    return [(int(n), name, str(net), str(tax)) for n, name, net, tax in found]


def test_a_loss_takes_back_its_part_of_the_vat():
    """352.00 x 130.34 / 652.00 = 70.37; of the net 521.36 it is 281.47, the rest is rounding to whole kronor."""
    assert steps("-352.00") == [(0, "standard", "-281.47", "-70.37")]


def test_each_vat_class_loses_its_part():
    """Half of 25.00 + 3.00 of VAT."""
    made = steps("-77.50", vat=(("standard", "100.00", "25.00"), ("books", "27.00", "3.00")), total="155.00")
    assert made == [(0, "books", "-13.50", "-1.50"), (0, "standard", "-50.00", "-12.50")]


def test_a_credit_note_has_taken_its_vat_already():
    """Of 125.00 + 112.00 the note took the 125.00: what is lost bears 12.00 of VAT, none of the other class."""
    vat = (("standard", "100.00", "25.00"), ("books", "100.00", "12.00"))
    assert steps("-112.00", vat=vat, total="237.00", notes=[("standard", "-100.00", "-25.00")]) == [
        (0, "books", "-100.00", "-12.00")
    ]


def test_an_invoice_without_vat_loses_none():
    assert steps("-50.00", vat=(("abroad", "100.00", "0.00"),), total="100.00") == [(0, "abroad", "-50.00", "0.00")]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 30000), min_size=1, max_size=8))
def test_what_is_recovered_in_parts_brings_back_to_the_oere_what_the_loss_took(parts):
    lost = Decimal(sum(parts)) / 100
    made = steps(
        f"-{lost}",
        *(f"{Decimal(part) / 100}" for part in parts),
        total=f"{lost + 100}",
        vat=(("standard", "80.00", "20.00"),),
    )
    assert sum(Decimal(tax) for *_, tax in made) == 0
    assert sum(Decimal(net) for *_, net, _ in made) == 0


def test_a_credit_note_after_the_loss_takes_back_the_vat_of_its_own_class():
    """Of 125.00 at 25 % and 106.00 at 6 % all was lost; the 106.00 is credited, and all of the 6.00 comes back."""
    heads, taxed = _of_two_classes(note=("books", "-100.00", "-6.00"))
    moves = [
        _move("a", "loss", "-231.00", 1),
        _move("b", "recovered", "106.00", 2),
        _move("c", "recovered", "125.00", 3),
    ]
    told = rows(tables.ALLOCATION, *moves).with_columns(invoice_no=pl.lit(7, pl.Int64))
    lost = bad_debt_vat(told[:1], heads[:1], taxed.filter(invoice_no=7))
    credited = bad_debt_vat(told[1:2], heads, taxed, told[:1], lost)
    came = bad_debt_vat(told[2:], heads, taxed, told[:2], pl.concat([lost, credited]))
    found = pl.concat([lost, credited, came]).select("allocation_id", "vat_class", "net_amount", "vat_amount")
    assert [(n, name, str(net), str(tax)) for n, name, net, tax in found.rows()] == [
        ("a", "books", "-100.00", "-6.00"),
        ("a", "standard", "-100.00", "-25.00"),
        ("b", "books", "100.00", "6.00"),
        ("c", "standard", "100.00", "25.00"),
    ]


def test_what_is_credited_whole_after_its_loss_brings_all_its_vat_back():
    heads, taxed = _of_two_classes(note=("standard", "-100.00", "-25.00"), one_class=True)
    moves = [_move("a", "loss", "-125.00", 1), _move("b", "recovered", "125.00", 2)]
    told = rows(tables.ALLOCATION, *moves).with_columns(invoice_no=pl.lit(7, pl.Int64))
    lost = bad_debt_vat(told[:1], heads[:1], taxed.filter(invoice_no=7))
    back = bad_debt_vat(told[1:], heads, taxed, told[:1], lost)
    assert pl.concat([lost, back])["vat_amount"].to_list() == [Decimal(-25), Decimal(25)]


def _move(name, kind, amount, day):
    return {
        "allocation_id": name,
        "allocation_kind": kind,
        "home_amount": Decimal(amount),
        "allocated_on": date(2026, 11, day),
    }


def _of_two_classes(note, *, one_class=False):
    """Invoice 7 with its VAT, and the credit note 901: (INVOICE rows, INVOICE_VAT rows)."""
    classes = [("standard", "100.00", "25.00")] + [("books", "100.00", "6.00")] * (not one_class)
    taxed = [(7, *each) for each in classes] + [(901, *note)]
    total = sum(Decimal(net) + Decimal(tax) for number, _, net, tax in taxed if number == 7)
    heads = rows(
        tables.INVOICE,
        {"invoice_no": 7, "total_amount": total, "exchange_rate": Decimal(1)},
        {"invoice_no": 901, "credits_invoice_no": 7, "total_amount": Decimal(note[1]) + Decimal(note[2]),
         "exchange_rate": Decimal(1)},
    )  # fmt: skip
    of_vat = [
        {"invoice_no": number, "vat_class": name, "vat_category": "S", "vat_percent": Decimal(25),
         "vat_account": "2611", "net_amount": Decimal(net), "vat_amount": Decimal(tax)}
        for number, name, net, tax in taxed
    ]  # fmt: skip
    return heads, rows(tables.INVOICE_VAT, *of_vat)


def aged(*claims):
    """The provision at the end of November of claims (due, open, VAT, total): (bucket, net, amount), without zeros."""
    schema = {"due_on": pl.Date, "open_amount": AMOUNT, "vat_amount": AMOUNT, "total_amount": AMOUNT}
    owed = [(due, *(None if each is None else Decimal(each) for each in amounts)) for due, *amounts in claims]
    policy = Provision(
        days_1_30=Decimal(2),
        days_31_60=Decimal(10),
        days_61_90=Decimal(25),
        days_over_90=Decimal(50),
        not_due=Decimal(0),
    )
    made = provision(pl.DataFrame(owed, schema=schema, orient="row"), policy, date(2026, 11, 30))
    assert made.height == 5
    found = made.select("age_bucket", "open_net_amount", "provision_amount").rows()
    return [(bucket, str(net), str(amount)) for bucket, net, amount in found if net]


def test_claims_are_aged_by_their_due_date():
    """Due on the last day of the month is not late; 1, 30, 31, 60, 61, 90 and 91 days are the borders."""
    days = (date(2026, 11, 30), date(2026, 11, 29), date(2026, 10, 31), date(2026, 10, 30), date(2026, 10, 1),
            date(2026, 9, 30), date(2026, 9, 1), date(2026, 8, 31))  # fmt: skip
    assert aged(*((day, "100.00", None, None) for day in days)) == [
        ("not_due", "100.00", "0.00"),
        ("days_1_30", "200.00", "4.00"),
        ("days_31_60", "200.00", "20.00"),
        ("days_61_90", "200.00", "50.00"),
        ("days_over_90", "100.00", "50.00"),
    ]


def test_vat_is_left_out_in_the_part_that_is_open():
    """Half of 125.00 is open: 62.50, of which 12.50 is VAT; 2 % of 50.00."""
    assert aged((date(2026, 11, 20), "62.50", "25.00", "125.00")) == [("days_1_30", "50.00", "1.00")]


def booked(wanted, standing, ledger):
    made = provision_voucher(wanted, Decimal(standing), ledger)
    return {r["ledger_account"]: str(r["debit_credit"]) for r in made.to_dicts()}


def test_only_the_difference_from_what_stands_is_booked_and_less_is_taken_back():
    from test_ledger_postings import LEDGER  # noqa: PLC0415

    wanted = rows(tables.PROVISION, {"provision_month": date(2026, 11, 1), "provision_amount": Decimal("6.38")})
    assert booked(wanted, "2.00", LEDGER) == {"6352": "4.38", "1519": "-4.38"}
    assert booked(wanted, "10.00", LEDGER) == {"6352": "-3.62", "1519": "3.62"}
