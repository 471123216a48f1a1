// A bare Hono route in a process of its own: the least that a request to such a service costs. Prints its address.
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import { Hono } from "hono";

const body = JSON.parse(process.argv[2] ?? "{}");
const app = new Hono();
app.get("/", (context) => context.json(body));
const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
server.once("listening", () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
