//! Files that do something when they are opened: told by their content and by their name, not by what is said of them.
//!
//! Looked at are the file itself, documents of office programs for macros, and the names in a ZIP archive. Not looked
//! into are other archives, archives in archives, what is encrypted, and scripts in PDF, HTML and SVG.

use mail::clean_filename;

/// Endings of files that a double click runs, mounts or installs, or by which a program is made to fetch or run
/// something: what Gmail and Outlook refuse, and some more. Pages and pictures that may bring scripts are not among them:
/// browsers keep those apart, and logos and newsletters are sent as SVG and HTML.
const ENDINGS: [&str; 143] = [
    "accde",
    "action",
    "ade",
    "adp",
    "apk",
    "app",
    "appinstaller",
    "application",
    "appref-ms",
    "appx",
    "appxbundle",
    "bas",
    "bash",
    "bat",
    "bin",
    "cab",
    "chm",
    "cmd",
    "com",
    "command",
    "cpl",
    "csh",
    "deb",
    "deskthemepack",
    "desktop",
    "diagcab",
    "diagcfg",
    "diagpkg",
    "dll",
    "dmg",
    "docm",
    "dotm",
    "dqy",
    "drv",
    "ex",
    "ex_",
    "exe",
    "fxp",
    "gadget",
    "hlp",
    "hpj",
    "hta",
    "htc",
    "img",
    "inf",
    "ins",
    "iqy",
    "iso",
    "jar",
    "jnlp",
    "js",
    "jse",
    "ksh",
    "library-ms",
    "lnk",
    "mda",
    "mde",
    "mjs",
    "msc",
    "msh",
    "msh1",
    "msh1xml",
    "msh2",
    "msh2xml",
    "mshxml",
    "msi",
    "msix",
    "msixbundle",
    "msp",
    "mst",
    "msu",
    "nsh",
    "ocx",
    "ops",
    "oqy",
    "osd",
    "osx",
    "pcd",
    "pif",
    "pkg",
    "pl",
    "potm",
    "ppam",
    "ppsm",
    "pptm",
    "prf",
    "prg",
    "printerexport",
    "ps1",
    "ps1xml",
    "ps2",
    "ps2xml",
    "psc1",
    "psc2",
    "psd1",
    "psdm1",
    "psm1",
    "py",
    "pyc",
    "pyo",
    "pyw",
    "pyz",
    "pyzw",
    "reg",
    "rpm",
    "rqy",
    "run",
    "scf",
    "scr",
    "sct",
    "search-ms",
    "searchconnector-ms",
    "settingcontent-ms",
    "sh",
    "shb",
    "shs",
    "sldm",
    "slk",
    "sys",
    "theme",
    "themepack",
    "url",
    "vb",
    "vbe",
    "vbp",
    "vbs",
    "vhd",
    "vhdx",
    "vsmacros",
    "vsw",
    "vxd",
    "webpnp",
    "website",
    "ws",
    "wsc",
    "wsf",
    "wsh",
    "xbap",
    "xlam",
    "xll",
    "xlsm",
    "xltm",
    "xnk",
];

/// Endings that are nothing else, before another one too: `invoice.exe.pdf`, `invoice.vbs.txt`.
const INNER: [&str; 8] = ["bat", "cmd", "exe", "lnk", "pif", "scr", "vbe", "vbs"];

/// Why a file is refused; none if it is harmless as far as can be seen.
pub(super) fn danger(name: &str, content_type: &str, bytes: &[u8]) -> Option<String> {
    if let Some(ending) = ending(name) {
        return Some(format!("its name ends with .{ending}"));
    }
    if runs(content_type) {
        return Some(format!("it is of the type {content_type}"));
    }
    if let Some(kind) = infer::get(bytes) {
        let script = kind.mime_type() == "text/x-shellscript";
        // Two letters are enough for some of these, and a list of prices may begin with them.
        let program = kind.matcher_type() == infer::MatcherType::App && !is_text(bytes);
        if script || (program && kind.mime_type() != "application/x-x509-ca-cert") {
            return Some(format!("its content is a program ({})", kind.mime_type()));
        }
    }
    if bytes.starts_with(b"\xd0\xcf\x11\xe0") && holds(bytes, b"_\0V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T\0") {
        return Some("it has macros".into());
    }
    zipped(bytes).find_map(|name| match &name[..] {
        name if name.to_ascii_lowercase().ends_with("vbaproject.bin") => Some("it has macros".into()),
        // In documents of office programs these are settings of printers, and what was embedded.
        name => ending(name)
            .filter(|ending| ending != "bin")
            .map(|ending| format!("it is an archive with a .{ending} in it")),
    })
}

/// The ending by which a name is dangerous.
fn ending(name: &str) -> Option<String> {
    // Whoever reads the name may end it there: an alternate stream, the end of a C string, a header that is cut.
    const ENDS: [char; 8] = ['\0', ':', ';', '"', '<', '>', '|', '?'];
    let name = folded(name);
    let cuts = name.match_indices(ENDS).map(|(at, _)| at);
    [name.len()].into_iter().chain(cuts).take(CUTS).find_map(|cut| ending_of(&name[..cut]))
}

