"""The demo operator's outside world: what its switches, sales channels and banks deliver before each night.

The same seed and number of customers give the same bytes. More customers change none of the others.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path

import polars as pl

from pipelines.demo import bank_files, oddities, switch_files
from pipelines.demo.calls import calls_on
from pipelines.demo.customer_wishes import agreement, dispute, wishes
from pipelines.demo.destinations import Destinations, destinations
from pipelines.demo.direct_debits import autogiro_files, mandate_requests
from pipelines.demo.keyed_hash import drawn
from pipelines.demo.messages_and_data import data_on, messages_on
from pipelines.demo.nights import NIGHTS, begin_of, days_of, position
from pipelines.demo.payments import Payment, payments_between
from pipelines.demo.population import (
    CALL_CENTRE,
    GOTHENBURG,
    MOBILE,
    STOCKHOLM,
    Customer,
    line_table,
    population,
)
from pipelines.demo.request_files import json_line, request_files, sign_up
from pipelines.demo.statement_files import StatementEntry, camt053, entries_of
from pipelines.demo.strangers import HEAVY_NAME, code_calls, decisions, prompt_payments, stranger_files
from pipelines.home import starter_config

LAST_BGMAX_NIGHT = date(2026, 11, 24)
_TWICE_WRITTEN = 100  # one row of so many is written twice
_TORN_OFF = 25  # bytes missing at the end of a truncated file


class DemoOperator:
    """Delivers files for each of `nights`; `customers` and `seed` decide everything.

    The zones and the operator's Bankgiro number come from `config`, by default the demo's own configuration.
    Raises `ValueError` when there are fewer customers than the demo's stories have roles.
    """

    nights: tuple[date, ...] = NIGHTS

    def __init__(self, customers: int = 240, seed: int = 2026, config: Path | None = None) -> None:
        self.seed = seed
        self._config = config or starter_config()
        self.people: list[Customer] = population(customers, seed)

    def files_before(self, night: date) -> Iterator[tuple[str, bytes]]:
        """Give name and content of the request and CDR files that arrive before a night."""
        yield from self._requests(night)
        yield from self._usage(night)
        yield from wishes(night, self.people)
        yield from mandate_requests(night, self.people)
        yield from stranger_files(night)
        if night == oddities.TRUNCATED:
            yield "maintenance.log", oddities.UNRECOGNISABLE
        if night == NIGHTS[3]:
            yield "cdr-empty.csv", b""
        if night == oddities.UNSAFE:
            yield f"camt054-{night}-x.xml", oddities.UNSAFE_XML

    def bank_files_before(self, night: date, open_invoices: pl.DataFrame) -> Iterator[tuple[str, bytes]]:
        """Give name and content of the bank files that arrive before a night.

        `open_invoices` holds every finalised invoice, paid or not: `invoice_no`, `ocr_reference`, `total_amount`,
        `due_on`, `customer_name`. Payments are booked after the previous night and not after this one.
        """
        payments = self._payments(night, open_invoices)
        through_bank = [p for p in payments if p.way == "bank"]
        yield from self._notifications(night, through_bank, open_invoices)
        older = [p for p in through_bank if p.also_bgmax]
        if older and night <= LAST_BGMAX_NIGHT:
            yield f"bgmax-{night}.txt", bank_files.bgmax(night, self.bankgiro, older)
        swish = [p for p in payments if p.way == "swish"]
        if swish:
            yield f"swish-{night}.csv", bank_files.swish_csv(swish)
        *before, tonight = (self._booked(each, open_invoices) for each in NIGHTS[: position(night) + 1])
        yield f"camt053-{night}.xml", camt053(night, [entry for entries in before for entry in entries], tonight)

    def _booked(self, night: date, invoices: pl.DataFrame) -> list[StatementEntry]:
        """List what the bank books on the account from the night before up to this one."""
        payments = self._payments(night, invoices)
        return entries_of(night, payments, _extra_entries(night, [p for p in payments if p.way == "bank"]))

    def autogiro_files_before(
        self, night: date, debits: pl.DataFrame, orders: pl.DataFrame
    ) -> Iterator[tuple[str, bytes]]:
        """Give Bankgirot's answers to direct debits and mandates (`autogiro_files`) that arrive before a night."""
        yield from autogiro_files(night, self.bankgiro, debits, orders, self.seed)

    def service_files_before(
        self, night: date, invoices: pl.DataFrame, cases: pl.DataFrame, bases: pl.DataFrame, codes: list[str]
    ) -> Iterator[tuple[str, bytes]]:
        """Give the files that follow from what earlier nights found: decisions and complaints, and calls with a code.

        `invoices` as for the bank, with `account_id`; `cases` and `bases` are rows of APPROVAL_CASE and INVOICE_BASIS.
        """
        asked = [*decisions(night, cases, bases), *dispute(night, invoices), *agreement(night, invoices, self.seed)]
        if asked:
            yield f"requests-decided-{night}.jsonl", b"".join(map(json_line, asked))
        yield from code_calls(night, codes)

    @cached_property
    def bankgiro(self) -> str:
        """The operator's Bankgiro number, digits only."""
        with (self._config / "policy.toml").open("rb") as policy:
            return str(tomllib.load(policy)["operator"]["bankgiro"]).replace("-", "")

    @cached_property
    def lines(self) -> pl.DataFrame:
        """Every number of every customer, with the columns of `population.line_table`."""
        return line_table(self.people)

    @cached_property
    def _called(self) -> Destinations:
        zones = pl.read_csv(self._config / "zones.csv", infer_schema=False)
        return destinations(zones)

    # Requests

    def _requests(self, night: date) -> Iterator[tuple[str, bytes]]:
        yield from request_files(night, self.people)
        plain = json_line({**sign_up(self.people[0]), "channel": "web", "reseller": None})
        odd = oddities.odd_requests(night, self.people, plain)
        if night == NIGHTS[1]:  # a request of the first night is sent again
            odd += json_line(sign_up(self.people[1]))
        if odd:
            yield f"requests-web-odd-{night}.jsonl", odd

    # Usage

    def _usage(self, night: date) -> Iterator[tuple[str, bytes]]:
        master = self._switch(night, STOCKHOLM)
        if night == oddities.STRAY_BYTES:
            master = oddities.stray_bytes(master)
        if position(night) % 2:  # the log is begun anew every other night; in between it grows
            master = self._switch(NIGHTS[position(night) - 1], STOCKHOLM) + master
        if night == oddities.TRUNCATED:
            master = master[:-_TORN_OFF]
        yield "Master.csv", master
        yield f"gbg-{night}.csv", self._switch(night, GOTHENBURG)
        for switch in (MOBILE, CALL_CENTRE):
            content = switch_files.header_of(switch) + self._switch(night, switch)
            yield f"{switch}-{night}.csv", content
            if night == oddities.DUPLICATE_FILE and switch == MOBILE:
                yield f"{switch}-{night} (1).csv", content
        yield from self._late_files(night)

    def _late_files(self, night: date) -> Iterator[tuple[str, bytes]]:
        """Give what the Gothenburg switch kept while nobody could reach it."""
        if night == oddities.SPRING_FILE:
            story = switch_files.cdr_custom(oddities.special_calls(night, self.people))
            kept = switch_files.cdr_custom(self._calls(oddities.SPRING_DAYS, GOTHENBURG))
            yield "gbg-recovered-march.csv", kept + story + oddities.skipped_hour_line(story)
        if night == oddities.AUTUMN_FILE:
            yield (
                "gbg-recovered-october.csv",
                switch_files.cdr_custom(self._calls(oddities.LATE_AUTUMN_DAYS, GOTHENBURG)),
            )

    def _switch(self, night: date, switch: str) -> bytes:
        """Write a switch's calls of the days that reach a night; a few rows are written twice."""
        late = oddities.LATE_AUTUMN_DAYS if switch == GOTHENBURG else []
        days = [day for day in days_of(night) if day not in late]
        calls = self._calls(days, switch)
        if switch == STOCKHOLM:
            special = oddities.special_calls(night, self.people).filter(pl.col("switch") == STOCKHOLM)
            calls = pl.concat([calls, special]).sort("answered_at", "sequence")
        again = calls.filter(drawn(_TWICE_WRITTEN, pl.col("sequence"), pl.col("answered_at").dt.epoch("s")) == 0)
        lines = switch_files.lines_of(switch, pl.concat([calls, again]))
        return lines + self._messages_and_data(days) if switch == MOBILE else lines

    def _messages_and_data(self, days: list[date]) -> bytes:
        """Write what the message centre and the data gateway of the mobile network counted."""
        lines = self.lines.filter(pl.col("switch") == MOBILE)
        messages = messages_on(days, lines, self.seed)
        return switch_files.mobile_csv(messages) + switch_files.mobile_csv(data_on(days, lines, self.seed))

    def _calls(self, days: list[date], switch: str) -> pl.DataFrame:
        return calls_on(days, self.lines.filter(pl.col("switch") == switch), self._called, self.seed)

    # Banks

    def _payments(self, night: date, invoices: pl.DataFrame) -> list[Payment]:
        since, promptly = begin_of(night), pl.col("customer_name") == HEAVY_NAME
        usual = payments_between(since, night, invoices.filter(~promptly), self.seed)
        prompt = prompt_payments(since, night, invoices.filter(promptly))
        return sorted([*usual, *prompt], key=lambda p: (p.booked_on, p.serial))

    def _notifications(
        self, night: date, payments: list[Payment], invoices: pl.DataFrame
    ) -> Iterator[tuple[str, bytes]]:
        """Give the camt.054 of a night, and with it the stories of files that come wrong or twice."""
        place = position(night)
        if place and NIGHTS[place - 1] == oddities.WRONG_TOTALS:
            missed = [p for p in self._payments(oddities.WRONG_TOTALS, invoices) if p.way == "bank"]
            if missed:
                yield (
                    f"camt054-{oddities.WRONG_TOTALS}-corrected.xml",
                    self._notification(oddities.WRONG_TOTALS, missed, suffix="K"),
                )
        if not payments:
            return
        error = Decimal(oddities.MISREPORTED_KRONOR if night == oddities.WRONG_TOTALS else 0)
        content = self._notification(night, payments, error=error)
        yield f"camt054-{night}.xml", content
        if night == oddities.AUTUMN_FILE:
            yield f"camt054-{night} - kopia.xml", content

    def _notification(
        self, night: date, payments: list[Payment], *, suffix: str = "", error: Decimal = Decimal(0)
    ) -> bytes:
        extra = _extra_entries(night, payments)
        message_id = f"FJARDHAMN{night:%Y%m%d}{suffix}"
        return bank_files.camt054(message_id, night, self.bankgiro, payments, extra, error)


def _extra_entries(night: date, payments: list[Payment]) -> tuple[bank_files.ExtraEntry, ...]:
    """Return what the bank books, or only announces, beside payments: on one night, a reversal and a pending entry."""
    if night != oddities.AUTUMN_FILE or not payments:
        return ()
    first = payments[0]
    return (
        bank_files.ExtraEntry(first.amount, night, f"RV{night:%Y%m%d}", first.reference, takes_back=True),
        bank_files.ExtraEntry(Decimal(200), night, f"PD{night:%Y%m%d}", "", takes_back=False),
    )
