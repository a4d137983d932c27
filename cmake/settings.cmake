# Compilers' settings: strict everywhere, hardened in releases, and no fast-math: equal bytes are promised.
add_library(kith_settings INTERFACE)
target_compile_options(kith_settings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla -Wundef
  -Werror -ffp-contract=off -fno-math-errno -fno-strict-aliasing
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
target_compile_definitions(kith_settings INTERFACE _POSIX_C_SOURCE=200809L _FILE_OFFSET_BITS=64 KITH_VERSION="${PROJECT_VERSION}")
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
  # GCC takes "maybe uninitialised" from inlined paths that cannot run; clang's analysis stands in for it.
  target_compile_options(kith_settings INTERFACE -Wno-maybe-uninitialized -Wno-pedantic)
else()
  target_compile_options(kith_settings INTERFACE -Wno-gnu -Wno-bit-int-extension)
endif()
option(KITH_STATIC "programs that need no library where they run (kith-segment-community, on igraph, and the tests stay out)" OFF)
if(KITH_STATIC)
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
endif()
set(KITH_SANITIZE "" CACHE STRING "sanitizers, such as address,undefined or thread")
if(KITH_SANITIZE)
  target_compile_options(kith_settings INTERFACE -fsanitize=${KITH_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
  target_link_options(kith_settings INTERFACE -fsanitize=${KITH_SANITIZE})
  if(KITH_SANITIZE MATCHES "integer|implicit-conversion") # clang's groups: where wrapping and cutting are meant
    target_compile_options(kith_settings INTERFACE -fsanitize-ignorelist=${CMAKE_SOURCE_DIR}/tests/fuzz/integers.txt)
  endif()
else()
  target_compile_options(kith_settings INTERFACE $<$<CONFIG:Release>:-O2> -fstack-protector-strong -fPIE
    $<$<CONFIG:Release>:-U_FORTIFY_SOURCE> $<$<CONFIG:Release>:-D_FORTIFY_SOURCE=2>)
  target_link_options(kith_settings INTERFACE $<IF:$<BOOL:${KITH_STATIC}>,-static-pie,-pie> -Wl,-z,relro -Wl,-z,now)
endif()
set(CMAKE_C_FLAGS_RELEASE "-DNDEBUG=1")
set(CMAKE_C_FLAGS_DEBUG "-O1 -g")
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(KITH_DEPS REQUIRED IMPORTED_TARGET libpcre2-8 gsl zlib libzstd uchardet nettle libutf8proc)
set_source_files_properties(${CMAKE_SOURCE_DIR}/lib/stream/encoding.c PROPERTIES COMPILE_DEFINITIONS KITH_UCHARDET="${KITH_DEPS_uchardet_VERSION}")
find_library(KITH_CSV csv REQUIRED)
find_path(KITH_XXHASH_INCLUDE xxhash.h REQUIRED)
if(KITH_STATIC)
  set(CMAKE_C_STANDARD_LIBRARIES "-lstdc++ -lm") # uchardet's, after all others
endif()
