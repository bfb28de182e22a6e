// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/option_help.h"

#include <QCoreApplication>
#include <QStringList>

namespace moelora::ui {

namespace {
// `label`: only the field with this one, where two groups have a field of the name.
struct Effect {
    const char *name, *label, *text;
};
const Effect effects[] = {
    {"num_experts", nullptr,
     QT_TRANSLATE_NOOP("effects",
                       "More: more parameters and memory, updates a little slower, more "
                       "room to specialise.")},
    {"rank", nullptr,
     QT_TRANSLATE_NOOP("effects",
                       "Higher: more parameters and memory, a little slower; learns finer "
                       "changes and overfits small data sooner.")},
    {"alpha", "Alpha",
     QT_TRANSLATE_NOOP("effects",
                       "Higher: stronger changes at the same learning rate; memory and "
                       "speed stay.")},
    {"top_k", "Active experts k",
     QT_TRANSLATE_NOOP("effects", "More: softer decisions; memory and speed hardly change.")},
    {"dropout", nullptr,
     QT_TRANSLATE_NOOP("effects",
                       "Higher: less overfitting, slower learning; memory and speed stay.")},
    {"targets", nullptr,
     QT_TRANSLATE_NOOP("effects", "More layers: more parameters, memory and time; learns more.")},
    {"router", nullptr,
     QT_TRANSLATE_NOOP("effects",
                       "Decides what can be exported: without a router, or by the task "
                       "alone, the adapter merges exactly.")},
    {"balance", nullptr,
     QT_TRANSLATE_NOOP("effects", "Keeps experts from being forgotten; memory and speed stay.")},
    {"balance_coef", nullptr,
     QT_TRANSLATE_NOOP("effects",
                       "Higher: experts are used more evenly, at some cost to the "
                       "captions; memory and speed stay.")},
    {"batch_size", "Batch size",
     QT_TRANSLATE_NOOP("effects",
                       "More: more memory, smoother gradients, fewer updates an epoch.")},
    {"gradient_accumulation", nullptr,
     QT_TRANSLATE_NOOP("effects",
                       "More: smoother gradients at the same memory; an update takes as "
                       "much longer.")},
    {"pack_tokens", nullptr,
     QT_TRANSLATE_NOOP("effects",
                       "More: faster with short samples, more memory; the result is the "
                       "same up to rounding.")},
    {"epochs", nullptr,
     QT_TRANSLATE_NOOP("effects", "More: longer; watch when the evaluation stops falling.")},
    {"max_steps", nullptr,
     QT_TRANSLATE_NOOP("effects", "More: longer; watch when the evaluation stops falling.")},
    {"learning_rate", nullptr,
     QT_TRANSLATE_NOOP("effects",
                       "Higher: faster, and at some point unstable; memory and speed stay.")},
    {"warmup_steps", nullptr,
     QT_TRANSLATE_NOOP("effects", "More: a calmer start; memory and speed stay.")},
    {"max_grad_norm", nullptr,
     QT_TRANSLATE_NOOP("effects", "Lower: single outliers do less harm, learning slows down.")},
    {"gradient_checkpointing", nullptr,
     QT_TRANSLATE_NOOP("effects",
                       "On: much less memory, updates about a third slower, the same "
                       "result.")},
    {"memory_budget", nullptr,
     QT_TRANSLATE_NOOP("effects",
                       "Lower: as many layers as needed are computed again in the backward pass, "
                       "which takes time and changes no result.")},
    {"optimizer", nullptr,
     QT_TRANSLATE_NOOP("effects", "8-bit moments need a quarter of the optimizer's memory.")},
    {"max_pixels", nullptr,
     QT_TRANSLATE_NOOP("effects", "Fewer: less memory and faster; small details are lost.")},
    {"min_pixels", nullptr,
     QT_TRANSLATE_NOOP("effects", "More: small pictures take more memory and time.")},
    {"resize", nullptr,
     QT_TRANSLATE_NOOP("effects", "Smaller: less memory and faster; small details are lost.")},
    {"max_length", nullptr,
     QT_TRANSLATE_NOOP("effects",
                       "A limit and no cut: longer samples block the start. The longest "
                       "sample decides the memory.")},
    {"captions_per_image", nullptr,
     QT_TRANSLATE_NOOP("effects", "All: longer epochs and more varied answers; the memory stays.")},
    {"validation", nullptr,
     QT_TRANSLATE_NOOP("effects", "More: a steadier evaluation, less to learn from.")},
    {"quantization", nullptr,
     QT_TRANSLATE_NOOP("effects", "Fewer bits: less memory, a little slower and less exact.")},
    {"vision_quantization", nullptr,
     QT_TRANSLATE_NOOP("effects", "Fewer bits: less memory, a little slower and less exact.")},
    {"compute_dtype", nullptr,
     QT_TRANSLATE_NOOP("effects",
                       "16 bits: half the memory, and faster where the hardware has "
                       "them.")},
    {"save_every", nullptr,
     QT_TRANSLATE_NOOP("effects", "More often: less is lost when the computer stops; more disk.")},
    {"eval_every", nullptr,
     QT_TRANSLATE_NOOP("effects", "More often: seen sooner; the run waits for each.")},
    {"probe_every", nullptr,
     QT_TRANSLATE_NOOP("effects", "More often: seen sooner; the run waits for each.")},
    {"probe_images", nullptr,
     QT_TRANSLATE_NOOP("effects", "More: a fuller picture; each moment of captions takes longer.")},
    {"keep_last", nullptr, QT_TRANSLATE_NOOP("effects", "More: more disk, more to choose from.")},
    {"feature_cache", nullptr,
     QT_TRANSLATE_NOOP("effects",
                       "On: each picture is seen once, so epochs after the first are "
                       "faster; more memory of the computer.")},
    {"max_new_tokens", nullptr,
     QT_TRANSLATE_NOOP("effects",
                       "More: longer captions, and slower where a caption does not end.")},
    {"seed", nullptr,
     QT_TRANSLATE_NOOP("effects",
                       "Another seed is another draw; memory, speed and, on average, "
                       "quality stay.")}};
}  // namespace

QString rangeSentence(const OptionField& field) {
    const bool number = field.kind == FieldKind::Int || field.kind == FieldKind::Double ||
                        field.kind == FieldKind::IntList;
    if (!number || field.min >= field.max) return {};
    return QCoreApplication::translate("OptionForm", "Allowed: %1.")
        .arg(QStringLiteral("%1 … %2").arg(detail::numberText(field.min),
                                           detail::numberText(field.max)));
}

QString effectSentence(const OptionField& field) {
    for (const Effect& effect : effects)
        if (field.name == QLatin1String(effect.name) &&
            (!effect.label || field.label == effect.label))
            return QCoreApplication::translate("effects", effect.text);
    return {};
}

QString helpOf(const OptionField& field, const OptionField& baseline) {
    QStringList parts = {translated("options", field.help), effectSentence(field),
                         rangeSentence(field)};
    if (const QString value = valueText(baseline); !value.isEmpty())
        parts << QCoreApplication::translate("OptionForm", "The preset says %1.").arg(value);
    parts.removeAll(QString());
    return parts.join(QLatin1Char(' '));
}

}  // namespace moelora::ui
