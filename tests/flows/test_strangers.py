"""Strangers: who calls the call centre is known by the address behind the number, and billed from the first call."""

import hashlib
import re
from datetime import date

import pytest
from small_operator import DECIDED, ask, calls, opened_lake, put, run_story, sign_up, small_home

from pipelines.home import home_secret
from pipelines.nightly_flow import conduct

pytestmark = pytest.mark.slow

KNOWN, SECRET, NOWHERE = "46701740621", "46701740622", "46701740623"
REGISTER = (
    "number,name,street,postcode,city,secret\n"
    "070-174 06 21,Ek Anna,Storgatan 1,999 02,Ort,no\n"
    "0701740622,Bo Ask,Storgatan 2,99902,Ort,yes\n"
)
ON = date(2026, 9, 20)


def callers_home(root):
    """The small operator with a call-centre service that strangers may call, and an address register."""
    home = small_home(root)
    (home.root / "registers").mkdir()
    (home.root / "registers" / "address.csv").write_text(REGISTER, encoding="utf-8")
    plans = home.config / "plans.csv"
    plans.write_text(
        plans.read_text(encoding="utf-8") + "centre,Samtal,callcentre,private,2002,0,SEK\n", encoding="utf-8"
    )
    policy = home.config / "policy.toml"
    text = re.sub(r"\n\[(callers|registers)\][^[]*", "\n", policy.read_text(encoding="utf-8"))
    more = (
        '\n[callers]\nservice = "callcentre"\nplan_code = "centre"\n\n[registers]\naddress = "registers/address.csv"\n'
    )
    policy.write_text(text + more, encoding="utf-8")
    return home


def centre_calls(*rows):
    """Calls of the call-centre service: (id, caller, UTC start, duration)."""
    written = calls(
        *((call_id, "46701740699", start, duration, "answered", caller) for call_id, caller, start, duration in rows)
    )
    return written.replace(";mobile;", ";callcentre;")


THREE = centre_calls(
    ("s1", KNOWN, "2026-09-17T10:00:00", "00:01:00"), ("s2", KNOWN, "2026-09-18T10:00:00", "00:01:00"),
    ("s3", SECRET, "2026-09-17T11:00:00", "00:01:00"), ("s4", NOWHERE, "2026-09-17T12:00:00", "00:01:00"),
)  # fmt: skip
CUSTOMERS = "SELECT customer_id, customer_name, street, customer_from FROM customer ORDER BY 1"
CALLER, ASKED = "regexp_extract(payload, 'numbers....([0-9]+)', 1)", "JOIN request USING (request_id)"
PRICED = "SELECT usage_id, subscription_id, amount_ex_vat FROM rated_usage ORDER BY 1"


@pytest.fixture(scope="module")
def called(made_once):
    """After the first night: three strangers called, one of them is known behind the number."""
    return made_once("called", lambda root: run_story(callers_home(root), [(ON, {"calls.csv": THREE})]))


def decide(case, **more):
    words = "".join(f', "{name}": "{value}"' for name, value in more.items())
    return (
        f'{{"request_id": "d-{case[8:16]}", "type": "decide", "channel": "agent", "actor": "anna", "case": "{case}", '
        f'"requested_at": "2026-09-21T09:00:00+02:00", "effective_on": "2026-09-21", "reason": "called back"{words}}}\n'
    )


def test_a_complete_match_becomes_a_customer_whose_calls_are_priced_from_the_first_one(called):
    """Two minutes by day at 0.60 with 0.39 each."""
    assert ask(called, CUSTOMERS) == [(10001, "Ek Anna", "Storgatan 1", date(2026, 9, 17))]
    assert [(key[-2:], float(amount)) for key, _, amount in ask(called, PRICED)] == [("s1", 0.99), ("s2", 0.99)]


def test_the_others_wait_in_the_queue_and_their_calls_with_them(called):
    cases = ask(called, f"SELECT {CALLER}, address_outcome, waits_for FROM approval_case {ASKED} ORDER BY 1")  # noqa: S608 (our own words)
    assert cases == [(SECRET, "secret", "address"), (NOWHERE, "none", "address")]
    assert ask(called, "SELECT count(*) FROM waiting_usage") == [(2,)]


def test_another_night_asks_for_nobody_again(called, copy_of):
    home = copy_of(called)
    conduct(home, date(2026, 9, 21), stages=DECIDED)
    assert ask(home, "SELECT count(*) FROM request") == [(3,)]
    assert ask(home, "SELECT count(*) FROM customer") == [(1,)]


