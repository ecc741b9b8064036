"""A large operator: 300 zones, 30,000 prefixes, three price lists, four plans, and as many subscriptions as asked."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl

from benchmarks.draws import drawn
from pipelines.home import Home, create_home, starter_config
from pipelines.night import opened_lake
from schemas import tables
from schemas.buckets import account_bucket
from schemas.table import Table

ACCOUNT_BUCKETS = 16
PROFILE = "large_switch"
HEADER = (
    "CallId",
    "Service",
    "Kind",
    "Caller",
    "Called",
    "Visited",
    "Start",
    "Seconds",
    "Bytes",
    "Count",
    "Result",
    "Node",
)
HOME_CODE = "46"
SERVICE_FROM = date(2026, 8, 15)
_COUNTRIES = 150
_PREFIXES_EACH = 200
_MOBILE_OF_TEN = 6
_STARTER_FILES = ("policy.toml", "accounts.csv", "articles.csv", "vat_rates.csv", "holidays.csv", "time_bands.csv")
# ITU-T E.164 country codes.
_TWO_DIGITS = (
    20, 27, *range(30, 35), 36, *range(39, 42), *range(43, 50),
    *range(51, 59), *range(60, 67), 81, 82, 84, 86, *range(90, 96), 98,
)  # fmt: skip
_THREE_DIGITS = (
    *range(211, 214), 216, 218, *range(220, 250), *range(250, 259), *range(260, 270), *range(350, 360),
    *range(370, 379), *range(380, 383), *range(385, 388), 389, 420, 421, 423, *range(500, 510), *range(590, 600),
    *range(672, 680), 852, 853, 855, 856, 880, 886, *range(960, 969),
)  # fmt: skip
COUNTRY_CODES = tuple(str(code) for code in (1, 7, *_TWO_DIGITS, *_THREE_DIGITS))[:_COUNTRIES]
# Price list: its increments, and its share of the price of a minute in percent.
_LISTS = {"private": ((60, 1), 100), "business": ((1, 1), 80), "prepaid": ((60, 60), 130)}
# Plan: its price list, monthly fee, and how many of ten subscriptions have it.
PLANS = {
    "small": ("private", 99, 4),
    "firm": ("business", 195, 2),
    "card": ("prepaid", 0, 2),
    "minutes": ("private", 199, 2),
}
_ALLOWANCE_HEADER = (
    "allowance_code,allowance_name,allowance_unit,allowance_quantity,allowance_scope,allowance_period,zones,priority,"
    "prorated,covers_fee"
)
_PROFILE_FILE = f"""# Usage of a switch that writes every field there is.
name = "{PROFILE}"
kind = "usage"
separator = ";"
header = [{", ".join(f'"{name}"' for name in HEADER)}]

[columns]
record_id = ["CallId"]
service = "Service"
usage_kind = "Kind"
a_number = "Caller"
b_number = "Called"
origin_number = "Visited"
started_at = "Start"
duration_s = "Seconds"
volume_bytes = "Bytes"
event_count = "Count"
outcome = "Result"
source_system = "Node"

[time]
format = "%Y-%m-%d %H:%M:%S"
zone = "UTC"

[outcomes]
answered = ["ok"]
unanswered = ["busy"]
failed = ["failed"]

[usage_kinds]
call = ["call"]
message = ["message"]
data = ["data"]
"""


@dataclass(frozen=True)
class Size:
    """How many subscriptions; there are four accounts to five of them."""

    subscriptions: int

    @property
    def accounts(self) -> int:
        """Number of accounts, each of a customer of its own."""
        return max(1, self.subscriptions * 4 // 5)


def a_number(position: pl.Expr) -> pl.Expr:
    """Return the number of a subscription by its position, from 0."""
    return pl.lit("4670") + position.cast(pl.String).str.zfill(7)


def numbering_plan() -> pl.DataFrame:
    """Make the prefixes: each country's code, and below it 199 longer ones that are mobile or fixed again."""
    codes = pl.DataFrame({"code": COUNTRY_CODES}).with_row_index("country")
    tries = codes.join(pl.DataFrame({"attempt": range(4 * _PREFIXES_EACH)}), how="cross").with_row_index("number")
    number = pl.col("number")
    digits = pl.lit([1, 2, 2, 3, 3, 4, 4, 4, 5, 5]).list.get(drawn(number, 1) % 10)
    longer = (drawn(number, 2) % 100_000 + 100_000).cast(pl.String).str.slice(1).str.slice(0, digits)
    below = (
        tries.with_columns((pl.col("code") + longer).alias("prefix"))
        .unique("prefix", keep="first", maintain_order=True)
        .group_by("code", maintain_order=True)
        .head(_PREFIXES_EACH - 1)
        .with_columns(
            pl.when(drawn(number, 3) % 10 < _MOBILE_OF_TEN)
            .then(pl.lit("mobile"))
            .otherwise(pl.lit("fixed"))
            .alias("line")
        )
    )
    own = codes.with_columns(pl.col("code").alias("prefix"), pl.lit("fixed").alias("line"))
    return (
        pl.concat([own.select("code", "prefix", "line"), below.select("code", "prefix", "line")])
        .with_columns(pl.format("c{}_{}", "code", "line").alias("zone_code"))
        .with_columns(pl.format("Country +{} {}", "code", "line").alias("zone_name"))
        .sort("prefix")
    )


