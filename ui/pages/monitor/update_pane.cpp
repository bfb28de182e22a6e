// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/monitor/update_pane.h"

#include <QListView>
#include <QPainter>
#include <QSpinBox>
#include <QStyledItemDelegate>
#include <algorithm>
#include <cmath>

#include "ui/bridge/plural.h"
#include "ui/bridge/text.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/decimate.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int side = 56, rowHeight = 66, rowWidth = 300, margin = 6;
constexpr double smoothing = 0.9;

class SampleRow : public QStyledItemDelegate {
  public:
    SampleRow(PictureLoader& pictures, QObject* parent)
        : QStyledItemDelegate(parent), m_pictures(pictures) {}
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override {
        return {rowWidth, rowHeight};
    }
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override {
        painter->save();
        const QRect inner = option.rect.adjusted(margin, margin / 2, -margin, -margin / 2);
        if (option.state & QStyle::State_Selected) painter->fillRect(option.rect, colors().hover);
        const QImage image =
            m_pictures.picture(index.data(UpdateSamples::ImageRole).toString(), 2 * side);
        painter->drawPixmap(inner.topLeft(),
                            thumbnail(image, side, painter->device()->devicePixelRatioF()));
        const QRect text = inner.adjusted(side + margin, 0, 0, 0);
        const int line = painter->fontMetrics().height() + 2;
        painter->setPen(colors().muted);
        painter->drawText(text.left(), text.top() + painter->fontMetrics().ascent(),
                          painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideRight,
                                                            text.width()));
        painter->setPen(colors().text);
        painter->drawText(text.adjusted(0, line, 0, 0),
                          Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap,
                          index.data(UpdateSamples::CaptionRole).toString());
        painter->restore();
    }

  private:
    PictureLoader& m_pictures;
};
}  // namespace

void UpdateSamples::setSamples(std::vector<UpdateSample> samples) {
    beginResetModel();
    m_samples = std::move(samples);
    endResetModel();
}

void UpdateSamples::retranslate() {
    if (!m_samples.empty()) Q_EMIT dataChanged(index(0), index(rowCount() - 1));
}

int UpdateSamples::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_samples.size());
}

QVariant UpdateSamples::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= rowCount()) return {};
    const UpdateSample& s = m_samples[static_cast<std::size_t>(index.row())];
    const QString caption =
        s.sample.references.empty() ? QString() : qs(s.sample.references.front());
    switch (role) {
        case Qt::DisplayRole:
            return s.loss ? tr("%1, loss %2").arg(qs(s.sample.id), realText(*s.loss, 3))
                          : tr("%1, nothing to learn").arg(qs(s.sample.id));
        case ImageRole:
            return qs(s.sample.image);
        case CaptionRole:
            return caption;
        case Qt::AccessibleTextRole:
            return QStringLiteral("%1: %2").arg(data(index, Qt::DisplayRole).toString(), caption);
        case Qt::ToolTipRole:
            return s.sample.prompt.empty()
                       ? caption
                       : QStringLiteral("%1  →  %2").arg(qs(s.sample.prompt), caption);
        default:
            return {};
    }
}

UpdatePane::UpdatePane(Workbench& workbench, QWidget* parent)
    : QWidget(parent),
      m_workbench(workbench),
      m_model(new UpdateSamples(this)),
      m_label(makeLabel("field")),
      m_text(makeLabel("muted")),
      m_number(new QSpinBox),
      m_peak(makeButton({}, false)),
      m_exclude(makeButton({}, false)),
      m_list(new QListView) {
    m_number->setObjectName(QStringLiteral("updateNumber"));
    m_number->setKeyboardTracking(false);
    m_label->setWordWrap(false);
    m_label->setBuddy(m_number);
    m_peak->setObjectName(QStringLiteral("highestPeak"));
    m_text->setObjectName(QStringLiteral("updateText"));
    m_list->setObjectName(QStringLiteral("updateSamples"));
    m_list->setModel(m_model);
    m_list->setItemDelegate(new SampleRow(workbench.pictures, m_list));
    m_exclude->setObjectName(QStringLiteral("excludeFromNext"));
    m_list->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_list->setFlow(QListView::LeftToRight);
    m_list->setWrapping(true);
    m_list->setResizeMode(QListView::Adjust);
    m_list->setUniformItemSizes(true);
    m_list->setFrameShape(QFrame::NoFrame);
    auto* head = new QHBoxLayout;
    head->setSpacing(8);
    head->addWidget(m_label);
    head->addWidget(m_number);
    head->addWidget(m_peak);
    head->addWidget(m_text, 1);
    head->addWidget(m_exclude);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(6);
    column->addLayout(head);
    column->addWidget(m_list, 1);
    connect(m_number, &QSpinBox::valueChanged, this, [this](int step) { show(step); });
    connect(m_peak, &QPushButton::clicked, this, [this] {
        if (const std::int64_t step = highestPeak(); step > 0) show(step);
    });
    connect(m_list->selectionModel(), &QItemSelectionModel::selectionChanged, this,
            &UpdatePane::showExclusion);
    connect(m_model, &QAbstractItemModel::modelReset, this, &UpdatePane::showExclusion);
    connect(&workbench.project, &Project::optionsChanged, this, &UpdatePane::showExclusion);
    connect(m_exclude, &QPushButton::clicked, this, [this] {
        m_workbench.project.setExcluded(chosen(), true);
        m_workbench.say(tr("Left out of the next run: %1")
                            .arg(countText(static_cast<qint64>(chosen().size()))));
    });
    connect(&workbench.pictures, &PictureLoader::loaded, this,
            [this] { m_list->viewport()->update(); });
    keepText(this, [this] { retranslate(); });
}

