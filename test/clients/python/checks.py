"""Runs the checks of a program one after the other and prints a line of JSON for each; run by test/clients/python.test.ts."""

import json
import os
import traceback

BASE_URL = os.environ["TURNPIKE_BASE_URL"]
KEY = os.environ["TURNPIKE_KEY"]

CHECKS = []


def check(sentence):
    def add(function):
        CHECKS.append((sentence, function))
        return function

    return add


def raises(kind, call):
    """The error that `call` raised, which has to be of this very kind."""
    try:
        call()
    except Exception as error:
        assert type(error) is kind, f"{type(error).__name__}: {error}"
        return error
    raise AssertionError(f"nothing was raised instead of {kind.__name__}")


def run():
    for sentence, function in CHECKS:
        try:
            function()
            print(json.dumps({"name": sentence, "error": None}), flush=True)
        except Exception:
            print(json.dumps({"name": sentence, "error": traceback.format_exc()}), flush=True)
