// The event stream: begins again by itself, from where it was, and notices a connection that is silently dead.

import { eventsAddress, session } from "./api.js";

const FIRST_DELAY = 500;
const LONGEST_DELAY = 15_000;

export class Live {
  // `on`: functions by event name, and `state` with "connecting", "live" or "away".
  constructor(on) {
    this.on = on;
    this.cursor = null;
    this.delay = FIRST_DELAY;
    this.source = null;
    this.heartbeat = 15;
    addEventListener("online", () => this.#soon(0));
    addEventListener("offline", () => this.#lost());
    document.addEventListener("visibilitychange", () => {
      // Phones put sleeping pages' connections to sleep without telling.
      if (!document.hidden && this.wanted && Date.now() - this.heardAt > this.heartbeat * 2500) this.#lost();
    });
  }

  start(cursor) {
    this.cursor = cursor;
    this.wanted = true;
    this.on.state("connecting");
    this.#open();
  }

  stop() {
    this.wanted = false;
    this.#close();
  }

  #open() {
    this.#close();
    this.source = new EventSource(eventsAddress(this.cursor));
    this.source.onerror = () => this.#lost();
    const heard = (name, handle) =>
      this.source.addEventListener(name, (event) => {
        this.#heard();
        handle(JSON.parse(event.data));
      });
    heard("hello", (hello) => {
      this.heartbeat = hello.heartbeat_seconds;
      this.#heard();
      this.delay = FIRST_DELAY;
      this.on.state("live");
      this.on.hello(hello);
    });
    heard("notification", (entry) => {
      this.cursor = Math.max(this.cursor ?? 0, entry.cursor);
      this.on.notification(entry);
    });
    heard("balance", (balance) => this.on.balance(balance));
    heard("said", (message) => this.on.said(message));
    heard("beat", () => this.on.beat());
    heard("bye", () => this.#lost());
    heard("refused", (refusal) => {
      // A cursor of another database: begin with what there is.
      if (refusal.reason === "CURSOR_INVALID") this.cursor = 0;
      this.#lost();
    });
    this.#heard();
  }

  #heard() {
    this.heardAt = Date.now();
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => this.#lost(), this.heartbeat * 2500);
  }

  #lost() {
    this.#close();
    if (!this.wanted) return;
    this.on.state("away");
    // Not all at once: everybody loses the connection at the same moment.
    this.#soon(this.delay * (0.5 + Math.random()));
    this.delay = Math.min(this.delay * 2, LONGEST_DELAY);
  }

  #soon(milliseconds) {
    if (!this.wanted || this.source) return;
    clearTimeout(this.again);
    this.again = setTimeout(async () => {
      // A stream does not say why it is refused; the session does, and then the page asks to sign in.
      const known = await session.show().then(() => true, (error) => error.status === undefined ? null : false);
      if (!this.wanted) return;
      if (known) this.#open();
      else this.#lost();
    }, milliseconds);
  }

  #close() {
    clearTimeout(this.watchdog);
    clearTimeout(this.again);
    this.source?.close();
    this.source = null;
  }
}
