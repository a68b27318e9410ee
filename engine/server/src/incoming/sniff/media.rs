//! Media types of files that can run when they are opened.

/// Kinds of scripts, wherever they stand in the second half of a type: `text/x-javascript`, `text/javascript1.5`.
const LANGUAGES: &[&str] =
    &["ecmascript", "javascript", "jscript", "livescript", "powershell", "shellscript", "vbscript"];

/// Second halves of types, without `x-`, in alphabetical order.
const TYPES: &[&str] = &[
    "apple-aspen-config",
    "apple-diskimage",
    "appx",
    "appxbundle",
    "bash",
    "bat",
    "batch",
    "bsh",
    "bzip-compressed-iso",
    "cab",
    "cd-image",
    "chm",
    "chrome-extension",
    "cmd",
    "com",
    "csh",
    "deb",
    "debian-package",
    "desktop",
    "dms",
    "dos-batch",
    "dosexec",
    "elf",
    "exe",
    "executable",
    "hta",
    "internet-shortcut",
    "internet-signup",
    "iso9660-appimage",
    "iso9660-image",
    "java-applet",
    "java-archive",
    "java-jnlp-file",
    "java-vm",
    "ksh",
    "mach-binary",
    "mach-o",
    "mach-o-executable",
    "ms-application",
    "ms-dos-executable",
    "ms-installer",
    "ms-regedit",
    "ms-shortcut",
    "ms-vsto",
    "ms-xbap",
    "msaccess",
    "msdos-batch",
    "msdos-program",
    "msdownload",
    "msi",
    "msix",
    "msixbundle",
    "mswinurl",
    "osascript",
    "perl",
    "pie-executable",
    "prg",
    "python",
    "python-bytecode",
    "python-code",
    "raw-disk-image",
    "rdp",
    "redhat-package-manager",
    "rpm",
    "ruby",
    "scriptlet",
    "sh",
    "sharedlib",
    "tcl",
    "uri-shortcut",
    "vbs",
    "vhd",
    "vnd.android.package-archive",
    "vnd.appimage",
    "vnd.apple.installer+xml",
    "vnd.debian.binary-package",
    "vnd.flatpak",
    "vnd.flatpak.ref",
    "vnd.flatpak.repo",
    "vnd.microsoft.portable-executable",
    "vnd.ms-cab-compressed",
    "vnd.ms-htmlhelp",
    "vnd.rar-sfx",
    "vnd.snap",
    "winexe",
    "wintel",
    "xpinstall",
    "zsh",
];

/// Whether a type is one of programs, scripts, installers, disks, or documents with macros.
pub(super) fn runs(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    // Parameters say nothing of what a file is, and some readers forgive blanks.
    let essence = kind.split(';').next().unwrap_or_default().trim();
    let Some((first, second)) = essence.split_once('/') else { return false };
    let second = second.strip_prefix("x-").unwrap_or(second);
    matches!(first, "application" | "text")
        && (LANGUAGES.iter().any(|language| second.contains(language))
            || TYPES.binary_search(&second).is_ok()
            // Sheets in binary have this type with and without macros.
            || (second.contains("macroenabled") && !second.starts_with("vnd.ms-excel.sheet.binary."))
            // `windows-appcontent+xml`, `windows-library+xml`, `windows-search-connector+xml`
            || second.starts_with("windows-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_what_runs() {
        assert!(TYPES.is_sorted_by(|a, b| a < b));
        // All of JavaScript, as browsers know it (WHATWG MIME Sniffing, 4.6).
        let scripts = "application/ecmascript application/javascript application/x-ecmascript application/x-javascript \
                       text/ecmascript text/javascript text/javascript1.0 text/javascript1.1 text/javascript1.2 \
                       text/javascript1.3 text/javascript1.4 text/javascript1.5 text/jscript text/livescript \
                       text/x-ecmascript text/x-javascript";
        let others = "application/hta application/x-msdownload application/X-MSDownload application/x-ms-dos-executable \
                      application/exe application/x-sh text/x-sh application/x-powershell text/vbscript text/x-python \
                      text/scriptlet application/x-java-jnlp-file application/java-archive application/x-apple-diskimage \
                      application/x-apple-aspen-config application/vnd.android.package-archive \
                      application/windows-library+xml application/vnd.ms-word.document.macroEnabled.12 \
                      application/vnd.microsoft.portable-executable";
        for kind in scripts.split_whitespace().chain(others.split_whitespace()) {
            assert!(runs(kind), "{kind}");
        }
        assert!(runs("text/javascript; charset=utf-8"));
    }

    #[test]
    fn types_of_what_does_nothing() {
        for kind in [
            "application/pdf",
            "application/octet-stream",
            "application/zip",
            "application/json",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.oasis.opendocument.text",
            "text/html",
            "text/plain",
            "text/calendar",
            "image/svg+xml",
            "image/x-ms-bmp",
            "javascript",
            "",
        ] {
            assert!(!runs(kind), "{kind}");
        }
    }
}
