"""When and where: flows, store, file formats, delivery, clock, command line. The only layer with I/O."""
