// Import and export.
#include "client/app/local_use.h"
#include "client/app/read_all.h"
#include "client/exchange/importer.h"
#include "client/exchange/markdown_export.h"

namespace kith {
namespace {

constexpr size_t kBatchBytes = 512 * 1024;  // of entries that become durable together
constexpr size_t kBatchEntries = 256;
constexpr int kShownLosses = 1'000;  // named one by one in the last message

Result<ImportFormat> FormatOf(v1::ImportRequest::Format format) {
  if (format == v1::ImportRequest::DAY_ONE) return ImportFormat::kDayOne;
  if (format == v1::ImportRequest::JRNL) return ImportFormat::kJrnl;
  if (format == v1::ImportRequest::MARKDOWN) return ImportFormat::kMarkdown;
  return Fail(Code::kInvalidArgument, "Say which format: dayone, jrnl or markdown.");
}

// Puts entries into the journal as they are read, some hundred at a time.
class Importing {
 public:
  Importing(Unlocked& unlocked, const v1::ImportRequest& request, Caller& caller,
            grpc::ServerWriter<v1::ImportProgress>& writer)
      : unlocked_(unlocked), request_(request), caller_(caller), writer_(writer) {}

  Result<> Run() {
    ImportOptions options{.path = request_.path(), .fallback_zone = request_.zone(), .journal = request_.journal()};
    KITH_TRY_ASSIGN(options.format, FormatOf(request_.format()));
    const ImportSink sink{.entry = [this](ImportedEntry entry) { return Take(std::move(entry)); },
                          .quarantined = [this](const Quarantined& lost) { Lose(lost); },
                          .progress = {}};
    const auto summary = ReadImport(options, sink);
    // What came so far is kept, so it is sent.
    unlocked_.loops.own().Poke();
    KITH_TRY(failed_);
    if (!summary) return summary.error();
    KITH_TRY(Flush());
    progress_.set_done(true);
    progress_.set_total(progress_.read());
    progress_.set_days(summary->days);
    if (summary->first) WriteDate(*summary->first, progress_.mutable_first());
    if (summary->last) WriteDate(*summary->last, progress_.mutable_last());
    writer_.Write(progress_);
    unlocked_.loops.own().Poke();
    return {};
  }

 private:
  bool Take(ImportedEntry entry) {
    failed_ = unlocked_.StillOpen();
    if (failed_ && caller_.gone()) {
      failed_ =
          Fail(Code::kCancelled, "Stopped. What was imported so far is kept; importing again goes on from there.");
    }
    if (!failed_) return false;
    bytes_ += entry.content.text.size();
    batch_.push_back({.name = entry.source_name(), .id = entry.kith_id, .content = std::move(entry.content)});
    if (batch_.size() < kBatchEntries && bytes_ < kBatchBytes) return true;
    failed_ = Flush();
    if (!failed_) return false;
    v1::ImportProgress shown = progress_;
    shown.clear_quarantined();
    writer_.Write(shown);
    return true;
  }

  void Lose(const Quarantined& lost) {
    if (progress_.quarantined_size() >= kShownLosses) return;
    v1::Quarantined* out = progress_.add_quarantined();
    out->set_where(lost.where);
    out->set_reason(lost.reason);
  }

  Result<> Flush() {
    const size_t count = batch_.size();
    size_t added = 0;
    KITH_TRY(unlocked_.vault->With([&](Journal& journal) -> Result<> {
      if (!request_.dry_run()) {
        KITH_TRY_ASSIGN(added, journal.Import(batch_));
        return {};
      }
      for (const Addition& addition : batch_) {
        KITH_TRY_ASSIGN(const bool known, journal.Imported(addition));
        if (!known) ++added;
      }
      return {};
    }));
    progress_.set_read(progress_.read() + count);
    progress_.set_added(progress_.added() + added);
    progress_.set_present(progress_.present() + count - added);
    batch_.clear();
    bytes_ = 0;
    return {};
  }

  Unlocked& unlocked_;
  const v1::ImportRequest& request_;
  Caller& caller_;
  grpc::ServerWriter<v1::ImportProgress>& writer_;
  std::vector<Addition> batch_;
  size_t bytes_ = 0;
  v1::ImportProgress progress_;
  Result<> failed_;
};

}  // namespace

grpc::Status LocalService::Import(grpc::ServerContext* context, const v1::ImportRequest* request,
                                  grpc::ServerWriter<v1::ImportProgress>* writer) {
  Caller caller(*context);
  return StatusOf(WithVault([&](Unlocked& unlocked) { return Importing(unlocked, *request, caller, *writer).Run(); }));
}

grpc::Status LocalService::ExportMarkdown(grpc::ServerContext* context, const v1::ExportRequest* request,
                                          grpc::ServerWriter<v1::ExportProgress>* writer) {
  Caller caller(*context);
  return StatusOf(WithVault([&](Unlocked& unlocked) -> Result<> {
    KITH_TRY_ASSIGN(MarkdownExport target, MarkdownExport::Begin(request->directory()));
    v1::ExportProgress progress;
    KITH_TRY(ReadAll(unlocked, [&](uint64_t total, const EntryId& entry, const Content& content) -> Result<> {
      if (caller.gone()) return Fail(Code::kCancelled, "Stopped. The files written so far are whole.");
      KITH_TRY(target.Add(entry, content));
      progress.set_total(total);
      progress.set_written(progress.written() + 1);
      if (progress.written() % kBatchEntries == 0) writer->Write(progress);
      return {};
    }));
    KITH_TRY(target.Finish());
    progress.set_done(true);
    writer->Write(progress);
    return {};
  }));
}

}  // namespace kith
