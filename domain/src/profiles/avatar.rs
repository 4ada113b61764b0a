//! Pictures of people. What is sent is never served: it is decoded, cut to a square, made small and written anew as JPEG,
//! so that nothing but its pixels remains (no place where it was taken, no script, no second file inside; C61).

use super::{see, store, told, visible};
use crate::auth::Turns;
use crate::events::{self, Event};
use crate::{Actor, Client, Domain, Person, accounts, db::Tx, error::Internal, secrets};
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits,
    imageops::{FilterType, crop_imm, resize},
};
use std::collections::HashSet;
use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};
use vestibule_model::profiles::{MOST_PICTURE_BYTES, PICTURE_SIDE};
use vestibule_model::{Error, Problem, Result, Timestamp, UserId};

/// Longest side that is decoded, in pixels.
const LONGEST_SIDE: u32 = 10_000;
/// Most pixels that are decoded: those of a camera's whole picture.
const MOST_PIXELS: u64 = 25_000_000;
/// Most memory that decoding may take, in bytes; that of a progressive JPEG takes about as much again.
const MOST_MEMORY: u64 = 160 * 1024 * 1024;
/// JPEG quality, of 100.
const QUALITY: u8 = 85;

/// Most pictures that are received at once, by everybody together.
const MOST_UPLOADS: usize = 4;

/// Where pictures are received and made: a few are read at once, at most one of each person, and one is made at a time,
/// because each may take [`MOST_MEMORY`].
pub(crate) struct Studio {
    turns: Turns,
    receiving: Arc<Mutex<HashSet<UserId>>>,
}

impl Default for Studio {
    fn default() -> Self {
        Self { turns: Turns::new(1, 16), receiving: Arc::default() }
    }
}

/// The place of somebody whose picture is being received, free again when it is dropped.
#[must_use = "the place is free again when this is dropped"]
pub struct Upload {
    receiving: Arc<Mutex<HashSet<UserId>>>,
    user: UserId,
}

impl Drop for Upload {
    fn drop(&mut self) {
        self.receiving.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.user);
    }
}

/// A place for the picture that the person is about to send, taken before a byte of it is read: otherwise as many pictures
/// would lie in memory as somebody opens connections.
///
/// # Errors
/// [`Error::Busy`] while the person sends another one, or too many people send theirs.
pub fn begin_upload(domain: &Domain, person: &Person) -> Result<Upload> {
    let receiving = Arc::clone(&domain.studio().receiving);
    let mut taken = receiving.lock().unwrap_or_else(PoisonError::into_inner);
    if taken.len() >= MOST_UPLOADS || !taken.insert(person.user) {
        return Err(Error::Busy { retry_after_s: 2 });
    }
    drop(taken);
    Ok(Upload { receiving, user: person.user })
}

/// A picture that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Avatar {
    /// The one the asker has already.
    Known {
        /// Its tag.
        tag: String,
    },
    /// The picture.
    Picture {
        /// Its tag.
        tag: String,
        /// JPEG, 256 by 256 pixels.
        jpeg: Vec<u8>,
    },
}

/// Somebody else's picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Others {
    /// The picture.
    pub avatar: Avatar,
    /// Whether search engines are asked to leave it out.
    pub noindex: bool,
}

/// What is to become of somebody's picture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Picture {
    /// It stays.
    #[default]
    Kept,
    /// It is taken away; nothing happens when there is none.
    Removed,
    /// One is made out of this file and takes its place.
    Sent(Vec<u8>),
}

/// A [`Picture`] whose file was looked at.
pub(super) enum Portrait {
    Kept,
    Removed,
    Made { tag: String, jpeg: Vec<u8> },
}

