// SPDX-License-Identifier: GPL-3.0-or-later
// A path: typed, chosen with a dialog, taken from the recent ones or dropped. Domain-free.
#pragma once

#include <QStringList>
#include <QWidget>

class QLineEdit;
class QMenu;
class QPushButton;
class QToolButton;

namespace moelora::ui {

class PathField : public QWidget {
    Q_OBJECT
  public:
    enum What { Folder, FolderOrFile, NewFolder };
    explicit PathField(What what, QWidget* parent = nullptr);

    void setPath(const QString& path);
    [[nodiscard]] QString path() const;
    void setRecent(const QStringList& paths);
    void setFileFilter(const QString& filter) { m_filter = filter; }
    void setNames(const QString& name,
                  const QString& placeholder);  // accessible name of the line, and its hint
    [[nodiscard]] QLineEdit* line() const { return m_line; }

  Q_SIGNALS:
    void chosen(const QString& path);

  protected:
    bool eventFilter(QObject* object, QEvent* event) override;

  private:
    void choose(bool file);
    void take(const QString& path);

    What m_what;
    QString m_filter, m_name;
    QLineEdit* m_line;
    QPushButton* m_choose;
    QToolButton* m_recent;
    QMenu *m_menu, *m_kinds = nullptr;
};

}  // namespace moelora::ui
