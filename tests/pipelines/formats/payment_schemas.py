"""The schemas of ISO 20022 that messages are checked against; they lie beside the checkout, not in it."""

from pathlib import Path

import pytest
from lxml import etree

FOLDER = Path(__file__).resolve().parents[3].parent / "shared/samples/finance/pain"
needs_schemas = pytest.mark.skipif(not FOLDER.is_dir(), reason="the shared samples are not beside the checkout")


def faults(content, version):
    """What the version's schema finds wrong with a message."""
    schema = etree.XMLSchema(etree.parse(FOLDER / f"{version}.xsd"))
    schema.validate(etree.fromstring(content))
    return [f"{each.line}: {each.message}" for each in schema.error_log]


def found(content, path):
    """Texts at a path of local names, such as `PmtInf/NbOfTxs`, in the order of the message."""
    steps = "".join(f"/*[local-name()='{step}']" for step in path.split("/"))
    return [node.text for node in etree.fromstring(content).xpath(f"/{steps}")]
