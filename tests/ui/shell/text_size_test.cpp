// SPDX-License-Identifier: GPL-3.0-or-later
// Letters that grow while the window is open: on every page, in every pane, all of every text is
// seen. What does not fit the window scrolls. With MOELORA_GALLERY=DIR each page is saved.
#include <QAbstractSpinBox>
#include <QCheckBox>
#include <QComboBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QScrollArea>
#include <QStyleOptionComboBox>
#include <QStyleOptionFrame>
#include <QTabBar>
#include <QTableView>
#include <QToolButton>
#include <QTreeView>

#include "tests/support/window_fixture.h"
#include "ui/shell/navigation.h"
#include "ui/widgets/heatmap.h"

using namespace moelora;
using namespace moelora::ui;

class TextSizeTest : public QObject, private test::WindowFixture {
    Q_OBJECT
    QStringList m_clipped;
    QString m_where;

    void note(const QWidget* widget, const QString& text, int needed, int has) {
        m_clipped << QStringLiteral("%1: %2 %3 \"%4\" needs %5, has %6")
                         .arg(m_where, QLatin1String(widget->metaObject()->className()),
                              widget->objectName(), text.left(40))
                         .arg(needed)
                         .arg(has);
    }
    template <class T>
    QList<T*> seen() const {
        QList<T*> out;
        for (T* one : window->findChildren<T*>())
            if (one->isVisible()) out << one;
        return out;
    }
    void labels() {
        for (const QLabel* label : seen<QLabel>()) {
            if (label->text().isEmpty()) continue;
            const int height = label->wordWrap() ? label->heightForWidth(label->width())
                                                 : label->sizeHint().height();
            if (height > label->height() + 2) note(label, label->text(), height, label->height());
            const int width = label->wordWrap() ? 0 : label->sizeHint().width();
            if (width > label->width() + 2) note(label, label->text(), width, label->width());
        }
    }
    // The text of the job is cut on purpose rather than making the window wider.
    void buttons() {
        for (const QAbstractButton* button : seen<QAbstractButton>()) {
            if (button->text().isEmpty()) continue;
            const int height = button->fontMetrics().height();
            if (height > button->height()) note(button, button->text(), height, button->height());
            const int width = button->minimumSizeHint().width();
            if (button->sizePolicy().horizontalPolicy() != QSizePolicy::Ignored &&
                width > button->width() + 1)
                note(button, button->text(), width, button->width());
        }
    }
    void fields() {
        for (const QLineEdit* edit : seen<QLineEdit>()) {
            QStyleOptionFrame option;
            option.initFrom(edit);
            const int height = edit->fontMetrics().height(),
                      has = edit->style()
                                ->subElementRect(QStyle::SE_LineEditContents, &option, edit)
                                .height();
            const bool inside = qobject_cast<QAbstractSpinBox*>(edit->parentWidget()) ||
                                qobject_cast<QComboBox*>(edit->parentWidget());
            if (height > (inside ? edit->height() : has)) note(edit, edit->text(), height, has);
        }
        for (const QComboBox* box : seen<QComboBox>()) {
            QStyleOptionComboBox option;
            option.initFrom(box);
            const int height = box->fontMetrics().height(),
                      has = box->style()
                                ->subControlRect(QStyle::CC_ComboBox, &option,
                                                 QStyle::SC_ComboBoxEditField, box)
                                .height();
            if (height > has) note(box, box->currentText(), height, has);
        }
    }
    void lists() {
        for (const QHeaderView* header : seen<QHeaderView>()) {
            if (header->count() == 0) continue;
            const int height = header->fontMetrics().height(),
                      has = header->orientation() == Qt::Horizontal ? header->height()
                                                                    : header->sectionSize(0);
            if (header->orientation() == Qt::Vertical && header->sectionSize(0) == 0) continue;
            if (height > has) note(header, header->parent()->objectName(), height, has);
            if (header->orientation() == Qt::Vertical) continue;
            for (int i = 0; i < header->count(); ++i) {
                if (header->isSectionHidden(i)) continue;
                const QString text =
                    header->model()->headerData(i, Qt::Horizontal, Qt::DisplayRole).toString();
                const int width = header->fontMetrics().horizontalAdvance(text);
                if (width > header->sectionSize(i))
                    note(header, text, width, header->sectionSize(i));
            }
        }
        for (const QAbstractItemView* view : seen<QAbstractItemView>()) {
            if (!view->model() || view->model()->rowCount() == 0 ||
                qobject_cast<const QHeaderView*>(view))
                continue;
            const QModelIndex first = view->model()->index(0, 0);
            const int height = view->fontMetrics().height(), has = view->visualRect(first).height();
            if (has > 0 && height > has) note(view, first.data().toString(), height, has);
            const int room = view->viewport()->height();
            if (height > room) note(view, first.data().toString(), height, room);
        }
        const auto* pages = window->findChild<Navigation*>();
        for (int i = 0; i < pages->count(); ++i) {
            const QListWidgetItem* item = pages->item(i);
            QFont bold = pages->font();
            const int width =
                QFontMetrics(bold).horizontalAdvance(item->text()) + pages->iconSize().width() + 16;
            const int has = pages->visualItemRect(item).width();
            if (width > has) note(pages, item->text(), width, has);
        }
        for (const QTabBar* bar : seen<QTabBar>()) {
            QFont bold = bar->font();
            bold.setWeight(QFont::DemiBold);
            for (int i = 0; i < bar->count(); ++i) {
                const QFontMetrics metrics(i == bar->currentIndex() ? bold : bar->font());
                const int width = metrics.horizontalAdvance(bar->tabText(i)) + 2;
                if (width > bar->tabRect(i).width())
                    note(bar, bar->tabText(i), width, bar->tabRect(i).width());
                if (metrics.height() > bar->height())
                    note(bar, bar->tabText(i), metrics.height(), bar->height());
            }
        }
    }
    // What an area holds that never scrolls sideways must fit into it.
    void areas() {
        for (const QScrollArea* area : seen<QScrollArea>())
            if (area->widget() && area->horizontalScrollBarPolicy() == Qt::ScrollBarAlwaysOff &&
                area->widget()->width() > area->viewport()->width())
                note(area, {}, area->widget()->width(), area->viewport()->width());
    }
    // The numbers of the map stand in its rows.
    void maps() {
        for (const Heatmap* map : seen<Heatmap>())
            if (const int height = map->cellRect(0, 0).height();
                height + 2 < map->fontMetrics().height())
                note(map, {}, map->fontMetrics().height(), height);
    }
    void walk(bool check) {
        for (const QString& id : window->pageIds()) {
            window->showPage(id);
            settle();
            QTabBar* panes = nullptr;
            for (QTabBar* bar : window->page(id)->findChildren<QTabBar*>())
                if (!panes && bar->isVisible()) panes = bar;
            for (int pane = 0; pane < (panes ? panes->count() : 1); ++pane) {
                if (panes) panes->setCurrentIndex(pane);
                settle();
                if (!check) continue;
                m_where = QStringLiteral("%1/%2 %3x%4")
                              .arg(id)
                              .arg(pane)
                              .arg(window->width())
                              .arg(window->height());
                labels();
                buttons();
                fields();
                lists();
                areas();
                maps();
                picture(id + QString::number(pane));
            }
            if (panes) panes->setCurrentIndex(0);
        }
    }
    void picture(const QString& name) const {
        const QString gallery = qEnvironmentVariable("MOELORA_GALLERY");
        if (!gallery.isEmpty())
            window->grab().save(QStringLiteral("%1/%2-%3-%4.png")
                                    .arg(gallery, name, workbench->settings.language())
                                    .arg(window->width()));
    }
    // Everything filled: a project, a finished run, a comparison.
    void fillAll() {
        session->runs = test::recordedRuns();
        workbench->refreshRuns();
        prepare();
        find<QAction>("start")->trigger();
        play();
        workbench->compare.start(CompareSpec{});
        play();
    }