/// So many ends of one name are looked at.
const CUTS: usize = 16;

/// A name as careless readers see it: what is written in percents is read, and wide letters and dots are narrow ones.
fn folded(name: &str) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let hex = behind.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let read = hex.filter(|_| *first == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok());
        bytes.push(read.unwrap_or(*first));
        rest = &behind[if read.is_some() { 2 } else { 0 }..];
    }
    let narrow = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{2024}' | '\u{3002}' | '\u{fe52}' | '\u{ff61}' => '.',
        c => c,
    };
    String::from_utf8_lossy(&bytes).chars().map(narrow).collect()
}

fn ending_of(name: &str) -> Option<String> {
    // As file systems read it: without dots and spaces at the end.
    let name = clean_filename(name).to_lowercase();
    let mut parts = name.split('.').map(str::trim).skip(1).collect::<Vec<_>>();
    while parts.last().is_some_and(|last| last.is_empty()) {
        parts.pop();
    }
    let packed = parts.last().is_some_and(|last| ["gz", "bz2", "xz", "zst"].contains(last));
    if packed {
        parts.pop();
    }
    let last = parts.pop()?;
    let found = ENDINGS.contains(&last).then_some(last);
    found.or_else(|| parts.into_iter().find(|part| INNER.contains(part))).map(str::to_owned)
}

/// Media types of programs and of documents with macros.
fn runs(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    kind.contains("macroenabled")
        || [
            "application/hta",
            "application/java-archive",
            "application/javascript",
            "application/vnd.microsoft.portable-executable",
            "application/x-bat",
            "application/x-dosexec",
            "application/x-elf",
            "application/x-executable",
            "application/x-javascript",
            "application/x-mach-binary",
            "application/x-ms-installer",
            "application/x-ms-shortcut",
            "application/x-msdos-program",
            "application/x-msdownload",
            "application/x-msi",
            "application/x-powershell",
            "application/x-sh",
            "application/x-shellscript",
            "text/javascript",
            "text/vbscript",
            "text/x-python",
            "text/x-sh",
            "text/x-shellscript",
        ]
        .contains(&kind.as_str())
}

fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| !text.contains(|c: char| c < ' ' && !c.is_ascii_whitespace()))
}

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

