"""Credit notes take back an invoice in parts, never more than it was, and the last part takes what rounding left."""

from decimal import Decimal

import polars as pl
import pytest
from credit_rows import LATER, framed, half_away, invoice
from hypothesis import example, given, settings
from hypothesis import strategies as st

from invoicing.credit_note_rows import Credited, NoteIssue, credit_note_rows
from invoicing.credit_notes import left_to_credit, of_amounts, of_lines, taken_back, whole
from invoicing.vat_of_documents import vat_of_credit_notes
from schemas import tables

RATES = {"standard": Decimal(25), "reduced": Decimal(6), "exempt": Decimal(0)}
QUICK = settings(max_examples=25, deadline=None)


class Books:
    """An invoice with the credit notes made of it so far."""

    def __init__(self, lines, *, rounding="0.00", paid="0.00", lost="0.00"):
        self.heads, self.lines, self.vat, self.parties = invoice(lines, RATES, rounding=rounding)
        self.paid, self.notes, self.allocations = Decimal(paid) + Decimal(lost), 0, tables.ALLOCATION.empty()
        self.lost = Decimal(lost)
        self.charges, self.claims = tables.CHARGE.empty(), tables.RECEIVABLE.empty()

    @property
    def left(self):
        return left_to_credit(self.heads, self.lines, self.vat)

    def credit(self, entry=None, net=None, total=None):
        """Make one more credit note: of a line, of an amount including VAT, or of all that is left."""
        self.notes += 1
        order = pl.DataFrame({"note": [f"r{self.notes}"], "invoice_no": [7]})
        fixed = None
        if entry is not None:
            wanted = pl.lit(None if net is None else int(net * 100), pl.Int64)
            lines = of_lines(
                order.with_columns(pl.lit(entry, pl.Int64).alias("entry_no"), wanted.alias("wanted")), self.left
            )
        elif total is not None:
            lines, fixed = of_amounts(order.with_columns(pl.lit(int(total * 100), pl.Int64).alias("wanted")), self.left)
        else:
            lines, fixed = whole(order, self.left)
        own = (rows.filter(pl.col("invoice_no") == 7) for rows in self._rows())
        credited = Credited(*own, self._open(), _left_of_claim(self.lost - self._of_claim("recovered")))
        made = credit_note_rows(
            taken_back(lines, self.left, fixed), credited, NoteIssue(LATER, first_number=900 + self.notes, seller_no=2)
        )
        new = (made.invoices, made.lines, made.vat, made.parties)
        self.heads, self.lines, self.vat, self.parties = map(pl.concat, zip(self._rows(), new, strict=True))
        self.allocations = pl.concat([self.allocations, made.allocations])
        self.charges, self.claims = pl.concat([self.charges, made.charges]), pl.concat([self.claims, made.receivables])
        return made

    def _rows(self):
        return self.heads, self.lines, self.vat, self.parties

    def _open(self):
        return _left_of_claim(self.heads["total_amount"][0] - self.paid - self._of_claim("receivable"))

    def _of_claim(self, kind):
        found = self.allocations.filter(receivable_id="invoice:7", allocation_kind=kind)
        return found["amount"].sum() or Decimal(0)


def _left_of_claim(amount):
    schema = {"receivable_id": pl.String, "open_amount": pl.Decimal(18, 2), "open_home_amount": pl.Decimal(18, 2)}
    return pl.DataFrame([("invoice:7", amount, amount)], schema=schema, orient="row")


def figures(made):
    """Net, VAT, rounding and total of the one note made."""
    row = made.invoices.row(0, named=True)
    return tuple(str(row[name]) for name in ("net_amount", "vat_amount", "rounding_amount", "total_amount"))


def test_a_whole_credit_note_is_the_invoice_with_the_sign_turned_rounding_and_all():
    books = Books([("149.00", "standard"), ("1.02", "standard"), ("10.10", "reduced")], rounding="0.26")
    # 150.02 at 25 % is 37.505 -> 37.51; 10.10 at 6 % is 0.606 -> 0.61; 160.12 + 38.12 + 0.26 = 198.50
    made = books.credit()
    assert figures(made) == ("-160.12", "-38.12", "-0.26", "-198.50")
    assert [str(net) for net in made.lines["net_amount"]] == ["-149.00", "-1.02", "-10.10"]
    assert made.lines["credited_entry_no"].to_list() == [1, 2, 3]
    assert made.invoices.select("invoice_no", "credits_invoice_no", "document_kind", "invoiced_on").rows() == [
        (901, 7, "credit_note", LATER)
    ]
    assert made.parties.select("invoice_no", "customer_name").rows() == [(901, "Åsa")]


def test_a_line_is_credited_at_the_rate_of_the_invoice():
    books = Books([("149.00", "standard"), ("10.10", "reduced")])
    # 6 % of 10.10 is 0.606 -> 0.61
    assert figures(books.credit(entry=2)) == ("-10.10", "-0.61", "0.00", "-10.71")


