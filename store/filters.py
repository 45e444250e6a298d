"""The one place that builds a table filter (S8).

Values only ever travel as parameters, which the SDK quotes. The SDK replaces a parameter only where it stands alone
between single spaces, so the texts below are fixed, without brackets, and nothing outside this module writes one.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter text and its parameters, as `query_entities` takes them."""

    text: str
    parameters: dict[str, str]


def in_partition(partition: str) -> Filter:
    """Every row of a partition."""
    return Filter("PartitionKey eq @partition", {"partition": partition})


def with_prefix(partition: str, prefix: str) -> Filter:
    """The rows of a partition whose key starts with `prefix`."""
    return with_prefixes(partition, (prefix,))


def with_prefixes(partition: str, prefixes: tuple[str, ...]) -> Filter:
    """The rows of a partition whose key starts with any of the prefixes."""
    texts, parameters = [], {"partition": partition}
    for number, prefix in enumerate(prefixes):
        texts.append(f"PartitionKey eq @partition and RowKey ge @from{number} and RowKey lt @to{number}")
        parameters |= {f"from{number}": prefix, f"to{number}": end_of_prefix(prefix)}
    return Filter(" or ".join(texts), parameters)


def anywhere_with_prefix(prefix: str) -> Filter:
    """The rows of all partitions whose key starts with `prefix`."""
    return Filter("RowKey ge @from and RowKey lt @to", {"from": prefix, "to": end_of_prefix(prefix)})


def anywhere_with_prefixes(prefixes: tuple[str, ...]) -> Filter:
    """The rows of all partitions whose key starts with any of the prefixes."""
    texts: list[str] = []
    parameters: dict[str, str] = {}
    for number, prefix in enumerate(prefixes):
        texts.append(f"RowKey ge @from{number} and RowKey lt @to{number}")
        parameters |= {f"from{number}": prefix, f"to{number}": end_of_prefix(prefix)}
    return Filter(" or ".join(texts), parameters)


def end_of_prefix(prefix: str) -> str:
    """The first key after every key that starts with `prefix`."""
    return prefix[:-1] + chr(ord(prefix[-1]) + 1)
