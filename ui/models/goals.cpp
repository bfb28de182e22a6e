// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/goals.h"

#include <QCoreApplication>

#include "core/options/config.h"
#include "core/options/presets.h"

namespace moelora::ui {

const std::vector<Goal>& goals() {
    static const std::vector<Goal> table = {
        {"smoke",
         QT_TRANSLATE_NOOP("goals", "Quick smoke test"),
         QT_TRANSLATE_NOOP("goals", "A small plain adapter for 20 updates: does everything work?"),
         "lora",
         "default",
         {{"adapter.rank", "4"},
          {"train.max_steps", "20"},
          {"train.warmup_steps", "0"},
          {"train.save_every", "0"},
          {"train.probe_every", "10"}}},
        {"style",
         QT_TRANSLATE_NOOP("goals", "Caption style"),
         QT_TRANSLATE_NOOP("goals",
                           "What the model knows already, said in your way: a plain "
                           "adapter in the attention, 3 epochs."),
         "lora",
         "default",
         {{"adapter.targets", "q_proj,k_proj,v_proj,o_proj"},
          {"train.max_steps", "0"},
          {"train.epochs", "3"},
          {"train.learning_rate", "1e-4"}}},
        {"vocabulary",
         QT_TRANSLATE_NOOP("goals", "New vocabulary"),
         QT_TRANSLATE_NOOP("goals",
                           "Words and things it has not seen: four experts of rank 16 in "
                           "all layers, 5 epochs."),
         "soft",
         "default",
         {{"adapter.rank", "16"},
          {"adapter.alpha", "32"},
          {"train.max_steps", "0"},
          {"train.epochs", "5"},
          {"train.learning_rate", "1e-4"}}},
        {"reference",
         QT_TRANSLATE_NOOP("goals", "Reference recipe"),
         QT_TRANSLATE_NOOP("goals",
                           "The published Qwen3-VL MoE-LoRA recipe as it was intended: two "
                           "experts, samples one at a time, 8 to an update, 5 epochs."),
         "qwen3vl-moe-lora",
         "intended",
         {{"train.batch_size", "1"},
          {"train.gradient_accumulation", "8"},
          {"train.max_steps", "0"},
          {"train.epochs", "5"},
          {"train.learning_rate", "1e-4"}}}};
    return table;
}

QString goalTitle(const Goal& goal) {
    return QCoreApplication::translate("goals", goal.title);
}

QString goalSentence(const Goal& goal) {
    return QCoreApplication::translate("goals", goal.sentence);
}

RunOptions withGoal(RunOptions options, const Goal& goal) {
    options.adapter = {};
    options.adapter.preset = goal.preset;
    for (const auto& [value, name] : EnumNames<Flavour>::table)
        if (name == goal.flavour) options.adapter.flavour = value;
    static_cast<void>(apply_preset(options));
    for (const auto& [path, value] : goal.settings)
        static_cast<void>(set_option(options, path, value));
    return options;
}

}  // namespace moelora::ui
