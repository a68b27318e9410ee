//! Finds files that can run when they are opened, by their content and by their name. The stated type is not believed.
//!
//! It checks the file itself, macros in office documents, and the names in a ZIP archive, which has to show the same
//! files to all readers. It does not check other archives, compressed archives inside archives, encrypted files, and
//! scripts in PDF, HTML and SVG.

mod directory;
mod endings;
mod header;
mod media;
mod name;
mod office;
mod zip;

#[cfg(test)]
mod archive;

/// Why a file is refused; none if it is harmless as far as can be seen.
pub fn danger(name: &str, content_type: &str, bytes: &[u8]) -> Option<String> {
    if let Some(ending) = name::ending(name, &[]) {
        return Some(format!("its name ends with .{ending}"));
    }
    if media::runs(content_type) {
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
    zip::danger(bytes)
}

fn is_text(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| !text.contains(|c: char| c < ' ' && !c.is_ascii_whitespace()))
}

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zip(names: &[&str]) -> Vec<u8> {
        archive::Archive::of(names).bytes()
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
            ("a.zip", "application/zip", &zip(&["Safari.app/Contents/Info.plist"])),
            ("a.zip", "application/zip", &zip(&["invoice.ps1.br"])),
            ("a.zip", "application/zip", &zip(&["invoice.pdf", "readme.\u{1d423}\u{1d42c}"])),
            ("cut.zip", "application/zip", b"PK\x03\x04PK\x01\x02"),
            ("sums.xlsb", "application/octet-stream", &zip(&["xl/workbook.bin", "xl/macrosheets/sheet1.bin"])),
            ("a.pdf", "application/pdf", &[&b"%PDF-1.7"[..], &zip(&["setup.exe"]), &[b' '; 90_000]].concat()),
            ("invoice.js.zip", "application/zip", &zip(&["invoice.pdf"])),
            ("invoice.pdf", "application/ecmascript", b"%PDF-1.7"),
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
            ("new.docx", "application/octet-stream", &zip(&["word/document.xml", "word/media/image1.tmp"])),
            ("tickets.zip", "application/zip", &zip(&["ticket.pdf", "readme.txt"])),
            ("shop.example.com.zip", "application/zip", &zip(&["chart.js/ticket.pdf"])),
            ("", "application/octet-stream", b""),
            ("prices.txt", "text/plain", b"PK-17;4,50\nPK-18;5,20\n"),
        ] {
            assert_eq!(danger(name, kind, bytes), None, "{name}");
        }
    }

    /// What zipfile, Info-ZIP, jar and Java write: to files and to streams, with comments, with long numbers, added to, in
    /// each other, and with nothing in them.
    #[test]
    fn archives_of_other_programs_are_judged_rightly() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/corpus/attachment");
        let mut judged = 0;
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.file_name().unwrap().to_str().unwrap();
            let found = danger(name, "application/zip", &std::fs::read(&path).unwrap());
            assert_eq!(found.is_some(), name.starts_with("refused-"), "{name}: {found:?}");
            judged += 1;
        }
        assert!(judged > 10, "{judged}");
    }
}
