//! Compiles `src/engine/bridge.cpp` against the headers of the DuckDB release that `libduckdb-sys`
//! carries, so that nothing of DuckDB needs to be kept here.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::read::GzDecoder;
use tar::Archive;

const SOURCE: &str = "src/engine/bridge.cpp";
const HEADERS: [&str; 2] = ["duckdb/src/include", "duckdb/third_party/fmt/include"];

fn main() {
    println!("cargo:rerun-if-changed={SOURCE}");
    println!("cargo:rerun-if-changed=Cargo.lock");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    unpack_headers(&duckdb_archive(), &out);
    let mut build = cc::Build::new();
    for headers in HEADERS {
        build.flag("-isystem").flag(out.join(headers).to_str().expect("a UTF-8 path"));
    }
    build
        .cpp(true)
        .std("c++17")
        .file(SOURCE)
        // The layout of DuckDB's release builds, whichever profile this is.
        .define("NDEBUG", None)
        .opt_level(2)
        .warnings_into_errors(true)
        .flag("-fvisibility=hidden")
        .flag("-fvisibility-inlines-hidden")
        .compile("bridge");
    // What libFuzzer counts with is in the program that it is linked into.
    let is_fuzzed = env::var_os("CARGO_CFG_FUZZING").is_some();
    if !is_fuzzed && env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        // Nothing unneeded, nothing exported but the entry point, nothing left undefined.
        println!("cargo:rustc-cdylib-link-arg=-Wl,--gc-sections,--exclude-libs,ALL,-z,defs");
    }
}

/// `duckdb.tar.gz` in the folder of the crate `libduckdb-sys`, which cargo knows.
fn duckdb_archive() -> PathBuf {
    let cargo = env::var_os("CARGO").expect("cargo sets CARGO");
    let output = Command::new(cargo)
        .args(["metadata", "--format-version=1", "--locked", "--filter-platform"])
        .arg(env::var("TARGET").expect("cargo sets TARGET"))
        .output()
        .expect("cargo metadata runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value =
        serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let packages = metadata["packages"].as_array().expect("a list of packages");
    let package = packages.iter().find(|package| package["name"] == "libduckdb-sys");
    let manifest = package.and_then(|package| package["manifest_path"].as_str());
    Path::new(manifest.expect("libduckdb-sys is a dependency")).with_file_name("duckdb.tar.gz")
}

fn unpack_headers(archive: &Path, out: &Path) {
    let file = std::fs::File::open(archive).expect("libduckdb-sys carries DuckDB's sources");
    let mut archive = Archive::new(GzDecoder::new(file));
    for entry in archive.entries().expect("a tar archive") {
        let mut entry = entry.expect("an entry");
        let path = entry.path().expect("a path").into_owned();
        if HEADERS.iter().any(|headers| path.starts_with(headers)) {
            entry.unpack_in(out).expect("the header is written");
        }
    }
}
