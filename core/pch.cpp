// SPDX-License-Identifier: GPL-3.0-or-later
// Exists so that a precompiled header has an owner.
