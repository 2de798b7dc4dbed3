#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "client/cli/invocation.h"

int main(int argc, char** argv) {
  umask(077);
  const rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);  // a core file would hold entries and passphrases in the clear
  kith::Terminal terminal(stdin, stdout, stderr);
  kith::Invocation invocation(terminal);
  const int status = kith::RunCli(argc, argv, invocation);
  // All output is flushed; taking the connection and gRPC down in order would only cost time.
  _exit(status);
}
