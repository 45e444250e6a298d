"""Months, as invoices count them."""

from __future__ import annotations

from datetime import date


def months_after(first: date, count: int) -> date:
    """The same day, that many months on; it has to be a day that every month has."""
    months = first.year * 12 + first.month - 1 + count
    return first.replace(year=months // 12, month=months % 12 + 1)


def months_before(first: date, count: int) -> date:
    return months_after(first, -count)


def next_on(day: date, day_of_month: int) -> date:
    """The next day with that number in its month, after `day`."""
    this_month = day.replace(day=day_of_month)
    return this_month if this_month > day else months_after(this_month, 1)


def first_of_next_month(day: date) -> date:
    return months_after(day.replace(day=1), 1)
