//! The sandbox as a program: see `--help`.

mod config_file;

use std::ffi::OsString;
use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::process::{Command, ExitCode, Stdio};
use std::sync::mpsc::{self, SyncSender};
use std::time::Duration;

use lexopt::prelude::*;
use linkwa_sandbox::{Gate, Latency, Options, Sandbox, scenarios};
use tokio::sync::oneshot;

fn main() -> ExitCode {
    match Order::parse(std::env::args_os().skip(1)) {
        Ok(Order::Help) => {
            print!("{}", help());
            ExitCode::SUCCESS
        }
        Ok(Order::Version) => {
            println!("linkwa-sandbox {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        Ok(Order::Serve { options, exit_with_stdin, open }) => {
            let (log, written) = PatientLog::start();
            let served = serve(options.log_to(log), exit_with_stdin, open);
            // The log is closed now; a reader gets the last lines at once.
            let _ = written.recv_timeout(Duration::from_secs(1));
            match served {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => {
                    eprintln!("linkwa-sandbox: {error}");
                    ExitCode::FAILURE
                }
            }
        }
        Err(error) => {
            eprintln!("linkwa-sandbox: {error}\nTry --help.");
            ExitCode::from(2)
        }
    }
}

fn serve(options: Options, exit_with_stdin: bool, open: bool) -> Result<(), Box<dyn std::error::Error>> {
    // Signals are caught before anybody is told that they may send one.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let context = runtime.enter();
    let end = EndSignals::listen()?;
    drop(context);

    let sandbox = Sandbox::start(options)?;
    let ready = serde_json::json!({
        "base_url": sandbox.base_url(),
        "port": sandbox.port(),
        "control_url": sandbox.control_url(),
        "page_url": sandbox.page_url(),
    });
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{ready}")?;
    stdout.flush()?;
    drop(stdout);
    if open && let Err(error) = open_page(&sandbox.page_url()) {
        eprintln!("linkwa-sandbox: cannot open a browser: {error}");
    }

    runtime.block_on(async {
        tokio::select! {
            () = end.wait() => {}
            () = stdin_closed(exit_with_stdin) => {}
        }
    });
    drop(sandbox);
    Ok(())
}

/// Opens an address with what the system has for it.
fn open_page(url: &str) -> std::io::Result<()> {
    let mut command = if cfg!(windows) {
        let mut command = Command::new("explorer");
        command.arg(url);
        command
    } else {
        let mut command = Command::new(if cfg!(target_os = "macos") { "open" } else { "xdg-open" });
        command.arg(url);
        command
    };
    // The output is the sandbox's own, and the opener may outlive this call.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn()?;
    std::thread::spawn(move || child.wait());
    Ok(())
}

/// Standard error, written by a thread of its own: a parent that never reads the pipe does not
/// bring the gateway to a stand. Lines that find no room are dropped.
struct PatientLog(SyncSender<Vec<u8>>);

impl PatientLog {
    /// The log, and what hangs up when it is closed and all is written.
    fn start() -> (Self, mpsc::Receiver<()>) {
        let (lines, queue) = mpsc::sync_channel::<Vec<u8>>(1024);
        let (end, written) = mpsc::channel();
        std::thread::spawn(move || {
            let _end: mpsc::Sender<()> = end;
            for line in queue {
                let _ = std::io::stderr().write_all(&line);
            }
        });
        (Self(lines), written)
    }
}

impl Write for PatientLog {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let _ = self.0.try_send(line.to_vec());
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(unix)]
struct EndSignals(tokio::signal::unix::Signal, tokio::signal::unix::Signal);

#[cfg(unix)]
impl EndSignals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self(signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?))
    }

    async fn wait(mut self) {
        tokio::select! {
            _ = self.0.recv() => {}
            _ = self.1.recv() => {}
        }
    }
}

#[cfg(not(unix))]
struct EndSignals;