def test_approved_a_secret_number_gets_a_code_and_calls_by_number_and_by_code_are_its_own(called, copy_of):
    home = copy_of(called)
    case = ask(home, "SELECT request_id FROM approval_case WHERE address_outcome = 'secret'")[0][0]
    details = {"decision": "approve", "name": "Bo Ask", "street": "Storgatan 2", "postcode": "99902", "city": "Ort"}
    put(home, {"decide.jsonl": decide(case, **details)})
    conduct(home, date(2026, 9, 21), stages=DECIDED)
    (code,) = (number for (number,) in ask(home, "SELECT a_number FROM number_assignment") if number.startswith("999"))
    put(home, {"code.csv": centre_calls(("s5", code, "2026-09-21T10:00:00", "00:01:00"))})
    conduct(home, date(2026, 9, 22), stages=DECIDED)
    owner = ask(
        home, "SELECT DISTINCT subscription_id FROM rated_usage WHERE usage_id LIKE '%s3' OR usage_id LIKE '%s5'"
    )
    assert len(owner) == 1
    assert ask(home, "SELECT count(*) FROM rated_usage") == [(4,)]


def late_call(*callers):
    """A call of the 15th from each caller, which comes after those of the 17th."""
    return centre_calls(*((f"l{n}", caller, "2026-09-15T10:00:00", "00:01:00") for n, caller in enumerate(callers)))


def test_a_late_call_from_before_the_first_one_is_the_strangers_too_and_priced(called, copy_of):
    home = copy_of(called)
    put(home, {"late.csv": late_call(KNOWN)})
    conduct(home, date(2026, 9, 21), stages=DECIDED)
    assert ask(home, "SELECT owned_from::DATE, owned_to FROM number_assignment") == [(date(2026, 9, 15), None)]
    assert ask(home, "SELECT service_from, service_to FROM subscription ORDER BY 1") == [
        (date(2026, 9, 15), date(2026, 9, 17)), (date(2026, 9, 17), None),
    ]  # fmt: skip
    assert [(key[-2:], float(amount)) for key, _, amount in ask(home, PRICED)] == [
        ("l0", 0.99), ("s1", 0.99), ("s2", 0.99),
    ]  # fmt: skip
    assert [customer for customer, *_ in ask(home, CUSTOMERS)] == [10001]
    before = ask(home, "SELECT count(*) FROM request")
    conduct(home, date(2026, 9, 22), stages=DECIDED)
    assert ask(home, "SELECT count(*) FROM request") == before


def test_a_stranger_who_was_refused_by_hand_is_not_queued_again_by_a_late_call(called, copy_of):
    home = copy_of(called)
    case = ask(home, "SELECT request_id FROM approval_case WHERE address_outcome = 'none'")[0][0]
    put(home, {"decide.jsonl": decide(case, decision="refuse")})
    conduct(home, date(2026, 9, 21), stages=DECIDED)
    put(home, {"late.csv": late_call(NOWHERE, SECRET)})
    conduct(home, date(2026, 9, 22), stages=DECIDED)
    assert ask(home, "SELECT case_state, count(*) FROM approval_case GROUP BY 1 ORDER BY 1") == [
        ("refused", 1), ("waiting", 1),
    ]  # fmt: skip


def test_no_table_but_where_numbers_belong_tells_the_number_of_a_stranger(called):
    """Requests say what they ask for; everything else names strangers by what only the home's secret can trace."""
    may = {"request.payload", "usage.a_number", "waiting_usage.a_number", "rated_usage.a_number", "rejected.record",
           "number_assignment.a_number", "usage_charge.a_number"}  # fmt: skip
    columns = "SELECT table_name, column_name FROM duckdb_columns() WHERE data_type = 'VARCHAR'"
    telling = "SELECT count(*) FROM {} WHERE contains({}, '{}')"
    with opened_lake(called) as store:
        tell = {
            f"{table}.{column}"
            for table, column in store.query(f"{columns} AND database_name = 'lake'").rows()
            if store.query(telling.format(table, column, NOWHERE)).rows() != [(0,)]
        }
    assert tell <= may
    assert "waiting_usage.a_number" in tell


def test_a_home_from_before_there_were_secrets_gets_one_that_only_its_owner_reads(called, copy_of):
    home = copy_of(called)
    home.secret.unlink()
    conduct(home, date(2026, 9, 21), stages=DECIDED)
    assert home.secret.stat().st_mode & 0o777 == 0o600
    made = home.secret.read_text(encoding="ascii")
    assert home_secret(home).hex() == made.strip()


def test_nobody_is_approved_without_a_name(called, copy_of):
    home = copy_of(called)
    case = ask(home, "SELECT request_id FROM approval_case WHERE address_outcome = 'none'")[0][0]
    put(home, {"decide.jsonl": decide(case, decision="approve")})
    conduct(home, date(2026, 9, 21), stages=DECIDED)
    state, text = ask(home, "SELECT request_state, reason_text FROM request_outcome WHERE request_id LIKE 'd-%'")[0]
    assert (state, text) == (
        "refused",
        "the register does not know this caller: give name, street, postcode, city as well",
    )


