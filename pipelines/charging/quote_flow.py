"""`nightbill quote`: what one record would cost, priced as the night would; nothing is written.

Prices are those of `config/` as it stands. A customer is quoted on its real contract, with what its allowances, tiers
and capped discounts have left now; a price list alone is quoted on a made-up contract that has nothing but that list.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.charging.rating_batch import REGISTER
from pipelines.charging.rating_state import balances_of
from pipelines.configuration.reading import Configuration, load_configuration
from pipelines.explaining.explain_facts import span_of
from pipelines.home import Home
from pipelines.lake.store import Store, open_store
from pipelines.night import Night
from rating.balances import Balances, no_balances
from rating.contracts import contract_spans
from rating.explanation import Explanation, Terms, explain_usage
from rating.numbering import international, network_prefix
from rating.tariff import prepare_tariff
from rating.usage_intake import NO_NUMBER
from rating.zone_lookup import MAIN_PLAN
from schemas import tables
from schemas.policy import Operator

_LIST_CONTRACT = 1  # number of the made-up customer, account and subscription
_LIST_NUMBER = "0"  # a calling number that no customer can have
_ALONE = ("price_list_link", "customer_group", "discount", "offer", "friend_number")


class QuoteError(Exception):
    """The words of the quote cannot be priced; the message says which and what to do."""


@dataclass(frozen=True)
class Asked:
    """What is to be priced: by `price_list`, `customer_id` or `number`, one of them.

    `at` is on the operator's clock, without zone. `quantity`: seconds, bytes, messages or events, by `kind`.
    `origin`: a number of the visited network, or `from_zone`: its zone.
    """

    to: str
    at: datetime
    quantity: int
    kind: str = "call"
    price_list: str | None = None
    customer_id: int | None = None
    number: str | None = None
    origin: str | None = None
    from_zone: str | None = None
    service: str | None = None


@dataclass(frozen=True)
class Quote:
    """A record priced, and what must be known of it."""

    explanation: Explanation
    currency: str
    notes: tuple[str, ...]


def quote(home: Home, asked: Asked) -> Quote:
    """Price one record. Raises `QuoteError` where a word of it is wrong, `ConfigurationError` for a faulty config."""
    configuration = load_configuration(home.require())
    operator = configuration.policy.operator
    started_at, notes = moment(asked.at, operator.zone)
    if asked.price_list is not None:
        register, config = _of_list(asked.price_list, configuration, started_at.date())
        record = _record(asked, _LIST_NUMBER, asked.service or "voice", started_at, configuration)
        told = f"Price list {asked.price_list} alone: no relation, offer, discount or allowance; tiers begin at 0."
        return _priced(record, register, config, configuration, no_balances(), (*notes, told))
    with open_store(home, configuration.policy.store, read_only=True) as store:
        configuration = configuration.with_orders(store.read(tables.ALLOWANCE_ORDER))
        register = {table.name: store.read(table) for table in REGISTER}
        number, service, found = _caller(asked, register, configuration, started_at)
        record = _record(asked, number, asked.service or service, started_at, configuration)
        balances, kept = _balances(store, home, configuration, record)
    return _priced(record, register, configuration.frames, configuration, balances, (*notes, *found, *kept))


def moment(at: datetime, zone: ZoneInfo) -> tuple[datetime, tuple[str, ...]]:
    """Read a local time; of the two moments it means in the autumn hour, the first.

    Returns the moment in UTC and what must be said of it. Raises `QuoteError` for a time that spring skips.
    """
    first, second = at.replace(tzinfo=zone, fold=0), at.replace(tzinfo=zone, fold=1)
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != at:
        raise QuoteError(
            f"{at} does not exist on the operator's clock: the hour is skipped in spring; give another time"
        )
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC), ()
    return first.astimezone(UTC), (
        f"{at} comes twice on that night; priced as the first, {first.astimezone(UTC):%H:%M} UTC.",
    )


def _priced(
    record: pl.DataFrame,
    register: dict[str, pl.DataFrame],
    config: dict[str, pl.DataFrame],
    configuration: Configuration,
    balances: Balances,
    notes: tuple[str, ...],
) -> Quote:
    operator, rating = configuration.policy.operator, configuration.policy.rating
    contracts = contract_spans(register, config, operator)
    tariff = prepare_tariff(config, operator, rating, *span_of(record))
    explanation = explain_usage(record, Terms(contracts, tariff, config, operator.zone), balances)
    return Quote(explanation, operator.currency, notes)


def _record(
    asked: Asked, number: str, service: str, started_at: datetime, configuration: Configuration
) -> pl.DataFrame:
    """Write what was asked as a USAGE row."""
    operator = configuration.policy.operator
    if asked.quantity <= 0:
        raise QuoteError("give a quantity above 0: --duration in seconds for a call, --quantity for anything else")
    row = {
        "usage_id": "quote", "source_system": "quote", "service": service, "usage_kind": asked.kind, "a_number": number,
        "b_number": _called(asked, operator), "origin_number": _origin(asked, configuration),
        "started_at": started_at,
        "duration_s": asked.quantity if asked.kind == "call" else 0,
        "volume_bytes": asked.quantity if asked.kind == "data" else 0,
        "event_count": asked.quantity if asked.kind in {"message", "event"} else 0,
        "outcome": "answered", "file_sha256": "0" * 64, "record_no": 1, "line_no": 1, "received_on": started_at.date(),
    }  # fmt: skip
    return tables.USAGE.conform(pl.DataFrame([row], schema=tables.USAGE.schema))


def _called(asked: Asked, operator: Operator) -> str:
    calls_none = asked.kind == "data" and asked.to == NO_NUMBER
    return NO_NUMBER if calls_none else _digits(asked.to, operator)


def _digits(number: str, operator: Operator) -> str:
    forms = operator.country_calling_code, operator.national_prefix, operator.international_prefix
    found = pl.select(international(pl.lit(number), *forms)).item()
    if found is None:
        raise QuoteError(
            f"{number!r} is not a telephone number: write 1 to 20 digits, such as +46701740699 or 0701740699"
        )
    return str(found)


def _origin(asked: Asked, configuration: Configuration) -> str | None:
    """Return digits of the visited network: as given, or of a prefix of its zone."""
    if asked.origin is not None:
        prefix = configuration.policy.operator.international_prefix
        digits = pl.select(network_prefix(pl.lit(asked.origin), prefix)).item()
        if digits is None:
            raise QuoteError(f"--origin {asked.origin!r} is not a number of a network: write digits, such as +47")
        return str(digits)
    if asked.from_zone is None or asked.from_zone == "home":
        return None
    main = configuration.frame(tables.ZONE_PREFIX).filter(pl.col("numbering_plan").fill_null(MAIN_PLAN) == MAIN_PLAN)
    prefixes = main.filter(pl.col("zone_code") == asked.from_zone)["prefix"].sort()
    if prefixes.is_empty():
        raise QuoteError(f"--from-zone {asked.from_zone!r}: no prefix of zones.csv has this zone")
    return str(prefixes[0])


def _of_list(
    price_list: str, configuration: Configuration, on: date
) -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
    """Make up a contract on one price list: its register, and the configuration without all that is not the list's."""
    lists = configuration.frame(tables.PRICE)["price_list"].unique().sort()
    if price_list not in lists:
        raise QuoteError(f"--list {price_list!r} has no row in prices.csv; there are: {', '.join(lists)}")
    config = dict(configuration.frames)
    for name in _ALONE:
        config[name] = config[name].clear()
    plan = {**dict.fromkeys(tables.PLAN.names), "plan_code": "quote", "plan_name": "quote", "price_list": price_list}
    config["plan"] = pl.DataFrame([plan], schema=tables.PLAN.schema)
    ids = {"customer_id": _LIST_CONTRACT, "account_id": _LIST_CONTRACT, "subscription_id": _LIST_CONTRACT}
    rows: dict[str, dict[str, object]] = {
        "customer": {"customer_category": "quote"},
        "account": {"account_bucket": 0, "billing_day": 1},
        "subscription": {"plan_code": "quote", "service_from": date(on.year - 1, 1, 1)},
        "number_assignment": {"a_number": _LIST_NUMBER, "owned_from": datetime(on.year - 1, 1, 1, tzinfo=UTC)},
    }
    register = {
        table.name: pl.DataFrame(
            [{**dict.fromkeys(table.names), **{k: v for k, v in ids.items() if k in table.names}, **rows[table.name]}],
            schema=table.schema,
        )
        for table in REGISTER
    }
    return register, config