const RunData& UpdatePane::run() const {
    return m_workbench.train.model().data();
}

void UpdatePane::retranslate() {
    m_label->setText(tr("Update"));
    m_number->setAccessibleName(tr("Update"));
    m_peak->setText(tr("Highest peak"));
    m_peak->setToolTip(tr("The update whose loss stands highest above the smoothed one"));
    m_list->setAccessibleName(tr("Samples of the update"));
    m_exclude->setText(tr("Exclude"));
    m_model->retranslate();
    showHead();
    showExclusion();
}

std::vector<std::string> UpdatePane::chosen() const {
    std::vector<std::string> ids;
    for (const QModelIndex& index : m_list->selectionModel()->selectedIndexes())
        if (const UpdateSample* one = m_model->sample(index.row())) ids.push_back(one->sample.id);
    return ids;
}

// Only where the next run would read the same data.
void UpdatePane::showExclusion() {
    const std::string& next = m_workbench.project.options().data.path;
    const RunSummary* shown = m_workbench.runs.run(m_workbench.runs.rowOf(qs(run().path)));
    const bool same = !next.empty() && (!shown || shown->data.empty() || shown->data == next);
    const bool any = m_list->selectionModel()->hasSelection();
    m_exclude->setEnabled(same && any);
    m_exclude->setToolTip(
        !same  ? tr("The next run is prepared with other data; repeat this run first")
        : !any ? tr("Choose samples in the list first")
               : tr("Leaves the chosen samples out of the next run (data.exclude)"));
}

void UpdatePane::show(std::int64_t step) {
    if (run().steps.empty()) return;
    m_step = std::clamp(step, run().steps.front().step, run().steps.back().step);
    refresh();
}

void UpdatePane::refresh() {
    const auto& steps = run().steps;
    if (steps.empty()) {
        m_step = 0;
        m_model->setSamples({});
    } else if (m_step == 0 || m_step > steps.back().step) {
        m_step = steps.back().step;
    }
    ask();
    showHead();
}

void UpdatePane::ask() {
    const QString wanted = QStringLiteral("%1 %2").arg(qs(run().path)).arg(m_step);
    if (m_step == 0 || wanted == m_asked) return;
    m_asked = wanted;
    m_pending = true;
    m_ask.ask(
        this,
        [&session = m_workbench.session, run = run().path, step = m_step] {
            return session.samples_of_update(run, step);
        },
        [this](Result<std::vector<UpdateSample>> samples) {
            m_pending = false;
            m_error = samples ? std::optional<Error>() : samples.error();
            m_model->setSamples(samples ? std::move(*samples) : std::vector<UpdateSample>());
            showHead();
        });
}

void UpdatePane::showHead() {
    const auto& steps = run().steps;
    const bool any = !steps.empty();
    for (QWidget* part : {static_cast<QWidget*>(m_number), static_cast<QWidget*>(m_peak)})
        part->setEnabled(any);
    if (any) {
        const QSignalBlocker quiet(m_number);
        m_number->setRange(static_cast<int>(steps.front().step),
                           static_cast<int>(steps.back().step));
        m_number->setValue(static_cast<int>(m_step));
    }
    const auto at = std::lower_bound(
        steps.begin(), steps.end(), m_step,
        [](const StepRecord& record, std::int64_t step) { return record.step < step; });
    QStringList parts;
    if (at != steps.end() && at->step == m_step) parts << tr("loss %1").arg(realText(at->loss, 3));
    if (m_error)
        parts << errorText(*m_error).what;
    else if (m_pending)
        parts << tr("reading ...");
    else if (m_model->rowCount() > 0)
        parts << tr("%Ln sample(s), with the loss of its micro-batch", "", m_model->rowCount());
    else if (any)
        parts << tr("This run did not record the samples of its updates.");
    m_text->setText(any ? parts.join(QStringLiteral("  ·  "))
                        : tr("Click into a curve to see the samples of that update."));
}

std::int64_t UpdatePane::highestPeak() const {
    Smoother smoother(smoothing);
    double most = 0;
    std::int64_t found = 0;
    for (const StepRecord& record : run().steps) {
        if (!std::isfinite(record.loss)) return record.step;
        const QPointF point(static_cast<double>(record.step), record.loss);
        const double above = record.loss - smoother.add({&point, 1}).front().y();
        if (!(above > most)) continue;
        most = above;
        found = record.step;
    }
    return found;
}

}  // namespace moelora::ui
