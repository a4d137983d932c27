# The archive: kith-VERSION-SYSTEM-MACHINE.tar.gz of static programs (bin/), their manual and completions (share/). It runs wherever the kernel
# and the machine are of that kind, with nothing installed: kith-spark --archives ships it to workers.
#
#     cmake --build build --target archive        in any tree; builds the static programs in build/archive-build where the tree is not static itself
string(TOLOWER ${CMAKE_SYSTEM_NAME} archive_system)
set(archive ${CMAKE_BINARY_DIR}/kith-${PROJECT_VERSION}-${archive_system}-${CMAKE_SYSTEM_PROCESSOR}.tar.gz)
if(KITH_STATIC)
  set(stage ${CMAKE_BINARY_DIR}/archive)
  add_custom_target(archive
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${stage}
    COMMAND ${CMAKE_COMMAND} --install ${CMAKE_BINARY_DIR} --prefix ${stage} --strip
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${stage}/include ${stage}/${CMAKE_INSTALL_LIBDIR}
    COMMAND ${CMAKE_COMMAND} -E chdir ${stage} ${CMAKE_COMMAND} -E tar czf ${archive} .
    DEPENDS ${programs} docs COMMENT "${archive}" VERBATIM)
else()
  add_custom_target(archive
    COMMAND ${CMAKE_COMMAND} -S ${CMAKE_SOURCE_DIR} -B ${CMAKE_BINARY_DIR}/archive-build -G ${CMAKE_GENERATOR} -DKITH_STATIC=ON -DCMAKE_BUILD_TYPE=Release
      -DCMAKE_C_COMPILER=${CMAKE_C_COMPILER} -DCMAKE_C_COMPILER_LAUNCHER=${CMAKE_C_COMPILER_LAUNCHER}
    COMMAND ${CMAKE_COMMAND} --build ${CMAKE_BINARY_DIR}/archive-build --target archive
    COMMAND sh -c "mv ${CMAKE_BINARY_DIR}/archive-build/kith-*.tar.gz ${CMAKE_BINARY_DIR}/"
    COMMENT "static programs" VERBATIM USES_TERMINAL)
endif()
