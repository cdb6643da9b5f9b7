// Reads protobuf's wire format, without a schema: the caller asks for what it expects.
//
// Whatever is not protobuf throws MalformedError, and nothing is ever read beyond the end.

export class MalformedError extends Error {}

export const enum WireType {
  Varint = 0,
  Fixed64 = 1,
  Bytes = 2,
  Fixed32 = 5,
}

const utf8 = new TextDecoder("utf-8");

export class Reader {
  private position = 0;
  private end = 0;
  private bytes = new Uint8Array(0);
  private view = new DataView(new ArrayBuffer(0));

  /** Starts over with other bytes; they are not copied. */
  reset(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.position = 0;
    this.end = bytes.byteLength;
  }

  get atEnd(): boolean {
    return this.position >= this.end;
  }

  /** An unsigned integer. Above 2^53 it is rounded: fine for counts, and told apart by the caller for times. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; ++i) {
      if (this.position >= this.end) throw new MalformedError("a number is cut off");
      const byte = this.bytes[this.position++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new MalformedError("a number is too long");
  }

  /** A zigzag-encoded signed integer. */
  signed(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  double(): number {
    if (this.position + 8 > this.end) throw new MalformedError("a double is cut off");
    const value = this.view.getFloat64(this.position, true);
    this.position += 8;
    return value;
  }

  text(): string {
    const length = this.length();
    const text = utf8.decode(this.bytes.subarray(this.position, this.position + length));
    this.position += length;
    return text;
  }

  /** Narrows the reader to a length-delimited field; give what it returns to leave() when that is read. */
  enter(): number {
    const length = this.length();
    const outer = this.end;
    this.end = this.position + length;
    return outer;
  }

  leave(outer: number): void {
    this.position = this.end;
    this.end = outer;
  }

  skip(type: number): void {
    switch (type) {
      case WireType.Varint:
        this.varint();
        return;
      case WireType.Fixed64:
        this.advance(8);
        return;
      case WireType.Bytes:
        this.advance(this.length());
        return;
      case WireType.Fixed32:
        this.advance(4);
        return;
      default:
        throw new MalformedError(`no wire type ${type}`);
    }
  }

  private length(): number {
    const length = this.varint();
    if (length > this.end - this.position) throw new MalformedError("a field is cut off");
    return length;
  }

  private advance(count: number): void {
    if (count > this.end - this.position) throw new MalformedError("a field is cut off");
    this.position += count;
  }
}
