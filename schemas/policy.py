"""The operator's policy: what `config/policy.toml` must hold. Amounts live there, rules live in functions."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from stdnum.eu import at_02

from schemas.ocr_reference import has_valid_check_digit
from schemas.time_zones import known_time_zones

Account = Annotated[str, Field(pattern=r"^[0-9]{4}$", description="account in accounts.csv")]
Money = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2)]
Percent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=4)]
_FEWEST_NUMBERS = 1_000  # between the beginnings of two series


def _known_zone(name: str) -> str:
    if name not in known_time_zones():
        message = f"{name!r} is not an IANA time zone, for example Europe/Stockholm"
        raise ValueError(message)
    return name


def _checked_bankgiro(number: str) -> str:
    if not has_valid_check_digit(number.replace("-", "")):
        message = f"{number!r} has a wrong check digit: copy the number from the bank's agreement"
        raise ValueError(message)
    return number


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Operator(_Section):
    """Who sends the invoices, and on whose clock the days turn."""

    name: str = Field(min_length=1)
    legal_name: str = Field(min_length=1)
    registration_no: str = Field(pattern=r"^[0-9]{6}-[0-9]{4}$")
    vat_no: str = Field(pattern=r"^SE[0-9]{10}01$")
    street: str
    postcode: str
    city: str
    country_code: str = Field(pattern=r"^[A-Z]{2}$")
    email: str
    phone: str
    website: str
    bankgiro: Annotated[str, Field(pattern=r"^[0-9]{3,4}-[0-9]{4}$"), AfterValidator(_checked_bankgiro)]
    iban: str = Field(default="", pattern=r"^([A-Z]{2}[0-9A-Z]{13,32})?$")
    time_zone: Annotated[str, AfterValidator(_known_zone)]
    country_calling_code: str = Field(pattern=r"^[1-9][0-9]{0,2}$")
    national_prefix: str = Field(pattern=r"^[0-9]{0,2}$")
    international_prefix: str = Field(pattern=r"^[0-9]{2,4}$")
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    language: str = Field(pattern=r"^[a-z]{2}$")

    @property
    def zone(self) -> ZoneInfo:
        """The operator's clock."""
        return ZoneInfo(self.time_zone)

    @property
    def bankgiro_digits(self) -> str:
        """The Bankgiro number as banks write it in files."""
        return self.bankgiro.replace("-", "")


class Numbering(_Section):
    """Where the operator's number series begin, and what payment references are made of.

    Invoices and credit notes are numbered apart; the series that begins lower ends before the other one's first number.
    """

    first_customer_id: int = Field(ge=1)
    first_account_id: int = Field(ge=1)
    first_subscription_id: int = Field(ge=1)
    first_invoice_no: int = Field(ge=1)
    first_credit_note_no: int = Field(default=9_000_001, ge=1)
    ocr_length_digit: bool = True
    code_prefix: str = Field(default="999", pattern=r"^[1-9][0-9]{1,4}$", description="of codes for secret numbers")

    @model_validator(mode="after")
    def _apart(self) -> Numbering:
        if abs(self.first_invoice_no - self.first_credit_note_no) < _FEWEST_NUMBERS:
            message = (
                f"first_invoice_no {self.first_invoice_no} and first_credit_note_no {self.first_credit_note_no} leave "
                f"fewer than {_FEWEST_NUMBERS} numbers between them; set them farther apart"
            )
            raise ValueError(message)
        return self


class Limits(_Section):
    """What is still believed of a record: beyond it, a slip is likelier than the truth, and it is set aside."""

    request_days_back: int = Field(default=366, ge=0, le=3660)
    request_days_ahead: int = Field(default=366, ge=0, le=3660)
    usage_days_back: int = Field(default=366, ge=1, le=3660)
    late_days: int = Field(default=300, ge=1, le=3660)
    longest_call_hours: int = Field(default=24, ge=1, le=744)
    largest_volume_gb: int = Field(default=1_000, ge=1, le=10_000)


Treatment = Literal["free", "attempt_fee", "rejected"]
Zone = Annotated[str, Field(pattern=r"^([A-Za-z0-9_.-]{1,40})?$", description="zone of prices.csv, or empty")]


