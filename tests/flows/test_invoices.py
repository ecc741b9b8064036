"""Invoices wait for a person, are held, released and numbered; nothing that waits takes a number or loses a charge."""

import re
from datetime import date, timedelta
from decimal import Decimal

import polars as pl
import pytest
from small_operator import ANNA, BO, BOS_SIGN_UP, ask, asked_of_marts, opened_lake, put

from pipelines.billing.invoice_view import list_invoices, preview, show_invoice
from pipelines.billing.period_terms_flow import PeriodFacts
from pipelines.billing.unbilled import unbilled_charges, unbilled_since
from pipelines.configuration.reading import load_configuration
from pipelines.night import Night
from pipelines.nightly_flow import conduct, stages_named
from schemas import tables

pytestmark = pytest.mark.slow
D = Decimal
OCT1, OCT2, OCT10, NOV1 = date(2026, 10, 1), date(2026, 10, 2), date(2026, 10, 10), date(2026, 11, 1)
_PROVEN = stages_named(
    "configure", "ingest", "register", "rate", "match", "order", "bill", "settle", "book", "prove"
)  # fmt: skip
_MADE = "SELECT invoice_no, account_id, billing_date, invoiced_on, total_amount FROM invoice ORDER BY 1"
_WAIT = "SELECT account_id, billing_date, draft_state, draft_reasons FROM invoice_draft ORDER BY ALL"


def with_policy(home, setting, value):
    policy = home.config / "policy.toml"
    text = policy.read_text(encoding="utf-8")
    policy.write_text(re.sub(rf"(?m)^{setting} = \S+", f"{setting} = {value}", text), encoding="utf-8")


def night(home, on):
    return conduct(home, on, stages=_PROVEN)


def test_first_invoices_wait_until_each_is_released(begun, copy_of, nightbill):
    """Anna's first invoice comes to 188.00, as the story tells; Bo's, of the same night, to 399.00."""
    home = copy_of(begun)
    with_policy(home, "first_invoice", "true")
    put(home, {"b.jsonl": BOS_SIGN_UP})
    night(home, OCT1)
    assert ask(home, _MADE) == []
    waiting = list_invoices(home).select("account_id", "state", "reasons", "total_amount").rows()
    assert waiting == [(ANNA, "draft", "FIRST_INVOICE", D(188)), (BO, "draft", "FIRST_INVOICE", D(399))]
    shown = show_invoice(home, ANNA, OCT1)
    assert shown.lines.select("article_no", "net_amount").rows() == [
        ("2002", D("49.50")), ("2002", D("99.00")), ("1002", D("2.16"))
    ]  # fmt: skip
    assert (shown.figures["total_amount"], shown.figures["draft_state"]) == (D(188), "draft")
    place = ("--home", home.root, "--on", OCT2)
    code, out, _ = nightbill("invoices", "release", ANNA, "--reason", "known since long", "--by", "eva", *place)
    assert (code, ask(home, _MADE)) == (0, [(1000001, ANNA, OCT1, OCT2, D(188))]), out
    assert ask(home, _WAIT) == [
        (ANNA, OCT1, "finalised", "FIRST_INVOICE"), (BO, OCT1, "draft", "FIRST_INVOICE")
    ]  # fmt: skip
    decided = "SELECT invoice_no, decided_on, decided_by, decision_text FROM invoice_draft WHERE account_id = 20001"
    assert ask(home, decided) == [(1000001, OCT2, "eva", "known since long")]
    night(home, NOV1)
    assert [(number, account) for number, account, *_ in ask(home, _MADE)] == [(1000001, ANNA), (1000002, ANNA)]
    assert ask(home, _WAIT)[1] == (BO, OCT1, "draft", "FIRST_INVOICE"), "of the first month, before any later one"


