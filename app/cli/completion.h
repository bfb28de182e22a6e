// SPDX-License-Identifier: GPL-3.0-or-later
// Completion scripts, made from the parser itself.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace moelora::cli {

// For "bash", "zsh" or "fish": verbs, the options of each and those of all, the values of options
// with a fixed choice, keys behind --set, files elsewhere. Where the shell reads it: bash and zsh
// `eval "$(moelora completion zsh)"`, or a file _moelora in zsh's fpath; fish
// `moelora completion fish | source`.
[[nodiscard]] std::string completion_script(const CLI::App& app, const std::string& shell);

}  // namespace moelora::cli
