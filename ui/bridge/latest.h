// SPDX-License-Identifier: GPL-3.0-or-later
// Asks a blocking question off the GUI thread; of several questions only the newest answer is
// delivered. Used and destroyed on the GUI thread; `work` runs on the global thread pool and may
// only use thread-safe objects that live until the pool is done (main waits for it before the
// session goes).
#pragma once

#include <QObject>
#include <QtConcurrent/QtConcurrentRun>
#include <functional>
#include <memory>

#include "core/base/result.h"
#include "ui/bridge/deliver.h"

namespace moelora::ui {

template <class T>
class Latest {
  public:
    // `done` runs on the thread of `receiver`, unless a newer ask() came or `receiver` died.
    void ask(QObject* receiver, std::function<Result<T>()> work,
             std::function<void(Result<T>)> done) {
        const int id = ++*m_newest;
        auto newest = m_newest;
        deliver(QtConcurrent::run([work = std::move(work)] {
                    return std::make_shared<Result<T>>(guarded(work));
                }),
                receiver, [id, newest, done = std::move(done)](std::shared_ptr<Result<T>> answer) {
                    if (id == *newest) done(std::move(*answer));
                });
    }
    // Forgets the answers that are under way.
    void cancel() { ++*m_newest; }

  private:
    static Result<T> guarded(const std::function<Result<T>()>& work) {
        try {
            return work();
        } catch (const std::exception& bug) {
            return fail(ErrorCode::Internal, {{"what", bug.what()}});
        }
    }
    std::shared_ptr<int> m_newest = std::make_shared<int>(0);
};

}  // namespace moelora::ui
