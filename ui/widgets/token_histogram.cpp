// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/token_histogram.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>

#include "ui/bridge/plural.h"
#include "ui/bridge/text.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr double lowest = 3;  // px: a single sample among thousands is still seen
}

TokenHistogram::TokenHistogram(QWidget* parent) : QWidget(parent) {
    setMinimumHeight(96);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    keepLook(this, [this] { update(); });
}

void TokenHistogram::setCounts(TokenCounts counts) {
    m_counts = std::move(counts);
    if (!m_counts.histogram.empty())
        setAccessibleDescription(tr("From %1 to %2 tokens; the limit is %3.")
                                     .arg(countText(m_counts.histogram.front().from),
                                          countText(m_counts.max), countText(m_counts.limit)));
    update();
}

QRectF TokenHistogram::area() const {
    const double line = fontMetrics().height() + 2;
    return QRectF(rect()).adjusted(1, line, -1, -line);
}

double TokenHistogram::xOf(double tokens) const {
    const auto& bins = m_counts.histogram;
    const auto from = static_cast<double>(bins.front().from);
    const double span = static_cast<double>(bins.back().to) - from;
    return area().left() + (tokens - from) / span * area().width();
}

void TokenHistogram::paintEvent(QPaintEvent*) {
    const auto& bins = m_counts.histogram;
    if (bins.empty()) return;
    QPainter painter(this);
    const Colors& c = colors();
    const QRectF all = area();
    std::int64_t most = 1;
    for (const TokenBin& bin : bins) most = std::max(most, bin.samples);
    painter.fillRect(all, c.sunken);
    for (const TokenBin& bin : bins) {
        if (bin.samples == 0) continue;
        const double share = static_cast<double>(bin.samples) / static_cast<double>(most);
        const double height = std::max(lowest, share * all.height());
        const double left = xOf(static_cast<double>(bin.from)),
                     right = xOf(static_cast<double>(bin.to));
        painter.fillRect(QRectF(left + 0.5, all.bottom() - height, right - left - 1, height),
                         bin.from > m_counts.limit ? c.error : c.series[0]);
    }
    painter.setPen(c.muted);
    const QRectF below(all.left(), all.bottom() + 2, all.width(), rect().bottom() - all.bottom());
    painter.drawText(below, Qt::AlignLeft | Qt::AlignTop, countText(bins.front().from));
    painter.drawText(below, Qt::AlignRight | Qt::AlignTop, countText(bins.back().to));
    painter.drawText(QRectF(0, 0, width(), all.top()), Qt::AlignLeft | Qt::AlignVCenter,
                     tr("Samples by tokens"));
    if (m_counts.limit >= bins.back().to || m_counts.limit < bins.front().from) return;
    const double x = xOf(static_cast<double>(m_counts.limit));
    painter.setPen(QPen(c.error, 1.5, Qt::DashLine));
    painter.drawLine(QPointF(x, all.top()), QPointF(x, all.bottom()));
    painter.drawText(QRectF(0, 0, width(), all.top()), Qt::AlignRight | Qt::AlignVCenter,
                     tr("Limit %1").arg(countText(m_counts.limit)));
}

QString TokenHistogram::textAt(const QPointF& place) const {
    if (!area().contains(place)) return {};
    for (const TokenBin& bin : m_counts.histogram)
        if (place.x() >= xOf(static_cast<double>(bin.from)) &&
            place.x() < xOf(static_cast<double>(bin.to)))
            return tr("%Ln sample(s) of %1 to %2 tokens", "", many(bin.samples))
                .arg(countText(bin.from), countText(bin.to - 1));
    return {};
}

bool TokenHistogram::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip) return QWidget::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    QToolTip::showText(help->globalPos(), textAt(help->pos()), this);
    return true;
}

}  // namespace moelora::ui
