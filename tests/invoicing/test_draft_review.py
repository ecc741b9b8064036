"""The review: which invoices are numbered at once, which wait for a person, and why."""

from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest

from invoicing.draft_review import (
    REASON_SCHEMA,
    ReviewFacts,
    accounts_waiting,
    outliers,
    review,
    stale_drafts,
    without_address,
)
from schemas import tables
from schemas.money import AMOUNT
from schemas.policy import Review

ON, NOV1, DEC1 = date(2026, 11, 5), date(2026, 11, 1), date(2026, 12, 1)
NO_DRAFTS = tables.INVOICE_DRAFT.empty()
LAST = pl.Schema({"account_id": pl.Int64(), "last_total_amount": AMOUNT, "had_usage": pl.Boolean()})


def totals(**of_account):
    """Proposed totals by account: a1=100."""
    rows = [(int(name[1:]), NOV1, Decimal(total), Decimal(total)) for name, total in of_account.items()]
    schema = {"account_id": pl.Int64, "billing_date": pl.Date, "net_amount": AMOUNT, "total_amount": AMOUNT}
    return pl.DataFrame(rows, schema=schema, orient="row")


def found(*rows):
    return pl.DataFrame(list(rows), schema=REASON_SCHEMA, orient="row")


def last(*rows):
    return pl.DataFrame(list(rows), schema=LAST, orient="row")


def draft(account, state, reasons, *, decided=None, billing_date=NOV1):
    row = {
        "account_id": account, "billing_date": billing_date, "draft_state": state, "draft_reasons": reasons,
        "net_amount": Decimal(0), "total_amount": Decimal(0), "proposed_on": NOV1, "decided_on": decided,
        "decided_by": decided and "eva", "decision_text": decided and "looked",
    }  # fmt: skip
    return tables.INVOICE_DRAFT.complete(pl.DataFrame([row], schema_overrides=tables.INVOICE_DRAFT.schema))


def facts(*drafts, before=(), waiting=()):
    silent = pl.DataFrame({"account_id": list(waiting)}, schema={"account_id": pl.Int64})
    return ReviewFacts(last(*before), silent, pl.concat([NO_DRAFTS, *drafts]))


def lines(*of_accounts, kind="usage"):
    return pl.DataFrame(
        [(account, kind) for account in of_accounts],
        schema={"account_id": pl.Int64, "charge_kind": pl.String},
        orient="row",
    )


def judged(proposed, reasons=(), known=None, room=None):
    """Account, state and reasons of what waits, and the accounts cleared."""
    made = review(proposed, found(*reasons), known or facts(), ON, room)
    waits = made.drafts.select("account_id", "draft_state", "draft_reasons").rows()
    return waits, made.cleared["account_id"].to_list()


class TestWhatWaits:
    def test_an_invoice_nobody_must_look_at_is_cleared(self):
        assert judged(totals(a1=100, a2=200)) == ([], [1, 2])

    def test_a_fault_holds_its_account_and_the_others_go_on(self):
        assert judged(totals(a1=100, a2=200), [(1, "NO_VAT_RATE")]) == ([(1, "held", "NO_VAT_RATE")], [2])

    def test_an_outlier_is_a_draft_that_waits(self):
        assert judged(totals(a1=100), [(1, "AMOUNT_JUMPED")]) == ([(1, "draft", "AMOUNT_JUMPED")], [])

    def test_an_amount_above_the_limit_is_held(self):
        assert judged(totals(a1=100), [(1, "AMOUNT_LIMIT")]) == ([(1, "held", "AMOUNT_LIMIT")], [])

    def test_reasons_are_told_once_each_the_most_pressing_first(self):
        reasons = [(1, "FIRST_INVOICE"), (1, "NO_ADDRESS"), (1, "AMOUNT_LIMIT"), (1, "NO_ADDRESS")]
        assert judged(totals(a1=1), reasons) == ([(1, "held", "NO_ADDRESS AMOUNT_LIMIT FIRST_INVOICE")], [])

    def test_what_somebody_holds_is_held_without_any_other_reason(self):
        known = facts(draft(1, "held", "HELD_BY_HAND", decided=NOV1))
        assert judged(totals(a1=1), known=known) == ([(1, "held", "HELD_BY_HAND")], [])

    def test_a_draft_tells_what_it_comes_to_tonight_and_who_decided(self):
        known = facts(draft(1, "held", "HELD_BY_HAND", decided=NOV1), before=[(1, Decimal(80), True)])
        row = review(totals(a1=120), found(), known, ON).drafts.row(0, named=True)
        assert (row["total_amount"], row["last_total_amount"], row["proposed_on"]) == (Decimal(120), Decimal(80), ON)
        assert (row["decided_on"], row["decided_by"], row["decision_text"]) == (NOV1, "eva", "looked")


