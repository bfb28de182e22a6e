// SPDX-License-Identifier: GPL-3.0-or-later
// What a future gives, brought to the thread of `receiver`, never inside of the call that asks.
#pragma once

#include <QFuture>
#include <QFutureWatcher>
#include <QObject>
#include <functional>
#include <utility>

namespace moelora::ui {

// `done` runs from the event loop of `receiver`, and not at all where `receiver` died before.
// A watcher and not QFuture::then(receiver, ...): Qt 6.4 runs a continuation twice where the work
// ends while it is attached (setContinuation keeps what it has just run), and the second run
// crashes. The work must not throw.
template <class T, class Done>
void deliver(const QFuture<T>& future, QObject* receiver, Done done) {
    auto* watcher = new QFutureWatcher<T>(receiver);
    QObject::connect(watcher, &QFutureWatcherBase::finished, receiver,
                     [watcher, done = std::move(done)] {
                         watcher->deleteLater();
                         done(watcher->result());
                     });
    watcher->setFuture(future);
}

}  // namespace moelora::ui
