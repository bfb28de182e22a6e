// SPDX-License-Identifier: GPL-3.0-or-later
// quantize: a model folder in few bits.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/cli/context.h"

namespace moelora::cli {
namespace {

struct QuantizeArguments {
    QuantizeSpec spec;
    std::string to, vision = "same";
};

int quantize(Context& context, QuantizeArguments a) {
    RunOptions options;
    for (const auto& [name, value] :
         {std::pair{"model.quantization", a.to}, std::pair{"model.vision_quantization", a.vision}})
        if (const auto set = set_option(options, name, value); !set)
            return context.fail_with(set.error());
    a.spec.to = options.model.quantization;
    a.spec.vision = options.model.vision_quantization;
    return show(context, context.session().quantize_model(a.spec), [&](const QuantizeReport& r) {
        if (context.json)
            return context.print_json(
                {{"bytes_before", r.bytes_before}, {"bytes_after", r.bytes_after}, {"ms", r.ms}});
        context.print(fmt::format("{}: {} -> {} ({:.1f} s)", a.spec.out,
                                  human_bytes(r.bytes_before), human_bytes(r.bytes_after),
                                  r.ms / 1000));
    });
}

}  // namespace

void add_quantize_verb(CLI::App& app, Context& context) {
    auto* verb = app.add_subcommand(
        "quantize", "Write a model folder whose linear layers are held in few bits");
    auto a = std::make_shared<QuantizeArguments>();
    verb->add_option("model", a->spec.model, "Model folder")->required();
    verb->add_option("--to", a->to, "nf4, nf4-dq, fp4, fp4-dq or int8")
        ->required()
        ->check(CLI::IsMember({"nf4", "nf4-dq", "fp4", "fp4-dq", "int8"}));
    verb->add_option(
            "--vision", a->vision,
            "Of the vision tower: same (default), none, or a format of its own; a folder holds "
            "either 4 or 8 bits")
        ->check(CLI::IsMember({"same", "none", "nf4", "nf4-dq", "fp4", "fp4-dq", "int8"}));
    verb->add_option("--out", a->spec.out, "Folder to write")->required();
    verb->add_flag("--force", a->spec.force, "Replace an existing model folder");
    verb->callback([&context, a] { context.exit_code = quantize(context, *a); });
}

}  // namespace moelora::cli
