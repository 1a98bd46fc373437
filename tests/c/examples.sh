#!/usr/bin/env bash
# Tests the examples of ffi-c/examples, the C and C++ programs of README.md and ffi-c/README.md, and include/linkwa.hpp:
# tests/c/examples.sh [plain|asan]
#
# Compiles them with warnings as errors and runs them against the sandbox; `asan` does so for the examples and linkwa.hpp with the
# address sanitizer, which finds leaks. Checks the exit status, the output, and the requests that the sandbox received. Prints TAP.
#
# CC and CXX may name other compilers. Writes to $CARGO_TARGET_DIR/c/examples.
set -euo pipefail
cd "$(dirname "$0")/../.."

mode=${1:-plain}
case $mode in plain | asan) ;; *) echo "usage: tests/c/examples.sh [plain|asan]" >&2; exit 2 ;; esac

read -r -a cc <<<"${CC:-cc}"
read -r -a cxx <<<"${CXX:-c++}"
warnings=(-Wall -Wextra -Wpedantic -Werror)
target=${CARGO_TARGET_DIR:-target}
mkdir -p "$target/c/examples"
target=$(cd "$target" && pwd)
out=$target/c/examples/$mode
rm -rf "$out"
mkdir -p "$out/callbacks" "$out/readme"

"${CARGO:-cargo}" build --quiet --locked -p linkwa-ffi -p linkwa-sandbox
ln -s ../../../debug/liblinkwa.so "$out/liblinkwa.so"
ln -s ../../../debug/liblinkwa.so "$out/liblinkwa.so.1"
link=("-L$out" "-Wl,-rpath,$out" -llinkwa)

# `python3` may be a script that looks for a Python, each time.
python=$(python3 -c 'import sys; print(sys.executable)')

# The programs get no LINKWA_ or proxy variables of this machine.
for name in "${!LINKWA_@}" http_proxy https_proxy all_proxy no_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY; do unset "$name"; done
# The sanitizer gets an exit status that no program uses.
export RUST_BACKTRACE=0 LC_ALL=C ASAN_OPTIONS=detect_leaks=1:exitcode=99 UBSAN_OPTIONS=exitcode=99

echo "TAP version 14"
count=0
failed=0
result() { # result STATUS NAME
    count=$((count + 1))
    if [ "$1" = 0 ]; then echo "ok $count - $2"; else failed=$((failed + 1)); echo "not ok $count - $2"; fi
}
skipped() {
    count=$((count + 1))
    echo "ok $count - $1 # SKIP $2"
}
# check NAME COMMAND...: reports whether the command succeeds; shows its output if not.
check() {
    local name=$1 status=0
    shift
    "$@" >"$out/check.log" 2>&1 </dev/null || status=$?
    if [ "$status" != 0 ]; then head -n 60 "$out/check.log" | sed 's/^/# /'; fi
    result "$status" "$name"
}

# Starts a server for callbacks. It keeps each body in a file, and ends with this script.
receiver='
import http.server, itertools, os, sys, threading
numbers = itertools.count()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        path = os.path.join(sys.argv[1], "%03d" % next(numbers))
        with open(path + ".part", "wb") as file:
            file.write(body)
        os.rename(path + ".part", path + ".json")
        self.send_response(200)
        self.end_headers()
    def log_message(self, *arguments):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_address[1], flush=True)
sys.stdin.read()
'
# Both servers end when the other end of this pipe is closed, which is when the script ends.
mkfifo "$out/alive"
exec 9<>"$out/alive"
started() { # started FILE: its first line, when it is there
    for _ in $(seq 600); do
        if [ -s "$1" ]; then head -n 1 "$1" && return; fi
        sleep 0.05
    done
    echo "Bail out! $1 stayed empty" && exit 1
}
mkfifo "$out/receiver.in" "$out/sandbox.in"
"$python" -c "$receiver" "$out/callbacks" <"$out/receiver.in" >"$out/receiver.out" 9>&- &
exec 7>"$out/receiver.in"
port=$(started "$out/receiver.out")
"$target/debug/linkwa-sandbox" --exit-with-stdin --default-gate "http://127.0.0.1:$port/callback" \
    <"$out/sandbox.in" >"$out/sandbox.out" 2>"$out/sandbox.log" 7>&- 9>&- &
