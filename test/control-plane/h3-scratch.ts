import { openDatabase } from "#schema/database.ts";
import { sql } from "drizzle-orm";
const away = openDatabase("postgres://nobody@127.0.0.1:9/none", { connectionsMax: 1, name: "away" });
for (let i = 0; i < 9; i++) { const t = performance.now(); await away.db.execute(sql`select 1`).catch((e) => console.log(i, Math.round(performance.now() - t), e.cause?.code)); }
process.exit();