def _caller(
    asked: Asked, register: dict[str, pl.DataFrame], configuration: Configuration, started_at: datetime
) -> tuple[str, str, tuple[str, ...]]:
    """Return the calling number, the service of its plan, and what must be said of the choice."""
    at = pl.lit(started_at)
    spans = contract_spans(register, configuration.frames, configuration.policy.operator).spans.filter(
        (pl.col("begins_at") <= at) & (pl.col("ends_at").is_null() | (pl.col("ends_at") > at))
    )
    plans = configuration.frame(tables.PLAN).select("plan_code", "service")
    held = spans.join(plans, on="plan_code", how="left").sort("subscription_id", "a_number")
    if asked.number is not None:
        number = _digits(asked.number, configuration.policy.operator)
        of_number = held.filter(pl.col("a_number") == number)["service"]
        return number, of_number[0] if of_number.len() and of_number[0] else "voice", ()
    own = held.filter(pl.col("customer_id") == asked.customer_id)
    if asked.service is not None:
        own = own.filter(pl.col("service") == asked.service)
    if own.is_empty():
        known = asked.customer_id in register["customer"]["customer_id"]
        why = "holds no number then (of that service)" if known else "is not in the register"
        raise QuoteError(f"customer {asked.customer_id} {why}; quote by --list or --number, or for another time")
    number, service = own.select("a_number", "service").row(0)
    several = (
        f"Customer {asked.customer_id} holds {own.height} numbers then; priced from {number}: choose with --number."
    )
    return number, service or "voice", (several,) if own.height > 1 else ()


def _balances(
    store: Store, home: Home, configuration: Configuration, record: pl.DataFrame
) -> tuple[Balances, tuple[str, ...]]:
    """Read what is left now of all that the record may draw on."""
    since = span_of(record)[0]
    balances = balances_of(Night(home, since, "", configuration, store), since)
    latest = store.query("SELECT max(rated_on) AS latest FROM rating_batch")["latest"][0]
    if configuration.frame(tables.ALLOWANCE).is_empty():
        return balances, ()
    return balances, (
        f"Allowances as the night of {latest} left them; a period that no night has reached has none yet.",
    )