/// The names in the directory of a ZIP archive (PKWARE APPNOTE, 4.3.12), which an encrypted one has, too. Entries do not
/// lie in each other; where they seem to, the next one is looked for behind the name.
fn zipped(bytes: &[u8]) -> impl Iterator<Item = String> {
    const HEADER: usize = 46;
    /// An ending is at the end of a name, and before that another one may be meant.
    const LONGEST: usize = 1_024;
    /// Readers look for the end of the directory from behind, past a comment; anything may stand before the archive.
    const END: usize = 22 + 0xffff;
    let is_zip = bytes.starts_with(b"PK\x03\x04") || holds(&bytes[bytes.len().saturating_sub(END)..], b"PK\x05\x06");
    let mut rest = if is_zip { bytes } else { &[] };
    std::iter::from_fn(move || {
        loop {
            let at = rest.iter().position(|byte| *byte == b'P')?;
            rest = &rest[at..];
            let entry = rest.starts_with(b"PK\x01\x02");
            let found =
                if entry { rest.get(28..30).map(|n| usize::from(n[0]) + 256 * usize::from(n[1])) } else { None };
            let name = found.and_then(|length| rest.get(HEADER..HEADER + length));
            rest = &rest[name.map_or(1, |name| HEADER + name.len())..];
            if let Some(name) = name {
                return Some(String::from_utf8_lossy(&name[name.len().saturating_sub(LONGEST)..]).into_owned());
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive of empty files.
    fn zip(names: &[&str]) -> Vec<u8> {
        let (mut files, mut directory) = (Vec::new(), Vec::new());
        for name in names {
            let length = [name.len() as u8, 0];
            directory.extend([&b"PK\x01\x02"[..], &[0; 24], &length, &[0; 16], name.as_bytes()].concat());
            files.extend([&b"PK\x03\x04"[..], &[0; 22], &length, &[0; 2], name.as_bytes()].concat());
        }
        [files, directory, b"PK\x05\x06".to_vec(), vec![0; 18]].concat()
    }

    /// Entries that seem to lie in each other's names are looked at once.
    #[test]
    fn a_directory_that_lies_in_itself_is_read_once() {
        let entry = [&b"PK\x01\x02"[..], &[0; 24], &[0xff, 0xff]].concat();
        let bytes = [b"PK\x03\x04".to_vec(), entry.repeat(100_000)].concat();
        let names: Vec<_> = zipped(&bytes).collect();
        assert_eq!(names.len(), bytes.len() / (46 + 0xffff));
        assert!(names.iter().all(|name| name.chars().count() <= 1_024));
        let hidden = [bytes, zip(&["a.exe"])].concat();
        assert!(danger("a.zip", "application/zip", &hidden).is_some());
    }

    #[test]
    fn what_runs_is_told() {
        let pe = [&b"MZ\x90\0\x03\0\0\0"[..], &[0; 64], b"PE\0\0"].concat();
        let elf = [&b"\x7fELF\x02\x01\x01"[..], &[0; 9], &[2, 0, 0x3e, 0], &[0; 44]].concat();
        let ole = [&b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..], b"..._\0V\0B\0A\0_\0P\0R\0O\0J\0E\0C\0T\0"].concat();
        for (name, kind, bytes) in [
            ("setup.exe", "application/pdf", &b"%PDF-1.7"[..]),
            ("invoice.pdf.exe", "application/pdf", b"%PDF-1.7"),
            ("invoice.exe.pdf", "application/pdf", b"%PDF-1.7"),
            ("invoice.PDF.ScR ", "application/pdf", b"x"),
            ("invoice.exe.", "application/pdf", b"x"),
            ("invoice.exe::$DATA", "application/pdf", b"x"),
            ("invoice.e\u{200b}xe", "application/pdf", b"x"),
            ("invoice.js.gz", "application/gzip", b"x"),
            ("invoice.exe%20", "application/pdf", b"x"),
            ("invoice%2eexe", "application/pdf", b"x"),
            ("invoice.exe%00.pdf", "application/pdf", b"x"),
            ("invoice.exe\0.pdf", "application/pdf", b"x"),
            ("invoice.hta;.pdf", "application/pdf", b"x"),
            ("invoice.hta:x.pdf", "application/pdf", b"x"),
            ("invoice.exe. \u{a0}.\u{3000}.", "application/pdf", b"x"),
            ("invoice\u{ff0e}exe", "application/pdf", b"x"),
            ("invoice.\u{ff45}\u{ff58}\u{ff45}", "application/pdf", b"x"),
            ("invoice\u{2024}scr", "application/pdf", b"x"),
            ("invoice\u{202e}fdp.exe", "application/pdf", b"x"),
            ("prices.xll", "application/octet-stream", b"x"),
            ("prices.iqy", "text/plain", b"WEB\n1\nhttps://a.example"),
            ("share.library-ms", "application/xml", b"<libraryDescription/>"),
            ("link.website", "text/plain", b"[InternetShortcut]"),
            ("list.xlsm", "application/octet-stream", b"x"),
            ("a.lnk", "application/octet-stream", b"x"),
            ("invoice.pdf", "application/x-msdownload", b"x"),
            ("a.xls", "application/vnd.ms-excel.sheet.macroEnabled.12", b"x"),
            ("invoice.pdf", "application/pdf", &pe),
            ("invoice.pdf", "application/pdf", &elf),
            ("invoice.txt", "text/plain", b"#!/bin/sh\nrm -rf /\n"),
            ("old.doc", "application/msword", &ole),
            ("new.docx", "application/octet-stream", &zip(&["word/document.xml", "word/vbaProject.bin"])),
            ("a.zip", "application/zip", &zip(&["readme.txt", "folder/setup.EXE"])),
            ("a.zip", "application/zip", &zip(&["invoice.pdf.js"])),
            ("a.zip", "application/zip", &[&b"anything"[..], &zip(&["setup.exe"])].concat()),
            ("a.pdf", "application/pdf", &[&b"%PDF-1.7"[..], &zip(&["setup.exe"]), &[b' '; 9_000]].concat()),
        ] {
            assert!(danger(name, kind, bytes).is_some(), "{name} {kind}");
        }
    }

    #[test]
    fn what_does_nothing_is_taken() {
        let ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 Word.Document";
        for (name, kind, bytes) in [
            ("invoice.pdf", "application/pdf", &b"%PDF-1.7"[..]),
            ("invoice-example.com.pdf", "application/pdf", b"%PDF-1.7"),
            ("report.v1.js.pdf", "application/pdf", b"%PDF-1.7"),
            ("exe", "text/plain", b"x"),
            ("50% off; see a.b:c.pdf", "application/pdf", b"%PDF-1.7"),
            ("logo.svg", "image/svg+xml", b"<svg/>"),
            (
                "sums.xlsx",
                "application/octet-stream",
                &zip(&["xl/workbook.xml", "xl/printerSettings/printerSettings1.bin"]),
            ),
            ("executive summary.txt", "text/plain", b"x"),
            ("prices.csv", "text/csv", b"MZ-17;4,50\nMZ-18;5,20\n"),
            ("logo.png", "image/png", b"\x89PNG\r\n\x1a\n"),
            ("trip.ics", "text/calendar", b"BEGIN:VCALENDAR"),
            ("page.html", "text/html", b"<!doctype html>"),
            ("old.doc", "application/msword", ole),
            ("new.docx", "application/octet-stream", &zip(&["word/document.xml", "[Content_Types].xml"])),
            ("tickets.zip", "application/zip", &zip(&["ticket.pdf", "readme.txt"])),
            ("", "application/octet-stream", b""),
            ("cut.zip", "application/zip", b"PK\x03\x04PK\x01\x02"),
        ] {
            assert_eq!(danger(name, kind, bytes), None, "{name}");
        }
    }
}