def test_a_held_account_is_passed_over_and_numbered_when_it_is_released(invoiced, copy_of, nightbill):
    home = copy_of(invoiced)
    place = ("--home", home.root, "--on")
    code, out, _ = nightbill("invoices", "hold", ANNA, "--reason", "disputed", *place, OCT10)
    assert (code, ask(home, _WAIT)) == (0, [(ANNA, NOV1, "held", "HELD_BY_HAND")]), out
    conduct(home, NOV1)
    assert [row[:2] for row in ask(home, _MADE)][2:] == [(1000003, BO)]
    drafts = ask(home, "SELECT draft_state, total_amount, last_total_amount FROM invoice_draft")
    assert drafts == [("held", D(124), D(188))]  # 99.00 and 24.75; before it, 150.66 and 37.67
    assert "0 wait to be looked at, 1 are held" in ask(
        home, "SELECT summary FROM run_stage WHERE stage = 'bill' AND run_id = (SELECT max(run_id) FROM run)"
    )[0][0]  # fmt: skip
    assert asked_of_marts(home, "SELECT draft_state, draft_reasons FROM fact_invoice_draft") == [
        ("held", "HELD_BY_HAND")
    ]
    assert asked_of_marts(home, "SELECT invoice_no, invoice_state FROM fact_invoice ORDER BY 1") == [
        (1000001, "overdue"), (1000002, "overdue"), (1000003, "finalised")
    ]  # fmt: skip
    code, out, _ = nightbill("invoices", "release", ANNA, "--reason", "settled", *place, NOV1)
    assert ask(home, _MADE)[3:] == [(1000004, ANNA, NOV1, NOV1, D(124))], out
    code, out, _ = nightbill("invoices", "release", ANNA, "--reason", "again", *place, NOV1)
    assert (code, "waits" in out) == (2, True)


def test_an_account_gets_one_invoice_a_night_however_often_the_night_runs(invoiced, copy_of, nightbill):
    """Anna's invoice of November is released on 2 December; December's comes the night after."""
    home, dec2, dec3 = copy_of(invoiced), date(2026, 12, 2), date(2026, 12, 3)
    place = ("--home", home.root, "--on")
    nightbill("invoices", "hold", ANNA, "--reason", "disputed", *place, OCT10)
    conduct(home, NOV1, stages=_PROVEN)
    nightbill("invoices", "release", ANNA, "--reason", "settled", *place, dec2)
    of_anna = f"SELECT billing_date, invoiced_on FROM invoice WHERE account_id = {ANNA} ORDER BY 1"  # noqa: S608 (ours)
    once = [(OCT1, OCT1), (NOV1, dec2)]
    for on, made in ((dec2, once), (dec2, once), (dec3, [*once, (date(2026, 12, 1), dec3)])):
        conduct(home, on, stages=_PROVEN)
        assert ask(home, of_anna) == made


def test_a_class_without_a_rate_holds_its_accounts_and_the_night_goes_on(begun, copy_of):
    home = copy_of(begun)
    rates = home.config / "vat_rates.csv"
    rates.write_text(
        rates.read_text(encoding="utf-8").replace("standard,2023-07-01,,25", "standard,2026-10-02,,25"),
        encoding="utf-8",
    )
    night(home, OCT1)
    assert ask(home, _WAIT) == [(ANNA, OCT1, "held", "NO_VAT_RATE")]
    night(home, OCT2)
    assert ask(home, _WAIT) == [(ANNA, OCT1, "finalised", "NO_VAT_RATE")]
    assert ask(home, _MADE) == [(1000001, ANNA, OCT1, OCT2, D(188))]


def test_a_preview_tells_what_the_night_will_make_beside_last_month_and_writes_nothing(invoiced, copy_of):
    """November: 99.00 and 319.20 of fees that are charged that very night, 24.75 and 79.80 VAT; 124 and 399 kronor."""
    home = copy_of(invoiced)
    found = preview(home, NOV1).sums.select("what", "invoices", "net_amount", "vat_amount", "total_amount").rows()
    assert found == [
        ("tonight", 2, D("418.20"), D("104.55"), D(523)),
        ("last month", 2, D("469.86"), D("117.47"), D(587)),
    ]
    assert ask(home, "SELECT count(*) FROM invoice") == [(2,)]
    assert list_invoices(home, every=True).select("invoice_no", "state").rows() == [
        (1000001, "finalised"), (1000002, "finalised")
    ]  # fmt: skip


