"""One definition per column: name, type, unit, description, constraint. Every table is a list of these names."""

from __future__ import annotations

from schemas.columns.agreement_columns import AGREEMENT_COLUMNS
from schemas.columns.collection_columns import COLLECTION_COLUMNS
from schemas.columns.column import TIMESTAMP, Column
from schemas.columns.configuration_columns import CONFIGURATION_COLUMNS
from schemas.columns.contract_columns import CONTRACT_COLUMNS
from schemas.columns.credit_columns import CREDIT_COLUMNS
from schemas.columns.customer_columns import CUSTOMER_COLUMNS
from schemas.columns.direct_debit_columns import DIRECT_DEBIT_COLUMNS
from schemas.columns.export_columns import EXPORT_COLUMNS
from schemas.columns.file_columns import FILE_COLUMNS
from schemas.columns.invoice_columns import INVOICE_COLUMNS
from schemas.columns.ledger_columns import LEDGER_COLUMNS
from schemas.columns.notice_columns import NOTICE_COLUMNS
from schemas.columns.payment_columns import PAYMENT_COLUMNS
from schemas.columns.run_columns import RUN_COLUMNS
from schemas.columns.statement_columns import STATEMENT_COLUMNS
from schemas.columns.usage_columns import USAGE_COLUMNS

__all__ = ["COLUMNS", "TIMESTAMP", "Column"]

_DEFINITIONS = (
    *FILE_COLUMNS,
    *CONFIGURATION_COLUMNS,
    *CUSTOMER_COLUMNS,
    *CONTRACT_COLUMNS,
    *NOTICE_COLUMNS,
    *USAGE_COLUMNS,
    *INVOICE_COLUMNS,
    *PAYMENT_COLUMNS,
    *STATEMENT_COLUMNS,
    *AGREEMENT_COLUMNS,
    *DIRECT_DEBIT_COLUMNS,
    *CREDIT_COLUMNS,
    *LEDGER_COLUMNS,
    *EXPORT_COLUMNS,
    *COLLECTION_COLUMNS,
    *RUN_COLUMNS,
)

COLUMNS = {column.name: column for column in _DEFINITIONS}
if len(COLUMNS) != len(_DEFINITIONS):
    message = "schemas/columns defines a column twice"
    raise ValueError(message)
