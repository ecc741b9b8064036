"""Orders to the network: from sign-up to termination, through kills and answers of every kind."""

import csv
import hashlib
import io
import json
from datetime import date

import pytest
from small_operator import (
    ANNAS_NUMBER,
    ANNAS_SIGN_UP,
    BOS_SIGN_UP,
    ask,
    asked_of_marts,
    books,
    differing,
    outbox,
    put,
    small_home,
)

from pipelines.customers import provision_flow
from pipelines.nightly_flow import conduct, stages_named

pytestmark = pytest.mark.slow

FIRST, SECOND, THIRD = date(2026, 10, 1), date(2026, 10, 2), date(2026, 10, 3)
HEADER = "order_id,answer,answered_at,text\n"
DONE = HEADER + "hlr:1,done,2026-10-01T06:00:00+02:00,\n"
STAGES = stages_named("configure", "ingest", "register", "prove", "provision")
CANCEL = {
    "request_id": "r-anna-ends", "type": "cancel", "channel": "web", "requested_at": "2026-10-02T08:00:00+02:00",
    "effective_on": "2026-10-03", "number": ANNAS_NUMBER,
}  # fmt: skip
ORDERS = """
    SELECT order_id, provisioning_action, a_number, subscription_id, plan_code, ordered_on, file_no
      FROM provisioning_order ORDER BY network_element, element_order_no
"""
ANNAS_LINE, BOS_LINE = (ANNAS_NUMBER, 500001, "mobile_small"), ("0500002", 500002, "broadband_100")


@pytest.fixture
def home(tmp_path):
    """The small operator with a network, and Anna and Bo waiting to sign up."""
    home = small_home(tmp_path / "home")
    (home.config / "network_elements.csv").write_text("service,network_element\nmobile,hlr\nbroadband,bras\n")
    put(home, {"a.jsonl": ANNAS_SIGN_UP, "b.jsonl": BOS_SIGN_UP})
    return home


def night(home, on, **files):
    put(home, {f"{name}.csv" if name != "jsonl" else "r.jsonl": text for name, text in files.items()})
    return conduct(home, on, stages=STAGES).stages[-1].report.summary


def ordered(home, element, number):
    text = (home.outbox / f"provisioning/{element}/orders_{number:06}.csv").read_text()
    return list(csv.DictReader(io.StringIO(text)))


def reported(home, on):
    path = home.reports / f"unacknowledged_{on}.csv"
    rows = csv.DictReader(io.StringIO(path.read_text())) if path.exists() else []
    return [(row["order_id"], row["days_open"], row["acknowledgement"]) for row in rows]


def test_a_line_is_activated_acknowledged_and_terminated(home):
    assert night(home, FIRST) == (
        "2 orders to the network (2 activate), 2 order files written; 2 not acknowledged as done, 0 of them failed, "
        "0 from before this night, the oldest since 2026-10-01"
    )
    assert ordered(home, "hlr", 1) == [
        {"order_id": "hlr:1", "order_no": "1", "action": "activate", "a_number": ANNAS_NUMBER,
         "subscription_id": "500001", "plan_code": "mobile_small", "barred": "", "ordered_on": "2026-10-01"},
    ]  # fmt: skip
    assert ordered(home, "bras", 1)[0]["a_number"] == "0500002"
    assert reported(home, FIRST) == [("bras:1", "0", ""), ("hlr:1", "0", "")]

    assert night(home, SECOND, done=DONE, jsonl=json.dumps(CANCEL) + "\n") == (
        "0 orders to the network, 0 order files written; 1 not acknowledged as done, 0 of them failed, "
        "1 from before this night, the oldest since 2026-10-01"
    )
    assert reported(home, SECOND) == [("bras:1", "1", "")]

    failed = HEADER + "bras:1,failed,2026-10-02T10:00:00+02:00,no port\n"
    assert "1 orders to the network (1 terminate)" in night(home, THIRD, failed=failed)
    assert ask(home, ORDERS) == [
        ("bras:1", "activate", *BOS_LINE, FIRST, 1),
        ("hlr:1", "activate", *ANNAS_LINE, FIRST, 1),
        ("hlr:2", "terminate", *ANNAS_LINE, THIRD, 2),
    ]
    assert reported(home, THIRD) == [("bras:1", "2", "failed"), ("hlr:2", "0", "")]

    rest = HEADER + "bras:1,done,2026-10-03T10:00:00Z,\nhlr:2,done,2026-10-03T10:00:00Z,\n"
    assert night(home, THIRD, rest=rest).endswith("every order is acknowledged")
    assert reported(home, THIRD) == []