def test_a_part_of_a_line_counts_no_calls_and_all_of_it_does():
    books = Books([("149.00", "standard")])
    part = books.credit(entry=1, net=Decimal("49.00"))
    assert part.lines.select("quantity", "duration_s", "net_amount").rows() == [(0, 0, Decimal("-49.00"))]
    assert Books([("149.00", "standard")]).credit(entry=1).lines["quantity"].to_list() == [3]


def test_the_last_part_takes_the_residue_of_vat_and_the_rounding():
    books = Books([("0.10", "standard")] * 3, rounding="-0.38")
    # VAT of 0.30 is 0.075 -> 0.08; a line's is 0.025 -> 0.03: twice 0.03 leaves 0.02; 0.30 + 0.08 - 0.38 = 0.00
    made = [figures(books.credit(entry=entry)) for entry in (1, 2, 3)]
    assert made == [
        ("-0.10", "-0.03", "0.00", "-0.13"),
        ("-0.10", "-0.03", "0.00", "-0.13"),
        ("-0.10", "-0.02", "0.38", "0.26"),
    ]


def test_an_amount_is_shared_by_class_and_line():
    books = Books([("80.00", "standard"), ("20.00", "standard"), ("100.00", "reduced")])
    # gross 125.00 and 106.00 of 231.00; 100.00 is shared 54.1125.. and 45.8874..: 54.11 and 45.89
    # 54.11 / 1.25 = 43.288 -> 43.29 and VAT 10.82; 45.89 / 1.06 = 43.292.. -> 43.29 and VAT 2.60
    # 43.29 over 80 and 20: 34.632 and 8.658 -> 34.63 and 8.66
    made = books.credit(total=Decimal("100.00"))
    assert figures(made) == ("-86.58", "-13.42", "0.00", "-100.00")
    assert [str(net) for net in made.lines["net_amount"]] == ["-34.63", "-8.66", "-43.29"]
    assert [str(vat) for vat in made.vat.sort("vat_class")["vat_amount"]] == ["-2.60", "-10.82"]


@pytest.mark.parametrize(
    ("paid", "parts"),
    [
        ("0.00", [("receivable", "invoice:7", "125.00"), ("receivable", "invoice:901", "-125.00")]),
        (
            "100.00",
            [
                ("receivable", "invoice:7", "25.00"),
                ("credit", None, "100.00"),
                ("receivable", "invoice:901", "-125.00"),
            ],
        ),
        ("125.00", [("credit", None, "125.00"), ("receivable", "invoice:901", "-125.00")]),
    ],
)
def test_a_credit_note_pays_what_is_open_of_its_invoice_and_the_rest_is_credit(paid, parts):
    made = Books([("100.00", "standard")], paid=paid).credit()
    found = made.allocations.select("allocation_kind", "receivable_id", pl.col("amount").cast(pl.String))
    assert sorted(found.rows(), key=str) == sorted(parts, key=str)
    assert made.receivables.select("receivable_id", "receivable_kind", "amount").rows() == [
        ("invoice:901", "credit_note", Decimal("-125.00"))
    ]


amounts = st.integers(-20_000, 100_000).filter(bool).map(lambda minor: Decimal(minor) / 100)
some_lines = st.lists(st.tuples(amounts, st.sampled_from(sorted(RATES))), min_size=1, max_size=6).filter(
    lambda lines: sum(net for net, _ in lines) > 0
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("line"), st.integers(0, 5), st.floats(0.01, 1)),
        st.tuples(st.just("amount"), st.just(0), st.floats(0.01, 1)),
    ),
    max_size=6,
)


@QUICK
@example([(Decimal("0.08"), "exempt"), (Decimal("1.75"), "reduced")], 0, [("line", 1, 0.96875), ("amount", 0, 0.875)])
@given(some_lines, st.integers(-49, 50), steps)
def test_parts_in_any_order_and_then_the_rest_come_to_exactly_the_invoice(lines, rounding, wanted):
    books = Books(lines, rounding=str(Decimal(rounding) / 100))
    for kind, place, share in wanted:
        left = books.left
        if kind == "line":
            rows = left.lines.filter(pl.col("net") > 0)
            if rows.height:
                entry, net = rows.select("entry_no", "net").row(place % rows.height)
                books.credit(entry=entry, net=Decimal(max(1, int(net * share))) / 100)
        else:
            gross = int((left.classes.filter((pl.col("net") > 0))).select((pl.col("net") + pl.col("vat")).sum()).item())
            if gross > 1:
                books.credit(total=Decimal(max(1, int((gross - 1) * share))) / 100)
        left = books.left
        assert left.lines.filter(pl.col("net") < 0).height == sum(net < 0 for net, _ in lines)
        assert (left.classes.filter(pl.col("net") > 0)["vat"] >= 0).all()
    books.credit()
    assert (
        books.heads.select(pl.col("net_amount", "vat_amount", "rounding_amount", "total_amount").sum()).row(0)
        == (0,) * 4
    )
    assert set(books.left.lines["net"]) == {0}
    assert set(books.left.classes["vat"]) == {0}
    own = pl.col("invoice_no") == 7
    noted = books.vat.filter(~own).with_columns(pl.lit(7, pl.Int64).alias("credits_invoice_no"))
    checked = vat_of_credit_notes(noted, books.vat.filter(own))
    assert (checked["vat_amount"] == checked["expected_vat"]).all()


