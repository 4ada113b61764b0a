//! `serve`: starts the server and waits for its end. Signals, listening and stopping are the server's own.

use super::{Failure, house, house::House};
use crate::{config::Loaded, config::Log, server};
use clap::Args;

/// Flags of `serve`.
#[derive(Args, Debug)]
pub(crate) struct ServeFlags {
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Where people reach the site
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
}

/// Serves until a signal ends it.
pub(crate) fn run(house: House, given: &ServeFlags) -> Result<(), Failure> {
    let mut flags = house.global.flags().map_err(Failure::Usage)?;
    for (flag, key, value) in
        [("--listen", "listen", &given.listen), ("--public-url", "public_url", &given.public_url)]
    {
        if let Some(value) = value {
            flags.set.push((flag.to_owned(), key.to_owned(), value.clone()));
        }
    }
    let loaded = Loaded::from_process(&flags)?;
    let filter = match (house.global.quiet, house.global.verbose) {
        (true, _) => "error".to_owned(),
        (_, 0) => loaded.settings.log.filter.clone(),
        (_, 1) => "debug".to_owned(),
        _ => "trace".to_owned(),
    };
    house::start_log(&Log { filter, ..loaded.settings.log.clone() })?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|cause| Failure::Io("starting".to_owned(), cause))?;
    let served = runtime.block_on(server::serve(house.vestibule, loaded));
    runtime.shutdown_background();
    served.map_err(Failure::Serve)
}
