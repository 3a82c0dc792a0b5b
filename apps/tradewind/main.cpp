#include "apps/tradewind/command_list.hpp"
#include "apps/tradewind/program.hpp"
#include "kit/cli/run.hpp"

int main(int argc, char** argv) { return tw::cli::run(argc, argv, tw::app::program(), tw::app::command_list()); }
