"""Every public function of core.metrics shows an example, and the examples are true."""

import doctest
import importlib
import inspect
import pkgutil

import pytest

from core import metrics

MODULES = [f"core.metrics.{module.name}" for module in pkgutil.iter_modules(metrics.__path__)]


def test_modules_are_found():
    assert {"core.metrics.scores", "core.metrics.selective", "core.metrics.uncertainty"} <= {*MODULES}


@pytest.mark.parametrize("name", MODULES)
def test_examples_give_what_they_show(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_every_public_function_has_an_example(name):
    module = importlib.import_module(name)
    functions = [
        function
        for function in vars(module).values()
        if inspect.isfunction(function) and function.__module__ == name and not function.__name__.startswith("_")
    ]
    assert [function.__name__ for function in functions if ">>>" not in (function.__doc__ or "")] == []