def test_every_answer_of_a_file_is_counted_once_whatever_becomes_of_it(home):
    night(home, FIRST)
    first = DONE + (
        "hlr:1,done,2026-10-01T06:00:00+02:00,\n"  # the same again
        "hlr:1,failed,2026-10-01T06:00:00+02:00,\n"  # the same moment, another answer
        "hlr:1,failed,2026-10-01T05:00:00+02:00,busy\n"  # an earlier answer that comes late
        "hlr:7,done,2026-10-01T06:00:00+02:00,\n"  # no such order
        "bras:1,done,2027-10-01T06:00:00+02:00,\n"  # from the future
        "bras:1,maybe,2026-10-01T06:00:00+02:00,\n"
    )
    again = HEADER + "hlr:1,done,2026-10-01T04:00:00Z,\nbras:1,failed,2026-10-01T06:00:00+02:00,\n"
    night(home, SECOND, first=first, again=again)  # read in order of name; its proof holds: no row is lost
    kept = "SELECT file_name, rows_read, rows_accepted, rows_duplicate, rows_rejected FROM source_file"
    assert ask(home, f"{kept} WHERE file_kind = 'acknowledgements' ORDER BY file_name") == [
        ("again.csv", 2, 2, 0, 0),
        ("first.csv", 7, 1, 2, 4),  # the first two rows are again's
    ]
    reasons = "SELECT reason_code, count(*) FROM rejected GROUP BY ALL ORDER BY ALL"
    assert ask(home, reasons) == [("BAD_TIME", 1), ("MALFORMED_ROW", 1), ("RECORD_DIFFERS", 1), ("UNKNOWN_ORDER", 1)]
    assert reported(home, SECOND) == [("bras:1", "1", "failed")]


def test_a_file_that_was_committed_and_not_written_is_written_by_the_next_run_as_it_was(home, monkeypatch):
    class PowerCutError(BaseException):
        pass

    def cut(*_args):
        raise PowerCutError

    with monkeypatch.context() as broken:
        broken.setattr(provision_flow, "write_whole", cut)
        with pytest.raises(PowerCutError):
            night(home, FIRST)
    assert outbox(home) == {}
    assert "0 orders to the network, 2 order files written" in night(home, SECOND)
    for path, digest in ask(home, "SELECT file_path, content_sha256 FROM provisioning_file"):
        assert hashlib.sha256((home.root / path).read_bytes()).hexdigest() == digest
    assert {row["ordered_on"] for row in ordered(home, "hlr", 1)} == {"2026-10-01"}
    assert len(ask(home, ORDERS)) == 2


def test_a_night_run_twice_orders_nothing_twice(home):
    night(home, FIRST)
    before, sent = books(home), outbox(home)
    night(home, FIRST)
    assert differing(before, books(home)) == []
    assert outbox(home) == sent


def test_a_file_that_was_fetched_comes_back_until_its_orders_are_acknowledged(home):
    night(home, FIRST)
    sent = outbox(home)
    for name in sent:
        (home.outbox / name).unlink()
    night(home, SECOND, done=DONE)
    assert outbox(home) == {name: content for name, content in sent.items() if "bras" in name}


def test_without_network_elements_nothing_is_ordered_and_nothing_ended(home):
    elements = home.config / "network_elements.csv"
    text = elements.read_text()
    elements.unlink()
    assert night(home, FIRST) == "0 orders to the network, 0 order files written; every order is acknowledged"
    elements.write_text(text)
    night(home, SECOND)
    elements.unlink()
    assert "0 orders" in night(home, THIRD)
    assert len(ask(home, ORDERS)) == 2


def test_the_marts_tell_each_order_with_the_answer_that_stands(home):
    stages = (*STAGES, *stages_named("publish"))
    conduct(home, FIRST, stages=stages)
    put(home, {"done.csv": HEADER + "hlr:1,failed,2026-10-01T05:00:00Z,busy\nhlr:1,done,2026-10-01T06:00:00Z,\n"})
    conduct(home, SECOND, stages=stages)
    sql = (
        "SELECT order_id, customer_id, acknowledgement, acknowledgement_text FROM fact_provisioning_order ORDER BY ALL"
    )
    assert asked_of_marts(home, sql) == [("bras:1", 10002, None, None), ("hlr:1", 10001, "done", None)]
