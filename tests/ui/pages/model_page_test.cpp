// SPDX-License-Identifier: GPL-3.0-or-later
// The page Model: what headers and hardware say, which choices there are and why not the others,
// and whether a run fits.
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QRadioButton>

#include "tests/support/window_fixture.h"
#include "ui/models/model_choices.h"
#include "ui/widgets/memory_bar.h"
#include "ui/widgets/number_edit.h"

using namespace moelora;
using namespace moelora::ui;

class ModelPageTest : public QObject {
    Q_OBJECT
    test::WindowFixture m_w;

    [[nodiscard]] QString text(const char* name) const { return m_w.find<QLabel>(name)->text(); }
    [[nodiscard]] QRadioButton* choice(const char* name) const {
        return m_w.find<QRadioButton>(name);
    }
    // The estimate is asked when the options rest.
    void estimated(int times) const {
        MOELORA_TRY_COMPARE(m_w.session->estimates.load(), times);
        test::WindowFixture::settle();
    }

  private Q_SLOTS:
    void init() {
        m_w.open();
        m_w.workbench->settings.setList(QStringLiteral("calibrations"), {});
    }
    void cleanup() { m_w.close(); }

    void Memory_ThePartsOfTheBarSumToThePredictionAndFittingIsOneStepToUndo() {
        m_w.prepare();
        m_w.session->computer.free_bytes = 1'000'000;  // far too little
        RunOptions options = m_w.workbench->project.options();
        options.train.batch_size = 4;
        options.train.gradient_accumulation = 2;
        m_w.workbench->project.setOptions(options);
        m_w.go("train");
        auto* page = m_w.window->page(QStringLiteral("train"));
        auto* bar = page->findChild<MemoryBar*>(QStringLiteral("memoryBar"));
        auto* fit = page->findChild<QPushButton*>(QStringLiteral("fitToDevice"));
        MOELORA_TRY_VERIFY(fit->isEnabled());
        const MemoryEstimate& estimate = **m_w.workbench->fit.estimate();
        QCOMPARE(bar->total(), estimate.predicted_peak_bytes);
        QVERIFY(bar->accessibleDescription().contains(QLatin1String("weights")));
        QCOMPARE(bar->partRect(0).right(), bar->partRect(1).left());
        fit->click();
        // Far too little: what helps is said in words, and that it does not help enough.
        const QString said = m_w.window->message();
        QVERIFY2(said.contains(QLatin1String("still does not fit")) &&
                     said.contains(QLatin1String("batch size 1 with as many more micro-batches")) &&
                     !said.contains(QLatin1String("train.")),
                 qPrintable(said));
        const RunOptions& fitted = m_w.workbench->project.options();
        QCOMPARE(fitted.train.batch_size, 1);
        QCOMPARE(fitted.train.gradient_accumulation, 8);
        QVERIFY(fitted.train.gradient_checkpointing);
        QCOMPARE(fitted.data.max_pixels, 39200);
        QCOMPARE(fitted.data.min_pixels, 39200);  // else the model's own limit is above it
        m_w.workbench->project.history().undo();
        QVERIFY(m_w.workbench->project.options() == options);
    }
    void Goals_TheirMenuSaysUpdatesAndMemoryOnceTheyAreKnown() {
        m_w.prepare();
        m_w.go("adapter");
        auto* menu = m_w.find<QMenu>("goalMenu");
        QCOMPARE(menu->actions().size(), static_cast<qsizetype>(goals().size()) + 2);
        Q_EMIT menu->aboutToShow();
        const QAction* note = menu->actions().back();  // no run has said how long an update takes
        QVERIFY(note->isVisible() && !note->isEnabled());
        QVERIFY2(note->text().startsWith(QLatin1String("Minutes stand here after the first run")),
                 qPrintable(note->text()));
        MOELORA_TRY_VERIFY(menu->actions()[0]->text().contains(QLatin1String("GB")));
        QVERIFY2(menu->actions()[0]->text().contains(QLatin1String("20 updates")),
                 qPrintable(menu->actions()[0]->text()));
        menu->actions()[0]->trigger();
        QCOMPARE(m_w.workbench->project.options().train.max_steps, 20);
        QVERIFY2(m_w.window->message().contains(QLatin1String("With your data: 20 updates")),
                 qPrintable(m_w.window->message()));
    }
    void Train_SettingsAreFoundByTheirWords() {
        m_w.go("train");
        auto* page = m_w.window->page(QStringLiteral("train"));
        auto* search = page->findChild<QLineEdit*>(QStringLiteral("trainSearch"));
        const auto seen = [&](const char* name) {
            return page->findChild<QWidget*>(QLatin1String(name))->isVisibleTo(page);
        };
        QVERIFY(seen("batch_size"));
        search->setText(QStringLiteral("learning rate"));
        QVERIFY(seen("learning_rate"));
        QVERIFY(!seen("batch_size"));
        // A jump to a setting that the filter hides shows it again.
        m_w.workbench->showField(QStringLiteral("train"), QStringLiteral("train.batch_size"));
        QVERIFY(seen("batch_size"));
        QVERIFY(search->text().isEmpty());
    }
    void Memory_IsMeasuredOnACardAndACardThatTellsNothingSaysSoBeforehand() {
        m_w.session->computer.gpus = {
            {"NVIDIA GeForce RTX 4060", 89, 8'000'000'000, 7'000'000'000, true}};
        m_w.workbench->fit.askHardware();
        m_w.prepare();
        m_w.go("train");
        auto* page = m_w.window->page(QStringLiteral("train"));
        auto* measure = page->findChild<QPushButton*>(QStringLiteral("measureMemory"));
        MOELORA_TRY_VERIFY(measure->isEnabled());
        m_w.session->computer.gpus.front().memory_bytes = 0;
        m_w.workbench->fit.askHardware();
        MOELORA_TRY_VERIFY(!measure->isEnabled());
        QVERIFY2(measure->toolTip().contains(QLatin1String("does not tell its memory")),
                 qPrintable(measure->toolTip()));
        RunOptions options = m_w.workbench->project.options();
        options.device.name = "cpu";
        m_w.workbench->project.setOptions(options);
        MOELORA_TRY_VERIFY(measure->isEnabled());
    }
    // No clock, which a busy machine would move: what follows a key waits for no timer.
    void Memory_CountAndBarFollowAKeyWithoutWaitingForATimer() {
        m_w.prepare();
        m_w.go("adapter");
        auto* page = m_w.window->page(QStringLiteral("adapter"));
        auto* experts = page->findChild<NumberEdit*>(QStringLiteral("num_experts"));
        auto* count = page->findChild<QLabel*>(QStringLiteral("trainable"));
        auto* memory = page->findChild<QLabel*>(QStringLiteral("memoryText"));
        MOELORA_TRY_VERIFY(memory->text().startsWith(QLatin1String("Predicted")));
        m_w.settle();
        experts->setFocus();
        experts->selectAll();
        QStringList seen = {memory->text()};
        for (const auto& [key, typed] : {std::pair{'1', 1}, std::pair{'2', 12}}) {
            QTest::keyClick(experts, key);
            for (int hop = 0; hop < 3; ++hop) {  // answers come in two, and no timer runs
                QThreadPool::globalInstance()->waitForDone();
                QCoreApplication::sendPostedEvents();
            }
            AdapterOptions options = m_w.workbench->project.options().adapter;
            QCOMPARE(options.num_experts, typed);
            QCOMPARE(count->text(), countText(test::recordedPlan(options).total));
            QVERIFY2(!seen.contains(memory->text()), qPrintable(memory->text()));
            seen << memory->text();
            QTest::qWait(50);  // nobody types faster
        }
    }
    // However fast somebody types: one question is at work, and the last one is about what stands.
    void Memory_KeysInARowAskNoMoreThanTheMachineAnswers() {
        m_w.prepare();
        m_w.go("adapter");
        m_w.settle();
        auto* experts = m_w.find<NumberEdit>("num_experts");
        const int before = m_w.session->estimates;
        experts->setFocus();
        experts->selectAll();
        QTest::keyClick(experts, '6');
        for (int i = 0; i < 8; ++i) {  // while the first question is at work, or its answer waits
            QTest::keyClick(experts, Qt::Key_Backspace);
            QTest::keyClick(experts, '2');
        }
        m_w.settle();
        QVERIFY2(m_w.session->estimates - before <= 3,
                 qPrintable(QString::number(m_w.session->estimates - before)));
        QCOMPARE((*m_w.workbench->fit.estimate())->predicted_peak_bytes,
                 2'000'000'000 + 2 * m_w.session->bytesPerExpert);
    }
    void Memory_AMeasurementStandsBesideThePrediction() {
        m_w.prepare();
        m_w.go("train");
        auto* page = m_w.window->page(QStringLiteral("train"));
        auto* measure = page->findChild<QPushButton*>(QStringLiteral("measureMemory"));
        MOELORA_TRY_VERIFY(measure->isEnabled());
        measure->click();
        auto* text = page->findChild<QLabel*>(QStringLiteral("memoryMeasured"));
        MOELORA_TRY_VERIFY(text->text().startsWith(QLatin1String("Measured: ")));
        QVERIFY2(text->text().contains(QLatin1String("25.0 %")), qPrintable(text->text()));
        m_w.workbench->project.setModel(QStringLiteral("/models/other"));
        MOELORA_TRY_VERIFY(!text->isVisible());  // it was of another run
    }

    // Measured four fifths of what was predicted.
    void Memory_AMeasurementCorrectsLaterEstimatesAlsoAfterARestart() {
        m_w.prepare();
        m_w.go("train");
        const auto peak = [this] {
            const auto& answer = m_w.workbench->fit.estimate();
            return answer && *answer ? (*answer)->predicted_peak_bytes : 0;
        };
        MOELORA_TRY_VERIFY(peak() > 0);
        const std::int64_t before = peak();
        auto* page = m_w.window->page(QStringLiteral("train"));
        page->findChild<QPushButton*>(QStringLiteral("measureMemory"))->click();
        MOELORA_TRY_COMPARE(peak(), before / 5 * 4);
        std::int64_t sum = 0;
        for (const MemoryPart& part : (*m_w.workbench->fit.estimate())->parts) sum += part.bytes;
        QCOMPARE(sum, peak());
        QCOMPARE(m_w.workbench->fit.peak(Quantization::None), peak());
        m_w.restart();
        m_w.prepare();
        m_w.go("train");
        MOELORA_TRY_COMPARE(peak(), before / 5 * 4);
        page = m_w.window->page(QStringLiteral("train"));
        QVERIFY(page->findChild<QLabel*>(QStringLiteral("memoryText"))
                    ->text()
                    .contains(QLatin1String("corrected by a measurement")));
        // It says nothing about another model.
        m_w.workbench->project.setModel(QStringLiteral("/models/other"));
        m_w.settle();
        MOELORA_TRY_COMPARE(peak(), before);
    }
    // Part of the bar, behind what is free; what this program holds is not other programs'.
    void Memory_OtherProgramsAreAGreyPartOfTheBar() {
        m_w.session->computer.own_bytes = 500'000'000;  // of 2 GB that are taken
        m_w.workbench->fit.askHardware();
        m_w.prepare();
        m_w.go("train");
        auto* page = m_w.window->page(QStringLiteral("train"));
        auto* bar = page->findChild<MemoryBar*>(QStringLiteral("memoryBar"));
        MOELORA_TRY_VERIFY(!bar->takenRect().isEmpty());
        QVERIFY2(bar->accessibleDescription().contains(QLatin1String("other programs 1.5 GB")),
                 qPrintable(bar->accessibleDescription()));
        QVERIFY(bar->takenRect().left() >= bar->partRect(bar->parts().size() - 1).right());
        QVERIFY(bar->takenRect().right() <= bar->width());
    }
    void Memory_TheMarginIsStated() {
        m_w.prepare();
        m_w.go("train");
        auto* page = m_w.window->page(QStringLiteral("train"));
        auto* said = page->findChild<QLabel*>(QStringLiteral("memoryText"));
        MOELORA_TRY_VERIFY(m_w.workbench->fit.estimate().has_value());
        m_w.settle();
        const std::int64_t peak = (*m_w.workbench->fit.estimate())->predicted_peak_bytes;
        QVERIFY2(said->text().contains(bytesText(safetyMargin(peak))), qPrintable(said->text()));
    }

    void Fit_ABadgeKnowsThreeAnswersAndWhenItKnowsNone() {
        constexpr std::int64_t gb = 1'000'000'000;
        QCOMPARE(fitOf(4 * gb, 6 * gb), Fit::Fits);
        QCOMPARE(fitOf(4 * gb, 4 * gb + safetyMargin(4 * gb)), Fit::Fits);
        QCOMPARE(fitOf(4 * gb, 4 * gb + safetyMargin(4 * gb) - 1), Fit::Tight);
        QCOMPARE(fitOf(4 * gb, 4 * gb), Fit::Tight);
        QCOMPARE(fitOf(4 * gb, 4 * gb - 1), Fit::WillNotFit);
        QCOMPARE(fitOf(0, gb), Fit::Unknown);
        QCOMPARE(fitOf(gb, 0), Fit::Unknown);
        QVERIFY(safetyMargin(1) >= 256 << 20);  // never nothing
    }
    void Choices_EachTypeIsAllowedOrHasAReasonOnEachKindOfDevice() {
        HardwareReport plain = test::recordedHardware(), amx = plain, turing = plain, ada = plain;
        amx.bf16 = true;
        turing.gpus = {{"NVIDIA GeForce RTX 2070", 75, 8'000'000'000, 7'000'000'000, false}};
        ada.gpus = {{"NVIDIA GeForce RTX 4060", 89, 8'000'000'000, 7'000'000'000, true}};
        struct Row {
            const HardwareReport& hardware;
            const char* device;
            bool fp32, bf16, fp16;
            ComputeDtype automatic;
        };
        const Row table[] = {{plain, "auto", true, false, false, ComputeDtype::Fp32},
                             {amx, "auto", true, true, false, ComputeDtype::Bf16},
                             {turing, "auto", true, false, true, ComputeDtype::Fp16},
                             {ada, "auto", true, true, true, ComputeDtype::Bf16},
                             {ada, "cpu", true, false, false, ComputeDtype::Fp32}};
        for (const Row& row : table) {
            DeviceOptions device;
            device.name = row.device;
            const auto allowed = [&](ComputeDtype type) {
                return whyNot(type, row.hardware, device).isEmpty();
            };
            QCOMPARE(allowed(ComputeDtype::Auto), true);
            QCOMPARE(allowed(ComputeDtype::Fp32), row.fp32);
            QCOMPARE(allowed(ComputeDtype::Bf16), row.bf16);
            QCOMPARE(allowed(ComputeDtype::Fp16), row.fp16);
            QCOMPARE(automaticType(row.hardware, device), row.automatic);
        }
    }
    void Choices_AQuantizedFolderStaysAsItIs() {
        for (const auto& [value, name] : EnumNames<Quantization>::table) {
            QVERIFY(whyNot(value, "none").isEmpty());
            QCOMPARE(whyNot(value, "nf4-dq").isEmpty(), value == Quantization::Nf4Dq);
        }
        QVERIFY(whyNot(Quantization::Int8, "nf4-dq").contains(QLatin1String("nf4-dq")));
    }

    void Model_HeadersAndMissingFilesAreNamed() {
        m_w.session->model = test::recordedModel("/models/demo");
        m_w.session->model->missing = {"model-00002-of-00002.safetensors"};
        m_w.prepare();
        m_w.go("model");
        for (const char* said :
             {"qwen3_vl", "4 of text, 2 of vision", "lacks model-00002-of-00002"})
            QVERIFY2(text("modelFacts").contains(QLatin1String(said)), said);
        for (const char* said : {"tokenizer.json", "preprocessor_config.json", "fp32, 3 files",
                                 "model-00002-of-00002.safetensors"})
            QVERIFY2(text("modelFiles").contains(QLatin1String(said)), said);
        QCOMPARE(text("modelChip"), QStringLiteral("incomplete"));
    }
    void Model_TheHardwareCardSaysWhatIsThereOrWhyNot() {
        m_w.go("model");
        QVERIFY(text("hardwareFacts").contains(QLatin1String("none: no NVIDIA driver")));
        QVERIFY(text("hardwareFacts").contains(QLatin1String("AMD EPYC 7763")));
        m_w.session->computer.gpus = {
            {"NVIDIA GeForce RTX 4060", 89, 8'000'000'000, 7'400'000'000, true}};
        m_w.press("hardwareAgain");
        MOELORA_TRY_VERIFY(text("hardwareFacts").contains(QLatin1String("RTX 4060")));
        QVERIFY(text("hardwareFacts").contains(QLatin1String("compute capability 8.9")));
        QVERIFY(text("hardwareFacts").contains(QLatin1String("7.4 GB free of 8.0 GB")));
    }
    void Model_TheHardwareCardNamesWhoHoldsMemoryAndHowFastTheDiskIs() {
        test::setGpuState(GpuState{97, 62, {{"desktop", 400'000'000}, {"browser", 200'000'000}}});
        m_w.session->computer.gpus = {{"NVIDIA GeForce RTX 4060", 89, 8'000'000'000, 0, true}};
        m_w.prepare();
        m_w.go("model");
        m_w.press("hardwareAgain");
        const auto said = [this](const char* words) {
            return text("hardwareFacts").contains(QLatin1String(words));
        };
        MOELORA_TRY_VERIFY(said("desktop 400.0 MB, browser 200.0 MB"));
        QVERIFY(said("8.9") && said("bf16"));
        QVERIFY(said("read at 1.9 GB a second"));
        QVERIFY(said("free for runs"));
        // Without a card nobody holds its memory.
        m_w.session->computer.gpus.clear();
        m_w.press("hardwareAgain");
        MOELORA_TRY_VERIFY(!said("desktop"));
        test::setGpuState({});
    }
    void Model_EveryDisabledChoiceHasATooltipThatSaysWhy() {
        m_w.session->model = test::recordedModel("/models/demo");
        m_w.session->model->quantization = "nf4";
        m_w.prepare();
        m_w.go("model");
        int disabled = 0;
        for (const QRadioButton* button :
             m_w.window->page(QStringLiteral("model"))->findChildren<QRadioButton*>()) {
            if (button->isEnabled()) continue;
            ++disabled;
            QVERIFY2(button->toolTip().size() > 40, qPrintable(button->objectName()));
            QVERIFY(!button->accessibleDescription().isEmpty());
        }
        QCOMPARE(disabled, 5 + 2);  // the other formats; bf16 and fp16 on a plain processor
        QVERIFY(choice("format-nf4")->isChecked());
        QVERIFY(!choice("format-none")->isEnabled());
    }
    void Model_BadgesFollowTheEstimateAndTheBudget() {
        m_w.go("model");
        QVERIFY(!m_w.find<QLabel>("fit-none")->isVisible());  // nothing is known
        m_w.session->computer.free_bytes = 1'000'000'000;
        m_w.prepare();
        estimated(1);
        QCOMPARE(text("fit-none"), QStringLiteral("will not fit"));  // 2.4 GB
        QCOMPARE(text("fit-int8"), QStringLiteral("will not fit"));  // 1.2 GB
        QCOMPARE(text("fit-nf4"), QStringLiteral("fits"));           // 0.6 GB
        QVERIFY2(text("memoryTotal").contains(QLatin1String("2.4 GB of 1.0 GB")),
                 qPrintable(text("memoryTotal")));
        RunOptions options = m_w.workbench->project.options();
        options.adapter.num_experts = 10;
        m_w.workbench->project.setOptions(options);
        options.adapter.num_experts = 12;  // changes in a row are one question
        m_w.workbench->project.setOptions(options);
        estimated(2);
        QCOMPARE(text("fit-nf4"), QStringLiteral("tight"));  // 0.8 GB
        choice("format-nf4")->click();
        QCOMPARE(m_w.workbench->project.options().model.quantization, Quantization::Nf4);
        estimated(3);
        QVERIFY(text("memoryTotal").contains(QLatin1String("800.0 MB of 1.0 GB")));
    }
    void Model_NothingIsEstimatedWhileNobodyLooks() {
        m_w.prepare();
        QTest::qWait(600);
        QCOMPARE(m_w.session->estimates.load(), 0);
    }
    void Model_TheChosenTypeReachesTheOptions() {
        m_w.session->computer.bf16 = true;
        m_w.go("model");
        QVERIFY(!choice("type-bf16")->isEnabled());
        m_w.press("hardwareAgain");
        MOELORA_TRY_COMPARE(choice("type-auto")->text(), QStringLiteral("automatic: bf16"));
        choice("type-bf16")->click();
        QCOMPARE(m_w.workbench->project.options().model.compute_dtype, ComputeDtype::Bf16);
        m_w.workbench->project.history().undo();
        MOELORA_TRY_VERIFY(choice("type-auto")->isChecked());
    }
};

MOELORA_UI_TEST(ModelPageTest)
#include "model_page_test.moc"
