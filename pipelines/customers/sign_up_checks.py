"""What registers, rules and the black list say of the sign-ups that wait, all at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl
from pydantic import ValidationError

from crm.address_match import match_addresses
from crm.black_list import black_listed
from crm.credit_check import CreditCheck, FileCreditCheck, NoCreditCheck, decide
from crm.person_number import PersonNumberError, checked_number
from crm.register import SignUpCheck, is_own
from crm.request_models.sign_up import SignUp
from invoicing.settlement import open_items
from pipelines.customers.register_files import read_address_register, read_credit_register
from pipelines.night import Night
from rating.credit_policy import policies_of_accounts, policy_rows
from schemas import tables
from schemas.codes import UNKNOWN_TEXT
from schemas.money import AMOUNT, sum_amounts

_APPLICANT = pl.Schema(
    {
        "key": pl.String(), "is_stranger": pl.Boolean(), "number": pl.String(), "numbers": pl.List(pl.String()),
        "name": pl.String(), "street": pl.String(), "postcode": pl.String(), "city": pl.String(),
        "customer_category": pl.String(), "registration_no": pl.String(), "born_on": pl.Date(),
        "amount_wanted": AMOUNT, "plan_codes": pl.List(pl.String()),
    }
)  # fmt: skip
_NO_REGISTER = "no address register is asked"


def sign_up_checks(night: Night, pending: pl.DataFrame) -> dict[str, SignUpCheck]:
    """Check the sign-ups among REQUEST rows; those that are not well formed are left to be refused.

    Address against the register, where there is one; a stranger's call is never a complete match without. Credit by
    `credit_rules.csv`, remarks from the credit register and what is overdue here. The black list.
    """
    applicants = pl.DataFrame(list(_applicants(pending)), schema=_APPLICANT, orient="row")
    if applicants.is_empty():
        return {}
    address, credit = _addresses(night, applicants), _credit(night, applicants)
    listed = black_listed(applicants.drop("number"), night.config(tables.BLACK_LIST), night.on)
    listed = listed.unique("key", keep="first").select("key", "listed_kind", "block_reason", "note_text")
    rows = address.join(credit, on="key").join(listed, on="key", how="left")
    return {row["key"]: _check(row) for row in rows.to_dicts()}


def _applicants(pending: pl.DataFrame) -> Iterator[dict[str, Any]]:
    for request in pending.filter(pl.col("request_type") == "sign_up").to_dicts():
        try:
            wanted = SignUp.model_validate_json(request["payload"])
        except ValidationError:
            continue
        person, numbers = wanted.customer, [number for each in wanted.subscriptions for number in each.numbers]
        number, born_on = _registered(wanted, request)
        yield {
            "key": request["request_id"],
            "is_stranger": is_own(request),
            "number": numbers[0] if numbers else None,
            "numbers": numbers,
            **{name: _known(getattr(person, name)) for name in ("name", "street", "postcode", "city")},
            "customer_category": person.category,
            "registration_no": number,
            "born_on": born_on,
            "amount_wanted": wanted.credit_wanted,
            "plan_codes": [each.plan_code for each in wanted.subscriptions],
        }


def _known(text: str) -> str | None:
    return None if text == UNKNOWN_TEXT else text


def _registered(wanted: SignUp, request: dict[str, Any]) -> tuple[str | None, Any]:
    person = wanted.customer
    if person.registration_no is None:
        return None, None
    try:
        return checked_number(
            person.registration_no, person.country_code, person.category, request["requested_at"].date()
        )
    except PersonNumberError:
        return None, None  # the sign-up is refused for it


def _addresses(night: Night, applicants: pl.DataFrame) -> pl.DataFrame:
    """Give `key`, `address_outcome` (null where nobody is asked) and `found_text`."""
    is_asked = pl.lit(night.policy.registers.address_asked_of == "all") | pl.col("is_stranger")
    wanted = applicants.filter(is_asked).select("key", "number", "name", "street", "postcode", "city")
    register = read_address_register(night.home, night.policy, wanted)
    if register is None:
        outcome = pl.when("is_stranger").then(pl.lit("none")).alias("address_outcome")
        return applicants.select("key", outcome, pl.lit(_NO_REGISTER).alias("found_text"))
    found = match_addresses(wanted, register).select("key", "address_outcome", "found_text")
    asked = applicants.select("key").join(found, on="key", how="left", maintain_order="left")
    return asked.with_columns(pl.col("found_text").fill_null(_NO_REGISTER))


def _credit(night: Night, applicants: pl.DataFrame) -> pl.DataFrame:
    register = read_credit_register(night.home, night.policy, applicants["registration_no"])
    check: CreditCheck = NoCreditCheck() if register is None else FileCreditCheck(register)
    remarks = check.remarks(applicants.select("key", "registration_no"))
    figures = (
        applicants.join(remarks, on="key", maintain_order="left")
        .join(_overdue(night, applicants), on="registration_no", how="left", maintain_order="left")
        .with_columns(pl.col("overdue_debt").fill_null(0).cast(AMOUNT))
    )
    return decide(figures, night.config(tables.CREDIT_RULE), _first_limits(night, applicants), night.on)


def _overdue(night: Night, applicants: pl.DataFrame) -> pl.DataFrame:
    """Give what people of these registration numbers owe here and should have paid: `overdue_debt`."""
    store = night.store
    known = store.read_matching(tables.CUSTOMER, applicants.select("registration_no").drop_nulls())
    accounts = store.read_matching(tables.ACCOUNT, known.select("customer_id"))
    receivables = store.read_matching(tables.RECEIVABLE, accounts.select("account_id"))
    paid = store.read_matching(tables.ALLOCATION, receivables.select("receivable_id"))
    overdue = open_items(receivables, paid).filter(pl.col("due_on") < night.on)
    whose = accounts.select("account_id", "customer_id").join(
        known.select("customer_id", "registration_no"), on="customer_id"
    )
    summed = overdue.join(whose, on="account_id").group_by("registration_no")
    return summed.agg(sum_amounts(pl.col("open_amount")).alias("overdue_debt"))


def _first_limits(night: Night, applicants: pl.DataFrame) -> pl.DataFrame:
    """Give the first limit of each applicant, by the services wanted and the category: `key`, `first_limit`."""
    named = applicants.rename({"key": "account_id"})
    plans = night.config(tables.PLAN).select("plan_code", "service")
    wanted = named.select("account_id", pl.col("plan_codes").alias("plan_code")).explode("plan_code")
    policies = policy_rows(night.config(tables.CREDIT_POLICY), night.policy.credit)
    held = policies_of_accounts(named, wanted.join(plans, on="plan_code"), policies)
    return held.select(pl.col("account_id").alias("key"), "first_limit")


def _check(row: dict[str, Any]) -> SignUpCheck:
    listed = row["listed_kind"]
    note = f": {row['note_text']}" if row["note_text"] else ""
    return SignUpCheck(
        address_outcome=row["address_outcome"],
        credit_decision=row["credit_decision"],
        approved_limit=row["approved_limit"],
        deposit_amount=row["deposit_amount"],
        found=f"{row['found_text']}; {row['case_text']}",
        black_listed=f"the {listed} is on the black list ({row['block_reason']}){note}" if listed else "",
    )
