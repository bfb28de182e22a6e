// SPDX-License-Identifier: GPL-3.0-or-later
// Train: how long and how fast, the ready list that says why Start is off, and Start itself.
#pragma once

#include "ui/pages/page.h"

class QLineEdit;

namespace moelora::ui {

class Card;
class MemoryPane;
class MetricChart;
class WithTable;
class OptionForm;

class TrainPage : public Page {
    Q_OBJECT
  public:
    explicit TrainPage(Workbench& workbench, QWidget* parent = nullptr);
    void start();

    void focusField(const QString& path) override;

  protected:
    void refresh() override;

  private:
    [[nodiscard]] QWidget* makeForms();
    [[nodiscard]] QWidget* makeReadyCard();
    void connectAll();
    void retranslate();
    void search(const QString& words);
    void showForms();
    void showReadiness();
    void showRun();
    template <class Group>
    void connectForm(const QString& key, OptionForm* form, Group RunOptions::*group);

    Card *m_trainCard, *m_dataCard, *m_deviceCard, *m_readyCard, *m_startCard, *m_memoryCard;
    OptionForm *m_train, *m_data, *m_device, *m_generate;
    MetricChart* m_rate;
    WithTable* m_rateBox;
    MemoryPane* m_memory;
    QVBoxLayout* m_list;
    QLabel *m_help, *m_total, *m_totalText, *m_disk, *m_rateTitle, *m_why, *m_nameLabel;
    QLineEdit *m_name, *m_search;
    QPushButton *m_start, *m_queue, *m_watch;
};

}  // namespace moelora::ui
