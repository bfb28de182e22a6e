// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/ask_path.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <utility>

#include "ui/models/settings.h"

namespace moelora::ui {

namespace {
QString startOf(const PathQuestion& question) {
    if (!question.start.isEmpty()) return question.start;
    const QString last = Settings::folder(question.purpose);
    return !last.isEmpty() && QFileInfo(last).isDir() ? last : QDir::homePath();
}
}  // namespace

void askPath(QWidget* parent, const PathQuestion& question,
             std::function<void(const QString& path)> take) {
    const bool made =
        question.what == PathQuestion::NewFile || question.what == PathQuestion::NewFolder;
    auto* dialog =
        new QFileDialog(parent->window(), question.title, startOf(question), question.filter);
    dialog->setObjectName(question.purpose);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(made                                  ? QFileDialog::AnyFile
                        : question.what == PathQuestion::File ? QFileDialog::ExistingFile
                                                              : QFileDialog::Directory);
    if (made) dialog->setAcceptMode(QFileDialog::AcceptSave);
    if (question.what == PathQuestion::Folder) dialog->setOption(QFileDialog::ShowDirsOnly);
    if (question.what == PathQuestion::NewFile)
        dialog->setDefaultSuffix(QFileInfo(question.suggested).suffix());
    if (!question.suggested.isEmpty()) dialog->selectFile(question.suggested);
    QObject::connect(dialog, &QFileDialog::fileSelected, parent,
                     [purpose = question.purpose, take = std::move(take)](const QString& path) {
                         const QFileInfo info(path);
                         Settings::setFolder(purpose, info.isDir() ? path : info.absolutePath());
                         take(path);
                     });
    dialog->open();
}

}  // namespace moelora::ui
