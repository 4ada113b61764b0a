//! Making a picture of a person out of whatever was sent: decoded, cut to a square, made small and written anew as JPEG, so
//! that nothing but its pixels remains (C61). Called by [`super::avatar`], where it has its turn. Pure: knows no account.

use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits,
    imageops::{FilterType, crop_imm, resize},
};
use std::io::Cursor;
use vestibule_model::Problem;
use vestibule_model::profiles::PICTURE_SIDE;

/// Longest side that is decoded, in pixels.
const LONGEST_SIDE: u32 = 10_000;
/// Most pixels that are decoded: those of a camera's whole picture.
const MOST_PIXELS: u64 = 25_000_000;
/// Most memory that decoding may take, in bytes; that of a progressive JPEG takes about as much again.
pub(super) const MOST_MEMORY: u64 = 160 * 1024 * 1024;
/// JPEG quality, of 100.
const QUALITY: u8 = 85;

/// The square in the middle of a picture, small, on white, as JPEG.
pub(super) fn portrait(sent: &[u8]) -> Result<Vec<u8>, Problem> {
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
