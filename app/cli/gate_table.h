// SPDX-License-Identifier: GPL-3.0-or-later
// Mean gate weights by task and by kind of token, as text.
#pragma once

#include <string>
#include <vector>

#include "app/cli/context.h"

namespace moelora::cli {

// The names of the two halves of an adapter's experts (adapter.expert_groups), if it has such.
[[nodiscard]] std::vector<std::string> expert_groups(Context& context, const std::string& adapter);

// Mean over all records of each task's and each kind's weights, and how many experts hardly any
// token uses; `groups` as above. Prints nothing without records.
void print_gates(const Context& context, const std::vector<RouterRecord>& records,
                 const std::string& of_what, const std::vector<std::string>& groups);

// Trained beside untrained routers on the same samples, and whether they part the tasks; `groups`
// as above. Prints nothing where nothing was measured.
void print_survey(const Context& context, const GateSurvey& survey,
                  const std::vector<std::string>& groups);

}  // namespace moelora::cli
