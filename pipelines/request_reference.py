"""The printed reference of requests, `docs/requests.md`: made from the models that requests are read by."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from crm.request_models import REQUEST_MODELS
from crm.request_models.fields import OfAccount, OfCustomer, OfSubscription, Payload

EXAMPLES = Path(__file__).resolve().parents[1] / "data" / "examples" / "requests.jsonl"

_HEAD = """# Requests

<!-- Made by `make docs` (pipelines/request_reference.py). Change the definitions, not this page. -->

Everything that happens to a customer arrives as a request, in a file of any name in the inbox: JSON Lines (one JSON
object per line, UTF-8) or CSV. Requests are applied in the order they were made (`requested_at`), once per `request_id`
however often they arrive, and kept with what became of them: they are the customer's history. `nightbill request TYPE`
writes a valid one.

## What every request says

| field | | meaning |
|---|---|---|
| `request_id` | required | the sender's own id, 1 to 100 characters; the same id again is a duplicate |
| `type` | required | one of the types below |
| `schema` | `1` | version of these fields; a later one than is known here is set aside as `FUTURE_SCHEMA` |
| `channel` | required | `direct`, `reseller`, `web`, `api`, `agent` or `network` |
| `reseller` | | code of the reseller who sold, from `resellers.csv` |
| `actor` | | who acted for the channel: a login or name |
| `requested_at` | required | when the customer asked, with offset: `2026-11-01T09:30:00+01:00` |
| `effective_on` | required | local date from which it holds: `2026-11-01`; may lie in the past or the future |
| `effective_at` | | in its place, the moment from which it holds, with offset: a number that moves at noon |

A line that is not such an object is set aside as `BAD_REQUEST`, with the field that is wrong; mend it and send it again.
A request that is well formed but cannot be applied is refused with its reason, listed in the night's report, and kept;
it is tried again only when it is sent again, with a new id. A field that a type does not know is a fault: a misspelt
field is never passed over in silence.

**As CSV** the header names the fields; a field within a field has a dotted name (`customer.name`,
`subscriptions.0.plan_code`), several numbers in a cell are parted by blanks, an empty cell was not given:

    request_id,type,channel,requested_at,effective_on,number,text
    note-000123,note,agent,2026-11-20T14:05:00+01:00,2026-11-21,46701740605,Wants to be called after five

Telephone numbers are international digits without `+`: `46701740605`.

**Whom it is about**: `number` (as its holder is when the request holds), `subscription_id`, `account_id` or
`customer_id`. One beside another must fit: `number` with the `customer_id` of somebody else is refused as `NOT_OWNER`.

**Its day**: orders, changes, ends and numbers are written at once with the day they hold from. What has no day of its own
(details, preferences, limits, blocks) waits for its day. An effective date before the subscription begins is refused as
`BEFORE_ACTIVATION`, one after its end as `TERMINATED`, one more than the policy's `[limits]` away as `BAD_REQUEST`.

**Contradictions**: of two requests made at the same instant, of the same subject (in whichever way each names it) and the
same matter, that say different things, nobody can say which holds: both are refused as `CONTRADICTION`, or the one that
comes a night later.

**Second thoughts**: what was asked for a coming day is taken back by `withdraw` until that day ([contracts.md](contracts.md)).

What each refusal asks you to do stands in [operations.md](operations.md).
"""
_SUBJECTS = {
    OfSubscription: "`number` or `subscription_id`",
    OfAccount: "`number`, `subscription_id` or `account_id`",
    OfCustomer: "`number`, `subscription_id`, `account_id` or `customer_id`",
}
_ROW = "| {} | {} | {} |"


def requests_reference() -> str:
    """Write the reference of requests: envelope, then each type with its fields and an example."""
    examples: dict[str, dict[str, Any]] = {}
    for line in EXAMPLES.read_text(encoding="utf-8").splitlines():
        example = json.loads(line)
        examples.setdefault(example["type"], example)
    return "\n".join([_HEAD, *(_section(name, model, examples[name]) for name, model in REQUEST_MODELS.items())])


def _section(name: str, model: type[Payload], example: dict[str, Any]) -> str:
    rows = [_ROW.format(*cells) for cells in (*_subject(model), *_fields(model))]
    table = "\n".join(["| field | | meaning |", "|---|---|---|", *rows])
    shown = json.dumps(example, ensure_ascii=False, indent=2)
    return f"## {name}\n\n{inspect.getdoc(model)}\n\n{table}\n\n```json\n{shown}\n```\n"


def _subject(model: type[Payload]) -> Iterator[tuple[str, str, str]]:
    for kind, names in _SUBJECTS.items():
        if issubclass(model, kind):
            yield names, "required", "whom it is about"
            return


def _fields(model: type[Payload], outer: str = "") -> Iterator[tuple[str, str, str]]:
    """Give name, need and form of each field, those within another after it."""
    schema = model.model_json_schema()
    yield from _of_schema(schema, schema.get("$defs", {}), outer, is_about_somebody=issubclass(model, OfCustomer))


def _of_schema(
    schema: dict[str, Any], definitions: dict[str, Any], outer: str, *, is_about_somebody: bool
) -> Iterator[tuple[str, str, str]]:
    required = set(schema.get("required", ()))
    for name, field in schema["properties"].items():
        if is_about_somebody and name in OfCustomer.model_fields and not outer:
            continue
        within = _definition(field, definitions)
        if within is not None:
            mark = "[]" if field.get("type") == "array" else ""
            yield from _of_schema(within, definitions, f"{outer}{name}{mark}.", is_about_somebody=False)
            continue
        default = field.get("default")
        need = "required" if name in required else f"`{default}`" if default not in (None, (), []) else ""
        yield f"`{outer}{name}`", need, _form(field)


def _definition(field: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any] | None:
    reference = field.get("$ref") or field.get("items", {}).get("$ref")
    return definitions[reference.rpartition("/")[2]] if reference else None


def _form(field: dict[str, Any]) -> str:
    """Say what a field must look like, from its JSON schema."""
    options = [each for each in field.get("anyOf", [field]) if each.get("type") != "null"]
    one = next((each for each in options if each.get("type") in {"integer", "number", "boolean"}), options[0])
    if "enum" in one or "const" in one:
        return ", ".join(f"`{value}`" for value in one.get("enum", [one.get("const")]))
    kind = {"integer": "a whole number", "number": "an amount", "boolean": "`true` or `false`", "array": "a list"}
    said = kind.get(one.get("type", ""), _text_form(one))
    if "exclusiveMinimum" in one or "minimum" in one:
        least = one.get("minimum", one.get("exclusiveMinimum"))
        said += f" {'over' if 'exclusiveMinimum' in one else 'from'} {least:g}"
    if "maximum" in one and one["maximum"] < 10**12:
        said += f" to {one['maximum']:g}"
    return said


def _text_form(field: dict[str, Any]) -> str:
    if field.get("format") == "date":
        return "a date as 2026-11-01"
    if "pattern" in field and "|" not in field["pattern"]:
        return f"as `{field['pattern']}`"
    return f"a text of at most {field['maxLength']} characters" if "maxLength" in field else "a text"
