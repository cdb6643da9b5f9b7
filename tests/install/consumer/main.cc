// Prints the version of libobs that it was linked with.
#include <cstdio>

#include "obs/version.h"

int main() {
  std::puts(obs::Version());
}
