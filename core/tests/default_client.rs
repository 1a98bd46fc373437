//! The default client: made from the environment when it is first needed, mendable, and replaced by `configure`. One test,
//! because it changes the environment of the whole process.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

use linkwa::{Client, Config, FindingCode, SendOptions, Text};
use linkwa_faults::{FaultProxy, ProxyFault};
use linkwa_sandbox::{Options, Sandbox};

fn set(name: &str, value: &str) {
    // SAFETY: this process has one test, which is the only thread that looks at the environment.
    unsafe { std::env::set_var(name, value) }
}

#[test]
fn an_error_of_the_environment_can_be_fixed_and_configure_wins() {
    let first = Sandbox::start(Options::new()).expect("a sandbox");
    let second = Sandbox::start(Options::new().credentials("other", "pass")).expect("a sandbox");
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("LINKWA_")) {
        set(&name, "");
    }

    let error = linkwa::send_text("+46000000001", "x").expect_err("nothing is configured");
    assert_eq!(error.code().as_str(), "invalid_config");
    assert!(error.to_string().contains("LINKWA_USERNAME") && error.to_string().contains("LINKWA_PASSWORD"), "{error}");

    set("LINKWA_BASE_URL", &first.base_url());
    set("LINKWA_USERNAME", "user");
    set("LINKWA_PASSWORD", "secret");
    let error = linkwa::send_text("+46000000001", "x").expect_err("no account");
    let found: Vec<_> = error.findings().iter().map(linkwa::Finding::code).collect();
    assert_eq!(found, [FindingCode::Required; 3]);

    // The client is made now; what the environment says later does not change it.
    set("LINKWA_BASE_URL", "https://example.com");
    let account = |config: Config| config.platform("p", "pp").source("+46000000000");
    let options = SendOptions::new().source("+46000000000");
    linkwa::send("+46000000001", Text::new("x"), &options).expect_err("still no platform");

    linkwa::configure(account(Config::with_base_url(second.base_url(), "other", "pass"))).expect("configured");
    linkwa::send_text("+46000000001", "x").expect("accepted");
    assert_eq!((first.requests().len(), second.requests().len()), (0, 1));

    // An invalid configuration changes nothing; a valid one replaces the client.
    linkwa::configure(Config::with_base_url("nonsense", "user", "secret")).expect_err("refused");
    linkwa::send_image("+46000000001", "https://example.com/a.png").expect("accepted");
    linkwa::configure(account(Config::with_base_url(first.base_url(), "user", "secret"))).expect("configured");
    linkwa::send_raw(second.requests()[0].body.clone()).expect("accepted");
    assert_eq!((first.requests().len(), second.requests().len()), (1, 2));

    // Proxy variables count only with `proxy_from_env`, and not for the hosts in NO_PROXY.
    let proxy = FaultProxy::start_http(ProxyFault::tunnel()).expect("a proxy");
    for (name, _) in std::env::vars().filter(|(name, _)| name.to_lowercase().ends_with("_proxy")) {
        set(&name, "");
    }
    set("ALL_PROXY", &proxy.url());
    let send = |ask: bool| {
        let config = account(Config::with_base_url(first.base_url(), "user", "secret")).proxy_from_env(ask);
        Client::new(config).expect("a client").send_text("+46000000001", "x").expect("accepted");
        proxy.requests().len()
    };
    assert_eq!((send(false), send(true)), (0, 1));
    set("NO_PROXY", "example.com, 127.0.0.0/8 ");
    assert_eq!(send(true), 1);
    // An invalid variable is an error.
    set("HTTP_PROXY", "ftp://x");
    let config = Config::with_base_url(first.base_url(), "user", "secret").proxy_from_env(true);
    let error = Client::new(config.clone()).expect_err("refused");
    assert!(error.code().as_str() == "invalid_config" && error.to_string().contains("HTTP_PROXY"), "{error}");
    // In a CGI program it is a header of the request.
    set("REQUEST_METHOD", "POST");
    Client::new(config).expect("a client");
}