class TestReleased:
    @pytest.mark.parametrize("reason", ["AMOUNT_JUMPED", "AMOUNT_LIMIT", "FIRST_INVOICE"])
    def test_what_was_released_is_numbered_although_it_still_stands_out(self, reason):
        known = facts(draft(1, "released", reason, decided=ON))
        made = review(totals(a1=100), found((1, reason)), known, ON)
        assert made.drafts.is_empty()
        assert made.let_go.select("account_id", "draft_state", "draft_reasons").rows() == [(1, "finalised", reason)]

    def test_a_fault_keeps_back_what_was_released_and_the_decision_stands(self):
        known = facts(draft(1, "released", "AMOUNT_JUMPED", decided=ON))
        reasons = [(1, "NO_ADDRESS"), (1, "AMOUNT_JUMPED")]
        made = review(totals(a1=100), found(*reasons), known, ON)
        assert made.drafts.select("draft_state", "decided_on").rows() == [("held", ON)]
        mended = review(totals(a1=100), found((1, "AMOUNT_JUMPED")), facts(made.drafts), ON)
        assert mended.cleared["account_id"].to_list() == [1]

    def test_a_draft_whose_reason_is_gone_is_numbered_and_keeps_what_it_waited_for(self):
        made = review(totals(a1=100), found(), facts(draft(1, "held", "NO_ADDRESS")), ON)
        assert made.let_go.select("draft_state", "draft_reasons").rows() == [("finalised", "NO_ADDRESS")]


class TestSeries:
    def test_accounts_beyond_the_numbers_left_are_held_by_account_number(self):
        waits, cleared = judged(totals(a3=1, a1=1, a2=1), room=2)
        assert (waits, cleared) == ([(3, "held", "SERIES_FULL")], [1, 2])

    def test_what_waits_anyhow_takes_no_number(self):
        waits, cleared = judged(totals(a1=1, a2=1, a3=1), [(1, "NO_ADDRESS")], room=2)
        assert (waits, cleared) == ([(1, "held", "NO_ADDRESS")], [2, 3])


class TestStale:
    def test_a_draft_that_nothing_is_proposed_for_any_more_goes(self):
        assert stale_drafts(draft(1, "draft", "NO_USAGE"), NO_DRAFTS)["account_id"].to_list() == [1]

    def test_what_somebody_holds_stays_until_there_is_something(self):
        assert stale_drafts(draft(1, "held", "HELD_BY_HAND", decided=ON), NO_DRAFTS).is_empty()

    def test_a_hold_moves_to_the_date_that_is_proposed(self):
        before = draft(1, "held", "HELD_BY_HAND", decided=ON)
        now = draft(1, "held", "HELD_BY_HAND", decided=ON, billing_date=DEC1)
        assert stale_drafts(before, now).select("account_id", "billing_date").rows() == [(1, NOV1)]


