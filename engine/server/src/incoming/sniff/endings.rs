//! Endings of file names, in alphabetical order for the look-up.

/// Endings of files that a double click runs, mounts or installs, or by which a program is made to fetch or run
/// something: what Gmail, Outlook and Exchange refuse but for archives, and some more. Pages and pictures that may bring
/// scripts are not among them: browsers keep those apart, and logos and newsletters are sent as SVG and HTML.
pub(super) const DANGEROUS: &[&str] = &[
    "a3x",
    "aab",
    "accda",
    "accde",
    "accdr",
    "action",
    "ade",
    "adp",
    "afploc",
    "ahk",
    "air",
    "ani",
    "apk",
    "apkm",
    "apks",
    "app",
    "appcontent-ms",
    "appimage",
    "appinstaller",
    "applescript",
    "application",
    "appref-ms",
    "appx",
    "appxbundle",
    "asp",
    "aspx",
    "asx",
    "au3",
    "bas",
    "bash",
    "bat",
    "bgi",
    "bin",
    "cab",
    "cdxml",
    "cer",
    "chm",
    "cjs",
    "cmd",
    "cnt",
    "com",
    "command",
    "contact",
    "cpl",
    "crt",
    "crx",
    "csh",
    "deb",
    "der",
    "deskthemepack",
    "desktop",
    "dex",
    "diagcab",
    "diagcfg",
    "diagpkg",
    "dll",
    "dmg",
    "docm",
    "dotm",
    "dqy",
    "drv",
    "dylib",
    "efi",
    "elf",
    "ex",
    "ex_",
    "exe",
    "fileloc",
    "fish",
    "flatpak",
    "flatpakref",
    "flatpakrepo",
    "ftploc",
    "fxp",
    "gadget",
    "grp",
    "hlp",
    "hpj",
    "hta",
    "htc",
    "img",
    "inetloc",
    "inf",
    "ins",
    "ipa",
    "iqy",
    "iso",
    "isp",
    "its",
    "jar",
    "jnlp",
    "job",
    "js",
    "jscript",
    "jse",
    "jxa",
    "kext",
    "ksh",
    "lib",
    "library",
    "library-ms",
    "lnk",
    "lua",
    "macho",
    "mad",
    "maf",
    "mag",
    "mam",
    "maq",
    "mar",
    "mas",
    "mat",
    "mau",
    "mav",
    "maw",
    "mcf",
    "mda",
    "mdb",
    "mde",
    "mdt",
    "mdw",
    "mdz",
    "mht",
    "mhtml",
    "mjs",
    "mobileconfig",
    "mpkg",
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
    "msrcincident",
    "mst",
    "msu",
    "nsh",
    "ocx",
    "odc",
    "ops",
    "oqy",
    "osd",
    "osx",
    "oxt",
    "pcd",
    "phar",
    "pif",
    "pkg",
    "pl",
    "plg",
    "plx",
    "potm",
    "ppa",
    "ppam",
    "ppkg",
    "ppsm",
    "pptm",
    "prefpane",
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
    "pssc",
    "pst",
    "py",
    "pyc",
    "pyo",
    "pyw",
    "pyz",
    "pyzw",
    "rb",
    "rbw",
    "rdp",
    "reg",
    "rev",
    "rpm",
    "rqy",
    "run",
    "saver",
    "scf",
    "scpt",
    "scptd",
    "scr",
    "sct",
    "search-ms",
    "searchconnector-ms",
    "settingcontent-ms",
    "sfx",
    "sh",
    "shb",
    "shortcut",
    "shs",
    "sldm",
    "slk",
    "smi",
    "snap",
    "sparsebundle",
    "sparseimage",
    "sys",
    "tcl",
    "tcsh",
    "terminal",
    "theme",
    "themepack",
    "tmp",
    "tool",
    "udl",
    "uif",
    "url",
    "vb",
    "vbe",
    "vbp",
    "vbs",
    "vbscript",
    "vhd",
    "vhdx",
    "vsix",
    "vsmacros",
    "vsto",
    "vsw",
    "vxd",
    "webloc",
    "webpnp",
    "website",
    "wiz",
    "wll",
    "workflow",
    "ws",
    "wsb",
    "wsc",
    "wsf",
    "wsh",
    "xap",
    "xapk",
    "xbap",
    "xip",
    "xla",
    "xlam",
    "xll",
    "xlm",
    "xlsm",
    "xltm",
    "xnk",
    "xpi",
    "zsh",
];

