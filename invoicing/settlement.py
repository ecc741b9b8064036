"""Settlement: where the money of a payment goes.

First to what its references name, an amount stated beside one to that invoice; claims in the policy's order. What is
left is credit on the account, and credit pays the account's other open claims. A payment that names nothing stays in
suspense, whole. A claim in another currency is paid at the rates of the day the bank booked the payment.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from invoicing.allocation_rows import allocation_rows, balances, in_place
from invoicing.money_pots import PIECE, poured
from schemas.codes import CLAIM_GROUPS
from schemas.money import AMOUNT, converted, from_minor, share, to_minor
from schemas.policy import Payments

CREDIT = pl.Schema(
    {
        "account_id": pl.Int64(),
        "payment_id": pl.String(),
        "currency": pl.String(),
        "amount": AMOUNT,
        "home_amount": AMOUNT,
    }
)
_SINK = ["allocation_kind", "receivable_id"]
_POT = ["payment_id", "pot_no"]


@dataclass(frozen=True)
class Owed:
    """What payments may pay: `open_items`, then `recoverable` ones, which were written off; in the policy's order.

    `rates`: currency, booked_on, `exchange_rate` of claims in a currency other than their payment's.
    """

    open_items: pl.DataFrame
    recoverable: pl.DataFrame
    rates: pl.DataFrame
    policy: Payments = field(default_factory=Payments)


def allocate_payments(payments: pl.DataFrame, named: pl.DataFrame, owed: Owed) -> pl.DataFrame:
    """Allocate new payments that were received; each payment's rows add up to it.

    `payments` has PAYMENT columns, `named` those of `invoices_named`. Returns ALLOCATION columns without
    `allocated_on`: kinds `receivable` and `recovered`, `credit` (rest of a matched payment) and `suspense` (names no
    invoice). One of 0.00, all of it deducted by its payer, is nowhere: what was deducted is on the account already.
    """
    brings_money = (pl.col("payment_kind") == "received") & (pl.col("amount") != 0)
    received = payments.filter(brings_money).select(
        "payment_id", "booked_on", "currency", "exchange_rate",
        paid=to_minor(pl.col("amount")), paid_home=to_minor(pl.col("home_amount")),
    )  # fmt: skip
    unknown = received.join(named, on="payment_id", how="anti")
    pots = _pots(received, named)
    sinks = _sinks(owed)
    flows = _paid_in_turn(pots, _offers(pots, named, sinks, owed.rates), sinks)
    rules = named.select("payment_id", "invoice_no", "match_rule")
    paid = flows.join(rules, on=["payment_id", "invoice_no"])
    rest = _left_over(received, named, flows)
    recovered = pl.when(pl.col("allocation_kind") == "recovered").then(pl.lit(":recovered")).otherwise(pl.lit(""))
    return pl.concat(
        [
            allocation_rows(
                paid, pl.col("allocation_kind"), pl.col("match_rule"), to=pl.format(">{}{}", "receivable_id", recovered)
            ),
            allocation_rows(in_place(rest), "credit", pl.col("match_rule"), to=pl.lit(">credit")),
            allocation_rows(in_place(unknown), "suspense", "none", to=pl.lit(">suspense")),
        ]
    )


def _pots(received: pl.DataFrame, named: pl.DataFrame) -> pl.DataFrame:
    """Part payments into pots: one for each amount stated, within the payment, and one (0) for the rest.

    An amount deducted (below zero) is a credit note's: what it came to stands on the account already.
    """
    stated = (
        named.filter(pl.col("stated") > 0).join(received, on="payment_id").sort("payment_id", "part_no", "invoice_no")
    )
    until = pl.col("stated").cum_sum().over("payment_id").clip(upper_bound=pl.col("paid"))
    of_parts = stated.with_columns(until.alias("_until")).with_columns(
        pl.col("_until").shift(1, fill_value=0).over("payment_id").alias("_from"), pl.col("invoice_no").alias("pot_no")
    )
    whole = received.join(named, on="payment_id", how="semi")
    kept = whole.join(
        of_parts.group_by("payment_id").agg(pl.col("_until").max().alias("_from")), on="payment_id", how="left"
    )
    rest = kept.with_columns(
        pl.col("_from").fill_null(0), pl.col("paid").alias("_until"), pl.lit(0, pl.Int64).alias("pot_no")
    )
    shape = [*received.columns, "pot_no", "_from", "_until"]
    laid = pl.concat([of_parts.select(shape), rest.select(shape)])
    home = (share(pl.col("paid_home"), pl.col(at), pl.col("paid")) for at in ("_until", "_from"))
    upto, before = home
    return laid.with_columns(
        (upto - before).alias("paid_home"), (pl.col("_until") - pl.col("_from")).alias("paid")
    ).filter(pl.col("paid") > 0)


def _offers(pots: pl.DataFrame, named: pl.DataFrame, sinks: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """Return the claims that each pot may pay, in their `turn`: of an amount stated its invoice's, else all others'."""
    alone = named.with_columns((pl.col("stated").is_null().any().over("payment_id")).alias("_some_unstated"))
    of_rest = alone.filter(pl.col("stated").is_null() | ~pl.col("_some_unstated"))
    own = pots.filter(pl.col("pot_no") > 0).with_columns(pl.col("pot_no").alias("invoice_no"))
    rest = pots.filter(pl.col("pot_no") == 0).join(of_rest.select("payment_id", "invoice_no"), on="payment_id")
    shape = [*_POT, "booked_on", "currency", "exchange_rate", "invoice_no"]
    offered = pl.concat([own.select(shape), rest.select(shape)]).join(sinks, on="invoice_no", suffix="_owed")
    rates = known.select("booked_on", currency_owed="currency", exchange_rate_owed="exchange_rate")
    priced = offered.join(rates, on=["booked_on", "currency_owed"], how="left").filter(
        (pl.col("currency") == pl.col("currency_owed")) | pl.col("exchange_rate_owed").is_not_null()
    )
    return priced.sort("place").with_columns(pl.int_range(pl.len()).over(_POT).alias("turn"))


def _sinks(owed: Owed) -> pl.DataFrame:
    """Return what may be paid: claims that are open in the policy's order, then those that were written off."""
    kinds = (("receivable", owed.open_items), ("recovered", owed.recoverable))
    shape = [
        "allocation_kind", "receivable_id", "account_id", "invoice_no", "currency", "receivable_kind", "due_on",
        to_minor(pl.col("open_amount")).alias("open"), to_minor(pl.col("open_home_amount")).alias("open_home"),
    ]  # fmt: skip
    made = pl.concat(
        ordered(items, owed.policy).with_columns(pl.lit(kind).alias("allocation_kind")).select(shape)
        for kind, items in kinds
    )
    return made.with_row_index("place")


