// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/adapter/preset_strip.h"

#include <QKeyEvent>
#include <QPainter>
#include <QStandardItemModel>
#include <QStyledItemDelegate>
#include <QTextLayout>
#include <algorithm>

#include "ui/bridge/text.h"
#include "ui/pages/adapter/preset_texts.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int leastWidth = 128, linesWide = 7, pictureHeight = 40, titleLines = 2, pad = 6;
constexpr int expertsDrawn = 6;

int lineHeight(const QFontMetrics& metrics) {
    return metrics.height() + 2;
}
int cardWidth(const QFontMetrics& metrics) {
    return std::max(leastWidth, linesWide * metrics.height());
}

void drawTitle(QPainter& painter, const QRect& area, const QString& text) {
    const QFontMetrics metrics = painter.fontMetrics();
    QTextLayout layout(text, painter.font());
    layout.beginLayout();
    for (int line = 0; line < titleLines; ++line) {
        QTextLine part = layout.createLine();
        if (!part.isValid()) break;
        part.setLineWidth(area.width());
        const QString shown =
            line + 1 < titleLines
                ? text.mid(part.textStart(), part.textLength()).trimmed()
                : metrics.elidedText(text.mid(part.textStart()), Qt::ElideRight, area.width());
        painter.drawText(area.left(), area.top() + line * lineHeight(metrics) + metrics.ascent(),
                         shown);
    }
    layout.endLayout();
}

const std::vector<AdapterOptions>& axes() {
    static const std::vector<AdapterOptions> all = [] {
        std::vector<AdapterOptions> out;
        for (const Preset& preset : presets()) out.push_back(axesOf(preset));
        return out;
    }();
    return all;
}

class CardDelegate : public QStyledItemDelegate {
  public:
    using QStyledItemDelegate::QStyledItemDelegate;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option,
                                 const QModelIndex&) const override {
        return {cardWidth(option.fontMetrics),
                pictureHeight + titleLines * lineHeight(option.fontMetrics) + 3 * pad};
    }
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override {
        const Colors& c = colors();
        painter->save();
        painter->setRenderHint(QPainter::Antialiasing);
        const bool selected = option.state & QStyle::State_Selected;
        const QRectF card = QRectF(option.rect).adjusted(2.5, 2.5, -2.5, -2.5);
        painter->setPen(QPen(selected ? c.accent : c.border, selected ? 2 : 1));
        painter->setBrush(selected || option.state & QStyle::State_MouseOver ? c.hover : c.surface);
        painter->drawRoundedRect(card, 6, 6);
        const int width = cardWidth(option.fontMetrics);
        const QRectF picture(option.rect.left() + pad, option.rect.top() + pad, width - 2.0 * pad,
                             pictureHeight);
        drawSystem(*painter, picture, axes()[static_cast<std::size_t>(index.row())]);
        painter->setPen(c.text);
        drawTitle(*painter,
                  QRect(option.rect.left() + pad, option.rect.top() + pictureHeight + 2 * pad,
                        width - 2 * pad, titleLines * lineHeight(option.fontMetrics)),
                  index.data().toString());
        painter->restore();
    }
};

// How strongly a token uses expert number e.
double useOf(const AdapterOptions& a, int e, int drawn) {
    if (a.router == RouterKind::None) return 1;
    const bool chooses = a.gate == GateKind::TopK && a.top_k > 0;
    if (chooses) return e < std::min<std::int64_t>(a.top_k, drawn - 1) ? 1 : 0;
    return 1 - 0.75 * e / std::max(1, drawn - 1);
}

QString chooserOf(RouterKind router) {
    switch (router) {
        case RouterKind::Task:
            return PresetStrip::tr("task");
        case RouterKind::PerHead:
            return PresetStrip::tr("head");
        case RouterKind::Instance:
            return PresetStrip::tr("sample");
        default:
            return PresetStrip::tr("token");
    }
}
}  // namespace

AdapterOptions axesOf(const Preset& preset) {
    RunOptions options;
    options.adapter.preset = preset.name;
    for (const auto& [value, name] : EnumNames<Flavour>::table)
        if (name == preset.flavour) options.adapter.flavour = value;
    [[maybe_unused]] const Status known = apply_preset(options);
    return options.adapter;
}

