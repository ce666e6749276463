"""Sharding rules: which names a pattern matches, and what a spec splits."""

import itertools
import re
from typing import Any

import pytest
from jax.sharding import PartitionSpec as P

from cotangent_xla import DeviceError
from cotangent_xla.rules import Rule, parse_rules, partition, user_rules


@pytest.mark.parametrize(
    ("pattern", "name", "expected"),
    [
        ("weight", "weight", True),
        ("weight", "layers.0.weight", True),
        ("weight", "layers.0.weights", False),
        ("layers.*.weight", "layers.0.weight", True),
        ("layers.*.weight", "velocity.layers.0.weight", True),
        ("layers.*.weight", "layers.0.1.weight", False),
        ("layers.**.weight", "layers.0.1.weight", True),
        ("layers.**.weight", "layers.weight", True),
        ("layers.**", "layers.0.bias", True),
        ("layers", "layers.0.bias", False),
        ("**", "anything.at.all", True),
        ("*", "anything.at.all", True),
    ],
)
def test_patterns_match_the_last_segments(pattern: str, name: str, expected: bool) -> None:
    assert Rule(pattern, "data", True).matches(name, 1) is expected


def test_patterns_equal_regular_expressions() -> None:
    parts = ["a", "b", "*", "**"]
    names = [".".join(each) for length in (1, 2, 3) for each in itertools.product("ab", repeat=length)]
    for length in (1, 2, 3):
        for each in itertools.product(parts, repeat=length):
            # Each segment of the pattern becomes segments that end in a dot; so does the name.
            forms = {"*": r"[^.]+\.", "**": r"([^.]+\.)*"}
            expression = re.compile(r"([^.]+\.)*" + "".join(forms.get(part, part + r"\.") for part in each))
            for name in names:
                # A pattern of nothing but ** matches any name.
                assert Rule(".".join(each), "x", True).matches(name, 1) is bool(expression.fullmatch(name + "."))


MESH = {"data": 2, "model": 4}


@pytest.mark.parametrize(
    ("shardings", "shape", "expected"),
    [
        ({}, (8, 8), P()),
        ({"w": (None, "model")}, (8, 8), P(None, ("model",))),
        ({"w": [["data", "model"], None]}, (8, 8), P(("data", "model"), None)),
        ({"w": P("model", None)}, (8, 8), P(("model",), None)),
        ({"w": ("model",), "**": "data"}, (8, 6), P("data", None)),
        ({"**": "model"}, (4, 8), P(None, "model")),
        ({"**": "model"}, (8, 8), P("model", None)),
        ({"**": "model"}, (6, 4), P(None, "model")),
        ({"**": "model"}, (6, 6), P()),
        ({"**": "model"}, (), P()),
        ({"**": "model"}, (0, 4), P(None, "model")),
        ({"**": ""}, (8, 8), P()),
    ],
)
def test_the_first_rule_whose_rank_fits_applies(shardings: Any, shape: tuple[int, ...], expected: P) -> None:
    assert partition(user_rules(shardings), "layers.w", "float32", shape, MESH) == expected


def test_rules_of_a_bundle_may_name_axes_that_a_mesh_lacks() -> None:
    rules = [Rule("w", (("stage", "model"), ("row",)), False)]
    assert partition(rules, "w", "float32", (8, 8), MESH) == P(("model",), None)
    assert partition([Rule("w", "stage", False)], "w", "float32", (8, 8), MESH) == P()


def test_rules_of_the_command_line() -> None:
    texts = ["layers.*.weight=,model", "b=data+model", "c=a+b,,", "**=", "d="]
    assert parse_rules(texts) == {
        "layers.*.weight": ([], ["model"]),
        "b": (["data", "model"],),
        "c": (["a", "b"], [], []),
        "**": "",
        "d": "",
    }
    for text in ("weight", "=data"):
        with pytest.raises(DeviceError, match=r"\[--shardings\] expected PATTERN=SPEC"):
            parse_rules([text])
    with pytest.raises(DeviceError, match=r"each pattern once, got '\*\*' twice"):
        parse_rules(["**=data", "w=data", "**="])
