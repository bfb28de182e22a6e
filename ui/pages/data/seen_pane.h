// SPDX-License-Identifier: GPL-3.0-or-later
// What the model sees of a sample: the picture as it is resized, the conversation as the template
// writes it, and its tokens, learnt ones apart from those that are only read. GUI thread only.
#pragma once

#include <QWidget>
#include <optional>

#include "core/options/options.h"
#include "core/session/session.h"
#include "ui/bridge/latest.h"

class QLabel;
class QTextBrowser;

namespace moelora::ui {

class ImageView;
class IssueList;

class SeenPane : public QWidget {
    Q_OBJECT
  public:
    // `session` outlives the thread pool.
    explicit SeenPane(Session& session, QWidget* parent = nullptr);
    // Asks the engine only while the pane is visible, and only where something else is to be seen.
    void showSample(const DataOptions& wanted, const std::string& model, const std::string& id);
    void forget();  // the data were changed under the same names
    [[nodiscard]] const std::optional<Result<SampleView>>& view() const { return m_view; }
    // The tokens as rich text; learnt ones are marked by colour and underlined.
    [[nodiscard]] static QString tokensHtml(const SampleView& view);

  protected:
    void showEvent(QShowEvent* event) override;

  private:
    void ask();
    void show();

    Session& m_session;
    DataOptions m_data;
    std::string m_model, m_id;
    bool m_stale = true;
    std::optional<Result<SampleView>> m_view;
    Latest<SampleView> m_ask;
    QLabel *m_counts, *m_legend;
    ImageView* m_picture;
    QTextBrowser* m_tokens;
    IssueList* m_error;
};

}  // namespace moelora::ui