exec 8>"$out/sandbox.in"
ready=$(started "$out/sandbox.out")
field() { "$python" -c 'import json, sys; print(json.loads(sys.argv[1])[sys.argv[2]])' "$ready" "$1"; }
base_url=$(field base_url)
control_url=$(field control_url)
export LINKWA_BASE_URL=$base_url LINKWA_USERNAME=user LINKWA_PASSWORD=secret LINKWA_PLATFORM_ID=p LINKWA_PLATFORM_PARTNER_ID=pp
export LINKWA_SOURCE=+46000000000

# control METHOD PATH [JSON]
control() {
    "$python" -c '
import sys, urllib.request
body = sys.argv[3].encode() if len(sys.argv) > 3 else None
print(urllib.request.urlopen(urllib.request.Request(sys.argv[2], body, method=sys.argv[1]), timeout=30).read().decode())' \
        "$1" "$control_url$2" "${@:3}"
}
# Checks a Python expression about `sent`, the bodies that the sandbox received since forget().
recorded() {
    control GET /requests | "$python" -c '
import json, sys
sent = [json.loads(request["body"]) for request in json.load(sys.stdin) if request["path"].endswith("/messages")]
if not eval(sys.argv[1]):
    print("not so: " + sys.argv[1], "sent: " + json.dumps(sent), sep="\n")
    sys.exit(1)' "$1"
}
forget() { control DELETE /requests >"$out/forgotten"; }
text() { echo "{\"type\": \"text\", \"text\": {\"body\": \"$1\"}}"; }

# exits STATUS COMMAND...: checks the exit status; the output goes to the files stdout and stderr.
exits() {
    local wanted=$1 status=0
    shift
    timeout 120 "$@" >"$out/stdout" 2>"$out/stderr" || status=$?
    if [ "$status" != "$wanted" ]; then
        echo "exit status $status, not $wanted; on standard output and standard error:"
        cat "$out/stdout" "$out/stderr"
        return 1
    fi
}
exits_with_input() { # exits_with_input STATUS FILE COMMAND...
    local input=$2
    exits "$1" "${@:3}" <"$input"
}
prints() { # prints FILE REGEX...: each in a line of it
    local file=$out/$1 regex
    shift
    for regex in "$@"; do
        if ! grep -q -E -e "$regex" "$file"; then
            echo "no line of $(basename "$file") has: $regex" && cat "$file" && return 1
        fi
    done
}
silent() { # silent FILE
    [ ! -s "$out/$1" ] || { echo "$1 should be empty:" && cat "$out/$1" && return 1; }
}

# compile KIND SOURCE PROGRAM [FLAGS...]: compiles as C99 or C++17, depending on the extension.
compile() {
    local flags=("${@:3}")
    case $1 in
    *.c) "${cc[@]}" -std=c99 "${warnings[@]}" -Iinclude "$1" "${flags[@]}" -pthread "${link[@]}" -o "$2" ;;
    *) "${cxx[@]}" -std=c++17 "${warnings[@]}" -Iinclude "$1" "${flags[@]}" -pthread "${link[@]}" -o "$2" ;;
    esac
}

# The callbacks for parse_callback: one of each kind from the sandbox, and some that the sandbox does not send.
printf '{"resultCode": 112003, "messageId": "1"' >"$out/cut.json"
printf '{"refId": "a", "messageId": "1"}' >"$out/neither.json"
printf '{"resultCode":112003,"messageId":"a\\u0000b","refId":"r\\u001b[2J"}' >"$out/nul.json"
"$python" -c 'print("{\"resultCode\":112003,\"messageId\":\"1\",\"x\":\"" + "x" * 300000 + "\"}")' >"$out/long.json"
: >"$out/empty.json"