class Rating(_Section):
    """How usage is priced beyond its price row (docs/rating.md); a zone left empty switches its relation off."""

    failed: Treatment = "free"
    unanswered: Treatment = "free"
    negative: Treatment = "rejected"
    zero_quantity: Treatment = "free"
    friends_zone: Zone = ""
    closed_group_zone: Zone = ""
    own_network_zone: Zone = ""
    wholesale_list: str = ""
    price_change_percent: Decimal = Field(default=Decimal(50), ge=0, description="a larger change is a warning")


Article = Annotated[str, Field(pattern=r"^([A-Za-z0-9_.-]{1,40})?$", description="article of articles.csv, or empty")]
Product = Annotated[str, Field(pattern=r"^([A-Za-z0-9_.-]{1,40})?$", description="product of products.csv, or empty")]


class Billing(_Section):
    """How invoices are made, how far back fees are corrected, and what is charged beside services (docs/terms.md).

    A product left empty is free. `factur_x_countries`: where the PDF of a business buyer carries its e-invoice
    (docs/e-invoices.md).
    Which calls are itemised, and how: docs/corporate.md.
    """

    payment_days: int = Field(ge=1, le=90)
    krona_rounding: bool
    open_months: int = Field(default=3, ge=1, le=36)
    minimum_amount: Money = Decimal(0)
    carry_months: int = Field(default=3, ge=0, le=24)
    specification: Literal["none", "on_request", "always"] = "on_request"
    masked_digits: int = Field(default=3, ge=0, le=15)
    helpline_zones: tuple[str, ...] = ()
    paper_fee: Money = Decimal(0)
    paper_fee_article_no: Article = ""
    goodwill_ceiling: Money = Decimal(0)
    instalments_at_end: Literal["due", "continue"] = "due"
    port_in_product: Product = ""
    port_out_product: Product = ""
    factur_x_countries: tuple[Annotated[str, Field(pattern=r"^[A-Z]{2}$")], ...] = ("DE", "FR")


class Review(_Section):
    """Which invoices wait for a person before they are numbered (docs/invoices.md); 0 and false look at nothing."""

    amount_limit: Money = Decimal(0)
    jump_percent: Decimal = Field(default=Decimal(0), ge=0, le=100_000)
    jump_amount: Money = Decimal(0)
    no_usage: bool = False
    first_invoice: bool = False
    unrated_usage: bool = False


class Vat(_Section):
    """VAT across borders (docs/vat.md).

    `one_stop_shop`: consumers in other EU countries pay their own country's VAT, which a seller above the threshold
    for sales at a distance must charge; without it they pay as buyers at home do.
    """

    one_stop_shop: bool = False


class Reminders(_Section):
    """When an unpaid invoice is reminded of, and at what fee (at most 60 kr by SFS 1981:739)."""

    fee: Annotated[Money, Field(le=60)]
    grace_days: int = Field(ge=0)
    payment_days: int = Field(ge=1)
    minimum_open: Money


class Agreements(_Section):
    """Payment agreements: their fee (at most 170 kr by SFS 1981:739), how long they may be, when one is broken.

    Broken: `broken_instalments` instalments are overdue at once, or the oldest is by `broken_days`; 0 is never by that.
    """

    fee: Annotated[Money, Field(le=170)] = Decimal(0)
    most_instalments: int = Field(default=12, ge=1, le=120)
    broken_instalments: int = Field(default=2, ge=0, le=120)
    broken_days: int = Field(default=30, ge=0, le=366)


def _checked_creditor_id(value: str) -> str:
    if value and not at_02.is_valid(value):
        message = f"{value!r} has wrong check digits: copy the creditor identifier from the bank's agreement"
        raise ValueError(message)
    return value


