"""What the settings go through: every port of it, and what new things begin with."""

from __future__ import annotations

import inspect
from dataclasses import fields
from datetime import UTC, datetime

import pytest

from plans.administration import Administration
from plans.audit import Audit, AuditEntry
from plans.editing import ConfigurationEditor, CustomerEditor
from plans.preferences import Preferences
from profiles.billing import Basis


@pytest.mark.parametrize("port", [CustomerEditor, ConfigurationEditor, Audit])
def test_whatever_changes_something_is_awaited(port: type) -> None:
    """A page that forgets to await it would answer before anything is kept."""
    methods = [each for name, each in inspect.getmembers(port, inspect.isfunction) if not name.startswith("_")]
    assert methods
    assert all(inspect.iscoroutinefunction(each) for each in methods)


def test_the_settings_have_every_port_that_changes_something() -> None:
    assert {"customers", "configuration", "audit", "connections"} <= {each.name for each in fields(Administration)}


def test_new_things_begin_carefully() -> None:
    """A new customer is only observed; a new mapping bills what was purchased and names nobody (rules 1, 4)."""
    preferences = Preferences("Europe/Zurich", 2, "CHF")
    assert preferences.new_customers_observe
    assert preferences.new_mappings_basis is Basis.PURCHASED
    assert not preferences.new_mappings_name_users
    assert not preferences.new_mappings_split


def test_what_did_not_exist_before_a_change_and_what_is_gone_after_it_is_empty() -> None:
    at = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
    entry = AuditEntry(at, "Ada", "t/o", "", "pause", "Ada paused all writing.")
    assert (entry.before, entry.after) == ("", "")