def test_what_is_unbilled_does_not_depend_on_what_counts_as_lately(told):
    """The night's own look goes back two months; every other border must find the same charges."""
    sql = "SELECT charge_id FROM charge ANTI JOIN billed_charge USING (charge_id) ORDER BY 1"
    expected = [name for (name,) in ask(told, sql)]
    with opened_lake(told) as store:
        configuration = load_configuration(told)
        at = Night(told, NOV1, "", configuration, store)
        for days in range(0, 120, 7):
            found = pl.concat(unbilled_since(at, date(2026, 11, 10) - timedelta(days=days)))
            assert sorted(found["charge_id"]) == expected, days
            assert found.schema == tables.CHARGE.schema


@pytest.mark.parametrize("on", [date(2026, 11, 10), date(2027, 3, 1)])
def test_by_day_the_same_charges_are_on_no_invoice_yet_as_at_night(told, copy_of, on):
    """Of Anna's and Bo's; two are taken off their invoices, one of them in an open basis."""
    home = copy_of(told)
    with opened_lake(home, read_only=False) as store, store.transaction("not invoiced"):
        store.execute(
            "DELETE FROM billed_charge WHERE invoice_no IN (1000001, 1000002);"
            "INSERT INTO invoice_basis SELECT 'b', 20002, 'open', 1, 1, TIMESTAMPTZ '2026-10-02', DATE '2026-10-02', "
            "NULL, NULL, NULL, NULL, NULL;"
            "INSERT INTO basis_charge SELECT charge_id, 'b' FROM charge WHERE account_id = 20002"
        )
    with opened_lake(home) as store:
        night = Night(home, on, "", load_configuration(home), store)
        whole = unbilled_charges(night)
        for accounts in ([ANNA, BO], [ANNA], [BO]):
            asked = pl.DataFrame({"account_id": accounts})
            by_day = unbilled_charges(night.narrowed(asked))["charge_id"]
            assert sorted(by_day) == sorted(whole.join(asked, on="account_id", how="semi")["charge_id"])
        assert whole.height > 0


def test_what_was_given_back_long_before_its_day_is_not_billed_again(told, copy_of):
    """Part of a year's fee from March on, given back on the invoice of October; in January that was long ago."""
    home = copy_of(told)
    with opened_lake(home, read_only=False) as store, store.transaction("given back"):
        store.execute(
            "INSERT INTO charge SELECT * REPLACE ('recurring:year:2' AS charge_id, -20 AS amount_ex_vat, "
            "DATE '2027-03-01' AS service_from, DATE '2026-09-20' AS charged_on) FROM charge "
            "WHERE charge_kind = 'recurring' LIMIT 1"
        )
        store.execute("INSERT INTO billed_charge SELECT 'recurring:year:2', 1000001, 1, -20")
    with opened_lake(home) as store:
        at = Night(home, NOV1, "", load_configuration(home), store)
        found = pl.concat(unbilled_since(at, date(2026, 10, 20)))
    assert "recurring:year:2" not in found["charge_id"]


@pytest.mark.parametrize(("billing_date", "counted"), [(OCT1, []), (NOV1, [D("319.20")])])
def test_what_a_basis_invoiced_counts_in_its_own_period_alone(told, copy_of, billing_date, counted):
    """Bo's October was invoiced by a basis: nothing of it counts for a draft of September that waited until then."""
    home = copy_of(told)
    with opened_lake(home, read_only=False) as store, store.transaction("a basis"):
        store.execute(
            "INSERT INTO invoice_basis SELECT 'b', 20002, 'released', 1, 1, TIMESTAMPTZ '2026-10-02', "
            "DATE '2026-10-02', NULL, NULL, NULL, 1000002, NULL; "
            "UPDATE charge SET service_from = DATE '2026-10-02' WHERE charge_id IN "
            "(SELECT charge_id FROM billed_charge WHERE invoice_no = 1000002)"
        )
    dates = pl.DataFrame({"account_id": [BO], "billing_date": [billing_date], "billed_to": [OCT1.replace(month=9)]})
    with opened_lake(home) as store:
        found = PeriodFacts(Night(home, NOV1, "", load_configuration(home), store)).invoiced_before(dates)
    assert found["amount_ex_vat"].to_list() == counted
