//! The only place that knows two databases.

/// A connection pool to one of the two engines.
#[derive(Clone, Debug)]
pub enum Db {}
/// An open transaction on one of the two engines.
#[derive(Debug)]
pub enum Tx {}
