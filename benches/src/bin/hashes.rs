//! How many argon2id hashes of the product's cost (19 MiB, t=2, p=1) all cores make per second, with nothing around
//! them; prints the number.
//!
//! Started by `cargo xtask bench`, which holds the logins per second against it. Must never share the product's code:
//! it is the bound that the product is measured with.
#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a measuring program")]

use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};

const RUN: Duration = Duration::from_secs(5);

fn main() -> Result<(), Box<dyn Error>> {
    let threads = thread::available_parallelism()?.get();
    let workers: Vec<_> = (0..threads).map(|_| thread::spawn(hash_until_the_end)).collect();
    let mut rate = 0.0;
    for worker in workers {
        rate += worker.join().map_err(|_| "a thread died")??;
    }
    println!("{rate:.2}");
    Ok(())
}

/// Hashes of one thread per second.
fn hash_until_the_end() -> Result<f64, String> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|cause| cause.to_string())?;
    let mut memory = vec![Block::default(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let (start, mut done, mut key) = (Instant::now(), 0.0, [0; 32]);
    while start.elapsed() < RUN {
        argon2
            .hash_password_into_with_memory(
                b"lantern harbour quartz",
                b"0123456789abcdef",
                &mut key,
                &mut memory,
            )
            .map_err(|cause| cause.to_string())?;
        done += 1.0;
    }
    Ok(done / start.elapsed().as_secs_f64())
}
