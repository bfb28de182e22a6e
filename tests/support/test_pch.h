// SPDX-License-Identifier: GPL-3.0-or-later
// The precompiled header of the tests that hold no LibTorch.
#pragma once

#include <gmock/gmock.h>

#include <fstream>

#include "core/plain_pch.h"
