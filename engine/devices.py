"""Where a subject computes that can be told so."""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Literal

Device = Literal["cpu", "cuda"]


@cache
def there_is(device: Device) -> bool:
    """Say whether this machine has such a device, by asking NVIDIA's driver; no framework is imported."""
    if device == "cpu":
        return True
    count = ctypes.c_int(0)
    try:
        driver = ctypes.CDLL("libcuda.so.1")
        return driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0
    except (OSError, AttributeError):
        return False
