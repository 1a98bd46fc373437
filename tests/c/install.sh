#!/usr/bin/env bash
# Tests `make install`: installs into temporary directories, checks the files, and builds programs outside the tree in every
# documented way. Prints TAP. CC and CXX may name other compilers.
set -euo pipefail
cd "$(dirname "$0")/../.."

cc=${CC:-cc}
cxx=${CXX:-c++}
unset PREFIX LIBDIR INCLUDEDIR DESTDIR MAKEFLAGS MFLAGS MAKELEVEL PKG_CONFIG_PATH PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR
unset CMAKE_PREFIX_PATH CFLAGS CXXFLAGS LDFLAGS LD_LIBRARY_PATH LIBRARY_PATH CPATH
export LC_ALL=C

if [ "$(uname -s)" != Linux ]; then
    echo "# skipped: what is installed is looked at on Linux only"
    echo "1..0"
    exit
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
count=0
failed=0

# Runs a command and reports it under a name. Shows its output if it failed.
check() {
    local name=$1
    shift
    count=$((count + 1))
    if "$@" >"$work/output" 2>&1 </dev/null; then
        echo "ok $count - $name"
    else
        echo "not ok $count - $name"
        sed 's/^/# /' "$work/output"
        failed=$((failed + 1))
    fi
}

skipped() {
    echo "# skipped: $1"
}

# Checks that two texts are equal.
same() {
    [ "$1" = "$2" ] || { echo "not the same: '$1' and '$2'" && return 1; }
}

# Checks that a program prints the expected text. Directories of libraries may follow.
runs() {
    same "$(LD_LIBRARY_PATH=${2:-} "$1")" "ok invalid_json"
}

needs() {
    readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\].*/\1/p'
}

needs_linkwa() {
    needs "$1" | grep -x 'liblinkwa\.so\.1'
}

needs_no_linkwa() {
    local needed
    needed=$(needs "$1") || return 1
    ! printf '%s\n' "$needed" | grep linkwa
}

