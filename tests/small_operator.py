"""A small operator whose amounts can be added up by hand: its configuration, and the files that reach it.

Two price bands for calls to mobiles (day 0.60, evening 0.30 a minute, connect 0.39, 60/1), a premium number (6.80 a
minute, connect 1.20, 60/60), a mobile plan of 99 kr and a broadband plan of 319.20 kr a month, VAT 25 %, limit 400 kr.
"""

import json
import re
import shutil
import subprocess
import sys
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from pipelines.configuration.reading import OPTIONAL_FILES
from pipelines.home import Home, create_home
from pipelines.lake.connection import bare_connection
from pipelines.lake.table_sql import quoted
from pipelines.night import opened_lake
from pipelines.nightly_flow import NIGHT, conduct
from schemas import tables

# What is decided and proven; what leaves the house afterwards takes most of a night's time.
DECIDED = NIGHT[: [stage.name for stage in NIGHT].index("block_list") + 1]
ANNA, BO = 20001, 20002
ANNAS_NUMBER, BOS_NAME = "46701740610", "Bo <b>& Co</b>"
FIRST_OCR, SECOND_OCR = "100000199", "100000298"  # of invoices 1000001 and 1000002
LIMIT = Decimal(400)

_CONFIG = {
    "zones.csv": "prefix,zone_code,zone_name\n46,se_fixed,Sverige\n4670,se_mobile,Mobil\n46939,se_premium,Betald\n",
    "prices.csv": (
        "price_list,article_no,zone_code,time_band,valid_from,valid_to,currency,connect_fee,price_per_unit,price_unit,"
        "first_increment,increment\n"
        "private,1002,se_mobile,day,2025-01-01,,SEK,0.39,0.60,60,60,1\n"
        "private,1002,se_mobile,evening,2025-01-01,,SEK,0.39,0.30,60,60,1\n"
        "private,1005,se_premium,*,2025-01-01,,SEK,1.20,6.80,60,60,60\n"
    ),
    "plans.csv": (
        "plan_code,plan_name,service,price_list,article_no,monthly_fee,currency\n"
        "mobile_small,Mobil Liten,mobile,private,2002,99,SEK\n"
        "broadband_100,Bredband 100,broadband,private,2004,319.2,SEK\n"
    ),
    "resellers.csv": "reseller_code,reseller_name,commission_percent\nR-101,Telebutiken Skäret,5\n",
}
_CALL_HEADER = "CallId;Service;Caller;Called;StartTime;Duration;Result\n"
_SWISH_HEADER = "Bokföringsdag;Referens;Mottagare;Avsändare;Namn;Meddelande;Belopp;Valuta\r\n"
_CHECKOUT = Path(__file__).resolve().parents[1]
# A run's own record, and what the clock decides.
CLOCK_TABLES = {"run", "run_stage", "control_total"}
CLOCK_COLUMNS = ("received_at", "blocked_at", "unblocked_at")


@cache
def _new_lake():
    """Make a lake without a row: once in each process, because its tables take a second."""
    folder = TemporaryDirectory()
    home = create_home(Path(folder.name))
    with opened_lake(home, read_only=False):
        return folder, home.lake  # the folder is there as long as somebody holds it


def small_home(root):
    """Create the small operator's home."""
    home = create_home(root)
    shutil.copytree(_new_lake()[1], home.lake, dirs_exist_ok=True)
    for name, text in _CONFIG.items():
        (home.config / name).write_text(text, encoding="utf-8")
    for name in OPTIONAL_FILES:  # what the demo's own customers are promised
        (home.config / name).unlink(missing_ok=True)
    policy = home.config / "policy.toml"
    text = re.sub(r'(?m)^(\w+_zone|wholesale_list) = "\w*"', r'\1 = ""', policy.read_text(encoding="utf-8"))
    text = re.sub(r"\n\[(callers|registers)\][^[]*", "\n", text)
    policy.write_text(re.sub(r"(?m)^private = \d+", f"private = {LIMIT}", text), encoding="utf-8")
    return home


def sign_up(request_id, name, plan, numbers=(), *, on="2026-09-16", reseller=None, channel="portal", billing_day=1):
    """Write a sign-up request as a line."""
    request = {
        "request_id": request_id, "type": "sign_up", "channel": "reseller" if reseller else "web",
        "reseller": reseller, "requested_at": f"{on}T08:00:00+02:00", "effective_on": on,
        "customer": {"name": name, "category": "private", "street": "Storgatan 1", "postcode": "999 02", "city": "Ort"},
        "account": {"billing_day": billing_day, "delivery_channel": channel},
        "subscriptions": [{"plan_code": plan, "numbers": list(numbers)}],
    }  # fmt: skip
    return json.dumps(request) + "\n"


ANNAS_SIGN_UP = sign_up("r-anna", "Anna Ek", "mobile_small", [ANNAS_NUMBER], reseller="R-101")
BOS_SIGN_UP = sign_up("r-bo", BOS_NAME, "broadband_100", on="2026-10-01")


def calls(*rows):
    """Write (id, called number, UTC start, hh:mm:ss[, result, caller]) as a file of the mobile switch."""
    lines = [
        ";".join((call_id, "mobile", f"+{more[1] if len(more) > 1 else ANNAS_NUMBER}", f"+{called}", f"{start}Z",
                  duration, more[0] if more else "answered"))
        for call_id, called, start, duration, *more in rows
    ]  # fmt: skip
    return _CALL_HEADER + "".join(f"{line}\n" for line in lines)


