// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/monitor/probe_strip.h"

#include <QHBoxLayout>
#include <QLabel>
#include <algorithm>

#include "core/eval/captions.h"
#include "ui/bridge/text.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/diff_text.h"
#include "ui/widgets/image_view.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int side = 72, cellWidth = 236;
}

ProbeStrip::ProbeStrip(PictureLoader& pictures, QWidget* parent)
    : QWidget(parent), m_pictures(pictures), m_row(new QHBoxLayout(this)) {
    m_row->setContentsMargins(0, 0, 0, 0);
    m_row->setSpacing(16);
    m_row->addStretch();
}

void ProbeStrip::setCount(std::size_t count) {
    while (m_cells.size() > count) {
        delete m_cells.back().box;
        m_cells.pop_back();
    }
    while (m_cells.size() < count) {
        Cell cell{new QWidget, new ImageView, makeLabel("muted"), makeLabel("muted"), new DiffText};
        cell.picture->setSide(side);
        cell.now->setProperty("role", QStringLiteral("probe"));
        cell.box->setMinimumWidth(cellWidth);
        auto* line = new QHBoxLayout(cell.box);
        line->setContentsMargins(0, 0, 0, 0);
        line->setSpacing(10);
        line->addWidget(cell.picture, 0, Qt::AlignTop);
        auto* texts = new QVBoxLayout;
        texts->setSpacing(2);
        texts->addWidget(cell.prompt);
        texts->addWidget(cell.now);
        texts->addWidget(cell.before);
        texts->addStretch();
        line->addLayout(texts, 1);
        m_row->insertWidget(static_cast<int>(m_cells.size()), cell.box, 1);
        m_cells.push_back(cell);
    }
}

void ProbeStrip::setProbes(const std::vector<ProbeColumn>& columns, int from, int to) {
    const bool any = to >= 0 && to < static_cast<int>(columns.size());
    const std::vector<Caption> none;
    const std::vector<Caption>& now = any ? columns[static_cast<std::size_t>(to)].captions : none;
    setCount(now.size());
    for (std::size_t i = 0; i < now.size(); ++i) {
        const Caption* before = nullptr;
        if (from >= 0 && from < to)
            for (const Caption& c : columns[static_cast<std::size_t>(from)].captions)
                if (c.sample == now[i].sample) before = &c;
        Cell& cell = m_cells[i];
        cell.picture->setImage(m_pictures.picture(qs(now[i].image), 2 * side));
        cell.prompt->setText(qs(now[i].prompt));
        cell.prompt->setVisible(!now[i].prompt.empty());
        if (before)
            cell.now->setDiff(word_diff(before->text, now[i].text), DiffText::After);
        else
            cell.now->setPlain(qs(now[i].text));
        const bool changed = before && before->text != now[i].text;
        cell.before->setVisible(before != nullptr);
        if (before)
            cell.before->setText(
                changed ? tr("Update %1: %2").arg(countText(before->step), qs(before->text))
                        : tr("as at update %1").arg(countText(before->step)));
    }
}

}  // namespace moelora::ui
