"""Prices of models per million tokens: those of the suite, else those of ``prices.json``, which has source and date."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

import msgspec

from rlvr_judge.model_ids import model_behind
from rlvr_judge.options import Price


class PriceList(msgspec.Struct, frozen=True, kw_only=True):
    """The prices that rlvr-judge ships; a cloud changes them, so a suite may give its own."""

    source: str
    date: str
    unit: str
    models: dict[str, Price]


@lru_cache(maxsize=1)
def shipped_prices() -> PriceList:
    """Return the prices of ``prices.json``."""
    from importlib import resources  # only suites whose models have no price of their own need it

    text = resources.files("rlvr_judge.spending").joinpath("prices.json").read_bytes()
    return msgspec.json.decode(text, type=PriceList)


def price_of(model: str, given: Mapping[str, Price], *, is_bedrock: bool) -> Price | None:
    """Return the price of a model; None if it is not known.

    Args:
        model: The model, as requests name it.
        given: The prices of the suite.
        is_bedrock: Whether Amazon Bedrock is asked, whose prices are shipped; for other servers only those of the suite
            count.
    """
    lists = [given, shipped_prices().models] if is_bedrock else [given]
    for name in (model, model_behind(model)):
        for prices in lists:
            found = next((price for each, price in prices.items() if _versionless(each) == _versionless(name)), None)
            if found is not None:
                return found
    return None


def _versionless(model: str) -> str:
    return re.sub(r"(-v\d+)?(:\d+)*$", "", model)
