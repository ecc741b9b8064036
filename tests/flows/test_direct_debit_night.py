"""Money out through whole nights: direct debits are announced and handed in once, refunds ordered once."""

import hashlib
import json
import re
from datetime import date

import pytest
from small_operator import (
    ANNA,
    ANNAS_NUMBER,
    ANNAS_SIGN_UP,
    BO,
    BOS_SIGN_UP,
    FIRST_OCR,
    ask,
    books,
    differing,
    opened_lake,
    outbox,
    put,
    run_story,
    small_home,
    swish,
)

from pipelines.collecting.debit_view import list_debits, list_mandates
from pipelines.lake import numbered_files
from pipelines.nightly_flow import conduct, stages_named

pytestmark = pytest.mark.slow
AUTOGIRO = "outbox/direct_debits/autogiro_{:06}.txt"
HANDED_IN = date(2026, 10, 19)  # two bank days before Wednesday 21 October


class PowerCutError(BaseException):
    """The machine stops here."""


def cut(*_args, **_kwargs):
    raise PowerCutError


def asked(request_id, kind, on="2026-09-17", **fields):
    request = {
        "request_id": request_id, "type": kind, "channel": "web", "requested_at": f"{on}T09:00:00+02:00",
        "effective_on": on, **fields,
    }  # fmt: skip
    return json.dumps(request) + "\n"


ANNAS_MANDATE = asked(
    "m-anna", "add_mandate", number=ANNAS_NUMBER, scheme="autogiro", payer_account="5000-1234567", is_registered=True,
    payer_no="4711",
)  # fmt: skip
BOS_MANDATE = asked(
    "m-bo", "add_mandate", "2026-10-01", account_id=BO, scheme="autogiro", payer_account="5000-7654321",
    registration_no="19900101-2384",
)  # fmt: skip


@pytest.fixture(scope="module")
def announced(made_once):
    """Anna pays by Autogiro, Bo waits for Bankgirot's answer; their invoices of 1 October are made."""

    def fill(root):
        nights = ((date(2026, 9, 20), ANNAS_SIGN_UP + ANNAS_MANDATE), (date(2026, 10, 1), BOS_SIGN_UP + BOS_MANDATE))
        run_story(small_home(root), [(on, {f"{on}.jsonl": lines}) for on, lines in nights])

    return made_once("announced", fill)


def ordered(home):
    return ask(home, "SELECT direct_debit_id, amount, collect_on, ordered_on FROM direct_debit ORDER BY ALL")


def records(home, number):
    text = (home.root / AUTOGIRO.format(number)).read_bytes().decode("iso-8859-1")
    return [line.rstrip() for line in text.split("\r\n")][:-1]


def test_only_what_has_an_active_mandate_is_announced(announced):
    notices = ask(announced, "SELECT invoice_no, mandate_id, collect_on FROM direct_debit_notice")
    assert notices == [(1000001, f"{ANNA}-1", date(2026, 10, 21))]


def test_a_new_mandate_stands_in_bankgirots_first_file(announced):
    assert records(announced, 1)[1:] == ["0400099123460000000020002001" + "5000000007654321" + "199001012384"]


def test_what_is_open_is_handed_in_two_bank_days_ahead_and_not_the_night_before(announced, copy_of):
    home = copy_of(announced)
    put(home, {"partly.csv": swish(("S1", "2026-10-15", "86,00", FIRST_OCR))})
    conduct(home, date(2026, 10, 18))
    assert ordered(home) == []
    conduct(home, HANDED_IN)
    assert [tuple(map(str, row)) for row in ordered(home)] == [
        ("1000001-1", "100.00", "2026-10-21", "2026-10-19"),
    ]  # fmt: skip
    assert records(home, 2)[1:] == ["82202610210    0000000000004711" + "000000010000" + "0009912346" + "1000001-1"]


def test_what_was_paid_by_then_is_not_collected(announced, copy_of):
    home = copy_of(announced)
    put(home, {"paid.csv": swish(("S1", "2026-10-15", "186,00", FIRST_OCR))})
    conduct(home, HANDED_IN)
    assert ordered(home) == []


def test_a_mandate_that_was_cancelled_collects_nothing_and_bankgirot_is_told(announced, copy_of):
    home = copy_of(announced)
    put(home, {"c.jsonl": asked("c-anna", "cancel_mandate", "2026-10-18", account_id=ANNA)})
    conduct(home, HANDED_IN)
    assert ordered(home) == []
    assert records(home, 2)[1:] == ["0300099123460000000000004711"]


def test_nobody_is_reminded_of_what_is_being_collected_until_nobody_answers(announced, copy_of):
    home = copy_of(announced)
    for on in (HANDED_IN, date(2026, 10, 31)):
        conduct(home, on)
    assert ask(home, "SELECT invoice_no FROM reminder") == [(1000002,)]
    conduct(home, date(2026, 11, 1))  # eleven days after its day
    assert ask(home, "SELECT invoice_no FROM reminder ORDER BY ALL") == [(1000001,), (1000002,)]


