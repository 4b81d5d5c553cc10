"""Packages that are left out: importable, inheritable, and honest when used."""

import importlib.util
import sys

import pytest
from components import absent


def test_an_absent_package_can_be_imported_and_inherited_from() -> None:
    from tensorflow.keras.layers import Dense

    class Ours(Dense):
        pass

    assert issubclass(Ours, Dense)


def test_using_an_absent_package_says_what_is_missing() -> None:
    import tensorflow

    with pytest.raises(absent.AbsentPackage, match=r"tensorflow\.constant is left out"):
        tensorflow.constant()(1)


def test_errors_of_absent_packages_can_be_caught() -> None:
    from boto3.exceptions import Boto3Error

    assert issubclass(Boto3Error, Exception)


def test_an_installed_package_is_never_replaced() -> None:
    absent.stand_in()
    import yaml

    assert yaml.__file__ is not None
    assert sum(isinstance(finder, absent._Finder) for finder in sys.meta_path) == 1


def test_nothing_that_is_installed_is_listed() -> None:
    installed = {name for name in absent.NAMES if importlib.util.find_spec(name).origin}

    assert installed == set()
