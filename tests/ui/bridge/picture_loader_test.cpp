// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/picture_loader.h"

#include "tests/support/fake_session.h"
#include "tests/support/ui_test.h"

using namespace moelora;
using namespace moelora::ui;

namespace {
// Decodes in no time, so that many a task is done before the loader waits for it.
class FastSession : public test::FakeSession {
  public:
    Result<Picture> load_picture(const std::string&, std::int64_t) const override {
        Picture out;
        out.width = out.height = 1;
        out.rgb = {1, 2, 3};
        return out;
    }
};
}  // namespace

class PictureLoaderTest : public QObject {
    Q_OBJECT
  private Q_SLOTS:
    // A widget that builds its rows asks for a picture a row, and builds them anew when one comes.
    void Pictures_NeverComeInsideOfTheCallThatAsks() {
        FastSession session;
        PictureLoader loader(session);
        bool asking = false;
        int come = 0, inside = 0;
        connect(&loader, &PictureLoader::loaded, this, [&] {
            ++come;
            if (asking) ++inside;
        });
        constexpr int pictures = 3000;
        for (int i = 0; i < pictures; ++i) {
            asking = true;
            (void)loader.picture(QString::number(i), 64);
            asking = false;
            if (i % 50 == 49) MOELORA_TRY_COMPARE(come, i + 1);
        }
        QCOMPARE(inside, 0);
        QCOMPARE(loader.picture(QStringLiteral("0"), 64).size(), QSize(1, 1));
    }
};

QTEST_GUILESS_MAIN(PictureLoaderTest)
#include "picture_loader_test.moc"
