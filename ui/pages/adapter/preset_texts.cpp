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
                       "the model before the first update.")},
    {"dora", "", QT_TRANSLATE_NOOP("presets", "LoRA with lengths of its own (DoRA)"),
     QT_TRANSLATE_NOOP("presets",
                       "A low-rank update that turns the weight's rows, and one learnt length for "
                       "each row; a step costs more than LoRA's.")},
    {"ia3", "", QT_TRANSLATE_NOOP("presets", "Scaling vectors (IA3)"),
     QT_TRANSLATE_NOOP("presets",
                       "One learnt factor for each channel instead of matrices: the fewest "
                       "parameters of all; wants a higher learning rate.")},
    {"moelora", "global", QT_TRANSLATE_NOOP("presets", "Task gate, one for the model (MOELoRA)"),
     QT_TRANSLATE_NOOP("presets",
                       "The sample's task alone mixes the experts, alike in all layers; the data "
                       "needs a task column.")},
    {"moelora", "per-site", QT_TRANSLATE_NOOP("presets", "Task gate in each layer (MOELoRA)"),
     QT_TRANSLATE_NOOP("presets",
                       "The sample's task alone mixes the experts, in each layer differently; the "
                       "data needs a task column.")},
    {"mov", "code", QT_TRANSLATE_NOOP("presets", "Mixture of scaling vectors, as coded (MoV)"),
     QT_TRANSLATE_NOOP("presets",
                       "Ten scaling vectors, mixed softly; as in the published code, keys and "
                       "values are routed head by head.")},
    {"mov", "paper",
     QT_TRANSLATE_NOOP("presets", "Mixture of scaling vectors, as in the paper (MoV)"),
     QT_TRANSLATE_NOOP(
         "presets",
         "Ten scaling vectors, mixed softly by a router that looks at the input of each layer.")},
    {"molora", "", QT_TRANSLATE_NOOP("presets", "Soft mixture of small experts (MoLORA)"),
     QT_TRANSLATE_NOOP(
         "presets",
         "Ten experts of rank 4, all active, mixed by a router that looks at the token.")},
    {"loramoe", "default", QT_TRANSLATE_NOOP("presets", "Two groups of experts (LoRAMoE)"),
     QT_TRANSLATE_NOOP("presets",
                       "A balance loss parts the experts of the feed-forward layers between two "
                       "sample types; the data needs a column sample_type.")},
    {"loramoe", "code", QT_TRANSLATE_NOOP("presets", "Two groups of experts, as coded (LoRAMoE)"),
     QT_TRANSLATE_NOOP("presets",
                       "As the published script runs: eight experts, and the constraint that parts "
                       "them switched off.")},
    {"loramoe", "paper",
     QT_TRANSLATE_NOOP("presets", "Two groups of experts, as in the paper (LoRAMoE)"),
     QT_TRANSLATE_NOOP(
         "presets", "The constraint as the paper writes it; the data needs a column sample_type.")},
    {"mola", "triangle", QT_TRANSLATE_NOOP("presets", "Most experts at the bottom (MoLA)"),
     QT_TRANSLATE_NOOP("presets",
                       "8, 6, 4, 2 experts in the four quarters of the layers, from the input up; "
                       "each token uses two.")},
    {"mola", "inverted-triangle", QT_TRANSLATE_NOOP("presets", "Most experts at the top (MoLA)"),
     QT_TRANSLATE_NOOP("presets",
                       "2, 4, 6, 8 experts in the four quarters of the layers, from the input up; "
                       "each token uses two.")},
    {"mola", "hourglass", QT_TRANSLATE_NOOP("presets", "Most experts at both ends (MoLA)"),
     QT_TRANSLATE_NOOP("presets",
                       "8, 2, 2, 8 experts in the four quarters of the layers, from the input up; "
                       "each token uses two.")},
    {"mola", "diamond", QT_TRANSLATE_NOOP("presets", "Most experts in the middle (MoLA)"),
     QT_TRANSLATE_NOOP("presets",
                       "2, 8, 8, 2 experts in the four quarters of the layers, from the input up; "
                       "each token uses two.")},
    {"mola", "rectangle", QT_TRANSLATE_NOOP("presets", "Five experts everywhere (MoLA)"),
     QT_TRANSLATE_NOOP("presets",
                       "The same number of experts in every layer; each token uses two.")},
    {"mola", "code", QT_TRANSLATE_NOOP("presets", "Most experts at the top, as coded (MoLA)"),
     QT_TRANSLATE_NOOP("presets",
                       "As the published script runs: 2, 4, 6, 8 experts, two for each token, and "
                       "no balance loss.")},
    {"mixlora", "default",
     QT_TRANSLATE_NOOP("presets", "Whole feed-forward blocks as experts (MixLoRA)"),
     QT_TRANSLATE_NOOP("presets",
                       "Each expert is the whole feed-forward block with updates of its own; a "
                       "token uses two of eight. Plain LoRA on attention.")},
    {"mixlora", "dynamic",
     QT_TRANSLATE_NOOP("presets", "Whole feed-forward blocks, as many as it takes (MixLoRA)"),
     QT_TRANSLATE_NOOP("presets",
                       "The likeliest blocks until they have 80 % of the probability; the model "
                       "is changed before the first update.")},
    {"hydralora", "llava",
     QT_TRANSLATE_NOOP("presets", "One A, several B, one router a block (HydraLoRA for LLaVA)"),
     QT_TRANSLATE_NOOP("presets",
                       "The version for pictures: three experts on the feed-forward layers, plain "
                       "LoRA on attention, balanced within each sample.")},
    {"hydralora", "default", QT_TRANSLATE_NOOP("presets", "One A, several B (HydraLoRA)"),
     QT_TRANSLATE_NOOP("presets",
                       "The experts of a layer share one half of the update and have the other "
                       "for themselves: few parameters for a mixture.")},
    {"hydralora", "paper",
     QT_TRANSLATE_NOOP("presets", "One A, several B, as in the paper (HydraLoRA)"),
     QT_TRANSLATE_NOOP("presets", "The router looks at what the shared half makes of the input.")},
    {"adamole", "", QT_TRANSLATE_NOOP("presets", "A threshold learnt for each token (AdaMoLE)"),
     QT_TRANSLATE_NOOP("presets",
                       "As many experts as pass a threshold that is learnt from the token: some "
                       "tokens use several, some none.")},
    {"goat", "default", QT_TRANSLATE_NOOP("presets", "Experts from pieces of the weight (GOAT)"),
     QT_TRANSLATE_NOOP("presets",
                       "Each expert starts from its own directions of the layer's weight, which "
                       "takes a while to compute; each token uses two.")},
    {"goat", "paper",
     QT_TRANSLATE_NOOP("presets", "Experts from pieces of the weight, as in the paper (GOAT)"),
     QT_TRANSLATE_NOOP("presets", "The same with the scale that the paper derives.")},
    {"lime", "default", QT_TRANSLATE_NOOP("presets", "Experts that modulate one update (LiME)"),
     QT_TRANSLATE_NOOP("presets",
                       "One LoRA for a layer, whose output the experts weigh channel by channel; "
                       "its router needs no weights.")},
    {"lime", "code",
     QT_TRANSLATE_NOOP("presets", "Experts that modulate one update, as coded (LiME)"),
     QT_TRANSLATE_NOOP(
         "presets", "As the published code routes: a sample depends on the samples beside it.")}};

const Text* find(const Preset& preset) {
    for (const Text& text : texts)
        if (preset.name == text.name && (*text.flavour == 0 || preset.flavour == text.flavour))
            return &text;
    return nullptr;
}

constexpr std::string_view differences[] = {
#define MOELORA_DIFFERENCE(text) text,
#include "ui/pages/adapter/preset_differences.inc"
#undef MOELORA_DIFFERENCE
};
}  // namespace

std::vector<std::string_view> translatedDifferences() {
    return {std::begin(differences), std::end(differences)};
}

QStringList presetDifferences(const Preset& preset) {
    QStringList lines;
    for (const std::string& line : preset.differences) lines << translated("presets", line);
    return lines;
}

QString presetTitle(const Preset& preset) {
    const Text* text = find(preset);
    return text ? QCoreApplication::translate("presets", text->title) : qs(preset.title);
}

QString presetSentence(const Preset& preset) {
    const Text* text = find(preset);
    return text ? QCoreApplication::translate("presets", text->sentence) : qs(preset.notes);
}

}  // namespace moelora::ui
