// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/adapter/preset_texts.h"

#include <QCoreApplication>

#include "ui/bridge/text.h"

namespace moelora::ui {

namespace {
struct Text {
    const char *name, *flavour, *title, *sentence;
};
constexpr Text texts[] = {
    {"lora", "", QT_TRANSLATE_NOOP("presets", "Plain LoRA"),
     QT_TRANSLATE_NOOP("presets",
                       "One low-rank update at each layer, no router: the baseline, and the only "
                       "one that other programs can load.")},
    {"soft", "", QT_TRANSLATE_NOOP("presets", "Soft mixture"),
     QT_TRANSLATE_NOOP("presets",
                       "Every token uses all experts, weighted by a router that looks at the "
                       "token; learns smoothly and needs no balance loss.")},
    {"topk-switch", "", QT_TRANSLATE_NOOP("presets", "Top-k with balance"),
     QT_TRANSLATE_NOOP(
         "presets",
         "Every token uses its k likeliest experts; a balance loss keeps all experts busy.")},
    {"qwen3vl-moe-lora", "intended", QT_TRANSLATE_NOOP("presets", "Qwen3-VL MoE-LoRA, as intended"),
     QT_TRANSLATE_NOOP(
         "presets",
         "The published recipe as its authors meant it: 2 experts, one of them for each token.")},
    {"qwen3vl-moe-lora", "as-run", QT_TRANSLATE_NOOP("presets", "Qwen3-VL MoE-LoRA, as run"),
     QT_TRANSLATE_NOOP("presets",
                       "What the published script really trains: a plain LoRA, because its mixture "
                       "is never installed.")},
    {"qwen3vl-moe-lora", "as-written",
     QT_TRANSLATE_NOOP("presets", "Qwen3-VL MoE-LoRA, as written"),
     QT_TRANSLATE_NOOP("presets",
                       "The published class with the smallest repairs that let it run; it changes "
                       "the model before the first update.")}};

const Text* find(const Preset& preset) {
    for (const Text& text : texts)
        if (preset.name == text.name && (*text.flavour == 0 || preset.flavour == text.flavour))
            return &text;
    return nullptr;
}
}  // namespace

QString presetTitle(const Preset& preset) {
    const Text* text = find(preset);
    return text ? QCoreApplication::translate("presets", text->title) : qs(preset.title);
}

QString presetSentence(const Preset& preset) {
    const Text* text = find(preset);
    return text ? QCoreApplication::translate("presets", text->sentence) : qs(preset.notes);
}

}  // namespace moelora::ui