def test_twice_is_once(announced, copy_of):
    home = copy_of(announced)
    conduct(home, HANDED_IN)
    once, sent = books(home), outbox(home)
    conduct(home, HANDED_IN)
    assert differing(once, books(home)) == []
    assert outbox(home) == sent


@pytest.mark.parametrize("moment", ["committed, not written", "ordered, not in a file"])
def test_killed_in_between_the_next_run_writes_the_same_bytes(announced, copy_of, monkeypatch, moment):
    """Also when the customer has moved bank and is called otherwise since: the file says what was ordered."""
    undisturbed = copy_of(announced, "undisturbed")
    conduct(undisturbed, HANDED_IN)
    home = copy_of(announced)

    with monkeypatch.context() as broken:
        if moment == "committed, not written":
            broken.setattr(numbered_files, "write_whole", cut)
        else:
            broken.setattr("pipelines.lake.numbered_files.NumberedFiles.commit", cut)
        with pytest.raises(PowerCutError):
            conduct(home, HANDED_IN)
    assert not (home.root / AUTOGIRO.format(2)).exists()
    renamed = asked("n-anna", "update_details", "2026-10-19", account_id=ANNA, name="Anna Bo")
    put(home, {"n.jsonl": renamed})
    conduct(home, HANDED_IN)
    assert records(home, 2) == records(undisturbed, 2)
    sql = "SELECT * FROM direct_debit_file ORDER BY ALL"
    assert ask(home, sql) == ask(undisturbed, sql)


def test_a_file_that_the_receiver_took_away_is_written_again_with_the_same_bytes(announced, copy_of):
    home = copy_of(announced)
    conduct(home, HANDED_IN)
    path = home.root / AUTOGIRO.format(2)
    before = path.read_bytes()
    path.unlink()
    conduct(home, HANDED_IN, stages=stages_named("direct_debit_file"))
    assert path.read_bytes() == before


def test_a_home_with_a_key_seals_its_files(announced, copy_of):
    home = copy_of(announced)
    home.autogiro_key.write_text("1234567890abcdef1234567890abcdef\n", encoding="ascii")
    conduct(home, HANDED_IN)
    first, *_, last = records(home, 2)
    assert (first, last[:40]) == ("00261019HMAC", "99261019FF365893D899291C3BF505FB3175E880")


def test_a_broken_key_ends_the_night_and_says_what_to_do(announced, copy_of, nightbill):
    home = copy_of(announced)
    home.autogiro_key.write_text("1234", encoding="ascii")
    code, _, errors = nightbill("nightly", "--home", home.root, "--on", HANDED_IN, "--direct")
    assert code == 5
    assert "no key of 32 hexadecimal digits" in " ".join(errors.split())


def test_sepa_has_files_of_its_own(announced, copy_of):
    home = copy_of(announced)
    with opened_lake(home, read_only=False) as store:
        store.execute(
            "INSERT INTO mandate SELECT 'M-77', 20001, 'sepa', 'recurring', NULL, 'DE89370400440532013000', 'Anna Ek', "
            "NULL, 'active', DATE '2026-09-01', DATE '2026-09-01', 'q';"
            "INSERT INTO direct_debit SELECT '1000001-1', 'M-77', 20001, 1000001, 1, 'sepa', 25, 'EUR', "
            "DATE '2026-10-21', 'FRST', DATE '2026-10-19'"
        )
    conduct(home, HANDED_IN, stages=stages_named("direct_debit_file"))
    written = (home.root / "outbox/direct_debits/sepa_000001.xml").read_text(encoding="utf-8")
    for said in (
        "pain.008.001.08",
        "<MsgId>5599990008DD000001</MsgId>",
        "<SeqTp>FRST</SeqTp>",
        "<MndtId>M-77</MndtId>",
    ):
        assert said in written
    assert (
        ask(home, "SELECT scheme, file_no, debit_count, amount FROM direct_debit_file WHERE scheme = 'sepa'")[0][2] == 1
    )


REFUND = (
    "INSERT INTO refund SELECT 'r' || n, n, NULL, 20001, 10 * n, 'SEK', '5050-1055', 'Anna Ek', DATE '2026-10-02', "
    "'eva', 'Paid twice', 'q' FROM range({}) t(n)"
)


def refunds_of(home, number):
    text = (home.root / f"outbox/refunds/refunds_{number:06}.xml").read_text(encoding="utf-8")
    return re.findall("<EndToEndId>(.*)</EndToEndId>", text), re.findall("<CtrlSum>(.*)</CtrlSum>", text)[0]


def test_refunds_stand_in_one_file_each_night_and_each_in_one_only(announced, copy_of):
    home = copy_of(announced)
    for rows, on in (("1, 3", date(2026, 10, 2)), ("3, 4", date(2026, 10, 3)), ("4, 4", date(2026, 10, 4))):
        with opened_lake(home, read_only=False) as store:
            store.execute(REFUND.format(rows))
        conduct(home, on, stages=stages_named("refund_file"))
    assert [refunds_of(home, number) for number in (1, 2)] == [(["R1", "R2"], "30.00"), (["R3"], "30.00")]
    assert ask(home, "SELECT file_no, order_count, amount FROM refund_file ORDER BY ALL") == [(1, 2, 30), (2, 1, 30)]