# The first message, which is the same in C and C++.
first_message() { # first_message WORDS PROGRAM
    forget
    check "$1: accepted" exits 0 "$2"
    check "$1: prints refId and message id" prints stdout '^accepted: refId [0-9a-f-]{36}$' '^message id [0-9A-Za-z]+$'
    check "$1: nothing on standard error" silent stderr
    check "$1: one request with one text" recorded "len(sent) == 1 and sent[0]['messages'] == [$(text Hello)] and sent[0]['destinations'] == ['+46000000001']"
    forget
    check "$1: number and text of the command line" exits 0 "$2" +46000000017 "Räksmörgås"
    check "$1: are sent" recorded "len(sent) == 1 and sent[0]['messages'] == [$(text Räksmörgås)] and sent[0]['destinations'] == ['+46000000017']"
    forget
    check "$1: an invalid number is to be fixed" exits 1 "$2" hello
    check "$1: says where" prints stderr 'destinations\[0\]'
    check "$1: without configuration it is to be fixed" exits 1 env -u LINKWA_BASE_URL -u LINKWA_USERNAME -u LINKWA_PASSWORD "$2"
    check "$1: says which variables" prints stderr LINKWA_BASE_URL LINKWA_USERNAME LINKWA_PASSWORD
    check "$1: nothing was accepted" silent stdout
    check "$1: nothing was sent" recorded 'sent == []'
    check "$1: a gateway that is not there is to be tried again" exits 3 env LINKWA_BASE_URL=http://127.0.0.1:1 "$2"
    check "$1: says so" prints stderr 'connect'
    check "$1: what is rejected is to be fixed" exits 1 "$2" +46000001400
    check "$1: says why" prints stderr '400' '112402'
    forget
    check "$1: what is cut off is to be reconciled" exits 2 "$2" +46000002001
    local ref_id
    ref_id=$(control GET /requests | grep -o -E '[0-9a-f]{8}-[0-9a-f-]{27}' | head -n 1 || true)
    check "$1: by the refId that was sent" prints stderr "event report of ${ref_id:-(none was sent)}"
    check "$1: and is not sent again" recorded 'len(sent) == 1'
}

template() { # template WORDS PROGRAM
    forget
    check "$1: accepted" exits 0 "$2"
    check "$1: prints the refId, and no finding" prints stdout '^accepted: refId [0-9a-f-]{36}$'
    check "$1: no warning" silent stderr
    check "$1: one template with header, body and buttons" recorded "len(sent) == 1 and [
        (c['type'], c.get('subType'), c.get('index'), c['parameters']) for m in sent[0]['messages'] for c in m['template']['components']] == [
        ('header', None, None, [{'type': 'document', 'document': {'link': 'https://example.com/17.pdf', 'filename': 'invoice.pdf'}}]),
        ('body', None, None, [{'type': 'text', 'text': 'Anna'}, {'type': 'currency', 'currency': {'fallbackValue': '\$100.99', 'code': 'USD', 'amount1000': '100990'}}]),
        ('button', 'quickReply', 0, [{'type': 'payload', 'payload': 'order-17-received'}]),
        ('button', 'quickReply', 1, [{'type': 'payload', 'payload': 'order-17-question'}]),
        ('button', 'url', 2, [{'type': 'text', 'text': 'track/17'}])]"
    forget
    check "$1: an invalid number is to be fixed" exits 1 "$2" hello
    check "$1: and is a finding" prints stderr '^error: destinations\[0\]: .*\(invalid_msisdn\)$'
    check "$1: nothing was sent" recorded 'sent == []'
    check "$1: what is rejected is to be fixed" exits 1 "$2" +46000001403
    check "$1: what is not answered is to be reconciled" exits 2 env LINKWA_TIMEOUT_MS=300 "$2" +46000002004
    check "$1: says by what" prints stderr 'event report of [0-9a-f-]{36}'
    check "$1: a gateway that is not there is to be tried again" exits 3 env LINKWA_BASE_URL=http://127.0.0.1:1 "$2"
}

