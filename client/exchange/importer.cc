#include "client/exchange/importer.h"

#include "client/exchange/formats.h"

namespace kith {

Result<ImportSummary> ReadImport(const ImportOptions& options, const ImportSink& sink) {
  KITH_TRY_ASSIGN(ImportIntake intake, ImportIntake::Open(options, sink));
  switch (options.format) {
    case ImportFormat::kDayOne:
      KITH_TRY(ReadDayOne(options, intake));
      return intake.Finish(kDayOneExpected);
    case ImportFormat::kJrnl:
      KITH_TRY(ReadJrnl(options, intake));
      return intake.Finish(kJrnlExpected);
    case ImportFormat::kMarkdown:
      KITH_TRY(ReadMarkdown(options, intake));
      return intake.Finish(kMarkdownExpected);
  }
  return Fail(Code::kInvalidArgument, "unknown import format");
}

}  // namespace kith