impl Portrait {
    /// Makes a picture of what was sent. The format is read from the bytes; names and types that came with them are not
    /// looked at.
    pub(super) async fn of(domain: &Domain, picture: Picture) -> Result<Self> {
        let refused = |problem| Error::invalid("avatar", problem);
        let sent = match picture {
            Picture::Kept => return Ok(Self::Kept),
            Picture::Removed => return Ok(Self::Removed),
            Picture::Sent(sent) => sent,
        };
        if sent.len() > MOST_PICTURE_BYTES {
            return Err(refused(Problem::PictureTooLarge));
        }
        let jpeg = domain.studio().turns.run(move || portrait(&sent)).await?.map_err(refused)?;
        Ok(Self::Made { tag: tag(&jpeg), jpeg })
    }

    /// Writes it as part of `tx`, which holds the account; where that changed anything, whether there is none now.
    pub(super) async fn write(&self, tx: &mut Tx, user: UserId, now: Timestamp) -> Result<Option<bool>> {
        match self {
            Self::Kept => Ok(None),
            Self::Removed => Ok(store::delete_avatar(tx, user).await?.then_some(true)),
            Self::Made { tag, jpeg } => {
                if store::avatar_tag(&mut *tx, user).await?.as_ref() == Some(tag) {
                    return Ok(None);
                }
                store::save_avatar(tx, user, tag, jpeg, now).await?;
                Ok(Some(false))
            }
        }
    }
}

/// Makes a picture out of `sent` and gives it to the person who asks.
///
/// # Errors
/// [`Error::Invalid`] (`not_a_picture`, `picture_too_large` at `avatar`), [`Error::Busy`].
pub async fn set_avatar(domain: &Domain, person: &Person, sent: Vec<u8>, client: &Client) -> Result<()> {
    replace(domain, person, Picture::Sent(sent), client).await
}

/// Takes the picture of the person who asks away; nothing happens when there is none.
///
/// # Errors
/// None but those of the database.
pub async fn remove_avatar(domain: &Domain, person: &Person, client: &Client) -> Result<()> {
    replace(domain, person, Picture::Removed, client).await
}

async fn replace(domain: &Domain, person: &Person, picture: Picture, client: &Client) -> Result<()> {
    let (user, picture) = (person.user, Portrait::of(domain, picture).await?);
    let mut tx = domain.begin().await?;
    accounts::hold(&mut tx, user).await?;
    let Some(removed) = picture.write(&mut tx, user, domain.now()).await? else { return Ok(()) };
    let by = Actor::Person(person.clone());
    events::emit(domain, &mut tx, &by, client, Event::AvatarChanged { user, removed }).await?;
    told::tell(domain, &mut tx, user, &[told::PICTURE.to_owned()]).await?;
    tx.announce(domain.generation());
    tx.commit().await.internal()
}

/// The picture of the person who asks, unless its tag is among `known`.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn own_avatar(domain: &Domain, person: &Person, known: &[String]) -> Result<Avatar> {
    let tag = person.account.profile.avatar.clone().ok_or(Error::NotFound)?;
    picture(domain, person.user, tag, known).await
}

/// The picture of the person called `username`, unless its tag is among `known`.
///
/// # Errors
/// [`Error::NotFound`] for one that is absent or hidden from `viewer`: nothing tells them apart.
pub async fn avatar_of(domain: &Domain, viewer: &Actor, username: &str, known: &[String]) -> Result<Others> {
    let (row, level) = visible(domain, viewer, username).await?;
    let seen = level.sees(row.picture(domain.rules().profiles.visibility));
    let noindex = see::noindex(domain, row.search());
    let tag = row.avatar.filter(|_| seen).ok_or(Error::NotFound)?;
    Ok(Others { avatar: picture(domain, row.id, tag, known).await?, noindex })
}

async fn picture(domain: &Domain, user: UserId, tag: String, known: &[String]) -> Result<Avatar> {
    if known.contains(&tag) {
        return Ok(Avatar::Known { tag });
    }
    let (tag, jpeg) = store::avatar(domain.db(), user).await?.ok_or(Error::NotFound)?;
    Ok(Avatar::Picture { tag, jpeg })
}

fn tag(jpeg: &[u8]) -> String {
    secrets::digest(jpeg).chars().take(16).collect()
}

