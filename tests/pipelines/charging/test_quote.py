"""`nightbill quote`: one record priced from the command line by the night's own rules; nothing is written."""

import json
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
import typer
from small_operator import ANNAS_NUMBER, small_home
from typer.testing import CliRunner

from pipelines.charging.quote_flow import Asked, QuoteError, moment, quote
from pipelines.cli import rating

D = Decimal
STOCKHOLM = ZoneInfo("Europe/Stockholm")
THURSDAY = datetime(2026, 9, 17, 17, 58, 30)  # noqa: DTZ001 (the operator's clock)
MOBILE = "+46701740699"
COMMANDS = typer.Typer()
COMMANDS.command()(rating.quote)
COMMANDS.command()(rating.explain)


def nightbill(*words):
    return CliRunner().invoke(COMMANDS, [str(word) for word in words], env={"COLUMNS": "100"})


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """The small operator before its first night: it has price lists, and no lake."""
    return small_home(tmp_path_factory.mktemp("quote") / "home")


def test_a_list_is_quoted_without_any_customer(home):
    """90 x 0.01 + 35 x 0.005 + 0.39 = 1.465."""
    found = quote(home, Asked(MOBILE, THURSDAY, 125, price_list="private"))
    assert (found.explanation.amount, found.currency) == (D("1.465000"), "SEK")


@pytest.mark.parametrize("to", ["0701740699", "0046701740699", "46701740699", "+46 70-174 06 99"])
def test_a_called_number_is_taken_in_every_form(home, to):
    found = quote(home, Asked(to, THURSDAY, 125, price_list="private")).explanation
    assert (found.record["b_number"], found.destination.matched) == ("46701740699", "4670")


def test_a_message_has_a_quantity(home):
    """Three messages of 0.60 a minute, first increment 60: 60 x 0.01 = 0.60, and the fee of 0.39."""
    asked = Asked(MOBILE, THURSDAY, 3, kind="message", price_list="private")
    found = quote(home, asked).explanation
    assert (found.record["event_count"], found.billed_units, found.amount) == (3, 60, D("0.990000"))


def test_data_that_calls_none_is_quoted_as_the_night_prices_it(home):
    found = quote(home, Asked("0", THURSDAY, 1000, kind="data", price_list="private")).explanation
    assert (found.record["b_number"], found.reason) == ("0", "no prefix of zones.csv begins 0...; add one")
    with pytest.raises(QuoteError, match="'0' is not a telephone number"):
        quote(home, Asked("0", THURSDAY, 60, price_list="private"))


def test_what_a_list_has_no_price_for_is_told(home):
    found = quote(home, Asked("+468123456", THURSDAY, 125, price_list="private")).explanation
    assert found.amount is None
    assert "has a price for zone se_fixed" in found.reason


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"price_list": "none"}, "there are: private"),
        ({"to": "nobody"}, "not a telephone number"),
        ({"quantity": 0}, "above 0"),
        ({"from_zone": "mars"}, "no prefix of zones.csv"),
        ({"origin": "abc"}, "not a number of a network"),
    ],
)
def test_a_word_that_cannot_be_is_refused_with_what_to_do(home, changed, told):
    words = {"to": MOBILE, "at": THURSDAY, "quantity": 125, "price_list": "private"} | changed
    with pytest.raises(QuoteError, match=told):
        quote(home, Asked(**words))


def test_from_a_zone_is_from_a_network_of_that_zone(home):
    """No row names the origin zone, so there is no price."""
    found = quote(home, Asked(MOBILE, THURSDAY, 125, price_list="private", from_zone="se_fixed")).explanation
    assert (found.destination.origin_zone, found.amount) == ("se_fixed", None)


def test_of_the_autumn_hour_the_first_is_taken_and_said():
    """On 25 October 2026 the clock shows 02:30 at 00:30 and at 01:30 UTC."""
    at, notes = moment(datetime(2026, 10, 25, 2, 30), STOCKHOLM)  # noqa: DTZ001
    assert (at.hour, at.minute) == (0, 30)
    assert "comes twice" in notes[0]


def test_a_time_that_spring_skips_is_refused():
    with pytest.raises(QuoteError, match="does not exist"):
        moment(datetime(2026, 3, 29, 2, 30), STOCKHOLM)  # noqa: DTZ001


@pytest.mark.slow
@pytest.mark.parametrize("who", [{"customer_id": 10001}, {"number": ANNAS_NUMBER}], ids=["customer", "number"])
def test_a_customer_is_quoted_on_its_contract(begun, who):
    found = quote(begun, Asked(MOBILE, THURSDAY, 125, **who)).explanation
    assert (found.contract["plan_code"], found.record["service"], found.amount) == (
        "mobile_small",
        "mobile",
        D("1.465000"),
    )


@pytest.mark.slow
def test_a_customer_who_is_not_there_is_said(begun):
    with pytest.raises(QuoteError, match="not in the register"):
        quote(begun, Asked(MOBILE, THURSDAY, 125, customer_id=1))


def test_the_command_shows_the_figures(home):
    words = ("quote", "--home", home.root, "--list", "private", "--to", MOBILE, "--at", "2026-09-17 17:58:30")
    shown = nightbill(*words, "--duration", 125)
    assert shown.exit_code == 0, shown.output
    assert "This call costs 1.465 SEK ex VAT" in shown.output
    assert max(map(len, shown.output.splitlines())) <= 100
    told = json.loads(nightbill(*words, "--duration", 125, "--format", "json").output)
    assert told["explanation"]["figures"]["amount_ex_vat"] == "1.465000"


@pytest.mark.parametrize("more", [(), ("--customer", 1), ("--duration", 5, "--service", "none")])
def test_words_that_do_not_go_together_are_refused(home, more):
    words = ("quote", "--home", home.root, "--list", "private", "--to", MOBILE, "--at", "2026-09-17 17:58:30", *more)
    assert nightbill(*words).exit_code == 2
