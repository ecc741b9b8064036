"""Rebates, coupons, commitments and products that can do what they say, and do not contradict each other."""

import pytest
from small_configuration import add_to

REBATES = (
    "rebate_code,rebate_name,link_scope,link_to,term_scope,rebate_mode,amount_from,percent_off,currency,article_no,"
    "valid_from\n"
)
COUPONS = (
    "coupon_code,coupon_name,link_scope,link_to,term_scope,term_target,percent_off,amount_off,currency,article_no,"
    "valid_from\n"
)
COMMITMENTS = (
    "commitment_code,commitment_name,link_scope,link_to,term_scope,term_target,minimum_amount,minimum_article_no,"
    "maximum_amount,maximum_article_no,currency,valid_from,valid_to\n"
)
PRODUCTS = "product_code,product_name,article_no,product_price,currency\n"
TOLD = [
    ("rebates.csv", "v,V,all,*,account,graduated,0,0,SEK,1,2026-01-01", None),
    (
        "rebates.csv",
        "v,V,all,*,account,graduated,10,5,SEK,1,2026-01-01",
        (
            "2: the tiers of v do not begin at 0 (found '10.00'). "
            "Remedy: let the first tier begin at 0; it may be of 0 percent."
        ),
    ),
    (
        "rebates.csv",
        "v,V,all,*,account,graduated,0,5,SEK,1,2026-01-01\nv,V,all,*,account,volume,9,5,SEK,1,2026-01-01",
        (
            "3: the tiers of v have more than one rebate_mode (found 'volume'). "
            "Remedy: give all rows of a rebate_code the same rebate_mode."
        ),
    ),
    (
        "rebates.csv",
        "v,V,subscription,7,account,volume,0,5,SEK,1,2026-01-01",
        (
            "2: a row for one subscription has term_scope account (found 'account'). "
            "Remedy: give it the term_scope subscription."
        ),
    ),
    (
        "rebates.csv",
        "v,V,all,*,account,volume,0,5,SEK,1,2026-01-01\nw,W,all,*,account,volume,0,5,SEK,1,2026-02-01",
        (
            "3: two rows for all * account SEK are in force on 2026-02-01 (found '2026-02-01'). "
            "Remedy: end the earlier row on that date."
        ),
    ),
    ("coupons.csv", "k,K,all,*,account,all,5,,,1,2026-01-01\nl,L,all,*,account,all,,5,SEK,1,2026-01-01", None),
    *(
        (
            "coupons.csv",
            f"k,K,all,*,account,all,{off},SEK,1,2026-01-01",
            (
                "2: a coupon takes off a percentage or an amount, one of the two (found 'k'). "
                "Remedy: fill in percent_off or amount_off."
            ),
        )
        for off in (",", "5,5")
    ),
    (
        "coupons.csv",
        "k,K,all,*,account,all,,5,,1,2026-01-01",
        "2: amount_off has no currency (found '5.00'). Remedy: give the currency of the amount.",
    ),
    (
        "coupons.csv",
        "k,K,plan,bort,account,all,5,,,1,2026-01-01",
        f"2: plan bort is not in plans.csv (found 'bort'). {add_to('plans.csv')}",
    ),
    ("commitments.csv", "c,C,plan,hem,account,all,5,1,9,2,SEK,2026-01-01,", None),
    (
        "commitments.csv",
        "c,C,all,*,account,all,,,,,SEK,2026-01-01,",
        "2: c has neither a minimum nor a maximum (found 'c'). Remedy: fill in minimum_amount or maximum_amount.",
    ),
    (
        "commitments.csv",
        "c,C,all,*,account,all,9,1,5,1,SEK,2026-01-01,",
        "2: the minimum of c is above its maximum 5.00 (found '9.00'). Remedy: lower it, or raise the other.",
    ),
    (
        "commitments.csv",
        "c,C,all,*,account,all,9,,,,SEK,2026-01-01,",
        (
            "2: minimum_amount and minimum_article_no go together: the line of one is invoiced as the other "
            "(found 'None'). "
            "Remedy: fill in both, or leave both empty."
        ),
    ),
    (
        "commitments.csv",
        "c,C,all,*,account,all,9,1,,,SEK,2026-01-01,\nd,D,all,*,account,all,8,1,,,SEK,2026-03-01,",
        (
            "3: two rows for all * account SEK all are in force on 2026-03-01 (found '2026-03-01'). "
            "Remedy: end the earlier row on that date."
        ),
    ),
    (
        "commitments.csv",
        "c,C,all,*,account,all,9,1,,,SEK,2026-01-01,\nd,D,all,*,account,all,,,9,1,SEK,2026-03-01,",
        None,  # a minimum and a maximum may stand in two rows
    ),
    ("products.csv", "p,P,9,1,SEK", f"2: article_no 9 is not in articles.csv (found '9'). {add_to('articles.csv')}"),
    (
        "products.csv",
        "p,P,1,1,EUR",
        (
            "2: the books are kept in SEK, and exchange_rates.csv has no rate of EUR (found 'EUR'). "
            "Remedy: add its rate, or give the price in SEK."
        ),
    ),
]
HEADS = {"rebates.csv": REBATES, "coupons.csv": COUPONS, "commitments.csv": COMMITMENTS, "products.csv": PRODUCTS}


@pytest.mark.parametrize(("file", "rows", "told"), TOLD)
def test_a_term_that_cannot_be_meant_is_a_fault(lint, file, rows, told):
    assert lint({file: f"{HEADS[file]}{rows}\n"}) == ([f"{file}:{told}"] if told else [])
