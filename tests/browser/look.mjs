// Reads {program, page, views, pictures} on standard input, opens the page in each view, and writes what it found as JSON.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createRequire } from "node:module";

const modules = process.argv[2];
const require = createRequire(join(modules, "look.cjs"));
const { default: puppeteer } = await import(pathToFileURL(require.resolve("puppeteer-core")));
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf-8");
const asked = JSON.parse(readFileSync(0, "utf-8"));

// What the page consists of, for a test to compare with the ledger from which it was made.
function shown() {
  const box = (one) => ({ x: one.getBoundingClientRect().x, width: one.getBoundingClientRect().width });
  return {
    wider: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    scripts: document.scripts.length,
    pwned: window.pwned !== undefined,
    outside: [...document.querySelectorAll("[src],link[href],image,use")].map((one) => one.outerHTML.slice(0, 200)),
    handlers: [...document.querySelectorAll("*")].filter((one) => [...one.attributes].some((a) => a.name.startsWith("on"))).length,
    lanes: [...document.querySelectorAll("svg.lane")].map((lane) => ({
      name: lane.getAttribute("aria-label"),
      box: box(lane),
      spans: [...lane.querySelectorAll("rect")].map((one) => ({ state: one.dataset.state, said: one.getAttribute("aria-label"), ...box(one) })),
      marks: [...lane.querySelectorAll("a")].map((one) => ({ kind: one.dataset.mark, to: one.getAttribute("href"), said: one.getAttribute("aria-label") })),
    })),
    rows: [...document.querySelectorAll("table.operations tbody tr")].map((row) => [...row.cells].map((one) => one.textContent)),
    background: getComputedStyle(document.body).backgroundColor,
  };
}

const browser = await puppeteer.launch({
  executablePath: asked.program,
  args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
});
const found = [];
try {
  for (const [number, view] of asked.views.entries()) {
    const page = await browser.newPage();
    const requests = [];
    page.on("request", (one) => requests.push(one.url()));
    await page.setViewport({ width: view.width ?? 1200, height: 900 });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: view.scheme ?? "light" }]);
    if (view.media) await page.emulateMediaType(view.media);
    await page.goto(pathToFileURL(asked.page).href, { waitUntil: "load" });
    const seen = await page.evaluate(shown);
    await page.keyboard.press("Tab");
    const first = await page.evaluate(() => document.activeElement.getAttribute("href"));
    let stops = 0;
    for (; stops < 200; stops += 1) {
      await page.keyboard.press("Tab");
      if (await page.evaluate(() => document.activeElement === document.body)) break;
    }
    await page.evaluate(axe);
    const judged = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    const violations = judged.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).slice(0, 3).join(" | ")}`);
    if (asked.pictures) await page.screenshot({ path: join(asked.pictures, `${number}.png`), fullPage: true });
    found.push({ ...seen, view, requests: requests.length, first, stops, violations });
    await page.close();
  }
} finally {
  await browser.close();
}
process.stdout.write(JSON.stringify(found));
