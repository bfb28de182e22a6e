// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/session_bridge.h"

#include <QSignalSpy>
#include <thread>

#include "tests/support/fake_session.h"
#include "tests/support/ui_test.h"
#include "ui/bridge/text.h"
#include "ui/bridge/watchdog.h"

using namespace moelora;
using namespace moelora::ui;

class SessionBridgeTest : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    void Bridge_KeepsTheOrderOfEventsFromAnotherThread() {
        SessionBridge bridge;
        test::FakeSession session(bridge.wakeup());
        bridge.setSession(&session);
        std::vector<std::int64_t> seen;
        int drains = 0;
        connect(&bridge, &SessionBridge::drained, this, [&](const std::vector<Event>& events) {
            ++drains;
            for (Event event : events)
                if (const std::int64_t* seq = seq_of(event)) seen.push_back(*seq);
        });
        const auto events = test::recordedRun(1);
        std::thread engine([&] {
            for (std::size_t at = 0; at < events.size(); ++at) {
                session.publish({events[at]});
                if (at % 40 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
            }
        });
        engine.join();
        const auto lossless = std::count_if(events.begin(), events.end(),
                                            [](Event e) { return seq_of(e) != nullptr; });
        MOELORA_TRY_COMPARE(seen.size(), static_cast<std::size_t>(lossless));
        for (std::size_t i = 0; i < seen.size(); ++i)
            QCOMPARE(seen[i], static_cast<std::int64_t>(i) + 1);
        QVERIFY(drains < 20);  // many events a drain
    }
    void Bridge_DrainsAtItsOwnPace() {
        SessionBridge bridge;
        test::FakeSession session(bridge.wakeup());
        bridge.setSession(&session);
        QSignalSpy drained(&bridge, &SessionBridge::drained);
        for (int i = 0; i < 50; ++i) session.publish({ResourceSampled{1, i, 0}});
        MOELORA_TRY_COMPARE(drained.count(), 1);
    }
    void Bridge_AWakeUpAfterTheSessionIsHarmless() {
        SessionBridge bridge;
        const auto wake = bridge.wakeup();
        wake();
        QTest::qWait(2 * SessionBridge::drainIntervalMs);
    }
    void ErrorText_FillsTheCataloguesSentences() {
        const ErrorText text = errorText(Error{ErrorCode::FileMissing, {{"path", "/a"}}, {}, {}});
        QCOMPARE(text.code, QStringLiteral("IO-001"));
        QCOMPARE(text.what, QStringLiteral("/a does not exist."));
        QCOMPARE(text.hint, QStringLiteral("Check the path and its spelling."));
    }
    void Watchdog_RecordsTheLongestEvent() {
        Watchdog& dog = Watchdog::instance();
        dog.reset();
        QTimer::singleShot(0, this,
                           [] { std::this_thread::sleep_for(std::chrono::milliseconds(80)); });
        MOELORA_TRY_VERIFY(dog.longestMs() >= 80);  // always armed
        QVERIFY(dog.overLimit() >= 1);
    }
    void Watchdog_ASleepingSlotIsAnExcessThatALongerEventDoesNotHide() {
        Watchdog& dog = Watchdog::instance();
        dog.reset();
        const auto sleep = [](int ms) {
            return [ms] { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); };
        };
        QTimer::singleShot(0, this, sleep(600));
        MOELORA_TRY_VERIFY(dog.tenfoldExcess());
        QTimer::singleShot(0, this, sleep(700));
        MOELORA_TRY_VERIFY(dog.longestMs() >= 700);
        QVERIFY(dog.tenfoldExcess());
        QVERIFY(!dog.excessWhat().isEmpty());
        dog.reset();
        QVERIFY(!dog.tenfoldExcess());
    }
};

MOELORA_UI_TEST(SessionBridgeTest)
#include "session_bridge_test.moc"
