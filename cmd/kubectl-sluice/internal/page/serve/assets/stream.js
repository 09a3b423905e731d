// The server sends the board, and then what changes, as Server-Sent Events. They are read with fetch,
// because EventSource can't send the key.

import { call } from "./session.js";

const silence = 25000; // the server sends something every 10 seconds
const longest = 10000;

export async function follow({ message, live, lost, ended }) {
  let wait = 500;
  for (;;) {
    const abort = new AbortController();
    let timer = setTimeout(() => abort.abort(), silence);
    const heard = () => {
      clearTimeout(timer);
      timer = setTimeout(() => abort.abort(), silence);
    };
    try {
      const answer = await call("/stream", { signal: abort.signal });
      if (answer.status === 401) return ended();
      if (!answer.ok) throw new Error(await answer.text());
      await read(answer.body, heard, (data) => {
        message(JSON.parse(data));
        live();
        wait = 500;
      }, live);
    } catch (error) {
      // The server is gone or silent; try again.
    }
    clearTimeout(timer);
    lost();
    await new Promise((resume) => setTimeout(resume, wait));
    wait = Math.min(longest, wait * 2);
  }
}

async function read(body, heard, event, beat) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  const parts = [];
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    heard();
    parts.push(value);
    if (!value.includes("\n\n") && !(value.startsWith("\n") && parts.length > 1)) continue;
    const blocks = parts.join("").split("\n\n");
    parts.length = 0;
    const rest = blocks.pop();
    if (rest) parts.push(rest);
    for (const block of blocks) {
      const data = block.split("\n").filter((line) => line.startsWith("data: ")).map((line) => line.slice(6)).join("\n");
      if (data) event(data);
      else beat();
    }
  }
}
