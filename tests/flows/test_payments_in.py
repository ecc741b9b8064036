"""Files of payments through a night: whatever their order the payments are the same, and the statement agrees."""

import itertools
from datetime import date, timedelta
from decimal import Decimal

import pytest
from small_operator import DECIDED, ask, put, small_home, swish

from pipelines.demo.bank_files import ExtraEntry, bgmax, camt054
from pipelines.demo.payments import Payment
from pipelines.nightly_flow import conduct, stages_named

pytestmark = pytest.mark.slow
DAY = date(2026, 10, 1)
BANKGIRO, IBAN = "9912346", "SE3550000000054910000003"
READ = stages_named("configure", "ingest")
BOOKED = stages_named("configure", "ingest", "match", "settle", "book", "prove")
KEPT = "payment_id, payment_kind, amount, home_amount, reference_text, payer_name, reverses_payment_id"


def paid(serial, amount, reference, name="Anna Ek"):
    return Payment(DAY, Decimal(amount), reference, name, f"2026100100000{serial:04}", "bank", also_bgmax=True)


TWICE = [paid(1, 50, "100000199"), paid(2, 50, "100000199", "ANNA EK"), paid(3, 75, "faktura 1000002")]
TAKEN_BACK = ExtraEntry(Decimal(50), DAY, "RV1", "100000199", takes_back=True)


def statement(*entries, opening="100.00", closing="325.00", number=7, ident="S7"):
    def balance(kind, amount):
        return (
            f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="SEK">{amount}</Amt>'
            f"<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{DAY}</Dt></Dt></Bal>"
        )

    booked = "".join(
        f'<Ntry><Amt Ccy="SEK">{amount.lstrip("-")}</Amt>'
        f"<CdtDbtInd>{'DBIT' if amount[0] == '-' else 'CRDT'}</CdtDbtInd>"
        f"<Sts>BOOK</Sts><BookgDt><Dt>{DAY}</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef></Ntry>"
        for amount, reference in entries
    )
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>'
        f"<GrpHdr><MsgId>M-{ident}</MsgId></GrpHdr><Stmt><Id>{ident}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb>"
        f"<Acct><Id><IBAN>{IBAN}</IBAN></Id><Ccy>SEK</Ccy></Acct>{balance('OPBD', opening)}{balance('CLBD', closing)}"
        f"{booked}</Stmt></BkToCstmrStmt></Document>"
    )


FILES = {
    "bgmax": bgmax(DAY, BANKGIRO, TWICE),
    "camt": camt054("MSG-1", DAY, BANKGIRO, TWICE, (TAKEN_BACK,)),
    "swish": swish(("S9", str(DAY), "40,00", "100000298")),
}
STATEMENT = statement(("175.00", "BG20261001"), ("-50.00", "RV1"), ("100.00", "TRANSFER"))


def payments_of(root, names, **more):
    home = small_home(root)
    put(home, {f"{place}_{name}": FILES[name] for place, name in enumerate(names)} | more)
    conduct(home, DAY, stages=READ)
    return home, ask(home, f"SELECT {KEPT} FROM payment ORDER BY payment_id")  # noqa: S608 (names are ours)


def test_the_order_of_files_decides_nothing(tmp_path):
    orders = list(itertools.permutations(FILES))[::2]
    _, first = payments_of(tmp_path / "first", orders[0])
    assert sorted(amount for _, _, amount, *_ in first) == [Decimal(n) for n in (-50, 40, 50, 50, 75)]
    taken_back = [row for row in first if row[1] == "reversal"]
    assert taken_back[0][-1] in {row[0] for row in first if row[2] == Decimal(50)}
    for number, names in enumerate(orders[1:]):
        assert payments_of(tmp_path / f"home{number}", names)[1] == first


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """A night whose statement has one entry that is no payment, and misses the one of Swish."""
    home, _ = payments_of(tmp_path_factory.mktemp("held") / "home", list(FILES), **{"s.xml": STATEMENT})
    return home


def test_the_same_money_on_the_statement_is_no_payment_again(held):
    assert ask(held, "SELECT count(*), sum(amount) FROM payment") == [(5, Decimal(165))]
    assert ask(held, "SELECT count(*) FROM bank_entry") == [(3,)]
    assert ask(held, "SELECT rows_read, rows_accepted FROM source_file WHERE file_name = 's.xml'") == [(3, 3)]


def test_the_night_tells_what_the_statement_and_the_payments_do_not_share(held):
    told = (held.reports / f"statements_{DAY}.csv").read_text(encoding="utf-8").splitlines()
    assert told[1:] == [
        f"entry without payment,{BANKGIRO},S7,{DAY},100.00,TRANSFER,",
        f"payment without entry,{BANKGIRO},,{DAY},40.00,100000298,Anna Ek",
    ]
    report = next(held.reports.glob("*.md")).read_text(encoding="utf-8")
    assert f"| {BANKGIRO} | S7 | {DAY} | 100.00 | 325.00 | 2 of 3 |" in report


def test_a_gap_is_told_until_the_statement_comes(held, copy_of):
    home = copy_of(held)
    later = statement(("10.00", "X"), opening="400.00", closing="410.00", number=9, ident="S9")
    put(home, {"later.xml": later.replace(str(DAY), "2026-10-03")})
    conduct(home, date(2026, 10, 3), stages=READ)
    assert "1 statements are missing before number 9" in (home.reports / "statements_2026-10-03.csv").read_text("utf-8")
    between = statement(("75.00", "Y"), opening="325.00", closing="400.00", number=8, ident="S8")
    put(home, {"between.xml": between.replace(str(DAY), "2026-10-02")})
    conduct(home, date(2026, 10, 4), stages=READ)
    assert "missing" not in (home.reports / "statements_2026-10-04.csv").read_text("utf-8")