/// Endings that are nothing else, before another one too: `invoice.exe.pdf`, `invoice.vbs.txt`.
pub(super) const INNER: &[&str] = &["bat", "cmd", "exe", "lnk", "pif", "scr", "vbe", "vbs"];

/// One file, made smaller: it is what the ending beneath says.
pub(super) const SHRUNK: &[&str] = &["br", "bz", "bz2", "gz", "lz", "lz4", "lzma", "lzo", "sz", "xz", "z", "zst"];

/// Archives, which are named after the one file in them as often as not.
pub(super) const PACKED: &[&str] = &[
    "7z", "ace", "alz", "arc", "arj", "egg", "lha", "lzh", "rar", "tar", "taz", "tbz", "tbz2", "tgz", "tlz", "txz",
    "tzst", "zip", "zipx", "zoo",
];

/// Dangerous endings that are domains, too: `shop.example.com.zip` is an export of a shop.
pub(super) const DOMAINS: &[&str] = &["app", "com", "pl", "py", "run", "sh", "ws"];

/// Folders that macOS opens as if they were one file.
pub(super) const BUNDLES: &[&str] =
    &["action", "app", "kext", "mpkg", "pkg", "prefpane", "saver", "scptd", "service", "sparsebundle", "workflow"];

/// What is harmless inside of an archive: in documents of office programs these are settings of printers, what was
/// embedded, and pasted pictures.
pub(super) const PARTS: &[&str] = &["bin", "tmp"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_in_order() {
        for list in [DANGEROUS, INNER, SHRUNK, PACKED, DOMAINS, BUNDLES, PARTS] {
            assert!(list.is_sorted_by(|a, b| a < b), "{list:?}");
            assert!(list.iter().all(|ending| *ending == ending.to_lowercase()));
        }
        for part in [INNER, DOMAINS, PARTS].concat() {
            assert!(DANGEROUS.contains(&part), "{part}");
        }
    }

    /// As published by the makers of mail programs in 2026, but for the archives among them.
    #[test]
    fn what_mail_programs_refuse_is_refused() {
        let gmail = "ade adp apk appx appxbundle bat cab chm cmd com cpl diagcab diagcfg diagpkg dll dmg ex ex_ exe hta img \
                     ins iso isp jar jnlp js jse lib lnk mde mjs msc msi msix msixbundle msp mst nsh pif ps1 scr sct shb \
                     sys vb vbe vbs vhd vxd wsc wsf wsh xll";
        let outlook = "ade adp apk app appcontent-ms application appref-ms appx asp aspx asx bas bat bgi cab cdxml cer chm \
                       cmd cnt com cpl crt csh der diagcab exe fxp gadget grp hlp hpj hta htc img inf ins iso isp its jar \
                       jnlp js jse ksh library-ms lnk mad maf mag mam maq mar mas mat mau mav maw mcf mda mdb mde mdt mdw \
                       mdz mht mhtml msc msh msh1 msh1xml msh2 msh2xml mshxml msi msp mst msu ops osd pcd pif pl plg prf \
                       prg printerexport ps1 ps1xml ps2 ps2xml psc1 psc2 psd1 psdm1 pssc pst py pyc pyo pyw pyz pyzw reg \
                       scf scr sct search-ms settingcontent-ms shb shs theme tmp udl url vb vbe vbp vbs vhd vhdx vsmacros \
                       vsw webpnp website ws wsb wsc wsf wsh xbap xll xnk";
        let exchange = "ani apk app appx bat cab cmd com deb dex dll docm elf exe hta img iso jar jnlp kext lib library lnk \
                        macho msc msi msix msp mst pif ppa ppam reg rev scf scr sct sys uif vb vbe vbs vxd wsc wsf wsh xll";
        for ending in [gmail, outlook, exchange].iter().flat_map(|list| list.split_whitespace()) {
            assert!(DANGEROUS.binary_search(&ending).is_ok(), "{ending}");
        }
    }
}
