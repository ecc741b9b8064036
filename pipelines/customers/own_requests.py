"""Requests that people write at the command line: valid before they are written, kept and applied like any other."""

from __future__ import annotations

import getpass
import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from crm.request_models import REQUEST_MODELS, first_fault
from pipelines import clock
from pipelines.configuration.reading import load_configuration
from pipelines.formats.request_envelope import BadRequestError, request_row
from pipelines.home import Home, HomeError, write_whole
from pipelines.night import opened_lake
from pipelines.runs.run_record import RunReport
from schemas import tables

_DOCUMENT_NUMBER = "document_number"


class RequestError(Exception):
    """The request would not be accepted; the message names the field and what to give."""


def fields_of(words: Sequence[str]) -> dict[str, Any]:
    """Make fields of `name=value` words; `customer.name=...` is a field within a field.

    A `document_number` is hashed at once: it is never written down. Raises `RequestError`.
    """
    fields: dict[str, Any] = {}
    for word in words:
        name, is_given, value = word.partition("=")
        if not is_given or not name:
            raise RequestError(f"{word!r} is not NAME=VALUE, such as number=46701740605")
        *outer, last = name.split(".")
        place = fields
        for part in outer:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise RequestError(f"{part} has a value already, so {name} cannot lie within it")
        place[last] = value
    number = fields.pop(_DOCUMENT_NUMBER, None)
    return fields | ({"number_hash": hashlib.sha256(str(number).encode()).hexdigest()} if number else {})


def valid_request(
    home: Home, request_type: str, fields: Mapping[str, Any], envelope: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a request that will be read and fits its type. `envelope`: what it says beside its own fields, if given.

    Left out, it holds from today, was asked for now, by whoever is logged in, through the channel agent. Raises
    `RequestError`.
    """
    model = REQUEST_MODELS.get(request_type)
    if model is None:
        raise RequestError(f"{request_type!r} is not one of {', '.join(sorted(REQUEST_MODELS))}")
    zone = load_configuration(home.require()).policy.operator.zone
    now = clock.now().astimezone(zone)
    said = {
        "request_id": f"{request_type}-{uuid.uuid4().hex[:12]}",
        "type": request_type,
        "channel": "agent",
        "actor": getpass.getuser(),
        "requested_at": now.isoformat(timespec="microseconds"),
        "effective_on": now.date().isoformat(),
    }
    said |= {name: value for name, value in envelope.items() if value is not None}
    if "effective_at" in said and "effective_on" not in envelope:
        del said["effective_on"]
    request = said | dict(fields)
    try:
        row = request_row(request, zone)
        model.model_validate_json(row["payload"])
    except BadRequestError as error:
        raise RequestError(str(error)) from None
    except ValidationError as error:
        raise RequestError(first_fault(error).removesuffix("; send a corrected request with a new id")) from None
    return request


def drop(home: Home, request: Mapping[str, Any]) -> Path:
    """Put a request into the inbox, whole or not at all."""
    path = home.inbox / f"request_{request['request_id']}.jsonl".replace("/", "_")
    write_whole(path, json.dumps(request, ensure_ascii=False).encode() + b"\n")
    return path


def applied_now(home: Home, on: date | None, command: str, stages: Sequence[str]) -> RunReport | None:
    """Run the stages that apply what lies in the inbox; None when another run holds the home, which leaves it there."""
    from pipelines.nightly_flow import conduct, stages_named  # noqa: PLC0415 (polars and the renderer are slow to import)

    try:
        return conduct(home, on, command=command, stages=stages_named(*stages))
    except HomeError:
        return None


def outcome_of(home: Home, request_id: str) -> dict[str, Any] | None:
    """Return what became of a request (REQUEST_OUTCOME columns), None while it has no outcome."""
    with opened_lake(home) as store:
        found = store.read(tables.REQUEST_OUTCOME, "request_id = ?", [request_id]).to_dicts()
    return found[0] if found else None
