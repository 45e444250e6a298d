"""The one place that builds a table filter (S8).

Values only ever travel as parameters, which the SDK quotes. The SDK replaces a parameter only where it stands alone
between single spaces, so the texts below are fixed, without brackets, and nothing outside this module writes one.
"""

from __future__ import annotations

from dataclasses import dataclass

from plans.errors import Bug

# Azure answers 400 to a filter with more comparisons ("Querying tables and entities"); the emulator takes any number.
COMPARISON_LIMIT = 15

type KeyRange = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter text and its parameters, as `query_entities` takes them. Raises Bug where it compares too much."""

    text: str
    parameters: dict[str, str]

    def __post_init__(self) -> None:
        comparisons = self.text.count("@")
        if comparisons > COMPARISON_LIMIT:
            raise Bug(f"A filter makes {comparisons} comparisons; Azure takes {COMPARISON_LIMIT}.")


def in_partition(partition: str) -> Filter:
    """Every row of a partition."""
    return Filter("PartitionKey eq @partition", {"partition": partition})


def with_prefix(partition: str, prefix: str) -> Filter:
    """The rows of a partition whose key starts with `prefix`."""
    return with_prefixes(partition, (prefix,))


def with_prefixes(partition: str, prefixes: tuple[str, ...]) -> Filter:
    """The rows of a partition whose key starts with any of the prefixes, five at most."""
    return in_ranges(partition, tuple(range_of_prefix(prefix) for prefix in prefixes))


def in_ranges(partition: str, ranges: tuple[KeyRange, ...]) -> Filter:
    """The rows of a partition whose key lies in any of the ranges, each without its end; five ranges at most."""
    texts, parameters = [], {"partition": partition}
    for number, (start, end) in enumerate(ranges):
        texts.append(f"PartitionKey eq @partition and RowKey ge @from{number} and RowKey lt @to{number}")
        parameters |= {f"from{number}": start, f"to{number}": end}
    return Filter(" or ".join(texts), parameters)


def anywhere_with_prefix(prefix: str) -> Filter:
    """The rows of all partitions whose key starts with `prefix`."""
    return anywhere_with_prefixes((prefix,))


def anywhere_with_prefixes(prefixes: tuple[str, ...]) -> Filter:
    """The rows of all partitions whose key starts with any of the prefixes, seven at most."""
    texts: list[str] = []
    parameters: dict[str, str] = {}
    for number, (start, end) in enumerate(map(range_of_prefix, prefixes)):
        texts.append(f"RowKey ge @from{number} and RowKey lt @to{number}")
        parameters |= {f"from{number}": start, f"to{number}": end}
    return Filter(" or ".join(texts), parameters)


def range_of_prefix(prefix: str) -> KeyRange:
    """From the first key that starts with `prefix` to the first one after all that do."""
    return prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)
