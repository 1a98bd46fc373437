"""Conan's recipe of liblinkwa, for Linux and macOS: `conan create ffi-c/conan` in a checkout. Needs Rust."""

import os
import pathlib
import re

from conan import ConanFile
from conan.errors import ConanInvalidConfiguration
from conan.tools.build import cross_building
from conan.tools.files import copy, rm

# What Cargo reads, and what is installed.
SOURCES = ["core", "ffi-c", "include", "node", "python", "tests/faults", "tests/sandbox"]
BUILT = ["*/node_modules/*", "*.so", "*.node", "*/__pycache__/*"]


class Linkwa(ConanFile):
    """The library, shared or static, and its headers."""

    name = "linkwa"
    license = "MIT OR Apache-2.0"
    description = "WhatsApp messages through LINK Mobility, for C and C++"
    topics = ("whatsapp", "messaging")
    package_type = "library"
    settings = "os", "arch", "compiler", "build_type"
    options = {"shared": [True, False]}
    default_options = {"shared": False}

    @property
    def _root(self):
        return pathlib.Path(self.recipe_folder, "..", "..").resolve()

    def set_version(self):
        self.version = re.search(r'^version = "(.+)"$', (self._root / "Cargo.toml").read_text(), re.MULTILINE)[1]

    def export_sources(self):
        for name in ["Cargo.toml", "Cargo.lock", "LICENSE-APACHE", "LICENSE-MIT"]:
            copy(self, name, self._root, self.export_sources_folder)
        for folder in SOURCES:
            copy(self, "*", self._root / folder, os.path.join(self.export_sources_folder, folder), excludes=BUILT)

    def validate(self):
        if self.settings.os not in ("Linux", "Macos"):
            raise ConanInvalidConfiguration("liblinkwa has no install script for this system")
        if cross_building(self):
            raise ConanInvalidConfiguration("this recipe builds for the machine that it runs on only")

    def package_id(self):
        # Rust's libraries do not depend on the compiler of the program, and are always optimised.
        del self.info.settings.compiler
        del self.info.settings.build_type

    def build(self):
        self.run("ffi-c/install/build", cwd=self.source_folder)

    def package(self):
        self.run(f"PREFIX='{self.package_folder}' ffi-c/install/install", cwd=self.source_folder)
        copy(self, "LICENSE-*", self.source_folder, os.path.join(self.package_folder, "licenses"))
        libraries = os.path.join(self.package_folder, "lib")
        for pattern in ["*.a"] if self.options.shared else ["*.so*", "*.dylib"]:
            rm(self, pattern, libraries)
        # Conan writes its own.
        rm(self, "*.pc", libraries, recursive=True)
        rm(self, "*.cmake", libraries, recursive=True)

    def package_info(self):
        self.cpp_info.libs = ["linkwa"]
        if self.options.shared:
            return
        if self.settings.os == "Linux":
            self.cpp_info.system_libs = ["dl", "m", "pthread", "rt", "util"]
        else:
            self.cpp_info.frameworks = ["CoreFoundation", "Security"]