  private Q_SLOTS:
    void init() {
        open();
        m_clipped.clear();
    }
    void cleanup() {
        window->setTextScale(100);
        window->setLanguage(QStringLiteral("en"));
        close();
    }

    void Text_DoubledWhileTheWindowIsOpenIsCutNowhere_data() {
        QTest::addColumn<QString>("language");
        QTest::addColumn<QSize>("size");
        for (const char* language : {"en", "zh_CN"})
            for (const QSize& size : {QSize(1280, 720), QSize(1920, 1080)})
                QTest::addRow("%s %d", language, size.width())
                    << QString::fromLatin1(language) << size;
    }
    void Text_DoubledWhileTheWindowIsOpenIsCutNowhere() {
        QFETCH(QString, language);
        QFETCH(QSize, size);
        window->resize(size);
        window->setLanguage(language);
        fillAll();
        walk(false);  // every page has been laid out with small letters
        window->setTextScale(200);
        settle();
        QCOMPARE(window->size(), size);
        walk(true);
        m_clipped.removeDuplicates();
        for (const QString& one : m_clipped) qWarning("%s", qPrintable(one));  // a failure is cut
        QVERIFY2(m_clipped.isEmpty(), qPrintable(m_clipped.value(0)));
        // And back: nothing keeps the room of the large letters.
        const int before = window->roomNeeded().width();
        window->setTextScale(100);
        settle();
        QVERIFY(window->roomNeeded().width() < before);
    }
};

MOELORA_UI_TEST(TextSizeTest)
#include "text_size_test.moc"