only_libc_family() {
    echo "needed: $*"
    [ $# -gt 0 ] || return 1
    ! printf '%s\n' "$@" | grep -v -x -E '(libc|libm|libgcc_s|libpthread|libdl|librt|ld-linux[a-z0-9_-]*|linux-vdso)\.so(\.[0-9]+)*'
}

cp ffi-c/conan/test_package/program.c "$work"
cat >"$work/program.cpp" <<'END'
#include <linkwa.h>
#if __has_include(<linkwa.hpp>)
#include <linkwa.hpp>
#endif
#include <iostream>
#include <stdexcept>

int main()
{
    linkwa_findings *findings = nullptr;
    linkwa_status status = linkwa_validate("{", 1, &findings, nullptr);
    try {
        throw std::runtime_error(linkwa_findings_code(findings, 0));
    } catch (const std::exception &error) {
        std::cout << linkwa_status_name(status) << ' ' << error.what() << std::endl;
    }
    linkwa_findings_free(findings);
}
END
cat >"$work/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.13)
project(outside C CXX)
find_package(linkwa ${WANTED} REQUIRED)
find_package(linkwa REQUIRED) # twice is no mistake
if(NOT linkwa_DIR MATCHES "^${BELOW}/")
    message(FATAL_ERROR "another one was found: ${linkwa_DIR}")
endif()
set(CMAKE_CXX_STANDARD 17)
add_executable(shared program.c)
target_link_libraries(shared linkwa::linkwa)
add_executable(static program.c)
target_link_libraries(static linkwa::linkwa_static)
add_executable(sharedxx program.cpp)
target_link_libraries(sharedxx linkwa::linkwa)
add_executable(staticxx program.cpp)
target_link_libraries(staticxx linkwa::linkwa_static)
find_package(linkwa 99 QUIET)
if(linkwa_FOUND)
    message(FATAL_ERROR "this is not version 99")
endif()
END
cat >"$work/second.rs" <<'END'
//! A second Rust library in the same program, which catches a panic of its own.
#[unsafe(no_mangle)]
pub extern "C" fn second() -> i32 {
    std::panic::set_hook(Box::new(|_| {}));
    let caught = std::panic::catch_unwind(|| if std::env::args_os().count() < 1000 { panic!("caught") });
    std::thread::spawn(move || i32::from(caught.is_err())).join().unwrap_or(0)
}
END
cat >"$work/both.c" <<'END'
#include <linkwa.h>
#include <stdio.h>

int second(void);

int main(void)
{
    linkwa_findings *findings = NULL;
    linkwa_status status = linkwa_validate("{", 1, &findings, NULL);
    if (second() == 1)
        printf("%s %s\n", linkwa_status_name(status), linkwa_findings_code(findings, 0));
    linkwa_findings_free(findings);
    return 0;
}
END

# Builds and runs programs outside the tree, with the files installed in a prefix ($2) and a directory of libraries ($3).
programs() {
    local where=$1 prefix=$2 lib=$3 out flags options
    out=$work/programs/$where
    mkdir -p "$out"
    export PKG_CONFIG_PATH=$lib/pkgconfig

    if command -v pkg-config >/dev/null; then
        check "$where: pkg-config tells the version" same "$(pkg-config --modversion linkwa)" "$version"
        flags="-Wall -Wextra -Werror $(pkg-config --cflags linkwa)"
        # shellcheck disable=SC2046,SC2086 # options are several words
        {
            check "$where: C with the shared library, by pkg-config" \
                "$cc" -std=c99 $flags "$work/program.c" $(pkg-config --libs linkwa) -o "$out/shared"
            check "$where: it runs" runs "$out/shared" "$lib"
            check "$where: it needs liblinkwa.so.1" needs_linkwa "$out/shared"

            check "$where: C with the static library, by pkg-config --static" \
                "$cc" -std=c99 $flags "$work/program.c" $(pkg-config --static --libs linkwa | sed 's/-llinkwa/-l:liblinkwa.a/') -o "$out/static"
            check "$where: it runs" runs "$out/static"
            check "$where: it needs no liblinkwa" needs_no_linkwa "$out/static"

            if echo 'int main(void) { return 0; }' | "$cc" -static -x c - -lm -o "$out/nothing" 2>/dev/null; then
                check "$where: C, all static, by pkg-config --static" \
                    "$cc" -std=c99 -static $flags "$work/program.c" $(pkg-config --static --libs linkwa) -o "$out/all"
                check "$where: it runs" runs "$out/all"
                check "$where: it needs nothing" same "$(needs "$out/all")" ""
            else
                skipped "$where: a program that is all static (there is no static libc)"
            fi

            check "$where: C++17 with the shared library, by pkg-config" \
                "$cxx" -std=c++17 $flags "$work/program.cpp" $(pkg-config --libs linkwa) -o "$out/sharedxx"
            check "$where: it runs" runs "$out/sharedxx" "$lib"
            check "$where: C++17 with the static library, by pkg-config --static" \
                "$cxx" -std=c++17 $flags "$work/program.cpp" $(pkg-config --static --libs linkwa | sed 's/-llinkwa/-l:liblinkwa.a/') -o "$out/staticxx"
            check "$where: it runs" runs "$out/staticxx"
        }
    else
        skipped "$where: programs by pkg-config (it is not installed)"
    fi

    if command -v cmake >/dev/null; then
        mkdir -p "$out/source"
        cp "$work/CMakeLists.txt" "$work/program.c" "$work/program.cpp" "$out/source"
        options=(-DCMAKE_PREFIX_PATH="$prefix")
        [ "$lib" = "$prefix/lib" ] || options=(-Dlinkwa_DIR="$lib/cmake/linkwa")
        check "$where: cmake finds it" cmake -S "$out/source" -B "$out/cmake" -DCMAKE_C_COMPILER="$cc" -DCMAKE_CXX_COMPILER="$cxx" \
            -DWANTED="${version%.*}" -DBELOW="$lib" "${options[@]}"
        check "$where: cmake builds C and C++, shared and static" cmake --build "$out/cmake"
        for program in shared static sharedxx staticxx; do
            check "$where: cmake's $program runs" runs "$out/cmake/$program"
        done
        check "$where: cmake's shared needs liblinkwa.so.1" needs_linkwa "$out/cmake/shared"
        check "$where: cmake's static needs no liblinkwa" needs_no_linkwa "$out/cmake/static"
    else
        skipped "$where: programs by cmake (it is not installed)"
    fi
}

check "make install" make install DESTDIR="$work/stage" PREFIX=/opt/linkwa
prefix=$work/stage/opt/linkwa
lib=$prefix/lib
if [ ! -e "$lib/liblinkwa.so" ]; then
    echo "1..$count"
    exit 1
fi
version=$(sed -n 's/^Version: //p' "$lib/pkgconfig/linkwa.pc")

wanted="./include/linkwa.h
./lib/cmake/linkwa/linkwaConfig.cmake
./lib/cmake/linkwa/linkwaConfigVersion.cmake
./lib/liblinkwa.a
./lib/liblinkwa.so
./lib/liblinkwa.so.1
./lib/liblinkwa.so.1.$version
./lib/pkgconfig/linkwa.pc"
[ ! -e include/linkwa.hpp ] || wanted=$(printf '%s\n' "$wanted" ./include/linkwa.hpp | sort)
check "it installs these files" same "$(cd "$prefix" && find . ! -type d | sort)" "$wanted"
check "no file of it names a directory of this machine" sh -c "! grep -r -F -e '$work' -e '$PWD' -e /opt/linkwa '$lib/pkgconfig' '$lib/cmake'"
check "liblinkwa.so is a link to liblinkwa.so.1" same "$(readlink "$lib/liblinkwa.so")" liblinkwa.so.1
check "liblinkwa.so.1 is a link to the library" same "$(readlink "$lib/liblinkwa.so.1")" "liblinkwa.so.1.$version"
check "the soname is liblinkwa.so.1" same "$(readelf -d "$lib/liblinkwa.so" | sed -n 's/.*(SONAME).*\[\(.*\)\].*/\1/p')" liblinkwa.so.1
check "so it is with cargo-c" same "liblinkwa.so.$(sed -n '/^\[package.metadata.capi.library\]/,/^$/s/^version = "\([0-9]*\).*/\1/p' ffi-c/Cargo.toml)" liblinkwa.so.1

exported=$(nm -D --defined-only "$lib/liblinkwa.so" | awk '{ print $NF }')
check "the shared library exports linkwa_* only" same "$(printf '%s\n' "$exported" | grep -v '^linkwa_')" ""
check "it exports what ffi-c/symbols.txt lists" ffi-c/install/symbols
check "it is under 4.4 MB" test "$(stat -c %s "$lib/liblinkwa.so.1.$version")" -lt 4400000
check "it is stripped" same "$(readelf -SW "$lib/liblinkwa.so" | grep -F -e .symtab -e .debug_)" ""
# shellcheck disable=SC2046 # a word for each library
{
    check "it needs the libc family only" only_libc_family $(needs "$lib/liblinkwa.so")
    check "so does what it needs" only_libc_family $(ldd "$lib/liblinkwa.so" | awk '{ n = split($1, parts, "/"); print parts[n] }')
}

if ld --help | grep -e --force-group-allocation >/dev/null; then
    check "the static library has the same global names" \
        same "$(nm -g --defined-only "$lib/liblinkwa.a" | awk 'NF == 3 { print $3 }' | sort)" "$(printf '%s\n' "$exported" | sort)"
    check "a second Rust library" "${RUSTC:-rustc}" --edition 2024 --crate-type staticlib "$work/second.rs" -o "$work/libsecond.a"
    check "both in one program" "$cc" -I"$prefix/include" "$work/both.c" "$lib/liblinkwa.a" "$work/libsecond.a" -lm -lpthread -ldl -o "$work/both"
    check "it runs, and unwinds" runs "$work/both"
    check "both in one program, the other way round" \
        "$cc" -I"$prefix/include" "$work/both.c" "$work/libsecond.a" "$lib/liblinkwa.a" -lm -lpthread -ldl -o "$work/both"
    check "it runs, and unwinds" runs "$work/both"
else
    skipped "a program with two Rust libraries (the linker cannot hide names)"
fi

check "the test of lengths and of a small stack compiles" "$cc" -std=c99 -D_POSIX_C_SOURCE=200809L -pthread -I"$prefix/include" -Itests/c \
    tests/c/test_limits.c tests/c/help.c tests/c/sandbox.c tests/c/server.c tests/c/tap.c tests/c/value.c \
    -L"$lib" -Wl,-rpath,"$lib" -llinkwa -ldl -o "$work/limits"
check "64 KiB of stack are enough for what is installed" "$work/limits"

programs "installed" "$prefix" "$lib"

mv "$prefix" "$work/moved"
programs "moved" "$work/moved" "$work/moved/lib"

check "make install with a deeper LIBDIR" make install DESTDIR="$work/deeper" PREFIX=/usr LIBDIR=/usr/lib/some-machine/ INCLUDEDIR=/usr/include/linkwa
programs "deeper" "$work/deeper/usr" "$work/deeper/usr/lib/some-machine"

check "make install with a LIBDIR elsewhere" make install PREFIX="$work/here" LIBDIR="$work/there"
programs "elsewhere" "$work/here" "$work/there"

# On a target without shared libraries, such as musl, Cargo reports none.
real_cargo=${CARGO:-cargo}
cat >"$work/cargo" <<END
#!/bin/sh
set -e
"$real_cargo" "\$@" >"$work/cargo.out"
sed 's|"[^"]*/liblinkwa\.so",*||' "$work/cargo.out"
END
chmod +x "$work/cargo"
check "make install of a target without shared libraries" make install CARGO="$work/cargo" PREFIX="$work/static"
cp "$work/output" "$work/said"
check "it says what is left out" grep 'liblinkwa.so is left out' "$work/said"
check "it says so at the end" grep 'Only the static library' "$work/said"
check "it installs no shared library" same "$(find "$work/static/lib" -name '*.so*')" ""
check "its static library has the same global names" \
    same "$(nm -g --defined-only "$work/static/lib/liblinkwa.a" | awk 'NF == 3 && $3 ~ /^linkwa_/ { print $3 }' | sort)" "$(printf '%s\n' "$exported" | sort)"
mkdir -p "$work/programs/static"
if command -v pkg-config >/dev/null; then
    export PKG_CONFIG_PATH=$work/static/lib/pkgconfig
    # shellcheck disable=SC2046 # options are several words
    check "static: C by pkg-config without --static" \
        "$cc" -std=c99 "$work/program.c" $(pkg-config --cflags --libs linkwa) -o "$work/programs/static/program"
    check "static: it runs" runs "$work/programs/static/program"
    check "static: it needs no liblinkwa" needs_no_linkwa "$work/programs/static/program"
fi
if command -v cmake >/dev/null; then
    mkdir -p "$work/programs/static/source"
    cp "$work/CMakeLists.txt" "$work/program.c" "$work/program.cpp" "$work/programs/static/source"
    check "static: cmake finds it" cmake -S "$work/programs/static/source" -B "$work/programs/static/cmake" -DCMAKE_C_COMPILER="$cc" \
        -DCMAKE_CXX_COMPILER="$cxx" -DWANTED="${version%.*}" -DBELOW="$work/static/lib" -DCMAKE_PREFIX_PATH="$work/static"
    check "static: cmake builds every program" cmake --build "$work/programs/static/cmake"
    check "static: cmake's linkwa::linkwa runs" runs "$work/programs/static/cmake/shared"
    check "static: it needs no liblinkwa" needs_no_linkwa "$work/programs/static/cmake/shared"
fi

check "make uninstall" make uninstall DESTDIR="$work/deeper" PREFIX=/usr LIBDIR=/usr/lib/some-machine/ INCLUDEDIR=/usr/include/linkwa
check "it leaves no file" same "$(find "$work/deeper" ! -type d)" ""
check "a PREFIX that is not absolute is refused" sh -c "! make install DESTDIR='$work/stage' PREFIX=relative"

echo "1..$count"
[ "$failed" = 0 ] || { echo "# $failed of $count failed" && exit 1; }