def test_a_number_that_moves_takes_its_later_calls_to_the_new_owner(called, copy_of):
    """Given back at noon on the 22nd and given to another customer from then: a call before and a call after."""
    home = copy_of(called)
    moment = '"2026-09-22T12:00:00+02:00"'
    gone = (
        f'{{"request_id": "g", "type": "remove_number", "channel": "web", "requested_at": "2026-09-21T09:00:00+02:00", '
        f'"effective_at": {moment}, "number": "{KNOWN}"}}\n'
    )
    taken = sign_up("t", "Anna Ek", "centre", [KNOWN], on="2026-09-22").replace(
        '"effective_on": "2026-09-22"', f'"effective_at": {moment}'
    )
    two = centre_calls(
        ("s6", KNOWN, "2026-09-22T09:59:59", "00:01:00"), ("s7", KNOWN, "2026-09-22T10:00:00", "00:01:00")
    )
    put(home, {"a.jsonl": gone, "b.jsonl": taken, "c.csv": two})
    conduct(home, date(2026, 9, 23), stages=DECIDED)
    owners = dict(
        ask(home, "SELECT right(usage_id, 2), subscription_id FROM rated_usage WHERE usage_id SIMILAR TO '.*s[1267]'")
    )
    assert owners["s6"] == owners["s1"]
    assert owners["s7"] != owners["s1"]


def test_who_signs_up_on_the_day_of_the_first_call_is_no_stranger_and_not_looked_up_if_only_they_are(tmp_path):
    home = callers_home(tmp_path / "home")
    policy = home.config / "policy.toml"
    policy.write_text(policy.read_text(encoding="utf-8") + 'address_asked_of = "strangers"\n', encoding="utf-8")
    put(home, {"a.jsonl": sign_up("s", "Nova Ny", "centre", [NOWHERE], on="2026-09-17"), "calls.csv": THREE})
    conduct(home, ON, stages=DECIDED)
    asked_for = f"SELECT DISTINCT {CALLER} FROM request WHERE channel = 'network' ORDER BY 1"  # noqa: S608 (our own words)
    assert ask(home, asked_for) == [(KNOWN,), (SECRET,)]
    assert [name for _, name, *_ in ask(home, CUSTOMERS)] == ["Nova Ny", "Ek Anna"]
    assert [key[-2:] for key, *_ in ask(home, PRICED)] == ["s1", "s2", "s4"]


def test_the_queue_is_listed_shown_and_decided_at_the_command_line(called, copy_of, nightbill):
    home = copy_of(called)
    case, unknown = (row[0] for row in ask(home, "SELECT request_id FROM approval_case ORDER BY address_outcome DESC"))
    where = ("--home", home.root, "--on", "2026-09-21", "--by", "anna")
    code, listed, _ = nightbill("queue", "list", "--home", home.root)
    assert (code, listed.count("waiting")) == (0, 2)
    code, shown, _ = nightbill("queue", "show", case, "--home", home.root)
    assert (code, '"address_outcome": "secret"' in shown) == (0, True)
    code, told, _ = nightbill("queue", "approve", case, "--reason", "called back", *where)
    assert code != 0
    assert "give name, street, postcode, city" in told
    person = ("--name", "Bo Ask", "--street", "Storgatan 2", "--postcode", "99902", "--city", "Ort")
    assert nightbill("queue", "approve", case, "--reason", "called back", *where, *person)[:2] == (0, "applied\n")
    assert nightbill("queue", "refuse", unknown, "--reason", "nobody there", *where)[:2] == (0, "applied\n")
    states = ask(home, "SELECT case_state, decided_by FROM approval_case ORDER BY address_outcome DESC")
    assert states == [("approved", "anna"), ("refused", "anna")]


def test_a_request_is_written_into_the_inbox_when_it_is_valid_and_refused_at_once_when_not(called, copy_of, nightbill):
    home = copy_of(called)
    code, said, _ = nightbill(
        "request", "note", f"number={KNOWN}", "text=Likes tea", "--home", home.root, "--id", "n-1"
    )
    assert (code, "the next run applies it" in said) == (0, True)
    assert [path.name for path in home.inbox.iterdir()] == ["request_n-1.jsonl"]
    conduct(home, date(2026, 9, 21), stages=DECIDED)
    assert ask(home, "SELECT request_state, customer_id FROM request_outcome WHERE request_id = 'n-1'") == [
        ("applied", 10001)
    ]
    code, _, errors = nightbill("request", "note", f"number={KNOWN}", "--home", home.root)
    assert (code, "text: Field required" in errors) == (2, True)
    assert nightbill("request", "exorcism", "--home", home.root)[0] == 2


def test_the_number_of_a_document_is_never_written_down(called, nightbill):
    words = ("sign_up=s-1", "kind=passport", "document_number=AB1234567", "issuer=P", "valid_until=2030-01-01")
    code, shown, _ = nightbill("request", "identity", *words, "--home", called.root, "--show")
    assert code == 0
    assert "AB1234567" not in shown
    assert hashlib.sha256(b"AB1234567").hexdigest() in shown