def test_what_autogiro_collects_is_a_payment_and_what_it_gives_back_takes_it_back(tmp_path):
    home = small_home(tmp_path / "home")
    payee = f"{int(BANKGIRO):010}"
    reference = f"{'1000001-1':<16}"
    paid = f"82202610010    {101:016}{5000:012}{payee}{reference}{'':10}0"
    back = f"77202610010    {101:016}{5000:012}{payee}{reference}2026100202"
    for code, line, counts in (("15", paid, (1, 1, 0, 0, 0, 0)), ("17", back, (0, 0, 0, 0, 1, 1))):
        opening = f"01AUTOGIRO              20261001193055{code}0000BET. SPEC & STOPP TK471117{payee}"
        head = f"{code}{0:035}2026100100001{5000:018}   {1:08}"
        end = "09202610019900" + "".join(f"{n:0{6 if place % 2 == 0 else 12}}" for place, n in enumerate(counts))
        put(home, {f"{code}.txt": f"{opening}\r\n{head}\r\n{line}\r\n{end}"})
    conduct(home, date(2026, 10, 2), stages=READ)
    found = ask(home, "SELECT payment_id, amount, end_to_end_id, reverses_payment_id FROM payment ORDER BY amount DESC")
    assert [row[1:3] for row in found] == [(Decimal(50), "1000001-1"), (Decimal(-50), "1000001-1")]
    assert found[1][3] == found[0][0]
    answers = "SELECT answer, direct_debit_id, payer_no FROM direct_debit_answer ORDER BY answer"
    assert ask(home, answers) == [("paid", "1000001-1", "101"), ("refunded", "1000001-1", "101")]


def test_money_of_another_currency_comes_at_the_rate_of_its_day(tmp_path):
    home = small_home(tmp_path / "home")
    rates = home.config / "exchange_rates.csv"
    rates.write_text("currency,rate_from,exchange_rate\nEUR,2026-09-01,11.2535\n", "utf-8")
    euro = camt054("MSG-E", DAY, BANKGIRO, TWICE[:1]).replace(b'Ccy="SEK"', b'Ccy="EUR"')
    put(home, {"euro.xml": euro})
    conduct(home, DAY, stages=READ)
    found = "SELECT amount, currency, exchange_rate, home_amount FROM payment"
    assert ask(home, found) == [(Decimal(50), "EUR", Decimal("11.2535"), Decimal("562.68"))]  # 562.675


def test_money_without_a_rate_is_taken_the_night_after_one_is_added(tmp_path):
    """50.00 EUR come twice without a rate; one is added from the second day on, and then one from before."""
    home, rates = small_home(tmp_path / "home"), "exchange_rates.csv"
    other = Payment(date(2026, 9, 1), Decimal(30), "100000199", "Bo", "20261001000000009", "bank", also_bgmax=True)
    for name, on, payment in (("first", DAY, TWICE[0]), ("second", other.booked_on, other)):
        text = camt054(f"MSG-{name}", on, BANKGIRO, [payment]).replace(b'Ccy="SEK"', b'Ccy="EUR"')
        put(home, {f"{name}.xml": text})
    counts = "SELECT rows_read, rows_accepted, rows_rejected FROM source_file ORDER BY file_name"
    nights = [
        ("", [], [(1, 0, 1), (1, 0, 1)]),
        ("EUR,2026-09-15,11.20\n", [(Decimal("50.00"), Decimal("560.00"))], [(1, 1, 0), (1, 0, 1)]),
        ("EUR,2026-08-15,11.00\nEUR,2026-09-15,11.20\n",
         [(Decimal("30.00"), Decimal("330.00")), (Decimal("50.00"), Decimal("560.00"))], [(1, 1, 0), (1, 1, 0)]),
    ]  # fmt: skip
    for later, (rows, found, counted) in enumerate(nights):
        (home.config / rates).write_text(f"currency,rate_from,exchange_rate\n{rows}", "utf-8")
        for _ in range(2):
            conduct(home, DAY + timedelta(days=later), stages=BOOKED)
            assert ask(home, "SELECT amount, home_amount FROM payment ORDER BY amount") == found
            assert ask(home, counts) == counted
    assert ask(home, "SELECT count(*) FROM rejected") == [(0,)]


def test_a_statement_posts_where_the_policy_says_so(tmp_path):
    home = small_home(tmp_path / "home")
    policy = home.config / "policy.toml"
    policy.write_text(policy.read_text("utf-8").replace("statement_posts = false", "statement_posts = true"), "utf-8")
    put(home, {"s.xml": STATEMENT, "again.xml": STATEMENT.replace("M-S7", "M-S7b")})
    conduct(home, DAY, stages=READ)
    assert ask(home, "SELECT amount, payment_kind FROM payment ORDER BY amount") == [
        (Decimal(100), "received"), (Decimal(175), "received"),
    ]  # fmt: skip
    assert ask(home, "SELECT rows_duplicate FROM source_file ORDER BY ALL") == [(0,), (3,)]


def test_a_payment_taken_back_leaves_the_account_and_the_books_agree(invoiced, copy_of):
    """50 came and went, 50 more came the same day: the night proves its books, and the bank account holds 50."""
    home = copy_of(invoiced)
    put(home, {"camt.xml": camt054("MSG-1", DAY, BANKGIRO, TWICE[:2], (TAKEN_BACK,))})
    conduct(home, date(2026, 10, 2), stages=DECIDED)
    assert ask(home, "SELECT sum(amount) FROM payment") == [(Decimal(50),)]
    sql = "SELECT sum(debit_credit)::DECIMAL(18,2) FROM ledger_entry WHERE ledger_account = '1930'"
    assert ask(home, sql) == [(Decimal(50),)]
