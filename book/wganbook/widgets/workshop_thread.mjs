// A thread that trains, out of the worker's text (WORKER). Where the page may not start workers,
// the same text runs on the page itself, in shorter turns.

const bytesOf = text => Uint8Array.from(atob(text), letter => letter.charCodeAt(0));

const addressOf = text => URL.createObjectURL(new Blob([text], { type: "text/javascript" }));

export class Thread {
  /** @param hear what to do with an answer @param stays what to do if no worker may start */
  constructor(hear, stays) {
    Object.assign(this, { hear, stays, waiting: [], onPage: false });
    this.url = addressOf(WORKER);
    try {
      this.worker = new Worker(this.url);
      this.worker.onmessage = ({ data }) => this.hear(data);
      this.worker.onerror = event => {
        event.preventDefault?.();
        if (!this.heard) this.move();
        else this.hear({ type: "broken", message: event.message });
      };
      this.port = this.worker;
    } catch {
      this.move();
    }
  }

  move() {
    this.onPage = true;
    this.stays();
    this.stay().catch(error => this.hear({ type: "broken", message: error.message }));
  }

  /** Work on the page. */
  async stay() {
    this.worker?.terminate();
    this.worker = this.port = null;
    const { serve } = await import(addressOf(`${WORKER}export { serve };`));
    const scope = { postMessage: data => queueMicrotask(() => this.hear(data)) };  // in order, as timers are not
    serve(scope, 12);
    this.port = { postMessage: data => scope.onmessage({ data }) };
    for (const message of this.waiting.splice(0)) this.port.postMessage(message);
  }

  send(type, message = {}) {
    const data = { type, ...message };
    if (type === "setup") data.vectors = { fused: bytesOf(VECTORS.fused), plain: bytesOf(VECTORS.plain) };
    if (!this.heard) this.waiting.push(data);  // kept until the worker has shown that it lives
    this.port?.postMessage(data);
  }

  /** To be called with the first answer. */
  lives() {
    this.heard = true;
    this.waiting = [];
  }

  close() {
    this.worker?.terminate();
    URL.revokeObjectURL(this.url);
  }
}