/// The square in the middle of a picture, small, on white, as JPEG.
fn portrait(sent: &[u8]) -> Result<Vec<u8>, Problem> {
    let (picture, orientation) = decode(sent)?;
    let side = picture.width().min(picture.height());
    let (left, top) = ((picture.width() - side) / 2, (picture.height() - side) / 2);
    // A view, not a copy: the picture may be large.
    let square = crop_imm(&picture, left, top, side, side);
    // The square is the same whichever way it is turned, so that only the small one has to be.
    let small = resize(&*square, PICTURE_SIDE, PICTURE_SIDE, FilterType::Triangle);
    let mut small = DynamicImage::from(small);
    small.apply_orientation(orientation);
    let flat = on_white(&small);
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
        .encode_image(&flat)
        .map_err(|_| Problem::NotAPicture)?;
    Ok(jpeg)
}

/// The first picture in `sent`, and which way it is to be turned. Its size is looked at before a pixel is read.
fn decode(sent: &[u8]) -> Result<(DynamicImage, Orientation), Problem> {
    let mut reader =
        ImageReader::new(Cursor::new(sent)).with_guessed_format().map_err(|_| Problem::NotAPicture)?;
    match reader.format() {
        Some(ImageFormat::Png | ImageFormat::Jpeg | ImageFormat::WebP | ImageFormat::Gif) => {}
        _ => return Err(Problem::NotAPicture),
    }
    if reader.format() == Some(ImageFormat::WebP) && !chunks_fit(sent) {
        return Err(Problem::NotAPicture);
    }
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|cause| told(&cause))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_PIXELS || decoder.total_bytes() > MOST_MEMORY {
        return Err(Problem::PictureTooLarge);
    }
    if width == 0 || height == 0 {
        return Err(Problem::NotAPicture);
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(|cause| told(&cause))?;
    Ok((picture, orientation))
}

/// Whether every chunk of a WebP file (RFC 9649 2.3) ends before the file does. The decoder reserves what a chunk claims
/// before it reads it.
fn chunks_fit(webp: &[u8]) -> bool {
    let mut rest = webp.get(12..).unwrap_or_default();
    while let Some((head, body)) = rest.split_at_checked(8) {
        let size = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        // A chunk of odd size is followed by a byte that does not count; the last one's may be missing.
        let Some(after) = body.get(size..) else { return false };
        rest = after.get(size % 2..).unwrap_or_default();
    }
    true
}

fn told(cause: &image::ImageError) -> Problem {
    match cause {
        image::ImageError::Limits(_) => Problem::PictureTooLarge,
        _ => Problem::NotAPicture,
    }
}