async_poll() { # async_poll WORDS PROGRAM
    forget
    check "$1: three sends" exits 0 "$2" +46000000001 +46000000002 +46000000003
    check "$1: are accepted" prints stdout '^\+46000000001: accepted, refId ' '^\+46000000002: accepted, refId ' '^\+46000000003: accepted, refId '
    check "$1: each a request of its own" recorded "sorted(r['destinations'] for r in sent) == [['+46000000001'], ['+46000000002'], ['+46000000003']] and len({r['refId'] for r in sent}) == 3 and all(r['messages'] == [$(text Hello)] for r in sent)"
    forget
    check "$1: a hundred sends" exits 0 "$2" $(seq -f '+4600%07.0f' 1 100)
    check "$1: are a hundred requests" recorded "len(sent) == 100 and len({r['refId'] for r in sent}) == 100"
    forget
    check "$1: the worst is told" exits 2 "$2" +46000000001 +46000001400 +46000002001 hello
    check "$1: each by its number" prints stdout '^\+46000000001: accepted' '^\+46000001400: rejected: ' '^\+46000002001: unknown, look for the event report of [0-9a-f-]{36}: ' '^hello: invalid_request: '
    check "$1: nothing is sent again" recorded "sorted(r['destinations'][0] for r in sent) == ['+46000000001', '+46000001400', '+46000002001']"
    forget
    check "$1: what was not sent is tried three times" exits 1 env LINKWA_BASE_URL=http://127.0.0.1:1 "$2"
    check "$1: and says so" prints stdout '^\+46000000001: not sent, once more: ' '^\+46000000001: not sent: '
    check "$1: without configuration nothing is sent" exits 1 env -u LINKWA_USERNAME "$2"
    check "$1: and it says why" prints stderr LINKWA_USERNAME
    check "$1: nothing was sent" recorded 'sent == []'
    check "$1: it sleeps while it waits" sleeps "$2"
}
# A program that waits two seconds without a busy loop needs far less processor time.
sleeps() {
    local TIMEFORMAT='%U %S'
    { time exits 2 env LINKWA_TIMEOUT_MS=2000 "$1" +46000002004 >"$out/sleeps.log" 2>&1; } 2>"$out/time" || { cat "$out/sleeps.log" && return 1; }
    cat "$out/time"
    awk '{ exit !($1 + $2 < 1) }' "$out/time"
}