class TestOutliers:
    def odd(self, proposed, of_lines, known, **rules):
        return sorted(outliers(proposed, of_lines, known, Review(**rules)).rows())

    def test_without_a_policy_nothing_stands_out(self):
        known = facts(before=[(1, Decimal(1), True)], waiting=[1])
        assert self.odd(totals(a1=1_000_000), lines(), known) == []

    @pytest.mark.parametrize(("total", "odd"), [("200.00", []), ("200.01", [(1, "AMOUNT_LIMIT")])])
    def test_a_total_above_the_limit(self, total, odd):
        assert self.odd(totals(a1=total), lines(1), facts(), amount_limit=200) == odd

    @pytest.mark.parametrize(
        ("before", "now", "jumped"),
        [
            (100, "150.00", False),  # 50 % and 50 more: neither is passed
            (100, "150.01", True),
            (1000, "1500.00", False),
            (40, "80.00", False),  # twice as much, but only 40 more
            (1000, "1100.00", False),  # 100 more, but only 10 %
            (100, "20.00", False),  # less is no jump
        ],
    )
    def test_a_jump_passes_the_percentage_and_the_amount(self, before, now, jumped):
        known = facts(before=[(1, Decimal(before), True)])
        odd = self.odd(totals(a1=now), lines(1), known, jump_percent=50, jump_amount=50)
        assert odd == ([(1, "AMOUNT_JUMPED")] if jumped else [])

    def test_a_first_invoice_is_no_jump(self):
        assert self.odd(totals(a1=900), lines(1), facts(), jump_percent=1) == []

    def test_no_usage_after_an_invoice_that_had_some(self):
        known = facts(before=[(1, Decimal(9), True), (2, Decimal(9), False), (3, Decimal(9), True)])
        of_lines = pl.concat([lines(1, 2, 3, kind="recurring"), lines(3)])
        assert self.odd(totals(a1=9, a2=9, a3=9), of_lines, known, no_usage=True) == [(1, "NO_USAGE")]

    def test_a_first_invoice(self):
        known = facts(before=[(1, Decimal(9), True)])
        assert self.odd(totals(a1=9, a2=9), lines(1, 2), known, first_invoice=True) == [(2, "FIRST_INVOICE")]

    def test_usage_that_waits_for_its_price(self):
        known = facts(waiting=[2, 7])
        assert self.odd(totals(a1=9, a2=9), lines(1, 2), known, unrated_usage=True) == [(2, "UNRATED_USAGE")]


class TestWhoseUsageWaits:
    def test_usage_is_of_whoever_held_the_number_when_it_began(self):
        day = [datetime(2026, 10, number, tzinfo=UTC) for number in range(1, 10)]
        waiting = pl.DataFrame({"a_number": ["46", "46", "47"], "started_at": [day[1], day[4], day[1]]})
        numbers = pl.DataFrame(
            [("46", 1, day[0], day[2]), ("46", 2, day[2], None), ("48", 3, day[0], None)],
            schema={"a_number": pl.String, "subscription_id": pl.Int64, "owned_from": pl.Datetime("us", "UTC"),
                    "owned_to": pl.Datetime("us", "UTC")},
            orient="row",
        )  # fmt: skip
        subscriptions = pl.DataFrame({"subscription_id": [1, 2, 3, 1], "account_id": [11, 12, 13, 11]})
        waiting = waiting.with_columns(pl.col("started_at").cast(pl.Datetime("us", "UTC")))
        assert sorted(accounts_waiting(waiting, numbers, subscriptions)["account_id"]) == [11, 12]


class TestAddress:
    @pytest.mark.parametrize(
        ("channel", "changed", "is_held"),
        [
            ("paper", {}, False),
            ("paper", {"street": " "}, True),
            ("paper", {"city": "?"}, True),
            ("email", {"street": "", "city": ""}, False),
            ("e_invoice", {"street": "", "electronic_address": "0007:5599990008"}, False),
            ("e_invoice", {"registration_no": "559999-0008"}, False),  # an organisation number is an address
            ("e_invoice", {}, True),
        ],
    )
    def test_paper_needs_a_street_and_a_city_and_an_e_invoice_an_electronic_address(self, channel, changed, is_held):
        row = {
            "account_id": 1, "customer_id": 7, "delivery_channel": channel, "electronic_address": None,
            "street": "Gatan 1", "city": "Ort", "country_code": "SE", "registration_no": None,
        } | changed  # fmt: skip
        text = dict.fromkeys(("electronic_address", "registration_no"), pl.String())
        accounts = customers = pl.DataFrame([row], schema_overrides=text)
        assert without_address(accounts, customers).rows() == ([(1, "NO_ADDRESS")] if is_held else [])
