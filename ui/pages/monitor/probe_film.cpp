// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/monitor/probe_film.h"

#include <QHeaderView>
#include <QPainter>
#include <QScrollBar>
#include <QStyledItemDelegate>
#include <QTextDocument>
#include <algorithm>

#include "core/eval/captions.h"
#include "ui/bridge/text.h"
#include "ui/widgets/diff_text.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int filmRow = 64, filmColumn = 190, pictureColumn = 84, side = 52, margin = 6;
constexpr int filmLines = 3, filmLetters = 22;

class FilmDelegate : public QStyledItemDelegate {
  public:
    FilmDelegate(PictureLoader& pictures, QObject* parent)
        : QStyledItemDelegate(parent), m_pictures(pictures) {}
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override {
        painter->save();
        if (option.state & QStyle::State_Selected) painter->fillRect(option.rect, colors().hover);
        const QRect inner = option.rect.adjusted(margin, margin, -margin, -margin);
        if (index.column() == 0) {
            const QImage image =
                m_pictures.picture(index.data(FilmModel::ImageRole).toString(), 2 * side);
            if (!image.isNull())
                painter->drawPixmap(inner.topLeft(),
                                    thumbnail(image, side, painter->device()->devicePixelRatioF()));
        } else {
            QTextDocument text;
            text.setDocumentMargin(0);
            text.setDefaultFont(option.font);
            text.setDefaultStyleSheet(QStringLiteral("body{color:%1}").arg(colors().text.name()));
            text.setHtml(
                QStringLiteral("<body>%1</body>").arg(index.data(FilmModel::HtmlRole).toString()));
            text.setTextWidth(inner.width());
            painter->setClipRect(inner);
            painter->translate(inner.topLeft());
            text.drawContents(painter);
        }
        painter->restore();
    }

  private:
    PictureLoader& m_pictures;
};
}  // namespace

void FilmModel::setProbes(const std::vector<ProbeColumn>& columns) {
    if (columns == m_columns) return;
    beginResetModel();
    m_columns = columns;
    m_samples.clear();
    for (const ProbeColumn& column : columns)
        for (const Caption& c : column.captions)
            if (std::find(m_samples.begin(), m_samples.end(), c.sample) == m_samples.end())
                m_samples.push_back(c.sample);
    endResetModel();
}

void FilmModel::setReferences(std::map<std::string, std::string> bySample) {
    if (bySample == m_references) return;
    beginResetModel();
    m_references = std::move(bySample);
    endResetModel();
}

QVariant FilmModel::reference(int row, int role) const {
    const auto found = m_references.find(m_samples[static_cast<std::size_t>(row)]);
    if (found == m_references.end()) return {};
    if (role == Qt::DisplayRole || role == Qt::ToolTipRole) return qs(found->second);
    if (role != HtmlRole) return {};
    const Caption* newest = caption(row, static_cast<int>(m_columns.size()));
    return newest ? diffHtml(word_diff(newest->text, found->second), DiffText::After)
                  : qs(found->second).toHtmlEscaped();
}

void FilmModel::retranslate() {
    if (columnCount() > 0) Q_EMIT headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
}

int FilmModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_samples.size());
}

int FilmModel::columnCount(const QModelIndex& parent) const {
    if (parent.isValid() || m_columns.empty()) return 0;
    return 1 + static_cast<int>(m_columns.size()) + (m_references.empty() ? 0 : 1);
}

const Caption* FilmModel::caption(int row, int column) const {
    if (column < 1 || isReference(column)) return nullptr;
    const std::string& sample = m_samples[static_cast<std::size_t>(row)];
    for (const Caption& c : m_columns[static_cast<std::size_t>(column - 1)].captions)
        if (c.sample == sample) return &c;
    return nullptr;
}

QVariant FilmModel::data(const QModelIndex& index, int role) const {
    if (index.column() == 0) {
        const Caption* first = nullptr;
        for (int column = 1; !first && column < columnCount(); ++column)
            first = caption(index.row(), column);
        if (!first) return {};
        if (role == ImageRole) return qs(first->image);
        return role == Qt::ToolTipRole || role == Qt::AccessibleTextRole ? qs(first->prompt)
                                                                         : QVariant();
    }
    if (isReference(index.column())) return reference(index.row(), role);
    const Caption* now = caption(index.row(), index.column());
    if (!now) return {};
    if (role == Qt::DisplayRole || role == Qt::ToolTipRole) return qs(now->text);
    if (role != HtmlRole) return {};
    const Caption* before = caption(index.row(), index.column() - 1);
    return before ? diffHtml(word_diff(before->text, now->text), DiffText::After)
                  : qs(now->text).toHtmlEscaped();
}

QVariant FilmModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
    return section == 0 ? tr("Picture")
           : isReference(section)
               ? tr("Reference")
               : tr("update %1")
                     .arg(countText(m_columns[static_cast<std::size_t>(section - 1)].step));
}

ProbeFilm::ProbeFilm(PictureLoader& pictures, QWidget* parent)
    : QTableView(parent), m_model(new FilmModel(this)) {
    setModel(m_model);
    setItemDelegate(new FilmDelegate(pictures, this));
    setFrameShape(QFrame::NoFrame);
    setShowGrid(false);
    setTabKeyNavigation(false);
    setHorizontalScrollMode(ScrollPerPixel);
    setVerticalScrollMode(ScrollPerPixel);
    verticalHeader()->hide();
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    connect(&pictures, &PictureLoader::loaded, this, [this] { viewport()->update(); });
    keepText(this, [this] {
        setAccessibleName(tr("Captions of the probe pictures over time"));
        m_model->retranslate();
    });
    keepLook(this, [this] {
        const QFontMetrics letters = fontMetrics();
        verticalHeader()->setDefaultSectionSize(
            std::max(filmRow, filmLines * letters.lineSpacing() + 2 * margin));
        horizontalHeader()->setDefaultSectionSize(
            std::max(filmColumn, filmLetters * letters.averageCharWidth()));
        viewport()->update();
    });
}

void ProbeFilm::setProbes(const std::vector<ProbeColumn>& columns) {
    const bool atEnd = horizontalScrollBar()->value() == horizontalScrollBar()->maximum();
    const int kept = horizontalScrollBar()->value();
    m_model->setProbes(columns);
    if (m_model->columnCount() > 0) setColumnWidth(0, pictureColumn);
    horizontalScrollBar()->setValue(atEnd ? horizontalScrollBar()->maximum() : kept);
}

}  // namespace moelora::ui
