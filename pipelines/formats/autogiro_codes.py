"""What Bankgirot's codes in answers of Autogiro mean: payment specifications, rejections, refunds, mandate advice."""

from __future__ import annotations

PAYMENTS = {
    "0": ("paid", "paid"),
    "1": ("failed", "insufficient funds"),
    "2": ("failed", "the account is closed or has no mandate"),
    "9": ("retry", "insufficient funds; the bank tries again"),
}
REFUNDS = {
    "01": "no mandate was given to the payee",
    "02": "the mandate was withdrawn",
    "03": "the amount is more than the payer could expect",
}
REJECTIONS = {
    "01": "the mandate is missing",
    "02": "the account is not approved, or is closed",
    "03": "the mandate is stopped",
    "04": "the payer's Bankgiro number is wrong",
    "05": "the payee's Bankgiro number is wrong",
    "06": "the period code is wrong",
    "07": "the number of repetitions is wrong",
    "08": "the amount is not a number",
    "09": "money may not be paid out",
    "10": "the Bankgiro number is unknown to Bankgirot",
    "12": "the payment date is wrong",
    "13": "the payment date has passed",
    "15": "the payee's Bankgiro number is not that of the opening record",
    "24": "the amount is above the highest allowed",
}
_CANCELLED, _REFUSED = "mandate_cancelled", "mandate_refused"
MANDATES = {
    "01": (_CANCELLED, "cancelled by the bank"),
    "02": (_CANCELLED, "cancelled by the payer or the payer's bank"),
    "03": (_REFUSED, "this kind of account is not approved for Autogiro"),
    "04": (_REFUSED, "the mandate is not in Bankgirot's register"),
    "05": (_REFUSED, "account or personal number is wrong"),
    "06": (_CANCELLED, "cancelled by Bankgirot"),
    "07": (_REFUSED, "the payer's bank did not answer"),
    "09": (_REFUSED, "the payer's Bankgiro number is unknown to Bankgirot"),
    "10": ("mandate_active", "the mandate is in Bankgirot's register already, or is being asked for"),
    "11": (_CANCELLED, "stopped by the payer"),
    "12": ("mandate_active", "the payer's stop is lifted"),
    "20": (_REFUSED, "the registration number is wrong, or the agreement with the Bankgiro number is missing"),
    "21": (_REFUSED, "the payer number is wrong"),
    "23": (_REFUSED, "the account number is wrong"),
    "24": (_REFUSED, "a highest amount is not allowed"),
    "29": (_REFUSED, "the payee's Bankgiro number is wrong"),
    "30": (_REFUSED, "the payee's Bankgiro number is no longer registered"),
    "32": ("mandate_active", "new mandate"),
    "33": (_CANCELLED, "cancelled"),
    "98": (_CANCELLED, "cancelled, since the payer's Bankgiro number is"),
}
