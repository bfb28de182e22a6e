// SPDX-License-Identifier: GPL-3.0-or-later
// How the C library hands memory back to the system.
#pragma once

namespace moelora {

// Keeps freed blocks of up to 32 MiB for the next request instead of returning their pages: a
// training step frees and asks for the same large blocks again and again, and fresh pages cost a
// tenth of its time (tests/bench/README.md). For the whole process; call it first in main(), before
// any thread. Does nothing without glibc.
void keep_large_blocks();

}  // namespace moelora
