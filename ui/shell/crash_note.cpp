// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/crash_note.h"

#include <execinfo.h>
#include <fcntl.h>
#include <unistd.h>

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>

namespace moelora::ui {

namespace {
constexpr int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
constexpr int framesAtMost = 48;
constexpr qint64 readAtMost = 16 << 10;

int note = -1;  // a file descriptor: all that a signal handler may use
QString place, before;

void say(const char* text) {
    if (note < 0) return;
    [[maybe_unused]] const ssize_t written = ::write(note, text, std::strlen(text));
}

void sayCalls() {
    if (note < 0) return;
    void* frames[framesAtMost];
    backtrace_symbols_fd(frames, backtrace(frames, framesAtMost), note);
}

const char* nameOf(int signal) {
    switch (signal) {
        case SIGSEGV:
            return "signal SIGSEGV\n";
        case SIGBUS:
            return "signal SIGBUS\n";
        case SIGILL:
            return "signal SIGILL\n";
        case SIGFPE:
            return "signal SIGFPE\n";
        default:
            return "signal SIGABRT\n";
    }
}

extern "C" void onFatalSignal(int signal) {
    say(nameOf(signal));
    sayCalls();
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

[[noreturn]] void onTerminate() {
    say("terminated: ");
    try {
        if (const auto thrown = std::current_exception()) std::rethrow_exception(thrown);
        say("no exception");
    } catch (const std::exception& error) {
        say(error.what());
    } catch (...) {
        say("an unknown exception");
    }
    say("\n");
    std::abort();  // which adds the calls
}
}  // namespace

void keepCrashNote(const QString& file) {
    if (QFile old(file); old.open(QIODevice::ReadOnly))
        before = QString::fromUtf8(old.read(readAtMost)).trimmed();
    place = file;
    QDir().mkpath(QFileInfo(file).path());
    note =
        ::open(QFile::encodeName(file).constData(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    void* frame[1];
    backtrace(frame, 1);  // loads what it needs now: a handler must not
    for (const int signal : fatal) std::signal(signal, onFatalSignal);
    std::set_terminate(onTerminate);
}

QString lastCrashNote() {
    return before;
}

void dropCrashNote() {
    if (note < 0) return;
    for (const int signal : fatal) std::signal(signal, SIG_DFL);
    ::close(note);
    note = -1;
    QFile::remove(place);
}

}  // namespace moelora::ui
