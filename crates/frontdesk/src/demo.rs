//! `frontdesk demo`: everything at once on one machine, through the same doors as in production. A simulated WhatsApp serves
//! three brands' numbers over HTTP, eight people make the team, customers live in the background, and the real server
//! answers. The data goes into a temporary folder unless one is named.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use secrecy::SecretString;
use testkit::whatsapp::{SimConfig, Simulator, personas};

use crate::config::{Bootstrap, Config, Logging, Server};
use crate::exit::Exit;
use crate::{logging, serve};

mod seed;

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:8080")]
    bind: SocketAddr,
    /// Keep the data here instead of in a temporary folder
    #[arg(long)]
    data_dir: Option<PathBuf>,
}

pub(crate) fn run(args: &DemoArgs) -> Result<(), Exit> {
    let temporary = tempfile::tempdir().map_err(Exit::io)?;
    let data_dir = args.data_dir.clone().unwrap_or_else(|| temporary.path().to_owned());
    let mut config = Config {
        master_key: Some(master_key(&data_dir)?),
        data_dir,
        server: Server { bind: args.bind, ..Server::default() },
        bootstrap: Bootstrap {
            email: Some(seed::ADMIN_EMAIL.to_owned()),
            password: Some(SecretString::from(seed::PASSWORD.to_owned())),
            password_file: None,
        },
        logging: Logging { level: "warn".to_owned(), ..Logging::default() },
        ..Config::default()
    };
    // A temporary folder may lie on a small disk.
    config.log.segment_mib = 8;
    config.log.min_free_mib = 16;
    logging::start(&config.logging)?;
    let simulator = Simulator::start(SimConfig::default()).map_err(Exit::io)?;
    serve::runtime()?.block_on(async {
        let running = serve::start(&config, false).await?;
        let team = seed::seed(running.address, &simulator).await?;
        serve::announce(running.address)?;
        write!(std::io::stdout(), "{}", introduction(running.address, &simulator, team)).map_err(Exit::io)?;
        let customers = tokio::spawn(personas::live(simulator.clone(), seed::numbers()));
        serve::asked_to_stop().await;
        customers.abort();
        running.stop().await;
        Ok(())
    })
}

/// The demo's own key, made once per data folder.
fn master_key(data_dir: &std::path::Path) -> Result<SecretString, Exit> {
    std::fs::create_dir_all(data_dir).map_err(Exit::io)?;
    let file = data_dir.join("demo-master-key");
    if let Ok(text) = std::fs::read_to_string(&file) {
        return Ok(SecretString::from(text));
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(Exit::software)?;
    let text = hex::encode(bytes);
    std::fs::write(&file, &text).map_err(Exit::io)?;
    Ok(SecretString::from(text))
}

fn introduction(address: SocketAddr, simulator: &Simulator, team: &[seed::Member]) -> String {
    let mut text = format!(
        "\nThis is frontdesk with a simulated WhatsApp (at {}) and customers who write by themselves.\n\n  API   http://{address}/v1\n  \
         Docs  http://{address}/docs\n\nSign in as any of these; the password is always {}\n\n",
        simulator.graph_base_url(),
        seed::PASSWORD
    );
    for member in team {
        text.push_str(&format!(
            "  {:<21} {:<12} {:<13} sees {}\n",
            member.email, member.role, member.name, member.sees
        ));
    }
    text.push_str(&format!(
        r#"
Try it, in another terminal:

  TOKEN=$(curl -s http://{address}/v1/auth/login -H 'Content-Type: application/json' -d '{{"email":"{email}","password":"{password}"}}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')

  curl -s "http://{address}/v1/conversations?view=unassigned&sort=waiting_since&limit=3" -H "Authorization: Bearer $TOKEN"

  CONV=$(curl -s "http://{address}/v1/conversations?sort=waiting_since&limit=1" -H "Authorization: Bearer $TOKEN" | grep -o 'conv_[0-9a-z]*' | head -1); MSG=$(curl -s http://{address}/v1/conversations/$CONV/messages -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' -H "Idempotency-Key: hello-$(date +%s)" -d '{{"type":"text","text":{{"body":"Hello, I am looking into it."}}}}' | grep -o 'msg_[0-9a-z]*' | head -1); sleep 3; curl -s http://{address}/v1/messages/$MSG -H "Authorization: Bearer $TOKEN"

The last answer shows your reply with its ticks: sent, delivered, read. To watch it all as it happens:

  FRONTDESK_PASSWORD={password} cargo run -- tail --url http://{address} --email {email}

To have a bot answer what is asked every day (`preset list` says what else there is):

  FRONTDESK_PASSWORD={password} cargo run -- preset install instant-answers --brand "Tramonto Travel" --url http://{address} --email {email}

Ctrl-C ends the demo.
"#,
        email = seed::ADMIN_EMAIL,
        password = seed::PASSWORD,
    ));
    text
}
