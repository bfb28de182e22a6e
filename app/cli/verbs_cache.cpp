// SPDX-License-Identifier: GPL-3.0-or-later
// cache list, clear: what is kept only to save time.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/cli/context.h"
#include "core/session/cache_files.h"

namespace moelora::cli {
namespace {

void list(Context& context) {
    const std::vector<CachedFile> files = list_cache();
    if (context.json) {
        Json all = Json::array();
        for (const CachedFile& file : files)
            all.push_back({{"name", file.name},
                           {"what", file.what},
                           {"path", file.path},
                           {"bytes", file.bytes}});
        return context.print_json(all);
    }
    if (files.empty()) return context.print("nothing is kept");
    std::vector<std::vector<std::string>> rows = {{"file", ">bytes", "what"}};
    for (const CachedFile& file : files)
        rows.push_back({file.path, std::to_string(file.bytes), file.what});
    for (const std::string& line : table(rows)) context.print(line);
}

int clear(Context& context) {
    return show(context, clear_cache(), [&](std::int64_t bytes) {
        if (context.json) return context.print_json({{"bytes_removed", bytes}});
        context.print(fmt::format("{} bytes removed", bytes));
    });
}

}  // namespace

void add_cache_verbs(CLI::App& app, Context& context) {
    auto* cache = app.add_subcommand("cache", "What is kept on disk only to save time");
    cache->require_subcommand(1);
    cache->fallthrough();
    cache->add_subcommand("list", "Files and their sizes")->callback([&context] { list(context); });
    cache->add_subcommand("clear", "Remove them; they are made again when needed")
        ->callback([&context] { context.exit_code = clear(context); });
}

}  // namespace moelora::cli
