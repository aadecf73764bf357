// The main() of the unit tests with Catch2 2, which ships only headers. Catch2 3 brings its own.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