parse_callback() { # parse_callback WORDS PROGRAM
    local report message
    rm -f "$out"/callbacks/*
    "$out/all/first_message" >"$out/stdout"
    control POST /inbound '{"type": "button", "text": "Yes", "payload": "order-17-received"}' >"$out/inbound"
    for _ in $(seq 200); do
        report=$(grep -l 112003 "$out"/callbacks/*.json | head -n 1 || true)
        message=$(grep -l order-17-received "$out"/callbacks/*.json | head -n 1 || true)
        if [ -n "$report" ] && [ -n "$message" ]; then break; fi
        sleep 0.05
    done
    check "$1: an event report" exits_with_input 0 "${report:-/dev/null}" "$2"
    check "$1: is told" prints stdout '^kind: event report$' '^key: ' '^status: delivered$' '^result code: 112003$' '^refId: [0-9a-f-]{36}$'
    check "$1: a received message" exits_with_input 0 "${message:-/dev/null}" "$2"
    check "$1: is told" prints stdout '^kind: received message$' '^key: ' '^from: ' '^button: order-17-received$'
    check "$1: U+0000 and what a terminal obeys" exits_with_input 0 "$out/nul.json" "$2"
    check "$1: are printed whole and harmless" prints stdout '^message id: a\\x00b$' '^refId: r\\x1B\[2J$'
    local file
    for file in cut neither long empty; do
        check "$1: $file is malformed" exits_with_input 1 "$out/$file.json" "$2"
        check "$1: $file: says so" prints stderr .
        check "$1: $file: prints nothing else" silent stdout
    done
}

all() { # all [FLAGS...]: every example, compiled so
    local source name
    mkdir -p "$out/all"
    for source in ffi-c/examples/*.c ffi-c/examples/*.cpp tests/c/test_hpp.cpp; do
        name=$(basename "$source")
        name=${name%.c}
        check "$source compiles, $mode" compile "$source" "$out/all/${name/.cpp/_cpp}" "$@"
    done
    first_message "first_message.c, $mode" "$out/all/first_message"
    first_message "first_message.cpp, $mode" "$out/all/first_message_cpp"
    template "template.c, $mode" "$out/all/template"
    async_poll "async_poll.c, $mode" "$out/all/async_poll"
    parse_callback "parse_callback.c, $mode" "$out/all/parse_callback"
    forget
    check "linkwa.hpp, $mode" exits 0 "$out/all/test_hpp_cpp"
    sed 's/^/    /' "$out/stdout"
    check "linkwa.hpp, $mode: messages of every type were sent" recorded "{m['type'] for r in sent for m in r['messages']} >= set('text image audio video document location contacts template'.split())"
    check "linkwa.hpp, $mode: arguments are where they belong" recorded "all(message in [m for r in sent for m in r['messages']] for message in [
        {'type': 'image', 'image': {'link': 'https://example.com/a.jpg', 'caption': 'its caption'}},
        {'type': 'document', 'document': {'link': 'https://a.example/a.pdf', 'caption': 'its caption', 'filename': 'its name'}},
        {'type': 'location', 'location': {'latitude': 59.5, 'longitude': -18.25, 'name': 'its name', 'address': 'its address'}}])"
}

ended() {
    echo "1..$count"
    echo "# examples, $mode: $count tests, $failed failed"
    [ "$failed" = 0 ]
    exit
}

# Futures and awaitables with a compiler and a standard; those of C++20 have coroutines.
printf '#include <coroutine>\n#ifndef __cpp_impl_coroutine\n#error none\n#endif\n' >"$out/coroutines.cpp"
async() { # async STANDARD FLAGS_OF_THE_SANITIZER COMPILER...
    local name="linkwa.hpp: futures and awaitables, $3, $1, $mode"
    local build=("${@:3}" "-std=$1" "${warnings[@]}" $2)
    if [ "$1" = c++20 ] && ! "${build[@]}" -fsyntax-only -x c++ "$out/coroutines.cpp" 2>"$out/coroutines.log"; then
        skipped "$name" "the compiler has no coroutines"
        return
    fi
    check "$name: it compiles" "${build[@]}" -Iinclude tests/c/test_hpp_async.cpp -pthread "${link[@]}" -o "$out/async"
    check "$name" exits 0 "$out/async"
    sed 's/^/    /' "$out/stdout"
    if [ "$1" = c++20 ]; then check "$name: coroutines ran" prints stdout 'arrived == 5'; fi
}

if [ "$mode" = asan ]; then
    sanitized=("-fsanitize=address,undefined" -fno-sanitize-recover=all -g)
    echo 'int main(void) { return 0; }' >"$out/nothing.c"
    if "${cc[@]}" "${sanitized[@]}" "$out/nothing.c" -o "$out/nothing" 2>"$out/nothing.log" && "$out/nothing" 2>>"$out/nothing.log"; then
        all "${sanitized[@]}"
        # The sanitizer finds a planted leak.
        sed 's/linkwa_result_free(result);/result = NULL;/' ffi-c/examples/first_message.c >"$out/leak.c"
        check "a leak compiles" compile "$out/leak.c" "$out/leak" "${sanitized[@]}"
        check "a leak is found" exits 99 "$out/leak"
        async c++20 "-fsanitize=address,undefined" "${cxx[@]}"
    else
        skipped "the examples with the address sanitizer" "${cc[*]} has none here"
    fi
    ended
fi

all

# Other languages, where they are found. Each program is a command that takes number and text, as those in C and C++ are.
command_of() { # command_of PROGRAM WORDS...: makes a script that runs these words with the library
    printf '#!/bin/sh\nLD_LIBRARY_PATH=%q exec %s "$@"\n' "$out" "$(printf '%q ' "${@:2}")" >"$1"
    chmod +x "$1"
}
if command -v luajit >"$out/which"; then
    command_of "$out/first_message_lua" luajit ffi-c/examples/first_message.lua
    first_message first_message.lua "$out/first_message_lua"
else
    skipped "first_message.lua" "there is no luajit"
fi
if command -v php >"$out/which" && php -r 'exit(extension_loaded("FFI") ? 0 : 1);'; then
    command_of "$out/first_message_php" php ffi-c/examples/first_message.php
    first_message first_message.php "$out/first_message_php"
else
    skipped "first_message.php" "there is no php with FFI"
fi
if command -v go >"$out/which" && command -v pkg-config >"$out/which"; then
    printf 'Name: linkwa\nDescription: as built\nVersion: 0\nCflags: -I%s\nLibs: -L%s -llinkwa\n' "$PWD/include" "$out" >"$out/linkwa.pc"
    check "first_message.go is formatted" sh -c 'test -z "$(gofmt -l ffi-c/examples/first_message.go)"'
    check "first_message.go compiles" env "PKG_CONFIG_PATH=$out" CGO_ENABLED=1 GO111MODULE=off GOFLAGS= "GOCACHE=$target/c/go" \
        go build -o "$out/go_program" ffi-c/examples/first_message.go
    command_of "$out/first_message_go" "$out/go_program"
    first_message first_message.go "$out/first_message_go"
else
    skipped "first_message.go" "there is no go, or no pkg-config"
fi

clangxx=$(command -v clang++ clang++-{22..11} | head -n 1 || true)
for standard in c++17 c++20; do
    async "$standard" "" "${cxx[@]}"
    if [ -n "$clangxx" ]; then async "$standard" "" "$clangxx"; fi
done

check "linkwa.hpp compiles without warnings, those of -Weffc++ and -Wnon-virtual-dtor too" \
    "${cxx[@]}" -std=c++17 "${warnings[@]}" -Weffc++ -Wnon-virtual-dtor -fsyntax-only -Iinclude tests/c/test_hpp.cpp
check "no getter of a temporary object returns a view" "$python" tests/c/views.py include/linkwa.hpp
one_error() { # one_error FLAGS...: linkwa.hpp does not compile, and says why in one error
    if "${cxx[@]}" "$@" -fsyntax-only -x c++ include/linkwa.hpp >"$out/errors" 2>&1; then echo "it compiles" && return 1; fi
    cat "$out/errors"
    [ "$(grep -c 'error:' "$out/errors")" = 1 ] && grep 'error:.*C++17' "$out/errors"
}
check "linkwa.hpp in C++14 is one error" one_error -std=c++14

# A library that throws and a program that catches, both compiled with hidden names, as plugins are. The exception must have the
# same type in both. GNU's C++ library compares types by name and would hide an error, so the symbol is checked as well.
cat >"$out/throws.cpp" <<'END'
#include <linkwa.hpp>
__attribute__((visibility("default"))) void throws();
void throws() { linkwa::Message::text("Hello").caption("there is none").check(); }
END
cat >"$out/catches.cpp" <<'END'
#include <linkwa.hpp>
#include <iostream>
void throws();
int main() {
    try {
        throws();
    } catch (const linkwa::Error &error) {
        std::cout << linkwa_status_name(error.code()) << std::endl;
        return 0;
    }
    return 1;
}
END
hidden() { # hidden COMPILER...: builds and runs both
    "$@" -std=c++17 "${warnings[@]}" -fvisibility=hidden -Iinclude -fPIC -shared "$out/throws.cpp" "${link[@]}" -o "$out/libthrows.so" &&
        "$@" -std=c++17 "${warnings[@]}" -fvisibility=hidden -Iinclude "$out/catches.cpp" "$out/libthrows.so" "${link[@]}" -o "$out/catches" &&
        exits 0 "$out/catches" && prints stdout '^invalid_argument$'
}
check "linkwa::Error is caught across libraries with hidden names" hidden "${cxx[@]}"
exported_type() { nm -D -C --defined-only "$out/libthrows.so" | grep -x '[0-9a-f]* V typeinfo for linkwa::Error'; }
check "its type is exported" exported_type

if [ -n "$clangxx" ]; then
    for source in ffi-c/examples/first_message.cpp tests/c/test_hpp.cpp; do
        check "$source compiles with clang++" "$clangxx" -std=c++17 "${warnings[@]}" -fsyntax-only -Iinclude "$source"
    done
    if echo '#include <string>' | "$clangxx" -stdlib=libc++ -fsyntax-only -x c++ - 2>"$out/libcxx.log"; then
        check "linkwa::Error is caught across libraries with hidden names, with libc++" hidden "$clangxx" -stdlib=libc++
    else
        skipped "linkwa::Error is caught across libraries with hidden names, with libc++" "there is no libc++"
    fi
else
    skipped "clang++ compiles what c++ does" "there is no clang++"
fi

# Programs that the compiler must refuse, each with its diagnosis in its first line. Without the mistake, which WRONG adds, it compiles.
refused() { # refused DIAGNOSIS COMPILER...
    local diagnosis=$1
    shift
    "$@" -fno-diagnostics-color -c -o "$out/wrong.o" || { echo "without the mistake it does not compile" && return 1; }
    if "$@" -fno-diagnostics-color -c -o "$out/wrong.o" -DWRONG 2>"$out/wrong.log"; then echo "with the mistake it compiles" && return 1; fi
    cat "$out/wrong.log"
    grep -q -e "error:.*$diagnosis" "$out/wrong.log"
}
for source in tests/c/wrong/*; do
    first=$(head -n 1 "$source")
    diagnosis=$(sed 's|^/\* wrong.*: \(.*\) \*/$|\1|; s/^-W//' <<<"$first")
    compiler=("${cc[@]}" -std=c99)
    case $source in *.cpp) compiler=("${cxx[@]}" -std=c++17) ;; esac
    case $first in */\*\ wrong,\ clang++:*)
        if [ -z "$clangxx" ]; then
            skipped "$source is refused" "there is no clang++"
            continue
        fi
        compiler=("$clangxx" -std=c++17)
        ;;
    esac
    check "$source is refused" refused "$diagnosis" "${compiler[@]}" "${warnings[@]}" -Iinclude "$source"
