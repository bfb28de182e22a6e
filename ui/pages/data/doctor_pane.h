// SPDX-License-Identifier: GPL-3.0-or-later
// The data doctor in the window: decodes and compares every picture in the background, can be ended
// at any moment, and lists what it found. GUI thread only.
#pragma once

#include <QTimer>
#include <QWidget>
#include <atomic>
#include <memory>
#include <optional>

#include "core/options/options.h"
#include "core/session/session.h"
#include "ui/bridge/latest.h"

class QLabel;
class QProgressBar;
class QPushButton;

namespace moelora::ui {

class FindingsList;
class IssueList;

class DoctorPane : public QWidget {
    Q_OBJECT
  public:
    // `session` outlives the thread pool.
    explicit DoctorPane(Session& session, QWidget* parent = nullptr);
    ~DoctorPane() override;
    // What would be examined. Findings of other data are forgotten, and their examination ends;
    // samples that are left out change nothing about what was found.
    void setData(const DataOptions& wanted, const std::string& model, std::int64_t seed);
    [[nodiscard]] bool running() const { return m_running != nullptr; }
    [[nodiscard]] FindingsList* findings() const { return m_findings; }
    // What it found in these data; none before it has looked.
    [[nodiscard]] const std::optional<std::vector<Issue>>& issues() const { return m_issues; }
    void begin() {
        if (!running()) toggle();
    }

    void cancel() {
        if (running()) toggle();
    }

  Q_SIGNALS:
    void findingsChanged();  // or forgotten

  private:
    // Shared with the thread that examines.
    struct Progress {
        std::atomic<bool> stop{false};
        std::atomic<std::int64_t> done{0}, all{0};
    };
    void toggle();
    void examine();
    void end();
    void show();

    Session& m_session;
    DataOptions m_data;
    std::string m_model;
    std::int64_t m_seed = 0;
    std::shared_ptr<Progress> m_running;
    std::optional<Result<DatasetExamination>> m_found;
    std::optional<std::vector<Issue>> m_issues;
    Latest<DatasetExamination> m_ask;
    QTimer m_clock;
    QLabel* m_text;
    QProgressBar* m_bar;
    QPushButton* m_button;
    IssueList* m_error;  // why nothing could be examined
    FindingsList* m_findings;
};

}  // namespace moelora::ui