def ordered(claims: pl.DataFrame, policy: Payments) -> pl.DataFrame:
    """Sort claims as the policy wants them paid: by invoice, the oldest first, and then by kind; or all by kind."""
    kind = pl.col("receivable_kind").replace_strict(CLAIM_GROUPS)
    place = kind.replace_strict({name: at for at, name in enumerate(policy.kind_order)}, return_dtype=pl.Int64)
    since = pl.col("due_on").min().over("invoice_no")
    if policy.allocation_order == "kinds_first":
        return claims.sort(place, "due_on", "receivable_id")
    return claims.sort(since, "invoice_no", place, "due_on", "receivable_id")


def _paid_in_turn(pots: pl.DataFrame, offers: pl.DataFrame, owed: pl.DataFrame) -> pl.DataFrame:
    """Let every pot pay the first of its claims, then the second, and so on; the payment booked first goes first.

    As many rounds as the claims of the payment that names most: a payment alone names one invoice, and has one or two.
    """
    holding = pots.select(*_POT, "booked_on", "paid", "paid_home")
    sinks = owed.select(*_SINK, "open", "open_home")
    flows: list[pl.DataFrame] = []
    for turn in range(offers["turn"].n_unique()):
        now = offers.filter(pl.col("turn") == turn).join(holding.filter(pl.col("paid") > 0), on=[*_POT, "booked_on"])
        flow = _flow_of(now, sinks)
        flows.append(flow)
        holding = _less(holding, flow, _POT, {"paid": "paid", "paid_home": "paid_home"})
        sinks = _less(sinks, flow, _SINK, {"open": "amount", "open_home": "home"})
    made = pl.concat(flows) if flows else _flow_of(offers.join(holding, on=[*_POT, "booked_on"]), sinks)
    return (
        made.group_by("payment_id", *_SINK, "account_id", "invoice_no")
        .agg(pl.col(PIECE).sum())
        .sort("payment_id", *_SINK)
    )


def _flow_of(now: pl.DataFrame, sinks: pl.DataFrame) -> pl.DataFrame:
    """Let each pot pay its claim of this turn. In another currency it pays what the claim is worth in its own."""
    key, pot = pl.format("{}>{}", *_SINK).alias("of"), pl.format("{}>{}", *_POT).alias("pot")
    rates = [pl.col(name).fill_null(1) for name in ("exchange_rate", "exchange_rate_owed")]
    is_same = pl.col("currency") == pl.col("currency_owed")
    line = pl.when(is_same).then("paid").otherwise(converted(pl.col("paid"), *rates)).alias("line")
    sources = now.with_columns(key, pot, line).sort("booked_on", *_POT)
    into = sinks.filter(pl.col("open") > 0).select(key, key.alias("sink"), line="open", home="open_home")
    flow = poured(sources.select("of", "pot", "line"), into, by="of", source="pot", sink="sink", of_source=())
    whole = pl.col("amount") == pl.col("line")
    cost = pl.min_horizontal(converted(pl.col("amount"), *reversed(rates)), "_held")
    paid = pl.when(whole).then("_held").when(is_same).then("amount").otherwise(cost).alias("paid")
    home = share(pl.col("_home"), pl.col("paid"), pl.col("_held")).alias("paid_home")
    known = flow.join(sources.rename({"paid": "_held", "paid_home": "_home"}), on=["pot", "of"])
    return known.with_columns(paid).with_columns(home).select(*_POT, *_SINK, "account_id", "invoice_no", *PIECE)