class DirectDebit(_Section):
    """How money is collected by mandate, and paid back (docs/direct-debit.md).

    `autogiro_customer_no`: our customer number at Bankgirot; `sepa_creditor_id`: our identifier as creditor. A scheme
    whose number is left empty is not used. `days_before`: bank days from the night that hands a request in to the
    collection. A collection that failed for a reason of `retry_codes` is tried again `retry_days` later, `retries`
    times. One without an answer `answer_days` after its day counts as unpaid.
    """

    autogiro_customer_no: str = Field(default="", pattern=r"^[0-9]{0,6}$")
    sepa_creditor_id: Annotated[
        str, Field(pattern=r"^([A-Z]{2}[0-9]{2}[A-Za-z0-9]{4,31})?$"), AfterValidator(_checked_creditor_id)
    ] = ""
    sepa_instrument: Literal["CORE", "B2B"] = "CORE"
    sepa_version: Literal["pain.008.001.02", "pain.008.001.08"] = "pain.008.001.08"
    refund_version: Literal["pain.001.001.03", "pain.001.001.09"] = "pain.001.001.09"
    bank_bic: str = Field(default="", pattern=r"^([A-Z]{6}[A-Z2-9][A-NP-Z0-9]([A-Z0-9]{3})?)?$")
    pre_notification_days: int = Field(default=14, ge=0, le=60)
    days_before: int = Field(default=2, ge=1, le=10)
    retries: int = Field(default=1, ge=0, le=5)
    retry_days: int = Field(default=7, ge=1, le=60)
    retry_codes: tuple[str, ...] = ("1", "AM04", "MS03")
    answer_days: int = Field(default=10, ge=1, le=60)


ClaimKind = Literal["capital", "interest", "fees"]


def _every_kind_once(kinds: tuple[ClaimKind, ...]) -> tuple[ClaimKind, ...]:
    if sorted(kinds) != ["capital", "fees", "interest"]:
        raise ValueError(f"it is {', '.join(kinds)}; name capital, interest and fees once each")
    return kinds


class Payments(_Section):
    """Which files are payments, in which order a payment pays claims, and what one taken back costs (docs/payments.md).

    `statement_posts`: entries of a bank's statements (camt.053) are payments, where the bank sends no notifications
    (camt.054). `paid_into`: the account that money for a payee lands on, where a statement shows it in another's.

    `allocation_order`: invoice by invoice, the oldest first, or all claims of a kind before the next kind;
    `kind_order`: the kinds within that. `tolerance`: how far a payment that names a customer may be from what is open.
    `return_fee`: 0 for none.
    """

    statement_posts: bool = False
    paid_into: dict[str, str] = {}
    allocation_order: Literal["oldest_first", "kinds_first"] = "oldest_first"
    kind_order: Annotated[tuple[ClaimKind, ...], AfterValidator(_every_kind_once)] = ("capital", "interest", "fees")
    tolerance: Money = Decimal(0)
    return_fee: Money = Decimal(0)


class Credit(_Section):
    """First credit limit by customer category, what the switch plays to a blocked caller, and when non-payment hurts.

    `credit_policies.csv` says more for some services. Days are counted from the due date of the oldest unpaid invoice;
    0 is never. A prompt left empty is `blocked_prompt`.
    """

    private: Money
    corporate: Money
    vip: Money
    blocked_prompt: str
    spend_prompt: str = ""
    unpaid_prompt: str = ""
    warn_percents: tuple[Annotated[int, Field(ge=1, le=99)], ...] = (80,)
    restrict_days: int = Field(default=0, ge=0, le=3660)
    suspend_days: int = Field(default=0, ge=0, le=3660)
    terminate_days: int = Field(default=0, ge=0, le=3660)


class Callers(_Section):
    """Strangers that become customers by calling: on which service, and what they are sold. No service: none do."""

    service: Literal["", "voice", "mobile", "callcentre", "broadband"] = ""
    plan_code: str = ""
    category: Literal["private", "corporate", "vip"] = "private"
    billing_day: int = Field(default=1, ge=1, le=31)
    delivery_channel: Literal["paper", "email", "portal", "e_invoice"] = "paper"


class Registers(_Section):
    """Files that sign-ups are checked against, relative to the home (empty: not asked); whose address is looked up."""

    address: str = ""
    address_asked_of: Literal["all", "strangers"] = "all"
    credit: str = ""


class Ledger(_Section):
    """Accounts of events that carry no article or VAT class of their own: one role per line (docs/ledger.md).

    `bank_accounts`: accounts of payees (as payments name them) that have another account than `bank`. `defer_income`:
    whether fees billed in advance become revenue month by month.
    """

    receivables: Account
    bank: Account
    customer_credit: Account
    suspense: Account
    refunds: Account
    bank_cost: Account
    rounding: Account
    reminder_fee: Account
    return_fee: Account
    agreement_fee: Account
    interest: Account
    commission_cost: Account
    commission_debt: Account
    top_ups: Account
    currency_gain: Account
    currency_loss: Account
    deferred_income: Account
    bad_debt_loss: Account
    bad_debt_recovered: Account
    bad_debt_provision: Account
    bad_debt_provision_cost: Account
    defer_income: bool = True
    bank_accounts: dict[str, Account] = {}


