// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/data/doctor_pane.h"

#include <QProgressBar>

#include "ui/bridge/plural.h"
#include "ui/bridge/text.h"
#include "ui/models/project.h"
#include "ui/pages/data/findings_list.h"
#include "ui/widgets/basics.h"
#include "ui/widgets/issue_list.h"
#include "ui/widgets/theme.h"

namespace moelora::ui {

namespace {
constexpr int clockMs = 100;
}

DoctorPane::DoctorPane(Session& session, QWidget* parent)
    : QWidget(parent),
      m_session(session),
      m_text(makeLabel("muted")),
      m_bar(new QProgressBar),
      m_button(makeButton(QStringLiteral("check"), false)),
      m_error(new IssueList),
      m_findings(new FindingsList) {
    m_text->setObjectName(QStringLiteral("doctorText"));
    m_text->setWordWrap(true);
    m_button->setObjectName(QStringLiteral("examine"));
    m_bar->setTextVisible(false);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_text);
    column->addWidget(m_bar);
    column->addWidget(m_button, 0, Qt::AlignLeft);
    column->addWidget(m_error);
    column->addWidget(m_findings, 1);
    column->addStretch();
    m_clock.setInterval(clockMs);
    connect(&m_clock, &QTimer::timeout, this, &DoctorPane::show);
    connect(m_button, &QPushButton::clicked, this, &DoctorPane::toggle);
    keepText(this, [this] { show(); });
}

DoctorPane::~DoctorPane() {
    if (m_running) m_running->stop = true;
}

void DoctorPane::setData(const DataOptions& wanted, const std::string& model, std::int64_t seed) {
    DataOptions same = m_data;
    same.exclude = wanted.exclude;
    same.prompt = wanted.prompt;
    // Findings outlive a slider of pixels and a prompt that is typed.
    const bool alike = readAlike(withoutRendering(wanted), withoutRendering(same)) &&
                       model == m_model && seed == m_seed;
    m_data = wanted;
    if (alike) return;
    m_model = model;
    m_seed = seed;
    m_ask.cancel();
    end();
    m_found.reset();
    m_issues.reset();
    show();
    Q_EMIT findingsChanged();
}

void DoctorPane::end() {
    if (m_running) m_running->stop = true;
    m_running.reset();
    m_clock.stop();
}

void DoctorPane::toggle() {
    if (!m_running) return examine();
    m_running->stop = true;     // the answer comes with what was looked at so far
    if (m_running->all == 0) {  // records are being read: nothing to wait for
        m_ask.cancel();
        end();
    }
    show();
}

void DoctorPane::examine() {
    m_running = std::make_shared<Progress>();
    m_found.reset();
    m_clock.start();
    m_ask.ask(
        this,
        [&session = m_session, data = m_data, model = m_model, seed = m_seed,
         progress = m_running] {
            const auto goOn = [&](std::int64_t done, std::int64_t all) {
                progress->done = done;
                progress->all = all;
                return !progress->stop;
            };
            return session.examine_dataset(data, model, goOn, seed);
        },
        [this](Result<DatasetExamination> found) {
            end();
            m_found = std::move(found);
            m_issues.reset();
            if (*m_found) m_issues = (*m_found)->summary.issues;
            show();
            Q_EMIT findingsChanged();
        });
    show();
}

void DoctorPane::show() {
    const bool stopping = m_running && m_running->stop;
    m_button->setText(m_running ? tr("Cancel") : tr("Examine every picture"));
    m_button->setEnabled(!m_data.path.empty() && !stopping);
    m_bar->setVisible(m_running != nullptr);
    m_error->setIssues({});
    if (m_running || !m_found || !*m_found) m_findings->setIssues({});
    if (m_running) {
        m_bar->setRange(0, static_cast<int>(m_running->all));  // 0: busy until the number is known
        m_bar->setValue(static_cast<int>(m_running->done));
        m_text->setText(
            m_running->all == 0
                ? tr("Reading records and file headers: %1").arg(countText(m_running->done))
                : tr("%1 of %Ln picture(s)", "", many(m_running->all))
                      .arg(countText(m_running->done)));
        return;
    }
    if (!m_found) {
        m_text->setText(
            tr("Decodes every picture and looks for damaged files, duplicates, "
               "pictures without records, hidden files, long captions and encodings. "
               "Findings are kept by file: a second time no picture is read again."));
    } else if (!*m_found) {
        m_text->clear();
        m_error->setError(m_found->error());
    } else {
        const DatasetExamination& e = **m_found;
        const QString pictures =
            tr("%Ln picture(s) decoded, %1 known from before", "", many(e.decoded))
                .arg(countText(e.known));
        m_text->setText(e.cancelled
                            ? tr("Cancelled: %1. The next examination goes on.").arg(pictures)
                        : e.summary.issues.empty() ? tr("Nothing was found: %1.").arg(pictures)
                                                   : pictures);
        m_findings->setIssues(e.summary.issues);
    }
}

}  // namespace moelora::ui
