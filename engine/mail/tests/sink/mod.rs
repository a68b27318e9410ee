//! A running `smtp-sink`.

use std::{
    net::{Ipv4Addr, TcpListener},
    os::unix::fs::PermissionsExt,
    process::Stdio,
    time::Duration,
};

use tokio::{
    net::TcpStream,
    process::{Child, Command},
    time::sleep,
};

/// A sink that ends with the test.
pub(crate) struct Sink {
    /// Where it listens, on 127.0.0.1.
    pub(crate) port: u16,
    process: Child,
    folder: tempfile::TempDir,
}

impl Sink {
    /// Starts a sink on a free port.
    pub(crate) async fn start(options: &[&str]) -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        Self::start_at(port, options).await
    }

    /// Starts a sink on this port.
    pub(crate) async fn start_at(port: u16, options: &[&str]) -> Self {
        let program = ["/usr/sbin/smtp-sink", "/usr/local/sbin/smtp-sink", "/usr/bin/smtp-sink"]
            .into_iter()
            .find(|path| std::path::Path::new(path).exists())
            .expect("smtp-sink is missing: run `scripts/setup test`");
        let folder = tempfile::tempdir().unwrap();
        // The sink gives its rights away and must still write its dumps.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
        let mut command = Command::new(program);
        // As root it wants another name; as anybody else it cannot take one.
        if std::fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0) {
            command.args(["-u", "nobody"]);
        }
        command.args(options).arg(format!("127.0.0.1:{port}")).arg("64");
        command.current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let process = command.spawn().unwrap();
        // Ready when it takes connections; the one that asks is closed at once.
        for _ in 0..500 {
            if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return Self { port, process, folder };
            }
            sleep(Duration::from_millis(10)).await;
        }
        panic!("smtp-sink does not listen on port {port}");
    }

    /// Ends it and waits for its end.
    pub(crate) async fn stop(mut self) {
        self.process.kill().await.unwrap();
    }

    /// The mails that it wrote (`-d mail.`), once there is one.
    pub(crate) async fn dumps(&self) -> Vec<String> {
        for _ in 0..500 {
            let entries = std::fs::read_dir(self.folder.path()).unwrap();
            let texts: Vec<_> = entries.map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap()).collect();
            if texts.iter().any(|text| text.contains("Subject: ")) {
                return texts;
            }
            sleep(Duration::from_millis(10)).await;
        }
        panic!("smtp-sink wrote no mail");
    }
}

/// A small mail.
pub(crate) fn mail(body: &str) -> Vec<u8> {
    format!("From: shop@example.test\r\nTo: ada@example.test\r\nSubject: x\r\n\r\nHello{body}\r\n").into_bytes()
}
