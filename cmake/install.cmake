# Manual, completions, installation and packages.
include(GNUInstallDirs)

set(programs kith-front kith-segment-community)
foreach(family ingest dedupe segment score report)
  if(TARGET kith-${family})
    list(APPEND programs kith-${family})
  endif()
endforeach()

if(NOT CMAKE_CROSSCOMPILING)
  file(GLOB prose CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/man/*)
  add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/man/stamp
    COMMAND sh ${CMAKE_SOURCE_DIR}/man/make.sh ${CMAKE_BINARY_DIR} ${CMAKE_BINARY_DIR}/man
    COMMAND sh ${CMAKE_SOURCE_DIR}/completions/make.sh ${CMAKE_BINARY_DIR} ${CMAKE_BINARY_DIR}/completions
    COMMAND ${CMAKE_COMMAND} -E touch ${CMAKE_BINARY_DIR}/man/stamp
    DEPENDS ${programs} ${prose} ${CMAKE_SOURCE_DIR}/completions/make.sh
    COMMENT "manual and completions" VERBATIM)
  add_custom_target(docs ALL DEPENDS ${CMAKE_BINARY_DIR}/man/stamp)
  install(DIRECTORY ${CMAKE_BINARY_DIR}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 FILES_MATCHING PATTERN "*.1")
  install(DIRECTORY ${CMAKE_BINARY_DIR}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man5 FILES_MATCHING PATTERN "*.5")
  install(DIRECTORY ${CMAKE_BINARY_DIR}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man7 FILES_MATCHING PATTERN "*.7")
  install(FILES ${CMAKE_BINARY_DIR}/completions/kith.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME kith)
  install(FILES ${CMAKE_BINARY_DIR}/completions/_kith DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES ${CMAKE_BINARY_DIR}/completions/kith.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()

install(TARGETS ${programs} DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS kith ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/kith DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