@QUICK
@given(some_lines, st.lists(st.floats(0.01, 1), max_size=4))
def test_every_note_is_its_lines_its_vat_its_charges_and_its_allocations(lines, shares_wanted):
    books = Books(lines)
    for share in shares_wanted:
        positive = books.left.classes.filter(pl.col("net") > 0)
        gross = int(positive.select((pl.col("net") + pl.col("vat")).sum()).item())
        if gross > 1:
            wanted = Decimal(max(1, int((gross - 1) * share))) / 100
            made = books.credit(total=wanted)
            assert made.invoices["total_amount"].to_list() == [-wanted]
    notes = books.heads.filter(pl.col("document_kind") == "credit_note")
    lines_of = books.lines.filter(pl.col("credited_entry_no").is_not_null())
    assert (notes["net_amount"].sum() or 0) == (lines_of["net_amount"].sum() or 0)
    assert (books.charges["amount_ex_vat"].sum() or 0) == (lines_of["amount_ex_vat"].sum() or 0)
    assert (books.allocations["amount"].sum() or 0) == 0
    paid_of_claims = books.allocations.join(books.claims, on="receivable_id", how="semi")
    assert (paid_of_claims["amount"].sum() or 0) == (books.claims["amount"].sum() or 0)
    for row in lines_of.iter_rows(named=True):
        assert row["net_amount"] == half_away(row["amount_ex_vat"])


def test_what_is_written_fits_its_tables():
    made = Books([("149.00", "standard"), ("10.10", "reduced")]).credit()
    for table, rows in (
        (tables.INVOICE, made.invoices), (tables.INVOICE_LINE, made.lines), (tables.INVOICE_VAT, made.vat),
        (tables.INVOICE_PARTY, made.parties), (tables.BILLED_CHARGE, made.billed),
        (tables.RECEIVABLE, made.receivables), (tables.ALLOCATION, made.allocations),
    ):  # fmt: skip
        assert table.conform(rows).height > 0


def test_differences_of_a_re_rating_become_the_lines_they_take_back():
    heads, lines, vat, parties = invoice([("100.00", "standard"), ("50.00", "standard")], RATES)
    charged = pl.DataFrame(
        [("auto", 2, "adjustment:1", Decimal("-12.345678")), ("auto", 2, "adjustment:2", Decimal("-0.100000"))],
        schema={"note": pl.String, "entry_no": pl.Int64, "charge_id": pl.String, "amount_ex_vat": pl.Decimal(18, 6)},
        orient="row",
    )
    left = left_to_credit(heads, lines, vat)
    order = pl.DataFrame({"note": ["auto"], "invoice_no": [7], "entry_no": [2], "wanted": [1245]})
    taken = taken_back(of_lines(order, left), left)
    nothing = framed(tables.RECEIVABLE, []).with_columns(
        pl.lit(None, pl.Decimal(18, 2)).alias(name) for name in ("open_amount", "open_home_amount")
    )
    credited = Credited(heads, lines, vat, parties, nothing, nothing)
    made = credit_note_rows(taken, credited, NoteIssue(LATER, first_number=901, seller_no=1), charged)
    assert made.lines.select("net_amount", "amount_ex_vat").rows() == [(Decimal("-12.45"), Decimal("-12.445678"))]
    assert made.billed.select("charge_id", "invoice_no", "entry_no").rows() == [
        ("adjustment:1", 901, 1), ("adjustment:2", 901, 1)
    ]  # fmt: skip
    assert made.charges.is_empty()


def test_a_credit_note_of_a_debt_that_was_written_off_reduces_the_loss_and_gives_no_money_back():
    """Of 125.00, 25.00 was paid and 100.00 written off: 100.00 of the note makes the loss good, 25.00 is credit."""
    books = Books([("100.00", "standard")], paid="25.00", lost="100.00")
    part = books.credit(total=Decimal("60.00")).allocations
    rest = books.credit().allocations
    kinds = ("allocation_kind", "receivable_id", pl.col("amount").cast(pl.String))
    assert part.select(kinds).rows() == [
        ("receivable", "invoice:901", "-60.00"), ("recovered", "invoice:7", "60.00"),
    ]  # fmt: skip
    assert rest.select(kinds).rows() == [
        ("receivable", "invoice:902", "-65.00"), ("credit", None, "25.00"), ("recovered", "invoice:7", "40.00"),
    ]  # fmt: skip
