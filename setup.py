"""What pyproject.toml cannot say: an installation holds ``assets/`` inside the package."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["cf_esrt*", "training*"]), "cf_esrt.assets"],
    package_dir={"cf_esrt.assets": "assets"},
)
