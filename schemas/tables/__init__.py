"""The tables of the lake, in the order data flows through them."""

from __future__ import annotations

from schemas.table import Table
from schemas.tables import (
    agreement_tables,
    block_tables,
    collection_tables,
    config_tables,
    direct_debit_tables,
    export_tables,
    intake_tables,
    invoice_tables,
    ledger_tables,
    payment_tables,
    rating_tables,
    register_tables,
    run_tables,
    statement_tables,
)
from schemas.tables.agreement_tables import *  # noqa: F403 (tables are known as tables.NAME)
from schemas.tables.block_tables import *  # noqa: F403 (tables are known as tables.NAME)
from schemas.tables.collection_tables import *  # noqa: F403 (tables are known as tables.NAME)
from schemas.tables.config_tables import *  # noqa: F403 (tables are known as tables.NAME)
from schemas.tables.direct_debit_tables import *  # noqa: F403 (tables are known as tables.NAME)
from schemas.tables.export_tables import *  # noqa: F403 (tables are known as tables.NAME)
from schemas.tables.intake_tables import *  # noqa: F403 (tables are known as tables.NAME)
from schemas.tables.invoice_tables import *  # noqa: F403 (tables are known as tables.NAME)
from schemas.tables.ledger_tables import *  # noqa: F403 (tables are known as tables.NAME)
from schemas.tables.payment_tables import *  # noqa: F403 (tables are known as tables.NAME)
from schemas.tables.rating_tables import *  # noqa: F403 (tables are known as tables.NAME)
from schemas.tables.register_tables import *  # noqa: F403 (tables are known as tables.NAME)
from schemas.tables.run_tables import *  # noqa: F403 (tables are known as tables.NAME)
from schemas.tables.statement_tables import *  # noqa: F403 (tables are known as tables.NAME)

_IN_ORDER = (
    config_tables,
    intake_tables,
    register_tables,
    rating_tables,
    invoice_tables,
    payment_tables,
    statement_tables,
    agreement_tables,
    direct_debit_tables,
    block_tables,
    ledger_tables,
    export_tables,
    collection_tables,
    run_tables,
)

TABLES = tuple(dict.fromkeys(each for file in _IN_ORDER for each in vars(file).values() if isinstance(each, Table)))
CONFIG_TABLES = tuple(each for each in vars(config_tables).values() if isinstance(each, Table))