#[cfg(not(unix))]
impl EndSignals {
    #[expect(clippy::unnecessary_wraps, reason = "as on Unix")]
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn wait(self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

/// Ends when standard input does, or never. The thread that reads it ends with the process.
async fn stdin_closed(expected: bool) {
    let (closed, told) = oneshot::channel();
    if expected {
        std::thread::spawn(move || {
            let mut ignored = [0; 1024];
            while std::io::stdin().read(&mut ignored).is_ok_and(|read| read > 0) {}
            let _ = closed.send(());
        });
        let _ = told.await;
    } else {
        std::future::pending::<()>().await;
    }
}

enum Order {
    Serve { options: Box<Options>, exit_with_stdin: bool, open: bool },
    Help,
    Version,
}

impl Order {
    fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Self, lexopt::Error> {
        let mut options = Options::new();
        let (mut username, mut password) = ("user".to_owned(), "secret".to_owned());
        let (mut exit_with_stdin, mut open) = (false, false);
        let (mut listen, mut host, mut port) = (None::<SocketAddr>, None::<IpAddr>, None::<u16>);
        let mut gates = GivenGates::default();
        let mut parser = lexopt::Parser::from_args(config_file::expand(arguments)?);
        while let Some(argument) = parser.next()? {
            options = match argument {
                Short('h') | Long("help") => return Ok(Self::Help),
                Short('V') | Long("version") => return Ok(Self::Version),
                Long("listen") => {
                    listen = Some(parser.value()?.parse()?);
                    options
                }
                Long("host") => {
                    host = Some(parser.value()?.parse()?);
                    options.allow_remote(true)
                }
                Long("port") => {
                    port = Some(parser.value()?.parse()?);
                    options
                }
                Long("open") => {
                    open = true;
                    options
                }
                Long("username") => {
                    username = parser.value()?.string()?;
                    options
                }
                Long("password") => {
                    password = parser.value()?.string()?;
                    options
                }
                Long("require-header") => {
                    let form = "--require-header is written NAME=VALUE";
                    let (name, value) = pair(&parser.value()?.string()?, '=', form)?;
                    options.require_header(name, value)
                }
                Long("base-path") => options.base_path(parser.value()?.string()?),
                Long("gate") => {
                    let (id, url) = pair(&parser.value()?.string()?, '=', "--gate is written ID=URL")?;
                    gates.all.push((Gate::new(&id, url), id, false));
                    options
                }
                Long("default-gate") => {
                    let (id, url) = ("default".to_owned(), parser.value()?.string()?);
                    gates.all.push((Gate::new(&id, url), id, true));
                    options
                }
                Long("gate-basic") => {
                    let form = "--gate-basic is written ID=USERNAME:PASSWORD";
                    let (id, basic) = pair(&parser.value()?.string()?, '=', form)?;
                    gates.basic.push((id, pair(&basic, ':', form)?));
                    options
                }
                Long("gate-header") => {
                    let form = "--gate-header is written 'ID=NAME: VALUE'";
                    let (id, header) = pair(&parser.value()?.string()?, '=', form)?;
                    gates.headers.push((id, pair(&header, ':', form)?));
                    options
                }
                Long("keep") => options.keep(parser.value()?.parse()?),
                Long("max-pending-callbacks") => options.max_pending_callbacks(parser.value()?.parse()?),
                Long("allow-host") => options.allow_host(parser.value()?.string()?),
                Long("show-credentials") => options.show_credentials(true),
                Long("extensions") => options.extensions(true),
                Long("report-delay-ms") => options.report_delay(Duration::from_millis(parser.value()?.parse()?)),
                Long("latency") => options.latency(parser.value()?.parse::<Latency>()?),
                Long("rate") => options.rate(parser.value()?.parse::<NonZeroU32>()?.get()),
                Long("enforce-care-window") => options.enforce_care_window(true),
                Long("max-body-bytes") => options.max_body_bytes(parser.value()?.parse()?),
                Long("max-connections") => options.max_connections(parser.value()?.parse()?),
                Long("read-timeout-ms") => options.read_timeout(Duration::from_millis(parser.value()?.parse()?)),
                Long("exit-with-stdin") => {
                    exit_with_stdin = true;
                    options
                }
                other => return Err(other.unexpected()),
            };
        }
        let mut address = listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)));
        address.set_ip(host.unwrap_or(address.ip()));
        address.set_port(port.unwrap_or(address.port()));
        let options = options.listen(address).credentials(username, password);
        Ok(Self::Serve { options: Box::new(gates.add_to(options)?), exit_with_stdin, open })
    }
}

/// The gates of the command line. What belongs to one may stand before it.
#[derive(Default)]
struct GivenGates {
    all: Vec<(Gate, String, bool)>,
    basic: Vec<(String, (String, String))>,
    headers: Vec<(String, (String, String))>,
}

impl GivenGates {
    fn add_to(self, mut options: Options) -> Result<Options, lexopt::Error> {
        for (id, _) in self.basic.iter().chain(&self.headers) {
            if !self.all.iter().any(|(_, known, _)| known == id) {
                return Err(format!("there is no gate {id:?}; that of --default-gate is \"default\"").into());
            }
        }
        for (mut gate, id, is_default) in self.all {
            let is_own = |(of, _): &&(String, (String, String))| *of == id;
            for (_, (username, password)) in self.basic.iter().filter(is_own) {
                gate = gate.basic(username, password);
            }
            for (_, (name, value)) in self.headers.iter().filter(is_own) {
                gate = gate.header(name.trim(), value.trim());
            }
            options = if is_default { options.default_gate(gate) } else { options.gate(gate) };
        }
        Ok(options)
    }
}

fn pair(text: &str, separator: char, form: &'static str) -> Result<(String, String), lexopt::Error> {
    let (left, right) = text.split_once(separator).ok_or(form)?;
    Ok((left.to_owned(), right.to_owned()))
}