done

# The programs of the manuals. Those of README.md, and the first of each language in ffi-c/README.md, send the first message. Each
# program exits with 0, writes nothing to standard error, prints what its comments `/* prints: … */` say, and every request that it
# sends is accepted.
"$python" - "$out/readme" <<'END_OF_PYTHON'
import re, sys
for manual, name, wanted in (("README.md", "readme", {"c": 1, "cpp": 1}), ("ffi-c/README.md", "manual", {"c": 9, "cpp": 1})):
    programs = re.findall(r"^```(c|cpp)\n(.*?)^```$", open(manual, encoding="utf-8").read(), re.DOTALL | re.MULTILINE)
    found = {language: sum(1 for of, _ in programs if of == language) for language in wanted}
    if found != wanted:
        sys.exit(f"{manual} has {found} programs, not {wanted}")
    first = set()
    for number, (language, program) in enumerate(programs):
        kind = "other" if language in first else "first"
        first.add(language)
        with open(f"{sys.argv[1]}/{name}-{number}-{kind}.{language}", "w", encoding="utf-8") as file:
            file.write(program)
END_OF_PYTHON
says_what_it_prints() { # says_what_it_prints SOURCE: each line that a comment names is in stdout
    local line
    sed -n 's|^/\* prints: \(.*\) \*/$|\1|p' "$1" >"$out/wanted"
    while IFS= read -r line; do
        grep -q -x -F -e "$line" "$out/stdout" || { echo "not printed: $line" && cat "$out/stdout" && return 1; }
    done <"$out/wanted"
}
all_accepted() { # all_accepted SOURCE: it sends if it has a send in it, and each request is accepted
    control GET /requests | "$python" -c '
import json, re, sys
statuses = {request["status"] for request in json.load(sys.stdin)}
if statuses != ({200} if re.search(r"linkwa_send|\.send", open(sys.argv[1]).read()) else set()):
    sys.exit(f"statuses: {statuses}")' "$1"
}
for source in "$out"/readme/*.c "$out"/readme/*.cpp; do
    name=$(basename "$source")
    forget
    check "$name compiles" compile "$source" "${source%.*}"
    check "$name runs" exits 0 "${source%.*}"
    check "$name: nothing on standard error" silent stderr
    check "$name: prints what it says" says_what_it_prints "$source"
    check "$name: is accepted" all_accepted "$source"
    case $name in *-first.*)
        check "$name: prints refId and message id" prints stdout '^[0-9a-f-]{36}: [0-9A-Za-z]+$'
        check "$name: sends one message" recorded "len(sent) == 1 and sent[0]['destinations'] == ['+46000000001'] and sent[0]['messages'] == [$(text Hello)]"
        ;;
    esac
done

ended
