"""What is deployed is all of the product, and nothing that plays Azure or measures."""

from __future__ import annotations

import tomllib

from local.package import FILES, PACKAGES, REPOSITORY


def test_every_package_of_the_product_is_deployed() -> None:
    contracts = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert {*PACKAGES, "local", "bench"} == set(contracts["root_packages"])
    assert all((REPOSITORY / name).is_file() for name in FILES)