def _less(frame: pl.DataFrame, flow: pl.DataFrame, by: list[str], columns: dict[str, str]) -> pl.DataFrame:
    used = flow.group_by(by).agg(pl.col(taken).sum().alias(f"_{name}") for name, taken in columns.items())
    rest = (pl.col(name) - pl.col(f"_{name}").fill_null(0) for name in columns)
    return frame.join(used, on=by, how="left").with_columns(rest).select(frame.columns)


def _left_over(received: pl.DataFrame, named: pl.DataFrame, flows: pl.DataFrame) -> pl.DataFrame:
    """Return what is left of payments that name something; it belongs to the account of the first they name."""
    first = named.sort("payment_id", "part_no", "invoice_no").unique("payment_id", keep="first", maintain_order=True)
    whose = received.join(first.select("payment_id", "account_id", "match_rule"), on="payment_id")
    return _less(whose, flows, ["payment_id"], {"paid": "paid", "paid_home": "paid_home"}).filter(pl.col("paid") > 0)


def draw_credit(
    credit: pl.DataFrame, open_items: pl.DataFrame, new: pl.DataFrame | None = None, policy: Payments | None = None
) -> pl.DataFrame:
    """Let credit on an account pay its open items, in the policy's order, and after them all the `new` ones, if given.

    `credit` has `CREDIT` columns (`credit_left`, and the currency of each payment); credit in one currency pays claims
    in the same. Each draw is two rows that add up to zero: less credit, more paid. Returns ALLOCATION columns without
    `allocated_on`.
    """
    rules = policy or Payments()
    items = pl.concat(
        ordered(each, rules).select("account_id", "currency", "receivable_id", "open_amount", "open_home_amount")
        for each in ([open_items] if new is None else [open_items, new])
    )
    of = pl.format("{}>{}", "account_id", "currency").alias("of")
    pot, paid = pl.format("{}>{}", "payment_id", "of").alias("pot"), to_minor(pl.col("amount"))
    sources = (
        credit.filter(pl.col("amount") > 0)
        .sort("payment_id")
        .with_columns(of, paid.alias("line"), paid.alias("paid"), to_minor(pl.col("home_amount")).alias("paid_home"))
        .with_columns(pot)
    )
    sinks = items.select(
        of, "receivable_id", line=to_minor(pl.col("open_amount")), home=to_minor(pl.col("open_home_amount"))
    )
    drawn = poured(
        sources.select("of", "pot", "line", "paid", "paid_home"), sinks, by="of", source="pot", sink="receivable_id"
    ).join(sources.select("pot", "payment_id", "account_id"), on="pot")
    voucher = pl.format("A:{}>{}", "payment_id", "receivable_id")
    taken = in_place(drawn).with_columns(voucher.alias("_voucher")).drop("receivable_id")
    return pl.concat(
        [
            allocation_rows(
                taken, "credit", "account_credit", to=pl.lit("<credit"), voucher=pl.col("_voucher"), sign=-1
            ),
            allocation_rows(drawn, "receivable", "account_credit", to=pl.lit(""), voucher=voucher),
        ]
    )


def open_items(receivables: pl.DataFrame, allocations: pl.DataFrame) -> pl.DataFrame:
    """Return the receivables not fully paid, with `open_amount` and `open_home_amount`."""
    paid = balances(allocations.filter(pl.col("allocation_kind") == "receivable"), "receivable_id")
    joined = receivables.join(
        paid.select("receivable_id", _paid="amount", _home="home"), on="receivable_id", how="left"
    )
    return (
        joined.with_columns(
            from_minor(to_minor(pl.col("amount")) - pl.col("_paid").fill_null(0)).alias("open_amount"),
            from_minor(to_minor(pl.col("home_amount")) - pl.col("_home").fill_null(0)).alias("open_home_amount"),
        )
        .drop("_paid", "_home")
        .filter(pl.col("open_amount") > 0)
    )


def recoverable(receivables: pl.DataFrame, allocations: pl.DataFrame) -> pl.DataFrame:
    """Return the claims that were written off, with what is left to recover of them, as `open_items` does."""
    lost = balances(allocations.filter(pl.col("allocation_kind").is_in(["loss", "recovered"])), "receivable_id")
    left = lost.select(
        "receivable_id",
        from_minor(-pl.col("amount")).alias("open_amount"),
        from_minor(-pl.col("home")).alias("open_home_amount"),
    )
    return receivables.join(left, on="receivable_id").filter(pl.col("open_amount") > 0)


def credit_left(allocations: pl.DataFrame) -> pl.DataFrame:
    """Return the credit left of each payment: `account_id`, `payment_id`, `amount` > 0, `home_amount`."""
    left = balances(allocations.filter(pl.col("allocation_kind") == "credit"), "account_id", "payment_id")
    return left.filter(pl.col("paid") > 0).select(
        "account_id",
        "payment_id",
        from_minor(pl.col("paid")).alias("amount"),
        from_minor(pl.col("paid_home")).alias("home_amount"),
    )
