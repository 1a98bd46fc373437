//! The page: three files that the crate carries.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use hyper::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY};

use super::{Failure, query_of};
use crate::gateway::Gateway;

/// Only the page's own files run, and it speaks to this sandbox alone.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Path, content type and text.
pub(super) const FILES: [(&str, &str, &str); 3] = [
    ("/", "text/html; charset=utf-8", include_str!("../../web/dist/index.html")),
    ("/app.js", "text/javascript; charset=utf-8", include_str!("../../web/dist/app.js")),
    ("/app.css", "text/css; charset=utf-8", include_str!("../../web/dist/app.css")),
];

pub(super) async fn page(State(gateway): State<Arc<Gateway>>, request: Request) -> Result<Response, Failure> {
    let path = request.uri().path().to_owned();
    query_of(&gateway, request).await?;
    let file = FILES.iter().find(|(known, ..)| *known == path);
    let (_, content_type, text) = file.ok_or(Failure(404, "no such file".to_owned()))?;
    let mut response = Response::new(Body::from(*text));
    for (name, value) in [
        (CONTENT_TYPE, *content_type),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-cache"),
        (REFERRER_POLICY, "no-referrer"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(response)
}
