import assert from "node:assert/strict";
import { decodeText } from "../../../daemon/text/decodeText.ts";
import { decodeTable } from "../../../daemon/text/tableText.ts";
import { isAppError } from "../../../shared/errors.ts";
import { printable } from "../../../shared/text/printable.ts";

/** Bytes of code pages, as Python's codecs write them. */
const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
const latin = (text: string) => Buffer.from(text, "latin1");

describe("reading the text of a user's file", () => {
  const german = "Ich bin einverstanden, dass mein Gesicht für die Studie „Gefühle“ aufgezeichnet wird.";
  const cp1252 = latin(german.replace("„", "\x84").replace("“", "\x93"));
  const read: [name: string, bytes: Buffer, text: string, encoding: string][] = [
    ["UTF-8", Buffer.from(german), german, "utf-8"],
    ["UTF-8 with its mark", Buffer.from(`\uFEFF${german}`), german, "utf-8"],
    ["UTF-16 with its mark", Buffer.from(`\uFEFF${german}`, "utf16le"), german, "utf-16le"],
    ["UTF-16 without a mark", Buffer.from(german, "utf16le"), german, "utf-16le"],
    ["UTF-16, the other way round", Buffer.from(`\uFEFF${german}`, "utf16le").swap16(), german, "utf-16be"],
    ["Windows-1252 with quotes of its own", cp1252, german, "windows-1252"],
    [
      "Windows-1251",
      hex("DF20F1EEE3EBE0F1E5ED2C20F7F2EE20ECEEB820EBE8F6EE20E1F3E4E5F220E7E0EFE8F1E0EDEE"),
      "Я согласен, что моё лицо будет записано",
      "windows-1251",
    ],
    [
      "French of an old Mac, which Windows would read as other letters",
      hex(
        "4ad56163636570746520717565206d6f6e2076697361676520736f697420656e726567697374728e2088206cd58e74756465",
      ),
      "J’accepte que mon visage soit enregistré à l’étude",
      "macintosh",
    ],
    ["an empty file", Buffer.alloc(0), "", "utf-8"],
  ];
  for (const [name, bytes, text, encoding] of read)
    it(`reads ${name}`, () => {
      const decoded = decodeText(bytes);
      assert.equal(decoded.text, text);
      assert.equal(decoded.encoding, encoding);
    });

  it("takes the encoding that the user names", () => {
    assert.equal(decodeText(latin("Zo\xeb"), "windows-1252").text, "Zoë");
    assert.equal(decodeText(hex("5A6FD1"), "windows-1257").text, "ZoŃ");
  });

  const refused: [name: string, bytes: Buffer, says: RegExp, encoding?: string][] = [
    ["two letters that may be of any code page", latin("Zo\xeb"), /not in UTF-8.*name its encoding/],
    ["UTF-32", hex("FFFE00006100000062000000"), /UTF-32/],
    ["a workbook", hex("504B030414000600"), /\.xlsx.*CSV/],
    ["an old workbook", hex("D0CF11E0A1B11AE1"), /\.xls/],
    ["a PDF", Buffer.from("%PDF-1.7"), /PDF/],
    ["NUL in the middle of a text", Buffer.from("consent\0 text and more of it"), /NUL/],
    ["characters that were lost before", Buffer.from("Gef\uFFFDhl"), /lost/],
    ["an encoding that the file is not in", latin("Zo\xeb"), /not in utf-8/, "utf-8"],
    ["an encoding that there is not", Buffer.from("a"), /no encoding/, "klingon"],
  ];
  for (const [name, bytes, says, encoding] of refused)
    it(`refuses ${name}`, () =>
      assert.throws(
        () => decodeText(bytes, encoding),
        (error) => isAppError(error, "invalid_text") && says.test(error.message),
      ));

  it("never gives a replacement character or half a letter, whatever the bytes", () => {
    for (let seed = 1; seed < 400; seed += 1) {
      const noise = Buffer.from(Array.from({ length: 60 }, (_, k) => (seed * 7919 + k * k * seed) % 256));
      try {
        const { text } = decodeText(noise);
        assert.equal(Buffer.from(text).toString(), text);
        assert.doesNotMatch(text, /[\uFFFD\0]/);
      } catch (error) {
        if (!isAppError(error, "invalid_text")) throw error;
      }
    }
  });

  it("tells of a table in which encoding it was read, and what could not be", () => {
    assert.match(decodeTable(cp1252).notes.join(), /windows-1252/);
    assert.match(decodeTable(latin("Zo\xeb")).fault ?? "", /UTF-8/);
    assert.deepEqual(decodeTable(Buffer.from("a,b")), { text: "a,b", notes: [] });
  });
});

describe("a user's text on a terminal", () => {
  it("steers nothing: no colours, no cursor, no bells, no turned lines", () => {
    const evil = "a\x1b[31mred\x07\x9b2J\r\nb\u202egnp.exe\u2066x\u2028y\x7f";
    assert.match(printable(evil), /^[ -~\uFFFD]+$/);
  });
});
