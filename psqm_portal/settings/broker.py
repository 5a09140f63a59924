"""The broker without a server: a folder that web, worker and beat share."""

from pathlib import Path
from typing import Any


def filesystem_broker(folder: Path) -> dict[str, Any]:
    """Returns CELERY_ settings; makes the folders. One machine only."""
    for name in ("queue", "control", "processed"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    return {
        "CELERY_BROKER_URL": "filesystem://",
        "CELERY_BROKER_TRANSPORT_OPTIONS": {
            "data_folder_in": str(folder / "queue"),
            "data_folder_out": str(folder / "queue"),
            "control_folder": str(folder / "control"),
            "processed_folder": str(folder / "processed"),
            "store_processed": False,
            "polling_interval": 0.2,
        },
    }
