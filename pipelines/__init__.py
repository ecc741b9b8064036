"""When and where: flows, store, file formats, delivery, clock, command line. The only layer with I/O."""

import os

# The night works in columns of megabytes. polars' allocator (jemalloc) would give each back to the system and have it
# zeroed again for the next, and keep as many separate pools as there are threads four times over: a sixth of a night's
# work. It reads this once, before polars is loaded; whoever has set it knows better.
_POOLS = max(1, (os.cpu_count() or 1) // 4)
os.environ.setdefault(
    "_RJEM_MALLOC_CONF", f"narenas:{_POOLS},oversize_threshold:0,dirty_decay_ms:10000,muzzy_decay_ms:10000"
)
