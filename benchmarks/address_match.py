"""How long sign-ups take to be matched against an address register, as a multiple of what polars needs to read it.

Run `python -m benchmarks.address_match [ROWS] [WANTED]`. It makes a home in a temporary folder with an address register
(numbers in national and international form, 500 entries a postcode, one in 53 secret) and sign-ups of the kinds in
`KINDS`, written otherwise than in the register. In one process, in turn: the register read and matched, and
`pl.read_csv` of its file.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

import polars as pl

from crm.address_match import match_addresses
from pipelines.configuration.reading import Configuration, load_configuration
from pipelines.customers.register_files import read_address_register
from pipelines.home import Home, create_home
from schemas.policy import Registers

ROUNDS = 5
ROWS, WANTED = 1_000_000, 10_000
KINDS = ("number", "number", "number", "number", "number", "moved", "caller", "address", "address", "nowhere")
_NO_NUMBER = pl.lit("46990000000")
_ENTRIES_OF_A_POSTCODE = 500
_FIRST_NAMES = ("Åsa", "Märta", "Örjan", "Anna-Karin", "Bo", "Cecilia", "Désirée", "Erik", "Fatima", "Göran", "Hedvig")
_LAST_NAMES = ("Ek", "Sjögren", "Norrås", "Berg", "Ödman", "Ångström", "af Klint", "Hägg", "Lindqvist-Ström", "Nyman")
_STREETS = (
    "Storgatan",
    "Nyvägen",
    "Ankargränd",
    "Norra Hamngatan",
    "Fyrgatan",
    "Östra Skolvägen",
    "Kajplats",
    "Båtsmansgatan",
)


def address_register(rows: int) -> pl.DataFrame:
    """Make a register: every row another number, many names and streets again and again."""
    row = pl.int_range(rows, dtype=pl.Int64)
    digits = (row + 10_000_000).cast(pl.String)
    written = (
        pl.when(row % 3 == 0)
        .then(pl.lit("+46 7") + digits)
        .otherwise(pl.lit("07") + digits.str.slice(0, 1) + pl.lit("-") + digits.str.slice(1))
    )
    postcode = (row // _ENTRIES_OF_A_POSTCODE + 10_000).cast(pl.String)
    farm = (row * 7919 // 2 % 3000).cast(pl.String)  # names and streets are as many as in a country
    return pl.select(
        written.alias("number"),
        (_drawn(row, _FIRST_NAMES, 7) + pl.lit(" ") + _drawn(row, _LAST_NAMES, 11) + farm).alias("name"),
        (pl.lit("Gård") + farm + _drawn(row, _STREETS, 13) + pl.lit(" ") + (row % 97 + 1).cast(pl.String)).alias(
            "street"
        ),
        (postcode.str.slice(0, 3) + pl.lit(" ") + postcode.str.slice(3)).alias("postcode"),
        pl.lit("Älviken").alias("city"),
        pl.when(row % 53 == 0).then(pl.lit("yes")).otherwise(pl.lit("no")).alias("secret"),
    )


def _drawn(row: pl.Expr, names: tuple[str, ...], prime: int) -> pl.Expr:
    return (row * prime // 3 % len(names)).replace_strict(range(len(names)), names, return_dtype=pl.String)


def sign_ups(register: pl.DataFrame, count: int) -> pl.DataFrame:
    """Draw sign-ups from a register, as people and web forms write them."""
    drawn = register.gather_every(max(register.height // count, 1)).head(count).with_row_index("key")
    kind = (pl.col("key") % len(KINDS)).replace_strict(range(len(KINDS)), KINDS, return_dtype=pl.String)
    number = pl.lit("467") + pl.col("number").str.replace_all(r"[^0-9]", "").str.tail(8)
    asked = {
        "number": pl.when(kind == "address").then(None).when(kind == "nowhere").then(_NO_NUMBER).otherwise(number),
        "name": pl.when(kind == "nowhere").then(pl.lit("Nemo Ingen")).otherwise(pl.col("name").str.to_uppercase()),
        "street": pl.when(kind.is_in(["nowhere", "moved"]))
        .then(pl.lit("Ingenstans 1"))
        .otherwise(pl.col("street").str.replace("gatan", "g.").str.replace("vägen", "v.")),
        "postcode": pl.concat_str(pl.lit("SE-"), pl.col("postcode").str.replace(" ", "")),
        "city": pl.col("city").str.to_lowercase(),
    }
    given = {name: pl.when((kind != "caller") | pl.lit(name == "number")).then(text) for name, text in asked.items()}
    return drawn.select(pl.col("key").cast(pl.String), **given)


def make_home(root: Path, rows: int) -> tuple[Home, Configuration]:
    """Make the demo operator's home with an address register of so many rows."""
    home = create_home(root)
    address_register(rows).write_csv(root / "addresses.csv")
    configuration = load_configuration(home)
    policy = configuration.policy.model_copy(update={"registers": Registers(address="addresses.csv")})
    return home, replace(configuration, policy=policy)


def matched(home: Home, configuration: Configuration, wanted: pl.DataFrame) -> pl.DataFrame:
    """Read the register and match."""
    register = read_address_register(home, configuration.policy, wanted)
    if register is None:
        raise ValueError("no register is configured")
    return match_addresses(wanted, register)


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """Measure one piece of work: seconds on the clock, and of all processors."""
    processor, begun = time.process_time(), time.perf_counter()
    work()
    return time.perf_counter() - begun, time.process_time() - processor


def main() -> None:
    """Measure, and print medians with their ratio."""
    rows, count = (int(word) for word in (*sys.argv[1:], *map(str, (ROWS, WANTED)[len(sys.argv) - 1 :])))
    with tempfile.TemporaryDirectory() as folder:
        home, configuration = make_home(Path(folder), rows)
        wanted, one = sign_ups(address_register(rows), count), sign_ups(address_register(rows), 1)
        outcomes = matched(home, configuration, wanted)["address_outcome"].value_counts(sort=True).rows()
        rounds = [
            (
                *measured(lambda: pl.read_csv(home.root / "addresses.csv", infer_schema=False)),
                *measured(lambda: matched(home, configuration, wanted)),
                *measured(lambda: matched(home, configuration, one)),
            )
            for _ in range(ROUNDS)
        ]
    read, read_work, took, work, took_one, one_work = (median(column) for column in zip(*rounds, strict=True))
    found = ", ".join(f"{number} {outcome}" for outcome, number in outcomes)
    sys.stdout.write(
        f"{rows} entries, medians of {ROUNDS}, on the clock (and of all processors), as multiples of read_csv:\n"
        f"read_csv of the file: {read:.2f} s ({read_work:.2f} s)\n"
        f"{count} sign-ups read and matched: {took:.2f} s ({work:.2f} s), {took / read:.1f} ({work / read_work:.1f})\n"
        f"one sign-up: {took_one:.2f} s ({one_work:.2f} s), {took_one / read:.1f} ({one_work / read_work:.1f})\n"
        f"outcomes: {found}\n"
    )


if __name__ == "__main__":
    main()