/// What is clear becomes white.
fn on_white(picture: &DynamicImage) -> image::RgbImage {
    let picture = picture.to_rgba8();
    let mut flat = image::RgbImage::new(picture.width(), picture.height());
    for (from, to) in picture.pixels().zip(flat.pixels_mut()) {
        let [red, green, blue, alpha] = from.0.map(u32::from);
        let mix = |colour: u32| u8::try_from((colour * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX);
        to.0 = [mix(red), mix(green), mix(blue)];
    }
    flat
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgba, RgbaImage};

    fn encoded(picture: &RgbaImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let picture = DynamicImage::from(picture.clone());
        let picture = if format == ImageFormat::Jpeg { picture.to_rgb8().into() } else { picture };
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    /// Red above, blue below.
    fn flag(width: u32, height: u32) -> RgbaImage {
        RgbaImage::from_fn(width, height, |_, y| {
            if y < height / 2 { Rgba([255, 0, 0, 255]) } else { Rgba([0, 0, 255, 255]) }
        })
    }

    fn back(jpeg: &[u8]) -> image::RgbImage {
        assert!(jpeg.starts_with(&[0xff, 0xd8, 0xff]));
        let picture = image::load_from_memory_with_format(jpeg, ImageFormat::Jpeg).unwrap().to_rgb8();
        assert_eq!(picture.dimensions(), (256, 256));
        picture
    }

    fn is_red(pixel: image::Rgb<u8>) -> bool {
        pixel[0] > 200 && pixel[2] < 60
    }

    #[test]
    fn every_format_becomes_a_small_square() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif] {
            for (width, height) in [(640, 480), (3, 900), (1, 1), (256, 256)] {
                let jpeg = portrait(&encoded(&flag(width, height), format)).unwrap();
                assert!(jpeg.len() < 40_000);
                back(&jpeg);
            }
        }
        let upright = back(&portrait(&encoded(&flag(300, 200), ImageFormat::Png)).unwrap());
        assert!(is_red(*upright.get_pixel(128, 20)) && !is_red(*upright.get_pixel(128, 236)));
    }

    #[test]
    fn what_is_clear_becomes_white() {
        let clear = RgbaImage::from_pixel(20, 20, Rgba([0, 0, 0, 0]));
        let white = back(&portrait(&encoded(&clear, ImageFormat::Png)).unwrap());
        assert!(white.pixels().all(|pixel| pixel.0.iter().all(|colour| *colour > 250)));
    }

    /// An Exif block that says "turn me by 180 degrees" and where the picture was taken, put into a JPEG.
    fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
        let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
        exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
        exif.extend(b"GPS 51.4778 N 0.0014 W");
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat()
    }

    #[test]
    fn it_is_turned_as_its_camera_said_and_forgets_where_it_was_taken() {
        let sent = with_exif(&encoded(&flag(300, 300), ImageFormat::Jpeg), 3);
        let jpeg = portrait(&sent).unwrap();
        let turned = back(&jpeg);
        assert!(!is_red(*turned.get_pixel(128, 20)) && is_red(*turned.get_pixel(128, 236)));
        assert!(
            !jpeg.windows(3).any(|bytes| bytes == b"GPS") && !jpeg.windows(4).any(|bytes| bytes == b"Exif")
        );
    }

    #[test]
    fn c61_what_is_no_picture_and_what_hides_behind_one_is_gone() {
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>";
        let html = b"<!doctype html><script>alert(1)</script>";
        let png = encoded(&flag(20, 20), ImageFormat::Png);
        for bad in
            [&b""[..], svg, html, b"GIF89a", b"\x89PNG\r\n\x1a\n", b"BM\x46\0\0\0", &png[..png.len() / 2]]
        {
            assert_eq!(portrait(bad), Err(Problem::NotAPicture), "{:?}", String::from_utf8_lossy(bad));
        }
        let polyglot = [&png[..], b"<script>alert(1)</script>", b"PK\x03\x04"].concat();
        let jpeg = portrait(&polyglot).unwrap();
        assert!(!jpeg.windows(7).any(|bytes| bytes == b"<script"));
    }

    #[test]
    fn a_chunk_that_claims_more_than_the_file_has_is_refused() {
        let webp = encoded(&flag(20, 20), ImageFormat::WebP);
        assert!(chunks_fit(&webp) && portrait(&webp).is_ok());
        let mut claims = webp;
        claims.extend(b"EXIF\xf0\xff\xff\xff");
        assert_eq!(portrait(&claims), Err(Problem::NotAPicture));
    }

    /// A PNG whose head says it is this large; its body is next to nothing.
    fn bomb(width: u32, height: u32) -> Vec<u8> {
        let mut png = encoded(&flag(1, 1), ImageFormat::Png);
        png[16..20].copy_from_slice(&width.to_be_bytes());
        png[20..24].copy_from_slice(&height.to_be_bytes());
        let mut crc = u32::MAX;
        for byte in &png[12..29] {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
            }
        }
        png[29..33].copy_from_slice(&(!crc).to_be_bytes());
        png
    }

    #[test]
    fn a_bomb_is_refused_by_its_head() {
        for (width, height) in
            [(60_000, 60_000), (10_001, 1), (1, 10_001), (9_000, 9_000), (u32::MAX >> 1, 1)]
        {
            assert_eq!(portrait(&bomb(width, height)), Err(Problem::PictureTooLarge), "{width} by {height}");
        }
    }
}
