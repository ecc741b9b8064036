"""A configuration as small as can be: two zones, two bands, one plan on the list `home`; and rows of prices.csv."""

PRICES = (
    "price_list,article_no,zone_code,time_band,valid_from,valid_to,currency,connect_fee,price_per_unit,price_unit,"
    "first_increment,increment"
)
BASE = {
    "zones.csv": "prefix,zone_code,zone_name\n46,se,Sverige\n47,no,Norge\n",
    "time_bands.csv": (
        "time_band,weekdays,band_from,band_to\n"
        "day,mon tue wed thu fri sat sun holiday,00:00,18:00\nnight,mon tue wed thu fri sat sun holiday,18:00,24:00\n"
    ),
    "holidays.csv": "holiday_on,holiday_name\n2026-12-25,Juldagen\n",
    "articles.csv": (
        "article_no,article_name,vat_class,revenue_account\n1,Samtal,standard,3041\n2,Avgift,standard,3041\n"
    ),
    "prices.csv": f"{PRICES}\nhome,1,se,*,2026-01-01,,SEK,0,1,60,1,1\nhome,1,no,*,2026-01-01,,SEK,0,2,60,1,1\n",
    "plans.csv": (
        "plan_code,plan_name,service,price_list,article_no,monthly_fee,currency\nhem,Hem,voice,home,2,99,SEK\n"
    ),
    "resellers.csv": "reseller_code,reseller_name,commission_percent\n",
    "vat_rates.csv": "vat_class,valid_from,valid_to,vat_percent,vat_account\nstandard,2023-07-01,,25,2611\n",
    "accounts.csv": "ledger_account,account_name\n2611,Moms\n3041,Tjänster\n",
}


def add_to(file):
    """Return the remedy for a name that is defined nowhere."""
    return f"Remedy: add it to {file}, or use one that is there."


def prices(*rows, more=""):
    """Write prices.csv with rows for all bands of `no`, so that only `se` is in question."""
    header = f"{PRICES},{more}" if more else PRICES
    empty = "," * (more.count(",") + 1) if more else ""
    return {"prices.csv": "\n".join([header, f"home,1,no,*,2026-01-01,,SEK,0,2,60,1,1{empty}", *rows]) + "\n"}


def row(since="2026-01-01", until="", price="1", unit="60", *, name="home", zone="se", band="*", more=""):
    return f"{name},1,{zone},{band},{since},{until},SEK,0,{price},{unit},1,1" + (f",{more}" if more else "")