class Provision(_Section):
    """What is set aside for claims that may not be paid: percent of what is open, excluding VAT, by days past due.

    All of them 0: no provision is made.
    """

    not_due: Percent = Decimal(0)
    days_1_30: Percent = Decimal(0)
    days_31_60: Percent = Decimal(0)
    days_61_90: Percent = Decimal(0)
    days_over_90: Percent = Decimal(0)


ExportFormat = Annotated[
    str,
    Field(
        pattern=r"^(sie4i|beancount|hledger|datev|csv:[a-z][a-z0-9_]{0,39})$",
        description="sie4i, beancount, hledger, datev, or csv: and a profile of export_profiles/",
    ),
]
Dimension = Literal["cost_centre", "product_group", "reseller", "customer", "invoice"]


def _each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        raise ValueError(f"{twice[0]} stands in it more than once")
    return names


class Export(_Section):
    """The ledger's files: in which formats every batch is written, and what their rows carry (docs/ledger-files.md).

    `chart`: family of the chart of accounts (#KPTYP). `unread`: whether a night warns while a bookkeeping program has
    not read the file before. `retained_earnings`: account that results of earlier years stand on in SIE 4E.
    `datev_consultant` and `datev_client`: as the tax adviser gave them.
    """

    formats: Annotated[tuple[ExportFormat, ...], Field(min_length=1), AfterValidator(_each_once)] = ("sie4i",)
    dimensions: Annotated[tuple[Dimension, ...], AfterValidator(_each_once)] = (
        "cost_centre",
        "product_group",
        "reseller",
    )
    chart: str = Field(default="EUBAS97", pattern=r"^[A-Za-z0-9]{1,20}$")
    unread: Literal["warn", "ignore"] = "warn"
    fiscal_year_month: int = Field(default=1, ge=1, le=12)
    retained_earnings: Account = "2091"
    datev_consultant: int = Field(default=1001, ge=1001, le=9_999_999)
    datev_client: int = Field(default=1, ge=1, le=99_999)


class Collection(_Section):
    """External billing, factoring and collection services: each with the profile of export_profiles/ of its file."""

    services: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,40}$")], str] = {}


class StorePolicy(_Section):
    """Where the lake's catalog and data lie; both empty for the embedded default in the home.

    `catalog` may be `postgres:dbname=... host=...`, `data_path` a folder that every worker reaches. `threads` limits
    DuckDB's own; 0 leaves it as many as the machine has cores.
    """

    account_buckets: int = Field(ge=1, le=1024)
    catalog: str = ""
    data_path: str = ""
    threads: int = Field(default=0, ge=0, le=256)


_CRON = r"^\S+ \S+ \S+ \S+ \S+$"


class Schedule(_Section):
    """When `nightbill up` runs the night and, if `intraday` is not empty, runs by day, on the operator's clock."""

    cron: str = Field(pattern=_CRON)
    intraday: str = Field(default="", pattern=rf"^$|{_CRON}")


class Policy(_Section):
    """Everything in policy.toml, section by section."""

    operator: Operator
    numbering: Numbering
    limits: Limits = Limits()
    rating: Rating = Rating()
    billing: Billing
    review: Review = Review()
    vat: Vat = Vat()
    payments: Payments = Payments()
    reminders: Reminders
    agreements: Agreements = Agreements()
    direct_debit: DirectDebit = DirectDebit()
    credit: Credit
    callers: Callers = Callers()
    registers: Registers = Registers()
    ledger: Ledger
    provision: Provision = Provision()
    export: Export = Export()
    collection: Collection = Collection()
    store: StorePolicy
    schedule: Schedule

    @model_validator(mode="after")
    def _has_an_account_to_collect_to(self) -> Policy:
        if self.direct_debit.sepa_creditor_id and not self.operator.iban:
            message = "direct_debit.sepa_creditor_id needs operator.iban, the account that is collected to; add it"
            raise ValueError(message)
        return self
