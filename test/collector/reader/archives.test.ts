import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { DIRECTORY, LOG, setUp } from "./rig.ts";

describe("archives", () => {
  const K = `${DIRECTORY}/0.log`;
  const ROTATED = `${K}.20261121-104732`;

  test("reading goes on inside the archive at the acknowledged byte, and passes its middle in bounded steps", async () => {
    const { fs, rig, restart } = setUp("kubelet", "beginning", "0.log");
    const lines = Array.from({ length: 20_000 }, (_, i) => `line ${i} ${"y".repeat(i % 40)}`);
    const text = `${lines.join("\n")}\n`;
    fs.append(K, text);
    rig.start();
    for (let i = 0; i < 40; i++) await rig.read();
    rig.write(20);
    rig.acknowledge();
    rig.sync();
    fs.kill();
    fs.append(`${ROTATED}.gz`, gzipSync(text));
    fs.unlink(K);
    fs.append(K, "new\n");
    restart();
    await rig.drain();
    expect(rig.texts.length).toBe(lines.length + 1);
    expect(rig.texts).toEqual([...lines, "new"]);
    expect(rig.happened).toContain("gzip 0.log.20261121-104732.gz");
  });

  test("an archive without its end waits; it is read when it is whole", async () => {
    const { fs, rig } = setUp("logrotate");
    const packed = gzipSync("old one\nold two\n");
    fs.append(`${LOG}.1.gz`, packed.subarray(0, 25));
    fs.append(LOG, "new\n");
    rig.start();
    await rig.drain(2);
    expect(rig.texts).toEqual(["new"]);
    fs.append(`${LOG}.1.gz`, packed.subarray(25));
    await rig.drain(2);
    expect([...rig.texts].sort()).toEqual(["new", "old one", "old two"]);
  });

  test("one that stays damaged is a named problem, and the log goes on", async () => {
    const { fs, rig } = setUp("logrotate");
    const packed = gzipSync("old one\nold two\n");
    packed[packed.length - 6]! ^= 1;
    fs.append(`${LOG}.1.gz`, packed);
    fs.append(LOG, "new\n");
    rig.start();
    await rig.drain(15);
    expect(rig.texts).toEqual(["new"]);
    expect(rig.happened).toContain(`problem archive ${LOG}.1.gz`);
    fs.unlink(`${LOG}.1.gz`);
    await rig.drain(2);
    expect(rig.happened).toContain(`gone archive ${LOG}.1.gz`);
  });

  test("the archive of what was read whole is known and not read again, even under the next number", async () => {
    const { fs, rig, restart } = setUp("docker");
    fs.append(LOG, "one\n");
    rig.start();
    fs.move(LOG, `${LOG}.1`);
    fs.append(LOG, "two\n");
    await rig.drain();
    fs.append(`${LOG}.1.gz`, gzipSync("one\n"));
    fs.unlink(`${LOG}.1`);
    await rig.drain();
    fs.move(`${LOG}.1.gz`, `${LOG}.2.gz`);
    await rig.drain();
    restart();
    await rig.drain();
    expect(rig.texts).toEqual(["one", "two"]);
  });

  test("a stamped archive that only begins like a file that is gone is another generation", async () => {
    const { fs, rig, restart } = setUp("kubelet", "beginning", "0.log");
    fs.append(K, "banner\n");
    rig.start();
    fs.move(K, ROTATED);
    fs.append(K, "");
    await rig.drain();
    rig.sync();
    fs.kill();
    fs.unlink(ROTATED);
    fs.unlink(K);
    fs.append(`${K}.20261121-104800.gz`, gzipSync("banner\ntwo\n"));
    fs.append(K, "three\n");
    restart();
    await rig.drain();
    expect(rig.texts).toEqual(["banner", "banner", "two", "three"]);
  });

  test("a file that grew after it was done, and was compressed before anybody looked, is read on in its archive", async () => {
    const { fs, rig } = setUp("kubelet", "beginning", "0.log");
    fs.append(K, "one\n");
    rig.start();
    fs.move(K, ROTATED);
    fs.append(K, "");
    await rig.drain();
    fs.append(`${ROTATED}.gz`, gzipSync("one\nlate\n"));
    fs.unlink(ROTATED);
    await rig.drain();
    expect(rig.texts).toEqual(["one", "late"]);
  });
});
