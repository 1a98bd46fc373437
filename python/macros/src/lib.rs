//! `#[panic_boundary]` for what Python calls.

use proc_macro::TokenStream;
use quote::quote;
use syn::{Block, ImplItem, Item, ReturnType, Signature, Type, parse_macro_input, parse_quote};

/// Runs the body of a function, or of every method of an `impl`, in `crate::panic::guarded`, and makes it return a
/// `PyResult`.
///
/// It stands above `#[pyfunction]` or `#[pymethods]`. Without it a panic reaches Python as `PanicException`, which is
/// not an `Exception` and ends the program.
#[proc_macro_attribute]
pub fn panic_boundary(_: TokenStream, item: TokenStream) -> TokenStream {
    let mut item = parse_macro_input!(item as Item);
    match &mut item {
        Item::Fn(function) => wrap(&mut function.sig, &mut function.block),
        Item::Impl(methods) => {
            for method in &mut methods.items {
                if let ImplItem::Fn(method) = method {
                    wrap(&mut method.sig, &mut method.block);
                }
            }
        }
        other => {
            return syn::Error::new_spanned(other, "`panic_boundary` is for functions and methods")
                .to_compile_error()
                .into();
        }
    }
    quote!(#item).into()
}

fn wrap(signature: &mut Signature, body: &mut Block) {
    // Python's garbage collector allows no exceptions here.
    if signature.ident == "__traverse__" {
        return;
    }
    let returned: Type = match &signature.output {
        ReturnType::Default => parse_quote!(()),
        ReturnType::Type(_, returned) => (**returned).clone(),
    };
    if is_py_result(&returned) {
        *body = parse_quote!({ crate::panic::panic_boundary(move || -> #returned #body) });
    } else {
        signature.output = parse_quote!(-> ::pyo3::PyResult<#returned>);
        *body = parse_quote!({ crate::panic::panic_boundary(move || Ok((move || -> #returned #body)())) });
    }
}

fn is_py_result(returned: &Type) -> bool {
    matches!(returned, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "PyResult"))
}
