# kith_rooms(ROOM...): libkith, one archive of the files of all rooms.
function(kith_rooms)
  add_library(kith STATIC)
  foreach(room ${ARGN})
    file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/lib/${room}/*.c)
    if(sources)
      target_sources(kith PRIVATE ${sources})
    endif()
  endforeach()
  target_include_directories(kith PUBLIC ${CMAKE_SOURCE_DIR}/include)
  target_link_libraries(kith PRIVATE kith_settings PUBLIC PkgConfig::KITH_DEPS ${KITH_CSV} Threads::Threads m)
endfunction()

# kith_family(NAME VERB...): the program kith-NAME from tools/NAME/VERB.c (a two-word verb "fit lead" is fit_lead).
function(kith_family family)
  if(NOT ARGN)
    return()
  endif()
  set(declarations "")
  set(entries "")
  set(sources "")
  foreach(verb ${ARGN})
    string(APPEND declarations "extern const kith_verb kith_verb_${family}_${verb};\n")
    string(APPEND entries "    &kith_verb_${family}_${verb},\n")
    list(APPEND sources ${CMAKE_SOURCE_DIR}/tools/${family}/${verb}.c)
    string(REPLACE "_" " " words ${verb})
    set_property(GLOBAL APPEND_STRING PROPERTY KITH_FRONT_VERBS "    {\"${family}\", \"${words}\"},
")
  endforeach()
  set(main ${CMAKE_BINARY_DIR}/kith-${family}.c)
  file(CONFIGURE OUTPUT ${main} @ONLY CONTENT
"/* Made by cmake/kith.cmake: the verbs of kith-${family}. */
#include <kith/app.h>

${declarations}
static const kith_verb *const verbs[] = {
${entries}    NULL,
};

int main(int argc, char **argv) { return kith_app_main(\"${family}\", verbs, argc, argv); }
")
  add_executable(kith-${family} ${main} ${sources})
  target_link_libraries(kith-${family} PRIVATE kith kith_settings -Wl,--as-needed)
endfunction()

# kith_apart(FAMILY VERB LIBRARY): the program kith-FAMILY-VERB, from the verb's own file with KITH_APART, on a library that the others do not load.
function(kith_apart family verb library)
  set(main ${CMAKE_BINARY_DIR}/kith-${family}-${verb}.c)
  file(CONFIGURE OUTPUT ${main} @ONLY CONTENT
"/* Made by cmake/kith.cmake. */
#include <kith/app.h>

extern const kith_verb kith_verb_${family}_${verb};
static const kith_verb *const verbs[] = {&kith_verb_${family}_${verb}, NULL};

int main(int argc, char **argv) { return kith_app_main(\"${family}\", verbs, argc, argv); }
")
  add_executable(kith-${family}-${verb} ${main} ${CMAKE_SOURCE_DIR}/tools/${family}/${verb}.c)
  target_compile_definitions(kith-${family}-${verb} PRIVATE KITH_APART)
  target_link_libraries(kith-${family}-${verb} PRIVATE ${library} kith kith_settings -Wl,--as-needed)
endfunction()

# kith_front(): the program kith, which executes kith-FAMILY; it knows the verbs' names from above, and the texts of the manual.
function(kith_front)
  set(table ${CMAKE_BINARY_DIR}/kith-verbs.c)
  get_property(KITH_FRONT_VERBS GLOBAL PROPERTY KITH_FRONT_VERBS)
  file(CONFIGURE OUTPUT ${table} @ONLY CONTENT
"/* Made by cmake/kith.cmake: the verbs of all families. */
extern const char *const kith_front_verbs[][2];
const char *const kith_front_verbs[][2] = {
${KITH_FRONT_VERBS}    {0, 0},
};
")
  file(GLOB texts CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/man/*.txt)
  set(pages ${CMAKE_BINARY_DIR}/kith-pages.c)
  add_custom_command(OUTPUT ${pages} COMMAND sh ${CMAKE_SOURCE_DIR}/man/embed.sh ${CMAKE_SOURCE_DIR}/man ${pages}
    DEPENDS ${texts} ${CMAKE_SOURCE_DIR}/man/embed.sh VERBATIM)
  add_executable(kith-front ${CMAKE_SOURCE_DIR}/tools/kith.c ${table} ${pages})
  set_target_properties(kith-front PROPERTIES OUTPUT_NAME kith)
  target_link_libraries(kith-front PRIVATE kith kith_settings -Wl,--as-needed)
endfunction()
