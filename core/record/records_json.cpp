// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/record/records_json.h"