fn help() -> String {
    let mut text = String::from(HELP);
    for scenario in scenarios() {
        text.extend(["  ", scenario.digits, "  ", scenario.what, "\n"]);
    }
    text.push_str(HELP_END);
    text
}

const HELP: &str = "\
linkwa-sandbox: a gateway on this machine that behaves as LINK Mobility's WhatsApp Message API 1.4.1

Usage: linkwa-sandbox [OPTIONS]

  --config FILE            a JSON object with options, such as {\"port\":8080,\"gate\":[\"a=http://…\"],
                           \"open\":true}; the command line has the last word
  --listen ADDRESS         a loopback address with a port; port 0 takes a free one [127.0.0.1:0]
  --port N                 the port, in place of that of --listen
  --host ADDRESS           listen on this IP address, also one that other machines reach, such as
                           0.0.0.0 in a container: every machine that reaches it controls the sandbox
  --open                   open the page in a browser
  --username NAME          the account that is let in [user]
  --password PASSWORD      its password [secret]
  --require-header NAME=VALUE
                           a header that requests must have beside the credentials, or the answer is
                           401; may be given several times
  --base-path PATH         what stands before /messages [/whatsapp-message]
  --gate ID=URL            a gate for callbacks, http:// only; may be given several times
  --default-gate URL       the gate for requests that name none, and for received messages; its ID is
                           default
  --gate-basic ID=USERNAME:PASSWORD
                           the Basic credentials that a gate sends with its callbacks
  --gate-header 'ID=NAME: VALUE'
                           a header that a gate sends with its callbacks, also beside --gate-basic; may
                           be given several times
  --report-delay-ms N      the pause before each event report [0]
  --latency MS[..MS]       how many milliseconds each answer takes, or a range of them [0]; a request
                           chooses its own with the header x-sandbox-latency
  --rate N                 how many requests are taken in a second, at least 1; further ones are
                           answered 429
  --enforce-care-window    report a message other than a template as 112403 if the user has not written
                           for 24 hours
  --max-body-bytes N       a longer request is answered 413 [1048576]
  --max-connections N      further connections wait [256]
  --keep N                 how many requests, and how many messages, are kept, the newest; fewer of
                           those that are larger than 64 MiB together [10000]
  --max-pending-callbacks N
                           how many callbacks of one gate may wait; further ones are dropped [100000]
  --allow-host NAME        a Host by which control may be called, besides localhost, loopback addresses
                           and those that --host listens on; may be given several times
  --show-credentials       show all headers of requests, also Authorization and its like
  --extensions             take interactive messages, media by their id and templates without a namespace,
                           which version 1.4.1 does not have
  --read-timeout-ms N      a request that is slower is answered 408 [30000]
  --exit-with-stdin        end when standard input is closed
  -h, --help               this text
  -V, --version            the version

A callback that fails (no connection, no 2xx answer, or no answer within 10 seconds) is posted again
after 50, 200 and 500 milliseconds, and then given up.

When it is ready, it prints one line of JSON on standard output, with base_url, port, control_url
and page_url. Each request is one line on standard error. SIGINT and SIGTERM end it.

Scenarios, by the last four digits of a destination:
";

const HELP_END: &str = "  else  accepted, then sent and delivered are reported
With several destinations the first that asks for another answer than an ordinary 200 decides the
answer; what is accepted brings reports for each destination by its own digits.

Control, under control_url, without credentials (the README describes it):
  GET    /messages       the messages: to, from, refId, status, search, after, limit, wait=5s, …
  GET    /messages/ID    one message with its request and its answer
  GET    /refused        the requests that were not accepted, with reason and findings
  GET    /conversations  who wrote with which business number, and the customer care window
  GET    /events         what changes, as server-sent events
  GET    /requests       the requests received: method, path, headers, body, bodyComplete, status
  DELETE /requests       forget them
  POST   /inbound        {\"type\":\"text\",\"text\":…}; or the types button, media, location, contacts,
                         buttonReply, listReply, reaction, raw; optional: source, userId,
                         destination, context {source, messageId}, gate
  POST   /report         {\"message\":ID,\"status\":\"read\"}; or messageId, refId; resultCode, callback;
                         times, delayMs, gate
  GET    /scenarios      the scenarios, and those that wait
  POST   /scenarios      {\"digits\":\"2004\"}: the next request meets it; latencyMs [N, N], to, count
  DELETE /scenarios      none waits any more
  PUT    /chaos          {\"seed\":7,\"faults\":{\"1429\":0.05}}: faults by chance; GET, DELETE
  GET    /gates          the gates
  POST   /gates          {\"id\":…,\"url\":…}; optional: username and password, header [name, value],
                         headers {…}, customParameters {…}, default true
  GET    /status         counts of requests, messages, callbacks
  GET    /openapi.json   all of this as an OpenAPI 3.1 document
  POST   /reset          forget everything since the start

The page is at page_url.
";
