// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/infer/generator.h"
