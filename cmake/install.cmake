# Manual, completions, installation and packages.
include(GNUInstallDirs)

set(programs kith-front)
if(TARGET kith-segment-community)
  list(APPEND programs kith-segment-community)
endif()
foreach(family ingest dedupe segment score report)
  if(TARGET kith-${family})
    list(APPEND programs kith-${family})
  endif()
endforeach()

if(NOT CMAKE_CROSSCOMPILING)
  file(GLOB prose CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/man/* ${CMAKE_SOURCE_DIR}/completions/*)
  add_custom_command(OUTPUT ${CMAKE_BINARY_DIR}/man/stamp
    COMMAND sh ${CMAKE_SOURCE_DIR}/man/make.sh ${CMAKE_BINARY_DIR} ${CMAKE_BINARY_DIR}/man
    COMMAND sh ${CMAKE_SOURCE_DIR}/completions/make.sh ${CMAKE_BINARY_DIR} ${CMAKE_BINARY_DIR}/completions
    COMMAND ${CMAKE_COMMAND} -E touch ${CMAKE_BINARY_DIR}/man/stamp
    DEPENDS ${programs} ${prose}
    COMMENT "manual and completions" VERBATIM)
  add_custom_target(docs ALL DEPENDS ${CMAKE_BINARY_DIR}/man/stamp)
  # The manual as HTML, in html/ of the build folder: ninja html (needs mandoc).
  add_custom_target(html COMMAND sh ${CMAKE_SOURCE_DIR}/man/html.sh ${CMAKE_BINARY_DIR}/man ${CMAKE_BINARY_DIR}/html
    DEPENDS ${CMAKE_BINARY_DIR}/man/stamp COMMENT "manual as HTML" VERBATIM)
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

# libkith for other programs: kith.pc and a CMake package.
# Both find the library from where they lie themselves, so that `cmake --install --prefix` and a moved folder work.
include(CMakePackageConfigHelpers)
file(RELATIVE_PATH kith_up /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(${CMAKE_SOURCE_DIR}/cmake/kith.pc.in ${CMAKE_BINARY_DIR}/kith.pc @ONLY)
configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/kith-config.cmake.in ${CMAKE_BINARY_DIR}/kith-config.cmake
  INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/kith PATH_VARS CMAKE_INSTALL_LIBDIR CMAKE_INSTALL_INCLUDEDIR NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/kith-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/kith.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES ${CMAKE_BINARY_DIR}/kith-config.cmake ${CMAKE_BINARY_DIR}/kith-config-version.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/kith)
install(PROGRAMS tools/spark/kith-spark DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES README.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

# A .deb: cpack -G DEB in the build folder.
set(CPACK_PACKAGE_NAME kith)
set(CPACK_PACKAGE_CONTACT "the kith developers <kith@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Unix filters for analysts: ingest, dedupe, segment, score, report")
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_SOURCE_DIR}/LICENSE)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_SECTION text)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "man-db, python3, default-jre-headless") # the last two for kith-spark
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_GENERATOR DEB)
set(CPACK_STRIP_FILES ON)
include(CPack)
