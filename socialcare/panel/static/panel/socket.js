/**
 * The line to the server: a socket that streams the page, and a poll of the same frames while the socket is down.
 *
 * Connecting is recovering: on every connection the server sends all parts. A beat every 20 seconds compares versions, and a line
 * that has been silent for 45 is taken for dead. Waking up, coming online and coming back to the tab connect at once.
 */

const BEAT = 20_000;
const SILENCE = 45_000;
const TICK = 1_000;
const SLEPT = 8_000;
const POLL = 5_000;
const FIRST_POLL = 3_000;
const LONGEST_WAIT = 10_000;

export class Line {
  /**
   * @param {object} options
   * @param {() => string} options.address of the socket, asked at every connection
   * @param {() => Promise<object>} options.poll fetches the frame that the socket would have sent
   * @param {(frame: any) => void} options.onFrame
   * @param {(state: "up" | "down" | "signed-out", since: number) => void} options.onState
   * @param {() => object} options.versions
   */
  constructor({ address, poll, onFrame, onState, versions }) {
    Object.assign(this, { address, poll, onFrame, onState, versions });
    this.attempts = 0;
    this.downSince = 0;
    this.heard = this.ticked = this.polled = Date.now();
    this.closed = false;
    this.polling = false;
    this.appointed = false;
    this.socket = null;
    this.retry = 0;
  }

  start() {
    this.connect();
    setInterval(() => this.tick(), TICK);
    setInterval(() => this.beat(), BEAT);
    window.addEventListener("online", () => this.hurry());
    window.addEventListener("offline", () => this.lost());
    window.addEventListener("pageshow", (event) => event.persisted && this.renew());
    document.addEventListener("visibilitychange", () => !document.hidden && this.hurry());
  }

  get open() {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  send(frame) {
    if (!this.open) return false;
    this.socket?.send(JSON.stringify(frame));
    return true;
  }

  /** Ends the line for good: the session is over or the page is left. */
  stop() {
    this.closed = true;
    clearTimeout(this.retry);
    this.drop();
  }

  connect() {
    clearTimeout(this.retry);
    if (this.closed) return;
    this.appointed = false;
    this.drop();
    const socket = new WebSocket(this.address());
    this.socket = socket;
    this.heard = Date.now();
    socket.addEventListener("open", () => this.socket === socket && this.opened());
    socket.addEventListener("message", (event) => this.socket === socket && this.received(event.data));
    socket.addEventListener("close", (event) => this.socket === socket && this.ended(event.code));
  }

  /** Leaves the present socket without listening to its last words. */
  drop() {
    const old = this.socket;
    this.socket = null;
    if (old && old.readyState < WebSocket.CLOSING) old.close();
  }

  opened() {
    this.attempts = 0;
    this.heard = Date.now();
  }

  received(data) {
    this.heard = Date.now();
    const frame = JSON.parse(data);
    if (frame.type === "signed-out") return this.signedOut();
    if (frame.type === "reconnect") return this.moveAfter(frame.after ?? 0);
    if (frame.type !== "parts" && frame.type !== "beat") return;
    // An answered beat will do: the browser may have been wrong when it said that the network was gone.
    this.up();
    if (frame.type === "parts") this.onFrame(frame);
  }

  ended(code) {
    this.socket = null;
    if (code === 4401) return this.signedOut();
    this.lost();
    if (!this.appointed) this.later(this.wait());
  }

  /** The server stops, and has given every page another moment to come again: even if it is gone before. */
  moveAfter(milliseconds) {
    this.appointed = true;
    this.later(milliseconds);
  }

  signedOut() {
    this.stop();
    this.onState("signed-out", Date.now());
  }

  /** How long to wait before the next attempt: doubling, at most ten seconds, and never all panels at once. */
  wait() {
    const longest = Math.min(LONGEST_WAIT, 500 * 2 ** this.attempts);
    this.attempts += 1;
    return longest / 2 + Math.random() * (longest / 2);
  }

  later(milliseconds) {
    clearTimeout(this.retry);
    if (!this.closed) this.retry = setTimeout(() => this.connect(), milliseconds);
  }

  up() {
    if (this.downSince) this.onState("up", this.downSince);
    this.downSince = 0;
  }

  lost() {
    if (this.downSince || this.closed) return;
    this.downSince = Date.now();
    this.onState("down", this.downSince);
  }

  /** Something says that the line may work again: do not wait out the delay. */
  hurry() {
    if (this.closed) return;
    if (this.open && Date.now() - this.heard < BEAT + 5_000) return this.beat();
    this.attempts = 0;
    this.renew();
  }

  renew() {
    this.lost();
    this.connect();
  }

  beat() {
    this.send({ type: "beat", versions: this.versions() });
  }

  tick() {
    const now = Date.now();
    const slept = now - this.ticked > SLEPT;
    this.ticked = now;
    if (slept) this.hurry();
    else if (this.socket && now - this.heard > SILENCE) this.renew();
    if (this.downSince && now - this.downSince > FIRST_POLL && now - this.polled > POLL) this.pollOnce();
  }

  async pollOnce() {
    if (this.polling || this.closed) return;
    this.polling = true;
    this.polled = Date.now();
    try {
      const frame = await this.poll();
      // Meanwhile the socket may have come back with something newer.
      if (this.downSince) this.onFrame(frame);
    } catch (failure) {
      if (failure.status === 401) this.signedOut();
    } finally {
      this.polling = false;
    }
  }
}
