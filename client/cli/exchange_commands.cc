// import, export.
#include <CLI/CLI.hpp>
#include <memory>

#include "client/cli/invocation.h"
#include "client/cli/json_output.h"
#include "client/cli/text_output.h"

namespace kith {
namespace {

struct ImportOptions {
  std::string path, journal, zone;
  bool dry_run = false;
};

std::string ProgressText(const char* what, uint64_t done, uint64_t total) {
  return std::string(what) + " " + Count(done) + (total > 0 ? " of " + Count(total) : "");
}

void TellImport(Invocation& invocation, const v1::ImportProgress& end, const ImportOptions& options) {
  std::string line = Count(end.read()) + (end.read() == 1 ? " entry on " : " entries on ") + Count(end.days()) +
                     (end.days() == 1 ? " day" : " days");
  if (end.has_first() && end.has_last()) line += ", from " + DayText(end.first()) + " to " + DayText(end.last());
  invocation.Tell(line + ".");
  invocation.Tell(Count(end.added()) + (options.dry_run ? " would be added, " : " added, ") + Count(end.present()) +
                  " were there already.");
  if (end.quarantined_size() == 0) return;
  invocation.terminal.Say(Count(static_cast<uint64_t>(end.quarantined_size())) +
                          " could not be read and were left out; everything else is unaffected:");
  for (const v1::Quarantined& part : end.quarantined()) {
    invocation.terminal.Say("  " + part.where() + ": " + part.reason());
  }
}

Result<void> Import(Invocation& invocation, v1::ImportRequest::Format format, const ImportOptions& options) {
  v1::ImportRequest request;
  request.set_format(format);
  KITH_TRY_ASSIGN(*request.mutable_path(), AbsolutePath(options.path));
  request.set_dry_run(options.dry_run);
  request.set_journal(options.journal);
  request.set_zone(options.zone);
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  return agent->Import(request, [&](const v1::ImportProgress& progress) -> Result<void> {
    invocation.Emit(Json(progress));
    if (progress.done()) {
      TellImport(invocation, progress, options);
    } else {
      invocation.terminal.Progress(ProgressText("Reading", progress.read(), progress.total()));
    }
    return {};
  });
}

Result<void> Export(Invocation& invocation, const std::string& directory) {
  v1::ExportRequest request;
  KITH_TRY_ASSIGN(*request.mutable_directory(), AbsolutePath(directory));
  KITH_TRY_ASSIGN(AgentClient* const agent, invocation.Agent());
  return agent->Export(request, [&](const v1::ExportProgress& progress) -> Result<void> {
    invocation.Emit(Json(progress));
    if (progress.done()) {
      invocation.Tell(Count(progress.written()) + (progress.written() == 1 ? " entry" : " entries") + " written to " +
                      directory + ". These files are not encrypted: whoever reads the folder reads them.");
    } else {
      invocation.terminal.Progress(ProgressText("Writing", progress.written(), progress.total()));
    }
    return {};
  });
}

void AddFormat(CLI::App& import, Invocation& invocation, v1::ImportRequest::Format format, const char* name,
               const char* what, const char* example) {
  auto options = std::make_shared<ImportOptions>();
  CLI::App* command = import.add_subcommand(name, what);
  command->add_option("PATH", options->path, "A file, a folder, or a zip, tar or gzip of them")->required();
  command->add_flag("--dry-run", options->dry_run, "Only count; change nothing");
  command->add_option("--journal", options->journal, "Put all of it into this journal");
  command->add_option("--zone", options->zone, "The zone of dates that name none, such as Europe/London");
  command->footer(std::string("Example:\n  kith import ") + example);
  command->callback([&invocation, format, options] { invocation.result = Import(invocation, format, *options); });
}

}  // namespace

void AddExchangeCommands(CLI::App& app, Invocation& invocation) {
  CLI::App* import = app.add_subcommand("import", "Take in another journal; again adds nothing twice");
  import->require_subcommand(1);
  import->footer("Example:\n  kith import dayone Journal.zip --dry-run");
  AddFormat(*import, invocation, v1::ImportRequest::DAY_ONE, "dayone", "Day One's JSON export", "dayone Journal.zip");
  AddFormat(*import, invocation, v1::ImportRequest::JRNL, "jrnl", "jrnl's JSON export", "jrnl journal.json");
  AddFormat(*import, invocation, v1::ImportRequest::MARKDOWN, "markdown", "A folder of Markdown files",
            "markdown ~/notes --journal notes");

  CLI::App* out = app.add_subcommand("export", "Write everything out as plain files");
  out->require_subcommand(1);
  out->footer("Example:\n  kith export markdown ~/journal-copy");
  auto directory = std::make_shared<std::string>();
  CLI::App* markdown = out->add_subcommand("markdown", "One Markdown file for each entry");
  markdown->add_option("DIR", *directory, "A new or empty folder")->required();
  markdown->footer("Example:\n  kith export markdown ~/journal-copy");
  markdown->callback([&invocation, directory] { invocation.result = Export(invocation, *directory); });
}

}  // namespace kith