def _prices(zones: pl.DataFrame) -> pl.DataFrame:
    """Price every zone in both time bands of every list."""
    bands = pl.DataFrame({"time_band": ["day", "evening"], "band_percent": [100, 60]})
    lists = pl.DataFrame(
        [(name, first, later, percent) for name, ((first, later), percent) in _LISTS.items()],
        schema=["price_list", "first_increment", "increment", "list_percent"],
        orient="row",
    )
    rows = zones.with_row_index("number").join(bands, how="cross").join(lists, how="cross", maintain_order="left_right")
    abroad = pl.col("code") != HOME_CODE
    hundredths = pl.when(abroad).then(drawn(pl.col("number"), 4) % 900 + 50).otherwise(pl.lit(40))
    mobile = pl.col("zone_code").str.ends_with("mobile")
    article = pl.when(abroad).then(pl.lit("1006")).when(mobile).then(pl.lit("1002")).otherwise(pl.lit("1001"))
    return rows.select(
        "price_list",
        article.alias("article_no"),
        "zone_code",
        "time_band",
        pl.lit("2025-01-01").alias("valid_from"),
        pl.lit("SEK").alias("currency"),
        pl.lit("0.39").alias("connect_fee"),
        (hundredths * pl.col("band_percent") * pl.col("list_percent")).cast(pl.Decimal(18, 6)).alias("price_per_unit")
        / 1_000_000,
        pl.lit(60).alias("price_unit"),
        "first_increment",
        "increment",
    )


def _write_config(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in _STARTER_FILES:
        shutil.copyfile(starter_config() / name, folder / name)
    shutil.copytree(starter_config() / "export_profiles", folder / "export_profiles", dirs_exist_ok=True)
    policy = (folder / "policy.toml").read_text(encoding="utf-8")
    # What it says of zones, callers and registers is the demo's.
    policy = re.sub(r"(?m)^\[(rating|callers|registers)\].*\n(?:(?!\[).*\n)*", "", policy)
    policy = re.sub(r"(?m)^account_buckets = \d+", f"account_buckets = {ACCOUNT_BUCKETS}", policy)
    (folder / "policy.toml").write_text(re.sub(r"(?m)^threads = \d+", "threads = 0", policy), encoding="utf-8")
    plan = numbering_plan()
    plan.select("prefix", "zone_code", "zone_name").write_csv(folder / "zones.csv")
    _prices(plan.unique("zone_code").sort("zone_code").select("code", "zone_code")).write_csv(folder / "prices.csv")
    plans = [f"{name},Plan {name},mobile,{of},2002,{fee},SEK" for name, (of, fee, _) in PLANS.items()]
    at_home = f"c{HOME_CODE}_fixed c{HOME_CODE}_mobile"
    texts = {
        "plans.csv": ["plan_code,plan_name,service,price_list,article_no,monthly_fee,currency", *plans],
        "resellers.csv": ["reseller_code,reseller_name,commission_percent"],
        "allowances.csv": [_ALLOWANCE_HEADER, f"minutes,Minutes at home,s,18000,own,period,{at_home},1,no,yes"],
        "allowance_links.csv": ["allowance_code,link_scope,link_to,valid_from", "minutes,plan,minutes,2025-01-01"],
    }
    for name, lines in texts.items():
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "profiles").mkdir(exist_ok=True)
    (folder / "profiles" / f"{PROFILE}.toml").write_text(_PROFILE_FILE, encoding="utf-8")


def _register(size: Size, billing_day: int | None = None) -> list[tuple[Table, pl.DataFrame]]:
    position = pl.int_range(size.accounts, dtype=pl.Int64)
    customers = pl.select(
        customer_id=position + 10_001, customer_name=pl.format("Customer {}", position), email=None,
        customer_category=pl.lit("private"), street=pl.lit("Storgatan 1"), postcode=pl.lit("999 02"),
        city=pl.lit("Ort"), country_code=pl.lit("SE"), language=pl.lit("sv"), registration_no=None, vat_no=None,
        customer_from=SERVICE_FROM, request_id=pl.format("generated-{}", position),
    )  # fmt: skip
    buckets = pl.Series([account_bucket(20_001 + n, ACCOUNT_BUCKETS) for n in range(size.accounts)])
    accounts = pl.select(
        account_id=position + 20_001, account_bucket=buckets, customer_id=position + 10_001, credit_limit=100_000,
        billing_day=position % 28 + 1 if billing_day is None else pl.lit(billing_day),
        currency=pl.lit("SEK"), delivery_channel=pl.lit("portal"), reseller_code=None,
        account_from=SERVICE_FROM, electronic_address=None, buyer_reference=None, order_reference=None,
    )  # fmt: skip
    each = pl.int_range(size.subscriptions, dtype=pl.Int64)
    of_ten = [name for name, (_, _, tenths) in PLANS.items() for _ in range(tenths)]
    subscriptions = pl.select(
        subscription_id=each + 500_001, account_id=each % size.accounts + 20_001,
        plan_code=pl.lit(of_ten).list.get(drawn(each, 5) % 10), service_from=SERVICE_FROM, service_to=None, quantity=1,
    )  # fmt: skip
    numbers = pl.select(
        a_number=a_number(each), subscription_id=each + 500_001, owned_to=None,
        owned_from=pl.lit(SERVICE_FROM).cast(pl.Datetime("us", "UTC")),
    )  # fmt: skip
    named = {tables.CUSTOMER: customers, tables.ACCOUNT: accounts, tables.SUBSCRIPTION: subscriptions}
    return [*named.items(), (tables.NUMBER_ASSIGNMENT, numbers)]


def make_home(root: Path, size: Size, billing_day: int | None = None) -> Home:
    """Create the operator's home: its configuration, and its register in the lake as the night would write it.

    Accounts are billed on the days 1 to 28 in turn, or all on one `billing_day`.
    """
    _write_config(root / "config")
    home = create_home(root)
    with opened_lake(home, read_only=False) as store, store.transaction("a large operator's register"):
        for table, rows in _register(size, billing_day):
            store.append(table, table.complete(rows).cast(table.schema))
    return home