void drawSystem(QPainter& painter, const QRectF& area, const AdapterOptions& axes) {
    const Colors& c = colors();
    const int drawn = static_cast<int>(std::clamp<std::int64_t>(axes.num_experts, 1, expertsDrawn));
    const bool routed = axes.router != RouterKind::None && drawn > 1;
    const qreal left = area.left() + (routed ? area.width() * 0.4 : area.width() * 0.25);
    const qreal width = area.right() - left - area.width() * (routed ? 0.1 : 0.25);
    const qreal step = area.height() / drawn;
    // A vector is a thin bar, a low-rank update a narrow waist, drawn as two blocks.
    const bool vector = axes.bank == BankKind::Vector;
    const qreal height = std::min<qreal>(step - 2, vector ? 3 : 12);
    QFont small = painter.font();
    small.setPixelSize(10);
    for (int e = 0; e < drawn; ++e) {
        const qreal y = area.top() + step * (e + 0.5);
        const double use = useOf(axes, e, drawn);
        if (routed) {
            QColor line = use > 0 ? c.accent : c.border;
            painter.setPen(QPen(line, use > 0 ? 0.6 + 1.6 * use : 0.6));
            painter.drawLine(QPointF(area.left() + area.width() * 0.28, area.center().y()),
                             QPointF(left, y));
        }
        QColor fill = c.accent;
        fill.setAlphaF(static_cast<float>(0.15 + 0.85 * use));
        painter.setPen(QPen(use > 0 ? c.accent : c.border, 1));
        painter.setBrush(use > 0 ? QBrush(fill) : QBrush(Qt::NoBrush));
        const QRectF block(left, y - height / 2, width, height);
        if (vector) {
            painter.drawRect(block);
        } else {
            painter.drawRect(QRectF(block.left(), block.top(), width * 0.45, height));
            painter.drawRect(
                QRectF(block.left() + width * 0.55, block.top(), width * 0.45, height));
        }
    }
    if (!routed) return;
    const QRectF chooser(area.left(), area.center().y() - 9, area.width() * 0.28, 18);
    painter.setPen(QPen(c.muted, 1));
    painter.setBrush(c.sunken);
    painter.drawRoundedRect(chooser, 4, 4);
    painter.setPen(c.text);
    const QFont before = painter.font();
    painter.setFont(small);
    painter.drawText(chooser, Qt::AlignCenter, chooserOf(axes.router));
    painter.setFont(before);
}

PresetStrip::PresetStrip(QWidget* parent)
    : QListView(parent), m_items(new QStandardItemModel(this)) {
    setModel(m_items);
    setItemDelegate(new CardDelegate(this));
    setFlow(QListView::LeftToRight);
    setWrapping(false);
    setUniformItemSizes(true);
    setMouseTracking(true);
    setFrameShape(QFrame::NoFrame);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    for (std::size_t i = 0; i < presets().size(); ++i) m_items->appendRow(new QStandardItem);
    connect(this, &QListView::clicked, this,
            [this](const QModelIndex& index) { Q_EMIT chosen(index.row()); });
    keepText(this, [this] { retranslate(); });
    keepLook(this, [this] { fitLetters(); });
}

void PresetStrip::retranslate() {
    setAccessibleName(tr("Systems"));
    for (int i = 0; i < m_items->rowCount(); ++i) {
        const Preset& preset = presets()[static_cast<std::size_t>(i)];
        QStandardItem* item = m_items->item(i);
        const QString title = presetTitle(preset), sentence = presetSentence(preset);
        item->setText(title);
        item->setData(QStringLiteral("%1. %2").arg(title, sentence), Qt::AccessibleTextRole);
        item->setToolTip(QStringLiteral("<qt>%1</qt>").arg(sentence.toHtmlEscaped()));
    }
}

// Another size of the letters is another size of the cards.
void PresetStrip::fitLetters() {
    setFixedHeight(pictureHeight + titleLines * lineHeight(fontMetrics()) + 3 * pad + 18);
    scheduleDelayedItemsLayout();
    viewport()->update();
}

int PresetStrip::count() const {
    return m_items->rowCount();
}

void PresetStrip::setCurrent(const Preset* preset) {
    int row = -1;
    for (std::size_t i = 0; i < presets().size(); ++i)
        if (&presets()[i] == preset) row = static_cast<int>(i);
    if (row == m_current) return;
    m_current = row;
    const QSignalBlocker quiet(this);
    setCurrentIndex(m_items->index(row, 0));
    if (row >= 0) scrollTo(m_items->index(row, 0));
    viewport()->update();
}

// Arrows only look around; what is meant is said with Enter or the space bar.
void PresetStrip::keyPressEvent(QKeyEvent* event) {
    const int key = event->key();
    if ((key == Qt::Key_Return || key == Qt::Key_Enter || key == Qt::Key_Space) &&
        currentIndex().isValid()) {
        Q_EMIT chosen(currentIndex().row());
        return;
    }
    QListView::keyPressEvent(event);
}

}  // namespace moelora::ui