def swish(*rows):
    """Write (reference, booked on, amount, message) as the collector's CSV."""
    lines = [f"{on};{ref};1230000000;46701740611;Anna Ek;{text};{amount};SEK\r\n" for ref, on, amount, text in rows]
    return _SWISH_HEADER + "".join(lines)


def master_row(serial, called, start, end, seconds):
    """Write a call of Anna's as a line of Asterisk's Master.csv; times are local."""
    return (
        f'"","0701740610","{called}","ctx","""Anna"" <0701740610>","PJSIP/a-{serial}","PJSIP/b-{serial}","Dial","x",'
        f'"{start}","{start}","{end}",{seconds},{seconds},"ANSWERED","DOCUMENTATION","{serial}",""\n'
    )


# The two calls of September: one over the band border at 18:00 (Thursday), one on a Saturday.
SEPTEMBER_CALLS = calls(
    ("c1", "46701740699", "2026-09-17T15:58:30", "00:02:05"), ("c2", "46701740699", "2026-09-19T10:00:00", "00:00:10")
)
# An hour to a premium number, and what must cost nothing: a copy, an unanswered call, one of no length, a stranger's.
OCTOBER_CALLS = calls(
    ("c3", "46939000001", "2026-10-05T10:00:00", "01:00:00"),
    ("c3", "46939000001", "2026-10-05T10:00:00", "01:00:00"),
    ("c4", "46701740699", "2026-10-06T10:00:00", "00:00:00", "busy"),
    ("c5", "46701740699", "2026-10-06T11:00:00", "00:00:00"),
    ("c6", "46701740699", "2026-10-06T12:00:00", "00:01:00", "answered", "46701740650"),
)

STORY = (
    (date(2026, 9, 20), {"a.jsonl": ANNAS_SIGN_UP, "september.csv": SEPTEMBER_CALLS}),
    (date(2026, 10, 1), {"b.jsonl": BOS_SIGN_UP}),
    (
        date(2026, 10, 21),
        {"october.csv": OCTOBER_CALLS, "partly.csv": swish(("S1", "2026-10-20", "100,00", FIRST_OCR))},
    ),
    (date(2026, 10, 27), {}),
    (date(2026, 10, 28), {"rest.csv": swish(("S2", "2026-10-28", "400,00", FIRST_OCR))}),
    (date(2026, 11, 1), {}),
)


# Everything at once: the late files of 21 October, and Carl, whose invoice goes out by e-mail.
CARLS_SIGN_UP = sign_up("r-carl", "Carl Ask", "broadband_100", on="2026-10-01", channel="email", billing_day=20)
LATE_NIGHT = (date(2026, 10, 27), {**STORY[2][1], "c.jsonl": CARLS_SIGN_UP})
NIGHT_IN_A_PROCESS = """
import sys
from datetime import date
from pathlib import Path
from pipelines.home import Home
from pipelines.nightly_flow import conduct
from pipelines.progress import listening
from pipelines.lake.connection import CONNECTION
CONNECTION["threads"] = 1
with listening(lambda what: print(what, flush=True)):
    conduct(Home(Path(sys.argv[1])), date.fromisoformat(sys.argv[2]))
"""


def night_in_a_process(home, on):
    """Start a night in a process of its own, which prints each stage when it begins."""
    command = [sys.executable, "-c", NIGHT_IN_A_PROCESS, str(home.root), str(on)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=_CHECKOUT)  # noqa: S603 (our own command)


def put(home, files):
    """Drop files into the inbox; text that looks like the collector's is written in its encoding."""
    for name, content in files.items():
        encoding = "cp1252" if isinstance(content, str) and content.startswith("Bokf") else "utf-8"
        (home.inbox / name).write_bytes(content if isinstance(content, bytes) else content.encode(encoding))


def run_story(home, nights=STORY):
    """Run nights of the story, each with the files that reach it, and return their reports."""
    reports = []
    for on, files in nights:
        put(home, files)
        reports.append(conduct(home, on))
    return reports


def ask(home, sql):
    """Query the lake of a home, read only, and return rows as tuples."""
    with opened_lake(home) as store:
        return store.query(sql).rows()


def asked_of_marts(home, sql):
    """Query the published marts with plain DuckDB and return rows as tuples."""
    with bare_connection() as connection:
        connection.execute(f"ATTACH {quoted(str(home.marts_pointer.resolve()))} AS marts (READ_ONLY)")
        connection.execute("USE marts")
        return connection.sql(sql).pl().rows()


def books(home):
    """Return every table of the lake that tells a fact, rows sorted; runs and their clock are left out."""
    with opened_lake(home) as store:
        store.execute("BEGIN TRANSACTION")  # the catalog is then read once, not for each table
        frames = {t.name: store.read(t) for t in tables.TABLES if t.name not in CLOCK_TABLES}
    told = {name: frame.drop(CLOCK_COLUMNS, strict=False) for name, frame in frames.items()}
    return {name: frame.sort(pl.all()) if frame.height > 1 else frame for name, frame in told.items()}


def outbox(home):
    """Return the bytes of every file in the outbox."""
    return {str(p.relative_to(home.outbox)): p.read_bytes() for p in sorted(home.outbox.rglob("*")) if p.is_file()}


def differing(before, after):
    """Name the tables whose rows differ between two `books`."""
    return [name for name in before if not before[name].equals(after[name])]


def home_of(folder):
    """Return the home in a folder."""
    return Home(folder)
