# Packs one layer zip; run by the target `layer`, which says what the variables are. The same commit and the same packages
# give the same bytes: times are the commit's, order and modes are fixed, and Info-ZIP carries its own compression.
cmake_minimum_required(VERSION 3.25)

get_filename_component(source ${CMAKE_CURRENT_LIST_DIR} DIRECTORY)
set(stage ${ZIP_FILE}.files)
set(about ${stage}/share/lambda-vitals)
set(readable OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
set(executable ${readable} OWNER_EXECUTE GROUP_EXECUTE WORLD_EXECUTE)

find_program(ZIP zip)  # now, as it may have been installed since the build was configured
if(NOT ZIP)
  message(FATAL_ERROR "zip is not installed; scripts/build-layer installs it")
endif()

# git_says(VARIABLE ARGUMENT...): empty if this is not a git checkout.
function(git_says variable)
  execute_process(COMMAND git -c safe.directory=${source} -C ${source} ${ARGN} OUTPUT_VARIABLE said ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  set(${variable} "${said}" PARENT_SCOPE)
endfunction()

set(commit "$ENV{VITALS_COMMIT}")  # where git is elsewhere, as for a build in Docker
if(commit STREQUAL "")
  git_says(commit describe --always --dirty --abbrev=40 "--exclude=*")
endif()
if(commit)
  set(COMMIT "\"${commit}\"")
else()
  set(COMMIT null)
endif()
set(epoch "$ENV{SOURCE_DATE_EPOCH}")
if(epoch STREQUAL "")
  git_says(epoch log -1 --format=%ct)
endif()
if(epoch STREQUAL "")
  set(epoch 315532800)  # 1980-01-01, where a zip's time begins
endif()

# licence(NAME FILE): the text that a package of the distribution brings.
function(licence name file)
  if(NOT EXISTS ${file})
    message(FATAL_ERROR "no licence text for ${name}: there is no ${file}. Its package of Debian or Ubuntu brings it;"
                        " scripts/build-layer installs that")
  endif()
  file(READ ${file} text)
  if(name STREQUAL boost)  # 2 MB about every file of Boost; the text of the licence itself is one paragraph of it
    string(REGEX MATCH "License: BSL-1.0\n( [^\n]*\n)+" text "${text}")
    if(NOT text MATCHES "Boost Software License - Version 1.0")
      message(FATAL_ERROR "${file} does not hold the Boost Software License")
    endif()
  endif()
  file(WRITE ${about}/licenses/${name}.txt "${text}")
endfunction()

file(REMOVE_RECURSE ${stage})
file(REMOVE ${ZIP_FILE})
file(INSTALL ${BINARY} DESTINATION ${stage}/extensions PERMISSIONS ${executable} MESSAGE_NEVER)
configure_file(${CMAKE_CURRENT_LIST_DIR}/manifest.json.in ${about}/manifest.json @ONLY NEWLINE_STYLE LF)
configure_file(${CMAKE_CURRENT_LIST_DIR}/NOTICE.txt ${about}/licenses/NOTICE.txt COPYONLY)
configure_file(${source}/LICENSE ${about}/licenses/LICENSE.txt COPYONLY)
set(packages /usr/share/doc)
licence(boost ${packages}/${BOOST_PACKAGE}/copyright)
licence(fmt ${packages}/libfmt-dev/copyright)
licence(nlohmann-json ${packages}/nlohmann-json3-dev/copyright)
licence(spdlog ${packages}/libspdlog-dev/copyright)
licence(gcc ${packages}/${GCC_PACKAGE}/copyright)
licence(glibc ${packages}/${GLIBC_PACKAGE}/copyright)
licence(gpl-3 /usr/share/common-licenses/GPL-3)
licence(lgpl-2.1 /usr/share/common-licenses/LGPL-2.1)
file(CHMOD_RECURSE ${about} FILE_PERMISSIONS ${readable} DIRECTORY_PERMISSIONS ${executable})

file(GLOB_RECURSE files LIST_DIRECTORIES false RELATIVE ${stage} ${stage}/*)
list(SORT files)
execute_process(COMMAND touch --date=@${epoch} ${files} WORKING_DIRECTORY ${stage} COMMAND_ERROR_IS_FATAL ANY)
execute_process(
  COMMAND ${CMAKE_COMMAND} -E env --unset=ZIPOPT --unset=ZIP TZ=UTC ${ZIP} -X -D -9 -q ${ZIP_FILE} ${files}
  WORKING_DIRECTORY ${stage} COMMAND_ERROR_IS_FATAL ANY)
file(REMOVE_RECURSE ${stage})

file(SIZE ${ZIP_FILE} size)
message("${ZIP_FILE}: ${size} bytes")
