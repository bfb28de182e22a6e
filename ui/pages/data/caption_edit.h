// SPDX-License-Identifier: GPL-3.0-or-later
// The captions of one sample, each a text that can be corrected in place. What is typed is handed
// on when the typing rests, the focus leaves, or Ctrl+Enter is pressed; Escape takes it back. GUI
// thread only.
#pragma once

#include <QTimer>
#include <QWidget>
#include <vector>

class QLabel;
class QPlainTextEdit;
class QVBoxLayout;

namespace moelora::ui {

class CaptionEdit : public QWidget {
    Q_OBJECT
  public:
    explicit CaptionEdit(QWidget* parent = nullptr);
    // Texts that are being typed at stay as long as `key` (of the sample) is the same.
    void setCaptions(const QString& key, const QStringList& captions);
    void editFirst();  // gives it the focus
    static constexpr int restMs = 1500, shownAtMost = 8;

  Q_SIGNALS:
    void edited(const QString& key, int caption, const QString& before, const QString& after);

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    void retranslate();
    void grow();
    void handOn();
    void fit(QPlainTextEdit* edit);

    QString m_key;
    QStringList m_captions;  // as the data have them
    std::vector<QPlainTextEdit*> m_edits;
    QVBoxLayout* m_column;
    QLabel *m_note, *m_more;
    QTimer m_rest;
};

}  // namespace moelora::ui