def test_a_refund_file_that_was_committed_and_not_written_is_written_by_the_next_run(announced, copy_of, monkeypatch):
    home = copy_of(announced)
    with opened_lake(home, read_only=False) as store:
        store.execute(REFUND.format("1, 3"))
    with monkeypatch.context() as broken:
        broken.setattr(numbered_files, "write_whole", cut)
        with pytest.raises(PowerCutError):
            conduct(home, date(2026, 10, 2), stages=stages_named("refund_file"))
    conduct(home, date(2026, 10, 5), stages=stages_named("refund_file"))
    ((path, digest),) = ask(home, "SELECT file_path, content_sha256 FROM refund_file")
    assert hashlib.sha256((home.root / path).read_bytes()).hexdigest() == digest


def test_without_an_account_of_ours_refunds_wait(announced, copy_of):
    home = copy_of(announced)
    policy = home.config / "policy.toml"
    text = re.sub('(?m)^iban = "[^"]*"', 'iban = ""', policy.read_text(encoding="utf-8"))
    policy.write_text(re.sub('(?m)^sepa_creditor_id = "[^"]*"', 'sepa_creditor_id = ""', text), encoding="utf-8")
    with opened_lake(home, read_only=False) as store:
        store.execute(REFUND.format("1, 3"))
    report = conduct(home, date(2026, 10, 2), stages=stages_named("configure", "refund_file"))
    assert report.stages[-1].report.summary == "2 refunds wait: operator.iban of policy.toml is empty"
    assert not (home.outbox / "refunds").exists()


def bankgirot(*lines):
    """A file as Bankgirot writes it."""
    return "".join(f"{line:<80}\r\n" for line in lines).encode("iso-8859-1")


def advice(payer_no, status, on):
    return bankgirot(
        f"01AUTOGIRO{'':14}{on:%Y%m%d}{'':12}AG-MEDAVI{'':11}4711170009912346",
        f"730009912346{payer_no:0>16}{'':33}04{status}{on:%Y%m%d}",
        f"09{on:%Y%m%d}99000000001",
    )


def specification(on, oere, debit_id, status):
    """A payment specification of one collection: what was not paid counts nothing."""
    paid = status == "0"
    return bankgirot(
        f"01AUTOGIRO{'':14}{on:%Y%m%d}180000000000BET. SPEC & STOPP TK4711170009912346",
        f"15{'54910000003':0>35}{on:%Y%m%d}00001{oere if paid else 0:018}   {int(paid):08}",
        f"82{on:%Y%m%d}0    {'4711':0>16}{oere:012}0009912346{debit_id:<16}{'':10}{status}",
        f"09{on:%Y%m%d}9900{1:06}{int(paid):012}{0:06}{0:012}{0:06}{0:012}",
    )


def test_bankgirots_answer_makes_a_mandate_active_before_tonights_invoices(announced, copy_of):
    home = copy_of(announced)
    put(home, {"medavi.txt": advice("20002001", "32", date(2026, 10, 5))})
    conduct(home, date(2026, 11, 1))
    assert ask(home, "SELECT mandate_state FROM mandate WHERE account_id = 20002") == [("active",)]
    notices = ask(home, "SELECT i.account_id FROM direct_debit_notice JOIN invoice i USING (invoice_no) ORDER BY ALL")
    assert notices == [(ANNA,), (ANNA,), (BO,)]


def test_what_failed_for_want_of_money_is_tried_again_and_then_paid(announced, copy_of, nightbill):
    """186 kronor: failed on 21 October, tried again a week after the answer, paid, and the invoice with it."""
    home = copy_of(announced)
    conduct(home, HANDED_IN)
    put(home, {"failed.txt": specification(date(2026, 10, 21), 18_600, "1000001-1", "1")})
    conduct(home, date(2026, 10, 26))
    put(home, {"paid.txt": specification(date(2026, 10, 28), 18_600, "1000001-2", "0")})
    conduct(home, date(2026, 10, 29))
    assert [(debit_id, str(day)) for debit_id, _, day, _ in ordered(home)] == [
        ("1000001-1", "2026-10-21"), ("1000001-2", "2026-10-28"),
    ]  # fmt: skip
    paid = ask(home, "SELECT sum(amount) FROM allocation WHERE receivable_id = 'invoice:1000001'")
    assert paid == [(186,)]
    assert ask(home, "SELECT count(*) FROM reminder WHERE invoice_no = 1000001") == [(0,)]
    listed = list_debits(home, every=True).select("direct_debit_id", "state", "answer_code", "file_no").rows()
    assert listed == [("1000001-1", "failed", "1", 2), ("1000001-2", "paid", "0", 3)]
    assert list_debits(home, every=False).height == 1
    assert nightbill("debits", "list", "--home", home.root)[0] == 0
    _, told, _ = nightbill("debits", "mandates", "--home", home.root)
    assert "50001234567" not in told
    assert list_mandates(home, every=True)["payer_account"].to_list() == ["...4567", "...4321"]
