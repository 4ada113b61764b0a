//! Copies of one's own data that are prepared in the background (`/me/exports`, page `/account/data`). Rules live in
//! `domain::accounts::exports`.

use crate::Timestamp;
use crate::values::ExportId;
use serde::{Deserialize, Serialize};

/// How far a copy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExportStatus {
    /// It was asked for and is not written yet.
    Waiting,
    /// It can be taken.
    Ready,
    /// It could not be written, however often it was tried.
    Failed,
}

/// A copy of everything a site keeps about a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct DataExport {
    /// Its id.
    pub id: ExportId,
    /// How far it is.
    pub status: ExportStatus,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// When it was written.
    pub ready_at: Option<Timestamp>,
    /// When it is deleted.
    pub expires_at: Option<Timestamp>,
    /// Bytes of the file.
    pub bytes: Option<i64>,
}
