//! The server as a process: started, asked, killed, started again.

use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use tempfile::TempDir;

/// The first account's address and password.
pub const EMAIL: &str = "ada@example.com";
pub const PASSWORD: &str = "correct horse battery staple";

/// A running frontdesk. Killed when dropped.
pub struct Frontdesk {
    folder: Arc<TempDir>,
    child: Child,
    pub url: String,
    log: Arc<Mutex<String>>,
    http: reqwest::Client,
}

/// A key for tests, in a file.
pub fn master_key_file(folder: &Path) -> PathBuf {
    let file = folder.join("master-key");
    std::fs::write(&file, "4f".repeat(32)).unwrap();
    file
}

impl Frontdesk {
    /// A new one, with nothing in it.
    pub fn start() -> Self {
        Self::on(Arc::new(tempfile::tempdir().unwrap()))
    }

    /// One on a folder that may hold an earlier one's data.
    pub fn on(folder: Arc<TempDir>) -> Self {
        Self::try_on(folder, &[]).unwrap_or_else(|log| panic!("frontdesk did not start:\n{log}"))
    }

    /// The same with settings of the test's own; `Err` has what it wrote.
    pub fn try_on(folder: Arc<TempDir>, settings: &[(&str, &str)]) -> Result<Self, String> {
        let mut child = Self::command(folder.path())
            .arg("serve")
            .envs(settings.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let log = Arc::new(Mutex::new(String::new()));
        let (stderr, written) = (child.stderr.take().unwrap(), log.clone());
        let reading = std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                written.lock().unwrap().push_str(&(line + "\n"));
            }
        });
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while stdout.read_line(&mut line).unwrap() > 0 {
            if let Some(url) = line.trim().strip_prefix("frontdesk listening on ") {
                let url = url.to_owned();
                std::thread::spawn(move || stdout.read_to_end(&mut Vec::new()));
                return Ok(Self { folder, child, url, log, http: reqwest::Client::new() });
            }
            line.clear();
        }
        child.wait().unwrap();
        // The thread that reads the log ends with the process.
        reading.join().unwrap();
        Err(log.lock().unwrap().clone())
    }

    /// The binary with a folder's settings.
    pub fn command(folder: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_frontdesk"));
        command
            .env("FRONTDESK__SERVER__BIND", "127.0.0.1:0")
            .env("FRONTDESK__SERVER__WORKERS", "2")
            .env("FRONTDESK__DATA_DIR", folder.join("data"))
            .env("FRONTDESK__MASTER_KEY_FILE", master_key_file(folder))
            .env("FRONTDESK__BOOTSTRAP__EMAIL", EMAIL)
            .env("FRONTDESK__BOOTSTRAP__PASSWORD", PASSWORD)
            .env("FRONTDESK__LOG__SEGMENT_MIB", "4")
            .env("FRONTDESK__LOG__MIN_FREE_MIB", "1")
            .env("FRONTDESK__LOGGING__LEVEL", "info");
        command
    }

    pub fn folder(&self) -> Arc<TempDir> {
        self.folder.clone()
    }
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }
    /// What it wrote to standard error so far.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// A request without credentials.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path}", self.url))
    }

    /// Signs in and gives the access token.
    pub async fn sign_in(&self, email: &str, password: &str) -> String {
        let answer = self
            .request(Method::POST, "/v1/auth/login")
            .json(&serde_json::json!({ "email": email, "password": password }))
            .send()
            .await
            .unwrap();
        let status = answer.status();
        let body: Value = answer.json().await.unwrap();
        assert_eq!(status, 200, "{body}");
        body["access_token"].as_str().unwrap().to_owned()
    }

    /// As a power cut would, as far as the process is concerned.
    pub fn kill(mut self) -> Arc<TempDir> {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.folder.clone()
    }

    /// Asks it to stop and waits; gives the folder and whether it ended well.
    pub fn stop(mut self) -> (Arc<TempDir>, bool) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let ended = self.child.wait().unwrap().success();
        (self.folder.clone(), ended)
    }
}

impl Drop for Frontdesk {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
