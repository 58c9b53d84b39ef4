"""Which devices there are here, of those where a subject can be told to compute."""

from __future__ import annotations

import ctypes
from functools import cache

from whp.choices import Device


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
