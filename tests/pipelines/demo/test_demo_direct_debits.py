"""Bankgirot's answers in the demo: laid out as its files are, and adding up as their trailers say."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from pipelines.demo.demo_operator import DemoOperator
from pipelines.demo.direct_debits import MANDATE_NIGHT, autogiro_files, mandate_requests
from pipelines.demo.nights import NIGHTS
from pipelines.formats.autogiro_answers import AUTOGIRO
from pipelines.formats.layout import ReadContext

SEED = 2026
NIGHT = NIGHTS[6]
DAY = date(2026, 10, 20)


def debits(count=200, attempt=1):
    rows = [
        (f"{number}-{attempt}", number, attempt, Decimal("100.00"), DAY, f"{number}001")
        for number in range(1_000_001, 1_000_001 + count)
    ]
    schema = {
        "direct_debit_id": pl.String, "invoice_no": pl.Int64, "attempt_no": pl.Int64, "amount": pl.Decimal(18, 2),
        "collect_on": pl.Date, "payer_no": pl.String,
    }  # fmt: skip
    return pl.DataFrame(rows, schema=schema, orient="row")


def orders(*rows):
    names = ("mandate_action", "ordered_on", "account_id", "payer_no")
    return pl.DataFrame(list(rows), schema=names, orient="row")


def lines(night=NIGHT, of=None, told=()):
    files = dict(autogiro_files(night, "9912346", debits() if of is None else of, orders(*told), SEED))
    return {name: content.decode("iso-8859-1").split("\r\n")[:-1] for name, content in files.items()}


@pytest.fixture(scope="module")
def specification():
    return lines()[f"autogiro-payments-{NIGHT}.txt"]


def test_every_record_has_80_characters(specification):
    assert {len(line) for line in specification} == {80}


def test_a_section_counts_and_adds_what_was_paid(specification):
    paid = [line for line in specification if line[:2] == "82" and line[79] == "0" and line[2:10] == "20261020"]
    (head,) = [line for line in specification if line[:2] == "15" and line[37:45] == "20261020"]
    assert (int(head[71:79]), int(head[50:68])) == (len(paid), 10_000 * len(paid))


def test_there_is_one_of_every_answer(specification):
    assert {line[79] for line in specification if line[:2] == "82"} == {"0", "1", "2", "9"}
    assert [line[77:79] for line in specification if line[:2] == "77"][:1] == ["02"]


def test_what_failed_for_want_of_money_is_mostly_paid_when_it_is_tried_again(specification):
    failed = {line[53:69].strip()[:-2] for line in specification if line[:2] == "82" and line[79] == "1"}
    again = debits(attempt=2).filter(pl.col("invoice_no").cast(pl.String).is_in(list(failed)))
    (second,) = lines(of=again).values()
    states = [line[79] for line in second if line[:2] == "82"]
    assert states.count("0") > states.count("1") > 0


def test_an_answer_comes_once():
    nights = [lines(night) for night in NIGHTS]
    told = [line for files in nights for made in files.values() for line in made if line[:2] in {"82", "77"}]
    assert len(told) == len(set(told))
    assert len({line[53:69] for line in told if line[:2] == "82"}) == 200


def test_new_mandates_are_advised_two_days_after_they_were_ordered():
    told = [("add", date(2026, 10, 20), account, f"{account}001") for account in range(20_001, 20_101)]
    told += [("cancel", date(2026, 10, 20), 20_200, "20200001")]
    head, *advised, end = lines(of=debits(0), told=told)[f"autogiro-mandates-{NIGHT}.txt"]
    assert head[44:53] == "AG-MEDAVI"
    assert {line[61:65] for line in advised} == {"0432", "0423", "0333"}
    assert {line[65:73] for line in advised} == {"20261022"}
    assert int(end[14:21]) == len(advised) == 101


def test_some_customers_ask_for_a_mandate_before_the_second_night():
    people = DemoOperator().people
    ((name, content),) = mandate_requests(MANDATE_NIGHT, people)
    assert name == f"requests-mandates-{MANDATE_NIGHT}.jsonl"
    assert content.count(b'"add_mandate"') > 20
    assert list(mandate_requests(NIGHTS[0], people)) == []


def test_what_bankgirot_answers_is_read_as_it_was_meant():
    told = [("add", DAY, account, f"{account}001") for account in range(20_001, 20_051)]
    files = dict(autogiro_files(NIGHT, "9912346", debits(), orders(*told), SEED))
    context = ReadContext("Europe/Stockholm", "SEK")
    paid, mandates = (AUTOGIRO.read(content, context) for content in files.values())
    assert set(paid.records["answer"]) == {"paid", "failed", "retry", "refunded"}
    assert set(mandates.records["answer"]) == {"mandate_active", "mandate_refused"}
    count = paid.records.filter(pl.col("answer") == "paid").height
    received = paid.payments.filter(pl.col("payment_kind") == "received")
    assert (received.height, received["amount"].sum()) == (count, 100 * count)
