// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/calibrations.h"

#include "ui/bridge/text.h"
#include "ui/models/model_choices.h"

namespace moelora::ui {

namespace {
const QString place = QStringLiteral("calibrations");
// A measurement that is so far off measured something else.
constexpr double least = 0.2, most = 5;
}  // namespace

QString Calibrations::keyOf(const RunOptions& options, const HardwareReport* hardware) {
    const GpuReport* gpu = hardware ? gpuOf(*hardware, options.device) : nullptr;
    const QString device = !hardware ? QStringLiteral("?")
                           : gpu     ? qs(gpu->name)
                                     : qs(hardware->processor);
    const ModelOptions& m = options.model;
    const QStringList parts = {device,
                               qs(m.path),
                               qs(name_of_enum(m.quantization)),
                               qs(name_of_enum(m.vision_quantization)),
                               qs(name_of_enum(m.compute_dtype)),
                               options.train.gradient_checkpointing ? QStringLiteral("recomputed")
                                                                    : QStringLiteral("kept")};
    return parts.join(QLatin1Char('|'));
}

double Calibrations::factor(const QString& key) const {
    for (const QString& line : m_settings.list(place)) {
        const qsizetype end = line.indexOf(QLatin1Char('\t'));
        if (end < 0 || line.left(end) != key) continue;
        bool good = false;
        const double factor = line.mid(end + 1).toDouble(&good);
        return good && factor >= least && factor <= most ? factor : 1;
    }
    return 1;
}

void Calibrations::put(const QString& key, double factor) {
    if (!(factor >= least && factor <= most)) return;
    QStringList lines = m_settings.list(place);
    lines.removeIf([&](const QString& line) { return line.startsWith(key + QLatin1Char('\t')); });
    lines.prepend(key + QLatin1Char('\t') + QString::number(factor, 'g', 6));
    while (lines.size() > keptAtMost) lines.removeLast();
    m_settings.setList(place, lines);
}

}  // namespace moelora::ui
